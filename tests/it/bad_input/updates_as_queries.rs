//! A server that runs updates only as queries, as DataFusion does: every update runs exactly once.

use flightsql::{FlightSqlPool, FlightSqlPoolOptions, query, raw_sql};
use flightsql_testkit::{Rpc, SqliteConfig, TestServer};

use crate::common::count;

async fn served(urls: impl Fn(&str) -> String) -> (TestServer, FlightSqlPool) {
    let server = TestServer::builder()
        .sqlite(SqliteConfig::new().updates_as_queries(true))
        .start()
        .await
        .unwrap();
    let options = FlightSqlPoolOptions::new().max_connections(1);
    let pool = options.connect(&urls(&server.address())).await.unwrap();
    (server, pool)
}

/// Checks the count of each statement, and that it was read exactly once.
async fn changes(server: &TestServer, pool: &FlightSqlPool) {
    let reads = std::cell::Cell::new(server.count(Rpc::DoGet));
    let read_once = |what: &str| {
        reads.set(reads.get() + 1);
        assert_eq!(server.count(Rpc::DoGet), reads.get(), "{what}");
    };
    query("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
        .execute(pool)
        .await
        .unwrap();
    read_once("create");
    let done = query("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
        .execute(pool)
        .await
        .unwrap();
    assert_eq!(done.known_rows_affected(), Some(2));
    read_once("insert");
    let insert = "INSERT INTO t VALUES ($1, $2)";
    for id in 3..6_i64 {
        let done = query(insert)
            .bind(id)
            .bind("c")
            .execute(pool)
            .await
            .unwrap();
        assert_eq!(done.known_rows_affected(), Some(1));
        read_once("bound insert");
    }
    let done = query("UPDATE t SET name = 'd' WHERE id > $1")
        .bind(2_i64)
        .execute(pool)
        .await;
    assert_eq!(done.unwrap().known_rows_affected(), Some(3));
    read_once("bound update");
    let done = raw_sql("DELETE FROM t WHERE id = 1; DELETE FROM t WHERE id = 2")
        .execute(pool)
        .await;
    assert_eq!(done.unwrap().known_rows_affected(), Some(2));
    assert_eq!(server.count(Rpc::DoGet), reads.get() + 2, "two deletes");
    assert_eq!(count(pool, "t").await, 3);
}

#[tokio::test]
async fn with_the_default_dialect() {
    let (server, pool) = served(|address| format!("flightsql+tcp://{address}")).await;
    changes(&server, &pool).await;
    // The first update found that there are none.
    let updates = server.calls_of(Rpc::DoPut);
    let updates = updates
        .iter()
        .filter(|call| call.command() == Some("CommandStatementUpdate"));
    assert_eq!(updates.count(), 1);
}

#[tokio::test]
async fn a_bound_change_first_with_the_default_dialect() {
    let (server, pool) = served(|address| format!("flightsql+tcp://{address}")).await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (id INTEGER)")
        .unwrap();
    let done = query("INSERT INTO t VALUES (?)")
        .bind(1_i64)
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(done.known_rows_affected(), Some(1));
    assert_eq!(count(&pool, "t").await, 1);
}

#[tokio::test]
async fn with_the_dialect_in_the_scheme() {
    let (server, pool) = served(|address| format!("datafusion+flightsql+tcp://{address}")).await;
    changes(&server, &pool).await;
    no_updates_asked(&server);
}

#[tokio::test]
async fn with_the_dialect_as_a_key() {
    let (server, pool) =
        served(|address| format!("flightsql+tcp://{address}?dialect=datafusion")).await;
    changes(&server, &pool).await;
    no_updates_asked(&server);
}

fn no_updates_asked(server: &TestServer) {
    for call in server.calls_of(Rpc::DoPut) {
        assert_eq!(call.command(), Some("CommandPreparedStatementQuery"));
    }
}

#[tokio::test]
async fn one_statement_that_is_refused_says_nothing_of_the_next() {
    use flightsql::Connection;
    use flightsql_testkit::tonic::Code;
    use flightsql_testkit::{Reply, Script};

    // Ballista has a call for updates, and refuses some of them as not implemented.
    let script = Script::new()
        .do_put(Reply::error(Code::Unimplemented, "no such table type"))
        .get_flight_info(Reply::error(Code::Unimplemented, "no such table type"))
        .do_put(Reply::update_count(3));
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let mut connection = flightsql::FlightSqlConnection::connect(&server.url())
        .await
        .unwrap();
    let refused = query("CREATE TABLE t (id BIGINT)")
        .execute(&mut connection)
        .await;
    assert!(flightsql::is_unsupported(&refused.unwrap_err()));
    let done = query("DELETE FROM t")
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.known_rows_affected(), Some(3));
    connection.close().await.unwrap();
    script.assert_used();
}
