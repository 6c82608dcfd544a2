//! A server that repeats the client's secrets in any text: no error shows them.

use std::sync::Arc;

use flightsql::arrow::array::{ArrayRef, BinaryArray, RecordBatch, StringArray};
use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql::{
    Connection as _, Error, Executor as _, FlightSqlConnection, FlightSqlPoolOptions, query,
};
use flightsql_testkit::arrow_flight::{FlightEndpoint, FlightInfo};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, Script, TestServer, raw};
use futures_util::{StreamExt as _, TryStreamExt as _};

use super::{Hostile, ints, plans::endpoint};

const TOKEN: &str = "t0ken/4bc+12=\"9";
/// The token as a URL writes it, and as `{:?}` does.
const ENCODED: &str = "t0ken%2F4bc%2B12%3D%229";
const ESCAPED: &str = "t0ken/4bc+12=\\\"9";

async fn hostile() -> Hostile {
    Hostile::with_options(&format!("token={ENCODED}")).await
}

/// Checks everything that an error can print, its sources included, and that the text of the server is in it.
#[track_caller]
fn masked<T>(result: Result<T, Error>) -> String {
    let (shown, texts) = hidden(result);
    assert!(
        texts.contains("***"),
        "the text of the server is not shown at all: {texts}"
    );
    shown
}

/// Checks everything that an error can print. Returns the error, and everything that it prints.
#[track_caller]
fn hidden<T>(result: Result<T, Error>) -> (String, String) {
    let Err(error) = result else {
        panic!("no error");
    };
    let mut texts = vec![format!("{error} {error:?} {error:#?}")];
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        texts.push(format!("{inner} {inner:?}"));
        source = inner.source();
    }
    for text in &texts {
        for secret in [TOKEN, ENCODED, &ENCODED.to_lowercase(), ESCAPED] {
            assert!(!text.contains(secret), "a secret was printed: {text}");
        }
    }
    (error.to_string(), texts.concat())
}

/// A column with this name.
fn named(name: &str, array: ArrayRef) -> RecordBatch {
    let field = Field::new(name, array.data_type().clone(), true);
    RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![array]).unwrap()
}

fn listing(names: &[String], schema: Option<&'static [u8]>) -> RecordBatch {
    let names: ArrayRef = Arc::new(StringArray::from(names.to_vec()));
    let schemas: ArrayRef = Arc::new(BinaryArray::from(vec![schema; names.len()]));
    RecordBatch::try_from_iter_with_nullable([
        ("table_name", names, true),
        ("table_schema", schemas, true),
    ])
    .unwrap()
}

#[tokio::test]
async fn d4_location_that_repeats_the_token_is_masked() {
    let mut hostile = hostile().await;
    for secret in [TOKEN, ENCODED] {
        let location = format!("grpc+tcp://elsewhere/{secret}");
        let elsewhere: FlightEndpoint = endpoint("t").with_location(&location);
        let script = hostile.script.clone();
        script.get_flight_info(Reply::info(ints(), [elsewhere]).times(5));
        let connection = &mut hostile.connection;
        let (shown, _) = hidden(query("SELECT n").fetch_all(&mut *connection).await);
        assert!(shown.contains("grpc+tcp://elsewhere/***"), "{shown}");
        hidden(connection.execute("SELECT n").await);
        hidden(connection.fetch_optional("SELECT n").await);
        hidden(connection.fetch("SELECT n").next().await.unwrap());
        hidden(connection.fetch_arrow("SELECT n").await);
    }
    hostile.works().await;
}

#[tokio::test]
async fn d4_masks_token_in_pool_and_transaction() {
    let script = Script::new();
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let url = format!("{}?token={ENCODED}", server.url());
    let pool = FlightSqlPoolOptions::new().max_connections(1);
    let pool = pool.connect(&url).await.unwrap();
    let elsewhere = endpoint("t").with_location(format!("grpc://{TOKEN}"));
    let begun = flightsql_testkit::arrow_flight::sql::ActionBeginTransactionResult {
        transaction_id: "id".into(),
    };
    script
        .get_flight_info(Reply::info(ints(), [elsewhere]).always())
        .do_action("BeginTransaction", Reply::action_result(&begun))
        .do_action("EndTransaction", Reply::error(Code::Aborted, TOKEN));
    hidden(pool.fetch_all("SELECT n").await);
    let mut transaction = pool.begin().await.unwrap();
    hidden(transaction.fetch_all("SELECT n").await);
    masked(transaction.commit().await);
}

#[tokio::test]
async fn d4_column_that_repeats_the_token_is_masked() {
    let mut hostile = hostile().await;
    // Bytes that are not UTF-8 in a column of text.
    let text = named(TOKEN, Arc::new(StringArray::from(vec!["abcd"])));
    let mut data = vec![raw::schema(text.schema_ref())];
    let mut rows = raw::batch(&text).unwrap().remove(0);
    let body: Vec<u8> = rows.data_body.to_vec();
    let at = body.windows(4).position(|part| part == b"abcd").unwrap();
    rows = raw::patch_body(rows, at, 0xff);
    data.push(rows);
    let script = hostile.script.clone();
    script
        .get_flight_info(Reply::ticket(text.schema(), "t").times(2))
        .do_get(Reply::raw(data).times(2));
    let connection = &mut hostile.connection;
    let batches = connection.fetch_arrow("SELECT n").await.unwrap();
    masked(batches.try_collect::<Vec<_>>().await);
    masked(connection.fetch_all_as::<(i64,)>("SELECT n").await);

    // A schema that arrow refuses by the name of its column.
    let bad = Schema::new(vec![Field::new(TOKEN, DataType::FixedSizeBinary(-1), true)]);
    let script = hostile.script.clone();
    script
        .get_flight_info(Reply::ticket(ints(), "t"))
        .do_get(Reply::raw([raw::schema(&bad)]));
    let refused = query("SELECT n").fetch_all(&mut hostile.connection).await;
    let refused = refused.unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains(ESCAPED));
    hostile.works().await;
}

#[tokio::test]
async fn d4_parameter_that_repeats_the_token_is_masked() {
    let mut hostile = hostile().await;
    let parameters = Schema::new(vec![Field::new(TOKEN, DataType::Int64, true)]);
    let script = hostile.script.clone();
    script.do_action(
        "CreatePreparedStatement",
        Reply::prepared("handle", Some(&ints()), Some(&parameters)),
    );
    let rows = query("SELECT ?").bind("no number");
    masked(rows.fetch_all(&mut hostile.connection).await);
    hostile.works().await;
}

#[tokio::test]
async fn d4_table_that_repeats_the_token_is_masked() {
    let mut hostile = hostile().await;
    let answer = |hostile: &Hostile, tables: RecordBatch| {
        let script = hostile.script.clone();
        script
            .on(
                Rpc::GetFlightInfo,
                "CommandGetTables",
                Reply::ticket(tables.schema(), "tables"),
            )
            .do_get(Reply::batches(tables.schema(), [tables]));
    };
    let one = vec![TOKEN.to_owned()];
    answer(&hostile, listing(&one, Some(b"broken")));
    let mut catalog = hostile.connection.catalog();
    masked(catalog.columns().fetch_all().await);
    answer(&hostile, listing(&one, None));
    let mut catalog = hostile.connection.catalog();
    masked(catalog.columns().fetch_all().await);
    let two = vec![TOKEN.to_owned(); 2];
    answer(&hostile, listing(&two, None));
    let mut catalog = hostile.connection.catalog();
    masked(catalog.columns_of(TOKEN).await);
    hostile.works().await;
}

#[tokio::test]
async fn d4_session_key_that_repeats_the_token_is_masked() {
    let script = Script::new();
    let server = TestServer::scripted(script.clone()).await.unwrap();
    // `SetSessionOptionsResult` with one refused key.
    let mut entry = vec![10, u8::try_from(TOKEN.len()).unwrap()];
    entry.extend(TOKEN.as_bytes());
    entry.extend([18, 2, 8, 1]);
    let mut body = vec![10, u8::try_from(entry.len()).unwrap()];
    body.extend(entry);
    script.do_action("SetSessionOptions", Reply::action_bytes(body));
    let url = format!("{}?token={ENCODED}&session.a=b", server.url());
    let shown = masked(FlightSqlConnection::connect(&url).await);
    assert!(shown.contains("`***` (unknown name)"), "{shown}");
}

#[tokio::test]
async fn d4_errors_without_a_secret_are_left_alone() {
    let mut hostile = hostile().await;
    let script = hostile.script.clone();
    script.get_flight_info(Reply::flight_info(FlightInfo::new()));
    let error = query("SELECT n").fetch_all(&mut hostile.connection).await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "encountered unexpected or invalid data: GetFlightInfo: the response has neither endpoints nor columns, so the \
         statement may not have run"
    );
    let script = hostile.script.clone();
    script
        .get_flight_info(Reply::error(Code::NotFound, format!("{TOKEN}?")))
        .do_put(Reply::error(Code::Internal, ENCODED));
    let error = query("SELECT n").fetch_all(&mut hostile.connection).await;
    let error = error.unwrap_err();
    let server = crate::common::server_error(&error);
    assert_eq!(server.status(), flightsql::StatusCode::NotFound);
    masked::<()>(Err(error));
    masked(hostile.connection.execute("DELETE FROM t").await);
    hostile.works().await;
}
