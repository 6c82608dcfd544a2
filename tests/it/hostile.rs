//! A hostile server: never a panic, never a wrong row, and the connection stays usable.

mod columns;
mod counts;
mod damage;
mod echoes;
mod floods;
mod memory;
mod messages;
mod not_utf8;
mod nulls;
mod odd;
mod plans;
mod replies;
mod sizes;

use std::sync::Arc;

use flightsql::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use flightsql::arrow::schema::{DataType, Field, Schema, SchemaRef};
use flightsql::{Connection, Error, FlightSqlConnection, Row, query, query_scalar};
use flightsql_testkit::arrow_flight::FlightData;
use flightsql_testkit::{Reply, Script, TestServer, raw};

/// A column of integers.
fn ints() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]))
}

/// A column of text.
fn texts() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("n", DataType::Utf8, true)]))
}

fn int_batch(values: impl IntoIterator<Item = i64>) -> RecordBatch {
    let values: ArrayRef = Arc::new(Int64Array::from_iter_values(values));
    RecordBatch::try_new(ints(), vec![values]).unwrap()
}

fn text_batch(values: &[&str]) -> RecordBatch {
    let values: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
    RecordBatch::try_new(texts(), vec![values]).unwrap()
}

/// The messages of a batch of integers, without a schema.
fn ints_data(values: impl IntoIterator<Item = i64>) -> Vec<FlightData> {
    raw::batch(&int_batch(values)).unwrap()
}

/// A server whose replies the test adds step by step, and a connection to it.
struct Hostile {
    script: Script,
    server: TestServer,
    connection: FlightSqlConnection,
}

impl Hostile {
    async fn new() -> Self {
        Self::with_options("").await
    }

    async fn with_options(options: &str) -> Self {
        // The driver cancels a result that it cannot read.
        let script = Script::new().do_action("CancelFlightInfo", Reply::empty().always());
        let server = TestServer::scripted(script.clone()).await.unwrap();
        let url = format!("{}?{options}", server.url());
        let connection = FlightSqlConnection::connect(&url).await.unwrap();
        Self {
            script,
            server,
            connection,
        }
    }

    /// The integers of a result with this plan and these streams.
    async fn ints(
        &mut self,
        plan: Reply,
        streams: impl IntoIterator<Item = Reply>,
    ) -> Result<Vec<i64>, Error> {
        let mut script = self.script.clone().get_flight_info(plan);
        for stream in streams {
            script = script.do_get(stream);
        }
        let rows = query("SELECT n").fetch_all(&mut self.connection).await?;
        rows.iter().map(|row| row.try_get("n")).collect()
    }

    /// The integers of one stream of these messages.
    async fn stream(
        &mut self,
        data: impl IntoIterator<Item = FlightData>,
    ) -> Result<Vec<i64>, Error> {
        self.ints(Reply::ticket(ints(), "t"), [Reply::raw(data)])
            .await
    }

    /// The text of the error that this stream ends with.
    async fn refused(&mut self, data: impl IntoIterator<Item = FlightData>) -> String {
        protocol_error(self.stream(data).await)
    }

    /// A valid result still arrives, on the same connection.
    async fn works(&mut self) {
        let script = self.script.clone();
        script
            .get_flight_info(Reply::ticket(ints(), "valid"))
            .do_get(Reply::batches(ints(), [int_batch([42])]));
        let found: i64 = query_scalar("SELECT n")
            .fetch_one(&mut self.connection)
            .await
            .unwrap();
        assert_eq!(found, 42);
        assert_eq!(self.server.connections(), 1);
        let mut unused = self.script.unused();
        unused.retain(|reply| reply != "DoAction CancelFlightInfo");
        assert_eq!(unused, Vec::<String>::new());
        assert_eq!(self.script.unexpected(), Vec::<String>::new());
    }
}

#[track_caller]
fn protocol_error<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Protocol(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn argument_error<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::InvalidArgument(text)) => text,
        other => panic!("{other:?}"),
    }
}
