//! Bound values as sent, recorded by a scripted server, for each way to bind them.

#[cfg(feature = "any")]
mod any;
mod nulls;
mod options;
mod table;

use std::sync::{Arc, Mutex};

use flightsql::arrow::array::{ArrayRef, RecordBatch};
use flightsql::arrow::schema::{Field, Schema, SchemaRef};
use flightsql::dialect::DialectProfile;
use flightsql::{
    ConnectOptions, Encode, Error, FlightSql, FlightSqlArguments, FlightSqlConnectOptions,
    FlightSqlConnection, FlightSqlQueryResult, ToArrow, ToArrowColumn, Type, query, query_with,
};
use flightsql_testkit::arrow_flight::utils::flight_data_to_batches;
use flightsql_testkit::{Reply, Script, TestServer};

/// A message that the server received.
#[derive(Debug, Clone, PartialEq)]
enum Received {
    /// A statement to prepare.
    Prepared(String),
    /// A statement without parameters.
    Ran(String),
    /// Parameters, or the rows of an ingest.
    Values(RecordBatch),
}

/// A server that records statements and values, and a connection with a dialect.
struct Engine {
    received: Arc<Mutex<Vec<Received>>>,
    server: TestServer,
    connection: FlightSqlConnection,
}

impl Engine {
    /// `reported` are the parameters of every statement.
    async fn new(profile: DialectProfile, reported: Option<Schema>) -> Self {
        Self::with_options(profile, reported, "").await
    }

    async fn with_options(
        profile: DialectProfile,
        reported: Option<Schema>,
        options: &str,
    ) -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let (prepared, put) = (Arc::clone(&received), Arc::clone(&received));
        let create = Reply::with(move |request| {
            let sql = request.sql().unwrap();
            prepared.lock().unwrap().push(Received::Prepared(sql));
            Reply::prepared("handle", None, reported.as_ref())
        });
        let update = Reply::with(move |request| {
            let mut received = put.lock().unwrap();
            match request.sql() {
                Some(sql) => received.push(Received::Ran(sql)),
                None => {
                    let batches = flight_data_to_batches(request.data()).unwrap();
                    received.extend(batches.into_iter().map(Received::Values));
                }
            }
            Reply::update_count(1)
        });
        let script = Script::new()
            .do_action("CreatePreparedStatement", create.always())
            .do_put(update.always());
        let server = TestServer::scripted(script).await.unwrap();
        let url = format!("{}{options}", server.url());
        let options: FlightSqlConnectOptions = url.parse().unwrap();
        let options = options.dialect(Arc::new(profile));
        Self {
            received,
            server,
            connection: options.connect().await.unwrap(),
        }
    }

    /// The messages since the last call.
    fn received(&self) -> Vec<Received> {
        std::mem::take(&mut *self.received.lock().unwrap())
    }

    /// Binds one value with `bind`.
    async fn bind<T>(&mut self, value: T) -> Result<FlightSqlQueryResult, Error>
    where
        T: Encode<'static, FlightSql> + Type<FlightSql> + Send + 'static,
    {
        let insert = query("INSERT INTO t VALUES (?)").bind(value);
        insert.execute(&mut self.connection).await
    }

    /// Binds the columns of a batch.
    async fn rows(&mut self, rows: RecordBatch) -> Result<FlightSqlQueryResult, Error> {
        let arguments = FlightSqlArguments::from_batch(rows);
        let marks = vec!["?"; arguments.len()].join(", ");
        let sql = format!("INSERT INTO t VALUES ({marks})");
        let insert = query_with(flightsql::AssertSqlSafe(sql), arguments);
        insert.execute(&mut self.connection).await
    }
}

/// A row with one column of the value's own type.
struct One<T>(Option<T>);

impl<T: ToArrowColumn> ToArrow for One<T> {
    fn schema() -> SchemaRef {
        let info = T::column_type();
        let field = Field::new("c", info.data_type().clone(), true);
        let extension = info.extension_name().map(str::to_owned);
        let metadata = extension.map(|name| ("ARROW:extension:name".to_owned(), name));
        let field = field.with_metadata(metadata.into_iter().collect());
        Arc::new(Schema::new(vec![field]))
    }

    fn to_arrow(rows: &[Self]) -> Result<RecordBatch, Error> {
        let schema = Self::schema();
        let values = rows.iter().map(|row| row.0.as_ref());
        let column: ArrayRef =
            T::to_column(values, schema.field(0).data_type()).map_err(Error::Encode)?;
        RecordBatch::try_new(schema, vec![column]).map_err(|error| Error::Encode(error.into()))
    }
}
