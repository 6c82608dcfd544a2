//! Tests of isolation: no client sees the connection state of another one.

use arrow_flight::sql::{CommandStatementQuery, ProstMessageExt};
use arrow_flight::{FlightClient, FlightDescriptor};
use futures_util::TryStreamExt;
use prost::Message;
use tonic::Code;

use super::keeper::Client;
use super::session::{refused, with_table};
use super::support::cells;

const LIKE: &str = "SELECT 'a' LIKE 'A', (SELECT foreign_keys FROM pragma_foreign_keys), (SELECT query_only FROM pragma_query_only)";

#[tokio::test]
async fn f7_planned_setting_affects_no_other_client() {
    let mut served = with_table().await;
    let untouched = cells(&[&["true", "1", "0"]]);
    let mut client = Client::keeper(&served).await;
    for setting in [
        "PRAGMA case_sensitive_like = ON",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA query_only(1)",
    ] {
        client.update(setting).await.unwrap();
        assert_eq!(served.rows(LIKE).await.1, untouched, "{setting}");
        assert_eq!(client.sibling().rows(LIKE).await.unwrap(), untouched);
    }
    let own = client.rows(LIKE).await.unwrap();
    assert_eq!(own, cells(&[&["false", "0", "1"]]));
    // Plan and prepare only, with a client that has a session and with one that names it.
    let mut other = Client::named(&served, "other");
    other.rows("SELECT last_insert_rowid()").await.unwrap();
    let setting = "PRAGMA case_sensitive_like = ON";
    let command = CommandStatementQuery {
        query: setting.to_owned(),
        transaction_id: None,
    };
    let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
    let request = other.request(descriptor.clone());
    other.flight.get_schema(request).await.unwrap();
    assert_eq!(served.rows(LIKE).await.1, untouched, "GetSchema");
    let mut raw = FlightClient::new(served.channel.clone());
    raw.add_header("x-session-id", "other").unwrap();
    let request = arrow_flight::sql::ActionCreatePreparedStatementRequest {
        query: setting.to_owned(),
        transaction_id: None,
    };
    let action =
        arrow_flight::Action::new("CreatePreparedStatement", request.as_any().encode_to_vec());
    let bodies: Vec<_> = raw
        .do_action(action)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(bodies.len(), 1);
    assert_eq!(served.rows(LIKE).await.1, untouched, "prepared");
    // Plan next to a transaction that has read nothing yet.
    let id = other.begin().await.unwrap();
    other.update_in(setting, Some(&id)).await.unwrap();
    assert_eq!(served.rows(LIKE).await.1, untouched, "in a transaction");
    // Without a session, EXPLAIN would set it too.
    let explained = served.update("EXPLAIN PRAGMA foreign_keys = OFF").await;
    let error = explained.unwrap_err().to_string();
    assert!(error.contains("EXPLAIN of a PRAGMA"), "{error}");
    assert_eq!(served.rows(LIKE).await.1, untouched, "EXPLAIN");
}

#[tokio::test]
async fn j4_hides_numbers_of_other_clients() {
    let mut served = with_table().await;
    served
        .service
        .execute_batch(
            "CREATE VIEW last AS SELECT last_insert_rowid() AS id, changes() AS n, total_changes() AS m;
             CREATE TABLE log (id INT);
             CREATE TRIGGER noted AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (last_insert_rowid()); END",
        )
        .unwrap();
    served
        .update("INSERT INTO t (b) VALUES (1), (2)")
        .await
        .unwrap();
    let needs = "needs a session";
    for sql in [
        "SELECT \"last_insert_rowid\"()",
        "SELECT [changes]()",
        "SELECT `total_changes`()",
        "SELECT id FROM last",
        "SELECT n FROM last",
        "SELECT m FROM last",
    ] {
        let error = match served.client.execute(sql.to_owned(), None).await {
            Ok(info) => served.read(info).await.unwrap_err().to_string(),
            Err(error) => error.to_string(),
        };
        assert!(error.contains(needs), "{sql}: {error}");
    }
    let error = served.update("UPDATE t SET b = 3").await.unwrap_err();
    assert!(error.to_string().contains(needs), "{error}");
    // A session has its own numbers.
    let mut client = Client::keeper(&served).await;
    client.update("INSERT INTO t (b) VALUES (5)").await.unwrap();
    let sql = "SELECT \"last_insert_rowid\"(), [changes]()";
    assert_eq!(client.rows(sql).await.unwrap(), cells(&[&["3", "1"]]));
    client
        .update("UPDATE t SET b = 3 WHERE a = 1")
        .await
        .unwrap();
    assert_eq!(
        client.rows("SELECT id FROM log").await.unwrap(),
        cells(&[&["3"]])
    );
}

#[tokio::test]
async fn f7_temporary_table_of_any_form_belongs_to_session() {
    let mut served = with_table().await;
    let mut client = Client::keeper(&served).await;
    for (number, create) in [
        "CREATE TABLE 'temp'.x0 (a)",
        "CREATE TABLE \"TEMP\".x1 (a)",
        "CREATE TABLE [temp].x2 (a)",
        "CREATE TABLE IF NOT EXISTS 'temp' . x3 (a)",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("x{number}");
        refused(
            Client::over(served.channel.clone()).update(create).await,
            Code::FailedPrecondition,
            "a temporary object needs a session",
        );
        client.update(create).await.unwrap();
        let select = format!("SELECT a FROM {name}");
        assert!(client.rows(&select).await.unwrap().is_empty());
        let error = served.client.execute(select, None).await.unwrap_err();
        assert!(error.to_string().contains("no such table"), "{error}");
    }
}

#[tokio::test]
async fn j4_describes_numbers_next_to_untyped_column() {
    let served = with_table().await;
    served
        .service
        .execute_batch("CREATE TABLE free (v); INSERT INTO free VALUES ('x')")
        .unwrap();
    let mut client = Client::keeper(&served).await;
    client.update("INSERT INTO t (b) VALUES (5)").await.unwrap();
    let sql = "SELECT v, last_insert_rowid() AS id FROM free";
    let command = CommandStatementQuery {
        query: sql.to_owned(),
        transaction_id: None,
    };
    let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
    let request = client.request(descriptor);
    let reply = client.flight.get_schema(request).await.unwrap();
    let schema = arrow_schema::Schema::try_from(reply.into_inner()).unwrap();
    assert_eq!(schema.field(1).data_type(), &arrow_schema::DataType::Int64);
    assert_eq!(client.rows(sql).await.unwrap(), cells(&[&["x", "1"]]));
}
