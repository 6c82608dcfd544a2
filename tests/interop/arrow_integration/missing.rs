//! Steps of the official client that the driver cannot do.

use arrow_array::{Int64Array, RecordBatch};
use flightsql::{Connection, Error, Executor as _, IngestMode};

use crate::SCENARIOS;
use crate::official::Server;

enum Missing {
    /// The outcome of the call for this step, and the error that it must be.
    Refused(Result<(), Error>, &'static str),
    /// The reason why there is no call.
    NoCall(&'static str),
}
use Missing::{NoCall, Refused};

/// A step that starts to work fails this test: move it to the tests of its scenario.
#[tokio::test]
async fn table_of_missing_steps() {
    let table = [
        (
            "middleware",
            "send the command `success`",
            NoCall("all commands are those of Flight SQL; the header of an error is read"),
        ),
        (
            "ordered",
            "send the command `ordered`, and read FlightInfo.ordered",
            NoCall("all commands are those of Flight SQL, and endpoints are always read in order"),
        ),
        (
            "expiration_time:do_get",
            "read the expiration of an endpoint",
            NoCall("endpoints are internal; they are read immediately"),
        ),
        (
            "expiration_time:list_actions",
            "ListActions",
            NoCall("the driver calls an action, and UNIMPLEMENTED means that it is missing"),
        ),
        (
            "expiration_time:cancel_flight_info",
            "cancel a FlightInfo by hand, and read its endpoints afterwards",
            NoCall("dropping a result cancels it"),
        ),
        (
            "expiration_time:renew_flight_endpoint",
            "RenewFlightEndpoint",
            NoCall("endpoints are internal; they are read immediately"),
        ),
        (
            "poll_flight_info",
            "PollFlightInfo",
            Refused(
                select("poll_flight_info").await,
                "error returned from database: method GetFlightInfo not implemented (UNIMPLEMENTED from \
                 GetFlightInfo(CommandStatementQuery))",
            ),
        ),
        (
            "app_metadata_flight_info_endpoint",
            "read an endpoint without a ticket",
            Refused(
                select("app_metadata_flight_info_endpoint").await,
                "error returned from database: method DoGet not implemented (UNIMPLEMENTED from DoGet), endpoint 0",
            ),
        ),
        (
            "app_metadata_flight_info_endpoint",
            "read the app_metadata of a FlightInfo and of an endpoint",
            NoCall("both are internal"),
        ),
        (
            "flight_sql",
            "GetSqlInfo with chosen ids",
            NoCall("`server_info` queries everything, once per pool"),
        ),
        (
            "flight_sql",
            "GetSchema of the commands for metadata",
            NoCall("a listing is read into structs, whose columns are known"),
        ),
        (
            "flight_sql",
            "run a prepared update without values",
            Refused(
                prepared_without_values().await,
                "error returned from database: expected: 'UPDATE STATEMENT', got: 'UPDATE PREPARED STATEMENT' (UNKNOWN from \
                 DoPut(CommandStatementUpdate))",
            ),
        ),
        (
            "flight_sql:extension",
            "run, prepare and describe Substrait plans",
            NoCall("statements are SQL"),
        ),
        (
            "flight_sql:extension",
            "CancelQuery by hand",
            NoCall("dropping a result cancels it"),
        ),
        (
            "flight_sql:extension",
            "a savepoint with the name of the caller",
            Refused(
                savepoint().await,
                "error returned from database: expected: 'savepoint_name', got: '_sqlx_savepoint_1': unexpected savepoint \
                 name in BeginSavepoint (UNKNOWN from DoAction(BeginSavepoint))",
            ),
        ),
        (
            "flight_sql:ingestion",
            "ingest in the transaction `123` of another client",
            Refused(
                ingest().await,
                "error returned from database: expected: '123', got: '' (UNKNOWN from DoPut(CommandStatementIngest))",
            ),
        ),
        (
            "flight_sql:ingestion",
            "ingest with options of the server",
            NoCall("the builder has the options of the protocol"),
        ),
    ];
    for (scenario, step, missing) in table {
        assert!(SCENARIOS.contains(&scenario), "{scenario}");
        match missing {
            Refused(outcome, expected) => {
                let error = outcome.map_err(|error| error.to_string());
                assert_eq!(error, Err(expected.to_owned()), "{scenario}: {step}");
            }
            NoCall(reason) => assert!(!reason.is_empty()),
        }
    }
}

async fn select(scenario: &str) -> Result<(), Error> {
    let server = Server::start(scenario);
    let mut connection = server.connect().await;
    connection.fetch_all("SELECT 1").await.map(drop)
}

async fn prepared_without_values() -> Result<(), Error> {
    let server = Server::start("flight_sql");
    let mut connection = server.connect().await;
    let sql = flightsql::SqlSafeStr::into_sql_str("UPDATE PREPARED STATEMENT");
    let prepared = connection.prepare(sql).await?;
    let update = flightsql::Statement::query(&prepared);
    update.execute(&mut connection).await.map(drop)
}

async fn savepoint() -> Result<(), Error> {
    let server = Server::start("flight_sql:extension");
    let mut connection = server.connect().await;
    let mut transaction = Connection::begin(&mut connection).await?;
    Connection::begin(&mut *transaction).await.map(drop)
}

/// The server compares in this order: the options of the table, its name, schema, catalog, `temporary`, the transaction.
async fn ingest() -> Result<(), Error> {
    let server = Server::start("flight_sql:ingestion");
    let mut connection = server.connect().await;
    let values = std::sync::Arc::new(Int64Array::from(vec![None; 3]));
    let batch = RecordBatch::try_from_iter_with_nullable([("test_field", values as _, true)]);
    let ingest = connection
        .ingest("test_table")
        .catalog("test_catalog")
        .schema("test_schema")
        .temporary(true)
        .mode(IngestMode::Replace);
    ingest.batches(vec![batch.unwrap()]).await.map(drop)
}
