//! Point operations through arrow-flight's client: the baseline of `latency` and of `concurrency`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_flight::FlightInfo;
use arrow_flight::sql::client::{FlightSqlServiceClient, PreparedStatement};
use arrow_schema::{DataType, Field, Schema};
use futures_util::TryStreamExt;
use tonic::transport::Channel;

use crate::Result;
use crate::client::PointClient;
use crate::server::{POINT_SQL, PREPARED_POINT_SQL, PREPARED_UPDATE_SQL};

/// A client and its prepared statements.
#[derive(Debug)]
pub(crate) struct Point {
    client: FlightSqlServiceClient<Channel>,
    prepared: HashMap<&'static str, PreparedStatement<Channel>>,
}

impl Point {
    /// Creates a client on `channel`.
    pub(crate) fn new(channel: Channel) -> Self {
        let client = FlightSqlServiceClient::new(channel);
        Self {
            client,
            prepared: HashMap::new(),
        }
    }

    /// Returns the statement of `sql` with a bound parameter. Prepares the statement at its first use.
    async fn bound(
        &mut self,
        sql: &'static str,
        id: i64,
    ) -> Result<&mut PreparedStatement<Channel>> {
        if !self.prepared.contains_key(sql) {
            let statement = self.client.prepare(sql.to_owned(), None).await?;
            self.prepared.insert(sql, statement);
        }
        let statement = self.prepared.get_mut(sql).ok_or("just inserted")?;
        let schema = Schema::new(vec![Field::new("id", DataType::Int64, false)]);
        let value: ArrayRef = Arc::new(Int64Array::from_iter_values([id]));
        statement.set_parameters(RecordBatch::try_new(Arc::new(schema), vec![value])?)?;
        Ok(statement)
    }

    /// Reads the one value of a result, to the end of its stream.
    async fn value(&mut self, info: FlightInfo) -> Result<i64> {
        let endpoint = info.endpoint.into_iter().next();
        let ticket = endpoint.and_then(|endpoint| endpoint.ticket);
        let batches = self.client.do_get(ticket.ok_or("no ticket")?).await?;
        let batches: Vec<RecordBatch> = batches.try_collect().await?;
        let column = batches.first().and_then(|batch| batch.columns().first());
        let column = column.and_then(|column| column.as_primitive_opt::<Int64Type>());
        let value = column.and_then(|column| column.values().first());
        Ok(*value.ok_or("the result has no Int64")?)
    }
}

impl PointClient for Point {
    async fn simple(&mut self) -> Result<i64> {
        let info = self.client.execute(POINT_SQL.to_owned(), None).await?;
        self.value(info).await
    }

    async fn prepared(&mut self, id: i64) -> Result<i64> {
        let info = self.bound(PREPARED_POINT_SQL, id).await?.execute().await?;
        self.value(info).await
    }

    async fn prepared_update(&mut self, id: i64) -> Result<u64> {
        let statement = self.bound(PREPARED_UPDATE_SQL, id).await?;
        Ok(u64::try_from(statement.execute_update().await?)?)
    }
}
