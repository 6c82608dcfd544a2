//! Choices of a dialect for dropped results, nested transactions, and locations.

use flightsql::dialect::{CancelScope, Feature, LocationPolicy};
use flightsql::{Connection, Executor, FlightSqlConnection, query_scalar};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Rpc, TestServer};

use super::{changed, connect, connect_with, own};
use crate::common::{server, server_error};

const MANY: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

#[tokio::test]
async fn a_dropped_result_is_cancelled_unless_the_dialect_forbids_it() {
    for (scope, actions) in [(CancelScope::Result, 1), (CancelScope::Never, 0)] {
        let server = server().await;
        let dialect = changed(|own| own.session.cancel = scope);
        let mut connection = connect(&server, dialect).await;
        let whole: Vec<i64> = query_scalar("SELECT 1")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert_eq!(whole, [1]);
        let failed = connection.fetch_all("SELECT nothing").await;
        assert!(failed.is_err());
        connection.flush().await.unwrap();
        assert_eq!(server.count(Rpc::DoAction), 0);
        let first: i64 = query_scalar(MANY).fetch_one(&mut connection).await.unwrap();
        assert_eq!(first, 1);
        connection.flush().await.unwrap();
        let calls = server.calls_of(Rpc::DoAction);
        assert_eq!(calls.len(), actions, "{scope:?}");
        assert!(
            calls
                .iter()
                .all(|call| call.command() == Some("CancelFlightInfo"))
        );
        let one: i64 = query_scalar("SELECT 1")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(one, 1);
    }
}

/// The rows of a table that is filled on three levels: the second is dropped or kept, and what is in it with it.
async fn nested(connection: &mut FlightSqlConnection, keep: bool) -> Vec<i64> {
    let mut outer = connection.begin().await.unwrap();
    outer.execute("DELETE FROM t").await.unwrap();
    outer.execute("INSERT INTO t VALUES (1)").await.unwrap();
    let mut middle = outer.begin().await.unwrap();
    middle.execute("INSERT INTO t VALUES (2)").await.unwrap();
    let mut inner = middle.begin().await.unwrap();
    inner.execute("INSERT INTO t VALUES (3)").await.unwrap();
    inner.rollback().await.unwrap();
    match keep {
        true => middle.commit().await.unwrap(),
        false => drop(middle),
    }
    outer.execute("INSERT INTO t VALUES (4)").await.unwrap();
    outer.commit().await.unwrap();
    query_scalar("SELECT id FROM t ORDER BY id")
        .fetch_all(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn savepoints_without_action_are_statements() {
    let server = server().await;
    let missing = Fault::new(Rpc::DoAction).command("BeginSavepoint").always();
    let missing = server.fault(missing.status(Code::Unimplemented, "no"));
    let dialect = changed(|own| own.transactions.savepoint_statements = true);
    let mut connection = connect(&server, dialect).await;
    connection
        .execute("CREATE TABLE t (id BIGINT)")
        .await
        .unwrap();
    assert_eq!(nested(&mut connection, true).await, [1, 2, 4]);
    assert_eq!(nested(&mut connection, false).await, [1, 4]);
    // The driver queried it once.
    assert_eq!(missing.hits(), 1);

    let dialect = changed(|own| {
        own.transactions.savepoint_statements = true;
        own.missing = vec![Feature::Savepoints];
    });
    let mut connection = connect(&server, dialect).await;
    assert_eq!(nested(&mut connection, false).await, [1, 4]);
    assert_eq!(missing.hits(), 1);

    let mut connection = connect(&server, own()).await;
    let mut transaction = connection.begin().await.unwrap();
    let error = transaction.begin().await.map(drop).unwrap_err();
    assert!(server_error(&error).is_unsupported());
}

#[tokio::test]
async fn dialect_ignores_foreign_location_unless_options_reject() {
    use flightsql::arrow::schema::{DataType, Field, Schema};
    use flightsql_testkit::arrow_flight::{FlightEndpoint, Ticket};
    use flightsql_testkit::{Reply, Script};

    let schema = Schema::new(vec![Field::new("n", DataType::Int64, true)]);
    let endpoint = FlightEndpoint::new()
        .with_ticket(Ticket::new("t"))
        .with_location("grpc+tcp://0.0.0.0:1");
    let script = Script::new()
        .get_flight_info(Reply::info(schema.clone(), [endpoint]).always())
        .do_get(Reply::batches(schema, []).always());
    let server = TestServer::scripted(script).await.unwrap();
    let ignoring = || changed(|own| own.session.locations = LocationPolicy::Ignore);
    let mut connection = connect(&server, ignoring()).await;
    assert!(connection.fetch_all("SELECT n").await.unwrap().is_empty());
    let mut connection = connect_with(&server, "?locations=same_origin", ignoring()).await;
    let error = connection.fetch_all("SELECT n").await.unwrap_err();
    assert!(error.to_string().contains("another origin"), "{error}");
}
