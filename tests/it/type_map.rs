//! Tests of a dialect's type map: a column has one type in every API.

mod cases;
#[cfg(feature = "chrono")]
mod presets;
mod reading;
mod refused;

use std::sync::Arc;

use flightsql::arrow::array::RecordBatch;
use flightsql::arrow::schema::Schema;
use flightsql::dialect::{DialectProfile, TypeRule};
use flightsql::{ConnectOptions, FlightSqlConnectOptions, FlightSqlConnection};
use flightsql_testkit::arrow_flight::encode::{DictionaryHandling, FlightDataEncoderBuilder};
use flightsql_testkit::{Reply, Rpc, Script, TestServer};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};

/// A dialect with these rules.
fn profile(rules: Vec<TypeRule>) -> DialectProfile {
    let mut profile = DialectProfile::new("mapped");
    profile.types.map = rules;
    profile
}

/// A scripted server, and a connection with a dialect.
struct Engine {
    script: Script,
    /// Keeps the server running.
    server: TestServer,
    connection: FlightSqlConnection,
}

impl Engine {
    async fn new(profile: DialectProfile) -> Self {
        let script = Script::new();
        let server = TestServer::scripted(script.clone()).await.unwrap();
        let options: FlightSqlConnectOptions = server.url().parse().unwrap();
        let options = options.dialect(Arc::new(profile));
        let connection = options.connect().await.unwrap();
        Self {
            script,
            server,
            connection,
        }
    }

    /// Returns this batch from the next query.
    fn serve(&self, batch: &RecordBatch) {
        let schema = batch.schema();
        self.script
            .clone()
            .get_flight_info(Reply::ticket(Arc::clone(&schema), "t"))
            .do_get(stream(std::slice::from_ref(batch)));
    }

    /// Prepares the next statement with these columns and parameters.
    fn serve_prepared(&self, columns: &Schema, parameters: &Schema) {
        self.script.clone().do_action(
            "CreatePreparedStatement",
            Reply::prepared("handle", Some(columns), Some(parameters)),
        );
    }

    /// Returns one table with these columns from the next listing of columns.
    fn serve_table(&self, columns: &Schema) {
        let tables = cases::tables("t", columns);
        self.script
            .clone()
            .on(
                Rpc::GetFlightInfo,
                "CommandGetTables",
                Reply::ticket(tables.schema(), "tables"),
            )
            .do_get(Reply::batches(tables.schema(), [tables]));
    }
}

/// The stream of these batches; dictionaries too.
fn stream(batches: &[RecordBatch]) -> Reply {
    let encoder = FlightDataEncoderBuilder::new()
        .with_dictionary_handling(DictionaryHandling::Resend)
        .with_schema(batches[0].schema())
        .build(futures_util::stream::iter(batches.to_vec()).map(Ok));
    let messages: Vec<_> = encoder.try_collect().now_or_never().unwrap().unwrap();
    Reply::raw(messages)
}
