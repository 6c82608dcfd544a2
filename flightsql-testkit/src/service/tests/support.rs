//! A service and its client, for tests.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_server::FlightServiceServer;
use arrow_flight::sql::client::{FlightSqlServiceClient, PreparedStatement};
use arrow_flight::sql::{
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest,
    ActionCreatePreparedStatementResult, Any, CommandPreparedStatementQuery, EndTransaction,
    ProstMessageExt,
};
use arrow_flight::{Action, FlightClient, FlightDescriptor, FlightInfo, Ticket};
use arrow_schema::{Field, Schema, SchemaRef};
use bytes::Bytes;
use futures_util::TryStreamExt;
use prost::Message;
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};

use crate::service::{SqliteConfig, SqliteService};

/// The service, the client, and the server task that ends with this value.
pub(crate) struct Served {
    pub(crate) client: FlightSqlServiceClient<Channel>,
    pub(crate) service: SqliteService,
    pub(crate) channel: Channel,
    pub(crate) address: std::net::SocketAddr,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(crate) async fn served() -> Served {
    served_with(SqliteConfig::new()).await
}

/// Serves a database after running `sql`.
pub(crate) async fn served_after(sql: &str) -> Served {
    let served = served().await;
    served.service.execute_batch(sql).unwrap();
    served
}

pub(crate) async fn served_with(config: SqliteConfig) -> Served {
    let service = SqliteService::new(config).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let flight = FlightServiceServer::new(service.clone());
    let server = tokio::spawn(async move {
        Server::builder()
            .add_service(flight)
            .serve_with_incoming(incoming)
            .await
            .unwrap();
    });
    let channel = Channel::from_shared(format!("http://{address}"))
        .unwrap()
        .connect()
        .await
        .unwrap();
    Served {
        client: FlightSqlServiceClient::new(channel.clone()),
        service,
        channel,
        address,
        server,
    }
}

impl Served {
    /// Runs a query, and returns the schema of the stream and all rows as text.
    pub(crate) async fn rows(&mut self, sql: &str) -> (SchemaRef, Vec<Vec<String>>) {
        let info = self.client.execute(sql.to_owned(), None).await.unwrap();
        self.read(info).await.unwrap()
    }

    pub(crate) async fn read(
        &mut self,
        info: FlightInfo,
    ) -> Result<(SchemaRef, Vec<Vec<String>>), FlightError> {
        let mut rows = Vec::new();
        let mut schema = Arc::new(Schema::empty());
        for endpoint in info.endpoint {
            let (part, batches) = self.batches(endpoint.ticket.unwrap()).await?;
            schema = part;
            rows.extend(batches.iter().flat_map(text));
        }
        Ok((schema, rows))
    }

    pub(crate) async fn batches(
        &mut self,
        ticket: Ticket,
    ) -> Result<(SchemaRef, Vec<RecordBatch>), FlightError> {
        let mut stream = self.client.do_get(ticket).await?;
        let mut batches = Vec::new();
        while let Some(batch) = stream.try_next().await? {
            batches.push(batch);
        }
        let schema = stream
            .schema()
            .cloned()
            .unwrap_or_else(|| Arc::new(Schema::empty()));
        Ok((schema, batches))
    }

    pub(crate) async fn update(&mut self, sql: &str) -> Result<i64, FlightError> {
        self.client.execute_update(sql.to_owned(), None).await
    }

    /// Counts the rows of a table, outside transactions.
    pub(crate) async fn count(&mut self, table: &str) -> usize {
        let sql = format!("SELECT count(*) FROM {table}");
        self.rows(&sql).await.1[0][0].parse().unwrap()
    }

    pub(crate) async fn begin(&mut self) -> Bytes {
        self.client.begin_transaction().await.unwrap()
    }

    pub(crate) async fn end(&mut self, transaction: &Bytes, how: EndTransaction) {
        let ended = self.client.end_transaction(transaction.clone(), how);
        ended.await.unwrap();
    }

    pub(crate) async fn prepare_in(
        &mut self,
        sql: &str,
        transaction: &Bytes,
    ) -> PreparedStatement<Channel> {
        let prepared = self
            .client
            .prepare(sql.to_owned(), Some(transaction.clone()));
        prepared.await.unwrap()
    }

    pub(crate) async fn update_in(
        &mut self,
        sql: &str,
        transaction: &Bytes,
    ) -> Result<i64, FlightError> {
        let transaction = Some(transaction.clone());
        self.client
            .execute_update(sql.to_owned(), transaction)
            .await
    }

    /// Runs a query in a transaction and returns all rows as text.
    pub(crate) async fn rows_in(&mut self, sql: &str, transaction: &Bytes) -> Vec<Vec<String>> {
        let transaction = Some(transaction.clone());
        let info = self.client.execute(sql.to_owned(), transaction).await;
        self.read(info.unwrap()).await.unwrap().1
    }

    /// Runs a query in a transaction and returns the stream of its first endpoint.
    pub(crate) async fn stream_in(
        &mut self,
        sql: &str,
        transaction: &Bytes,
    ) -> FlightRecordBatchStream {
        let transaction = Some(transaction.clone());
        let info = self.client.execute(sql.to_owned(), transaction).await;
        let ticket = info.unwrap().endpoint[0].ticket.clone().unwrap();
        self.client.do_get(ticket).await.unwrap()
    }

    /// Runs an action, and returns its bodies.
    pub(crate) async fn action(
        &self,
        name: &str,
        body: Vec<u8>,
    ) -> Result<Vec<Bytes>, FlightError> {
        let mut flight = FlightClient::new(self.channel.clone());
        flight
            .do_action(Action::new(name, body))
            .await?
            .try_collect()
            .await
    }

    /// Prepares without the statement type of the client, which hides the handle.
    pub(crate) async fn prepare_raw(&self, sql: &str) -> ActionCreatePreparedStatementResult {
        let request = ActionCreatePreparedStatementRequest {
            query: sql.to_owned(),
            transaction_id: None,
        };
        let bodies = self
            .action("CreatePreparedStatement", request.as_any().encode_to_vec())
            .await
            .unwrap();
        Any::decode(bodies[0].clone())
            .unwrap()
            .unpack()
            .unwrap()
            .unwrap()
    }

    pub(crate) async fn close_raw(&self, handle: &Bytes) -> Result<Vec<Bytes>, FlightError> {
        let request = ActionClosePreparedStatementRequest {
            prepared_statement_handle: handle.clone(),
        };
        self.action("ClosePreparedStatement", request.as_any().encode_to_vec())
            .await
    }

    pub(crate) async fn info_raw(&self, handle: &Bytes) -> Result<FlightInfo, FlightError> {
        let command = CommandPreparedStatementQuery {
            prepared_statement_handle: handle.clone(),
        };
        let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
        FlightClient::new(self.channel.clone())
            .get_flight_info(descriptor)
            .await
    }

    /// Binds one row, and returns the new handle, if there is one.
    pub(crate) async fn bind_raw(
        &self,
        handle: &Bytes,
        row: RecordBatch,
    ) -> Result<Option<Bytes>, FlightError> {
        let command = CommandPreparedStatementQuery {
            prepared_statement_handle: handle.clone(),
        };
        let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
        let data = arrow_flight::encode::FlightDataEncoderBuilder::new()
            .with_flight_descriptor(Some(descriptor))
            .with_dictionary_handling(arrow_flight::encode::DictionaryHandling::Resend)
            .build(futures_util::stream::iter([Ok(row)]));
        let mut flight = FlightClient::new(self.channel.clone());
        let results: Vec<_> = flight.do_put(data).await?.try_collect().await?;
        let handle = |result: &arrow_flight::PutResult| {
            let result = arrow_flight::sql::DoPutPreparedStatementResult::decode(
                result.app_metadata.clone(),
            )
            .unwrap();
            result.prepared_statement_handle.unwrap()
        };
        Ok(results.first().map(handle))
    }

    /// Waits for the expected counters, because drops reach the server with a delay.
    pub(crate) async fn settled(&self, cursors: usize) {
        let wait = async {
            while self.service.open_cursors() != cursors {
                tokio::task::yield_now().await;
            }
        };
        let done = tokio::time::timeout(Duration::from_secs(10), wait).await;
        assert!(
            done.is_ok(),
            "{} cursors are open, not {cursors}",
            self.service.open_cursors()
        );
    }
}

/// Returns the cells of a batch as text, with NULL as `NULL`.
pub(crate) fn text(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::new().with_null("NULL");
    let columns: Vec<ArrayFormatter<'_>> = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).unwrap())
        .collect();
    (0..batch.num_rows())
        .map(|row| {
            columns
                .iter()
                .map(|column| column.value(row).to_string())
                .collect()
        })
        .collect()
}

/// Creates a batch of named, nullable columns.
pub(crate) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

pub(crate) fn ints(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

pub(crate) fn strings(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// Returns owned copies of cells.
pub(crate) fn cells(rows: &[&[&str]]) -> Vec<Vec<String>> {
    rows.iter()
        .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
        .collect()
}
