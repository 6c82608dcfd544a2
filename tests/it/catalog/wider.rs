//! Catalog queries that are repeated with a wider filter, because servers apply filters differently.

use std::sync::Arc;
use std::time::Duration;

use flightsql::arrow::array::{ArrayRef, RecordBatch, StringArray};
use flightsql::catalog::TableName;
use flightsql::{Connection as _, FlightSqlConnection};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, Script, TestServer};

use super::odd::{answer, batch, scripted};

const KEYS: &str = "CommandGetPrimaryKeys";
const FOREIGN: &str = "CommandGetImportedKeys";
const CATALOGS: &str = "CommandGetCatalogs";
const SCHEMAS: &str = "CommandGetDbSchemas";

fn texts(texts: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

fn no_keys() -> RecordBatch {
    batch(vec![
        ("table_name", texts(&[])),
        ("column_name", texts(&[])),
    ])
}

/// A column `id` of the key of `u` at this position.
fn key(catalog: Option<&str>, schema: Option<&str>) -> RecordBatch {
    batch(vec![
        ("catalog_name", texts(&[catalog])),
        ("db_schema_name", texts(&[schema])),
        ("table_name", texts(&[Some("u")])),
        ("column_name", texts(&[Some("id")])),
    ])
}

fn catalogs(names: &[&str]) -> RecordBatch {
    let names: Vec<_> = names.iter().map(|name| Some(*name)).collect();
    batch(vec![("catalog_name", texts(&names))])
}

/// The columns of the key of a table on a server with this script.
async fn found(script: &Script, table: &TableName) -> (TestServer, Option<Vec<String>>) {
    let (server, mut connection) = scripted(script).await;
    let key = connection.catalog().primary_key(table).await.unwrap();
    (server, key.map(|key| key.columns))
}

#[tokio::test]
async fn h1_key_of_another_schema_is_not_found() {
    let in_a = TableName::new("u").in_schema("a");
    // The first response is final: there is no catalog to omit.
    let script = answer(Script::new(), KEYS, &no_keys());
    let (server, key_of_a) = found(&script, &in_a).await;
    assert_eq!(key_of_a, None);
    assert_eq!(server.count(Rpc::GetFlightInfo), 1);

    // Without its catalog, a row counts only if it names the schema.
    let in_main = in_a.in_catalog("main");
    for (schema, expected) in [(None, None), (Some("b"), None), (Some("a"), Some("id"))] {
        let script = answer(Script::new(), KEYS, &no_keys());
        let script = answer(script, CATALOGS, &catalogs(&["main"]));
        let script = answer(script, KEYS, &key(None, schema));
        let (server, columns) = found(&script, &in_main).await;
        let columns = columns.map(|columns| columns.join(","));
        assert_eq!(columns.as_deref(), expected, "{schema:?}");
        let asked = server.calls_of(Rpc::GetFlightInfo);
        let last = asked.last().unwrap().payload().clone();
        let holds = |text: &[u8]| last.windows(text.len()).any(|part| part == text);
        assert!(!holds(b"main"), "{last:?}");
        script.assert_used();
    }
}

#[tokio::test]
async fn h1_key_of_another_catalog_is_not_found() {
    let table = TableName::new("u").in_catalog("one");
    // With two catalogs, a row without one may be of either: no wider query is sent.
    let script = answer(Script::new(), KEYS, &no_keys());
    let script = answer(script, CATALOGS, &catalogs(&["one", "two"]));
    assert_eq!(found(&script, &table).await.1, None);
    script.assert_used();
    // A server that does not list its catalogs may have two.
    let refused = Reply::error(Code::Unimplemented, "no catalogs");
    let script = answer(Script::new(), KEYS, &no_keys()).on(Rpc::GetFlightInfo, CATALOGS, refused);
    assert_eq!(found(&script, &table).await.1, None);
    script.assert_used();
}

#[tokio::test]
async fn h1_schema_without_a_name_is_left_out_too() {
    // Arrow's SQLite examples list tables in a schema "" and keys in none.
    let table = TableName::new("u").in_catalog("main").in_schema("");
    for (schema, expected) in [(None, true), (Some(""), true), (Some("b"), false)] {
        let script = answer(Script::new(), KEYS, &no_keys());
        let script = answer(script, CATALOGS, &catalogs(&["main"]));
        let script = answer(script, KEYS, &key(None, schema));
        assert_eq!(found(&script, &table).await.1.is_some(), expected);
    }
}

#[tokio::test]
async fn h1_error_of_a_wider_question_is_not_ours() {
    let table = TableName::new("u").in_catalog("main");
    for failure in [
        Reply::error(Code::Internal, "panic"),
        Reply::error(Code::Unavailable, "gone"),
        Reply::ticket(key(None, None).schema(), "fails"),
    ] {
        let script = answer(Script::new(), KEYS, &no_keys());
        let script = answer(script, CATALOGS, &catalogs(&["main"]))
            .on(Rpc::GetFlightInfo, KEYS, failure)
            .do_get(Reply::error(Code::Internal, "panic"));
        assert_eq!(found(&script, &table).await.1, None);
    }
    // Also for foreign keys, and for responses read as batches.
    let script = answer(Script::new(), FOREIGN, &no_keys());
    let script = answer(script, CATALOGS, &catalogs(&["main"])).on(
        Rpc::GetFlightInfo,
        FOREIGN,
        Reply::error(Code::Internal, "panic"),
    );
    let (_server, mut connection) = scripted(&script).await;
    let keys = connection.catalog().foreign_keys(&table).await.unwrap();
    assert_eq!(keys, []);
    script.assert_used();
}

#[tokio::test]
async fn h1_failure_within_wider_response_is_error() {
    let table = TableName::new("u").in_catalog("main");
    let part = key(Some("main"), None);
    let script = answer(Script::new(), KEYS, &no_keys());
    let script = answer(script, CATALOGS, &catalogs(&["main"]))
        .on(
            Rpc::GetFlightInfo,
            KEYS,
            Reply::ticket(part.schema(), "part"),
        )
        .do_get(Reply::batches(part.schema(), [part]).then_error(Code::Internal, "broke off"));
    let (_server, mut connection) = scripted(&script).await;
    let error = connection.catalog().primary_key(&table).await.unwrap_err();
    assert!(error.to_string().contains("broke off"), "{error}");
}

fn schemas(names: &[(&str, &str)]) -> RecordBatch {
    let (catalogs, names): (Vec<_>, Vec<_>) = names
        .iter()
        .map(|(catalog, name)| (Some(*catalog), Some(*name)))
        .unzip();
    batch(vec![
        ("catalog_name", texts(&catalogs)),
        ("db_schema_name", texts(&names)),
    ])
}

#[tokio::test]
async fn h1_forbidden_catalog_does_not_hide_the_others() {
    let denied = || Reply::error(Code::PermissionDenied, "not yours");
    let listed = schemas(&[("two", "s")]);
    let script = answer(Script::new(), SCHEMAS, &schemas(&[]));
    let script = answer(script, CATALOGS, &catalogs(&["one", "two", "three"])).on(
        Rpc::GetFlightInfo,
        SCHEMAS,
        denied(),
    );
    let script = answer(script, SCHEMAS, &listed).on(Rpc::GetFlightInfo, SCHEMAS, denied());
    let (_server, mut connection) = scripted(&script).await;
    assert_eq!(connection.catalog().schema_names().await.unwrap(), ["s"]);
    script.assert_used();
}

#[tokio::test]
async fn h1_error_of_the_first_question_stays_ours() {
    let denied = Reply::error(Code::PermissionDenied, "not yours");
    let script = Script::new().on(Rpc::GetFlightInfo, SCHEMAS, denied);
    let (_server, mut connection) = scripted(&script).await;
    let error = connection.catalog().schema_names().await.unwrap_err();
    assert!(error.to_string().contains("not yours"), "{error}");
    script.assert_used();
}

/// The time of the first two questions is that of the third one, too.
#[tokio::test]
async fn h1_key_that_is_not_found_in_time_is_no_missing_key() {
    let slow = |command: &str| {
        Reply::ticket(no_keys().schema(), command.to_owned()).delay(Duration::from_millis(700))
    };
    let script = Script::new()
        .on(Rpc::GetFlightInfo, KEYS, slow(KEYS))
        .do_get(Reply::batches(no_keys().schema(), [no_keys()]));
    let script = answer(script, "CommandGetCatalogs", &catalogs(&["c"])).on(
        Rpc::GetFlightInfo,
        KEYS,
        slow(KEYS),
    );
    let server = TestServer::scripted(script).await.unwrap();
    let url = format!("{}?metadata_timeout=1s", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let table = TableName::new("t").in_catalog("c");
    let error = connection.catalog().primary_key(&table).await.unwrap_err();
    assert!(error.to_string().contains("metadata_timeout"), "{error}");
}
