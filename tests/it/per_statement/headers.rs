//! Headers of a statement: in each of its RPCs, and in no RPC of another one.

use flightsql::query::FlightSqlQueryExt as _;
use flightsql::{
    Connection as _, Executor, FlightSql, FlightSqlConnection, FlightSqlQueryBuilderExt as _,
    QueryBuilder, Row as _, Statement as _, query, query_as, query_scalar,
};
use flightsql_testkit::{Rpc, TestServer};
use futures_util::TryStreamExt as _;

use super::{HUNDRED, ID, all_sent, batched, none_sent, sent};
use crate::common::{connect, pool};

const PREPARED: [&str; 4] = [
    "CreatePreparedStatement",
    "PreparedStatementQuery",
    "PreparedStatementQuery",
    "TicketStatementQuery",
];

/// Runs each kind of query on an executor that can be created again.
macro_rules! each_kind {
    ($server:expr, $executor:expr) => {{
        let server: &TestServer = $server;
        server.clear_calls();
        query("INSERT INTO t VALUES (4)")
            .header(ID, "a")
            .execute($executor)
            .await
            .unwrap();
        assert_eq!(all_sent(server, "a"), ["StatementUpdate"]);

        let row = query("SELECT 7 AS n")
            .header(ID, "b")
            .fetch_one($executor)
            .await
            .unwrap();
        assert_eq!(row.get::<i64, _>("n"), 7);
        assert_eq!(all_sent(server, "b").len(), 2);

        let all: Vec<(i64,)> = query_as("SELECT id FROM t WHERE id < ? ORDER BY id")
            .bind(3_i64)
            .header(ID, "c")
            .persistent(false)
            .fetch_all($executor)
            .await
            .unwrap();
        assert_eq!(all, [(1,), (2,)]);
        server.wait_until(|server| server.count_all() == 5).await;
        let names = all_sent(server, "c");
        assert_eq!(names[..4], PREPARED);
        // The handle is closed where it was created, if a load balancer selects servers by the header.
        assert_eq!(names[4..], ["ClosePreparedStatement"]);

        let one: Option<i64> = query_scalar("SELECT id FROM t WHERE id = 2")
            .header(ID, "d")
            .fetch_optional($executor)
            .await
            .unwrap();
        assert_eq!(one, Some(2));
        assert_eq!(all_sent(server, "d").len(), 2);

        let doubled: Vec<i64> = query("SELECT id FROM t WHERE id < 3 ORDER BY id")
            .map(|row: flightsql::FlightSqlRow| row.get::<i64, _>(0))
            .map(|id| id * 2)
            .header(ID, "e")
            .fetch($executor)
            .try_collect()
            .await
            .unwrap();
        assert_eq!(doubled, [2, 4]);
        assert_eq!(all_sent(server, "e").len(), 2);

        let mut builder = QueryBuilder::<FlightSql>::new("SELECT id FROM t WHERE id IN ");
        let built = builder.push_list([1_i64, 2]).build_query_scalar::<i64>();
        let mut ids = built.header(ID, "f").fetch_all($executor).await.unwrap();
        ids.sort_unstable();
        assert_eq!(ids, [1, 2]);
        assert_eq!(all_sent(server, "f"), PREPARED);

        let mut builder = QueryBuilder::<FlightSql>::new("DELETE FROM t WHERE id = ");
        let built = builder.push_bind(4_i64).build();
        let done = built.header(ID, "g").execute($executor).await.unwrap();
        assert_eq!(done.rows_affected(), 1);
        assert_eq!(
            all_sent(server, "g"),
            ["CreatePreparedStatement", "PreparedStatementUpdate"]
        );

        // The next statement has none of them, even with the handle of an earlier one.
        let ids: Vec<i64> = query_scalar("SELECT id FROM t WHERE id IN (?, ?)")
            .bind(1_i64)
            .bind(2_i64)
            .fetch_all($executor)
            .await
            .unwrap();
        assert_eq!(ids.len(), 2);
        none_sent(server);
    }};
}

#[tokio::test]
async fn reach_server_through_connection() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    each_kind!(&server, &mut connection);
}

#[tokio::test]
async fn reach_server_through_pool() {
    let server = batched().await;
    let pool = pool(&server, 1).await;
    each_kind!(&server, &pool);
}

#[tokio::test]
async fn reach_server_through_transaction() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let mut transaction = connection.begin().await.unwrap();
    each_kind!(&server, &mut *transaction);
    transaction.commit().await.unwrap();
    none_sent(&server);
}

async fn generic<'c, E>(executor: E, id: &str) -> i64
where
    E: Executor<'c, Database = FlightSql>,
{
    query_scalar("SELECT ?")
        .bind(7_i64)
        .header(ID, id)
        .fetch_one(executor)
        .await
        .unwrap()
}

async fn acquired<'c>(from: impl flightsql::Acquire<'c, Database = FlightSql>) -> i64 {
    let mut connection = from.acquire().await.unwrap();
    generic(&mut *connection, "acquired").await
}

#[tokio::test]
async fn reach_server_through_generic_code() {
    let server = batched().await;
    let pool = pool(&server, 1).await;
    assert_eq!(generic(&pool, "pool").await, 7);
    assert_eq!(all_sent(&server, "pool"), PREPARED);
    assert_eq!(acquired(&pool).await, 7);
    assert_eq!(all_sent(&server, "acquired").len(), 3);
    let mut connection = pool.acquire().await.unwrap();
    assert_eq!(generic(&mut *connection, "connection").await, 7);
    assert_eq!(all_sent(&server, "connection").len(), 3);
    let mut transaction = connection.begin().await.unwrap();
    server.clear_calls();
    assert_eq!(generic(&mut *transaction, "transaction").await, 7);
    assert_eq!(all_sent(&server, "transaction"), PREPARED);
}

#[tokio::test]
async fn belong_to_prepared_statement_of_sqlx() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let statement = (&mut connection)
        .prepare(flightsql::SqlSafeStr::into_sql_str(
            "SELECT id FROM t WHERE id = ?",
        ))
        .await
        .unwrap();
    none_sent(&server);
    let query = statement.query_scalar::<i64>().bind(2_i64).header(ID, "p");
    assert_eq!(query.fetch_one(&mut connection).await.unwrap(), 2);
    assert_eq!(all_sent(&server, "p"), &PREPARED[1..]);
}

#[tokio::test]
async fn belong_to_query_of_plain_sqlx() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let plain = sqlx::query_as::<FlightSql, (i64,)>("SELECT id FROM t WHERE id = ?").bind(2_i64);
    assert_eq!(plain.fetch_one(&mut connection).await.unwrap(), (2,));
    none_sent(&server);
    let plain = sqlx::query_as::<FlightSql, (i64,)>("SELECT id FROM t WHERE id = ?").bind(2_i64);
    let found = plain.header(ID, "s").fetch_one(&mut connection).await;
    assert_eq!(found.unwrap(), (2,));
    assert_eq!(all_sent(&server, "s"), &PREPARED[1..]);
    let converted = flightsql::query::Query::from(sqlx::query::<FlightSql>("SELECT 1"));
    converted
        .header(ID, "t")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(all_sent(&server, "t").len(), 2);
}

#[tokio::test]
async fn replace_header_of_connection() {
    let server = batched().await;
    let url = format!(
        "{}?header.{ID}=connection&header.x-tenant=blue",
        server.url()
    );
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    query("SELECT 1")
        .header("X-Request-ID", "statement")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    for call in server.calls() {
        assert_eq!(call.header_values(ID), ["statement"]);
        assert_eq!(call.header_values("x-tenant"), ["blue"]);
    }
    server.clear_calls();
    query("SELECT 1").fetch_one(&mut connection).await.unwrap();
    assert_eq!(all_sent(&server, "connection").len(), 2);
}

#[tokio::test]
async fn of_one_name_keep_the_last() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let query = query("SELECT ?").header(ID, "first").bind(1_i64);
    let query = query
        .header(ID, "second")
        .header("traceparent", "00-ab-cd-01");
    query.fetch_one(&mut connection).await.unwrap();
    for call in server.calls() {
        assert_eq!(call.header_values(ID), ["second"]);
        assert_eq!(call.header_values("traceparent"), ["00-ab-cd-01"]);
    }
}

#[tokio::test]
async fn are_in_cancellation_and_in_no_later_statement() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let gate = server.gate(Rpc::DoGet);
    let mut rows = query(HUNDRED).header(ID, "dropped").fetch(&mut connection);
    let started = tokio::select! {
        row = rows.try_next() => Some(row),
        () = gate.reached() => None,
    };
    assert!(started.is_none());
    drop(rows);
    gate.open();
    connection.flush().await.unwrap();
    let names = all_sent(&server, "dropped");
    assert!(names.contains(&"CancelFlightInfo".to_owned()), "{names:?}");
    query("SELECT 1").fetch_one(&mut connection).await.unwrap();
    none_sent(&server);
}

#[tokio::test]
async fn of_dropped_future_are_in_no_later_rpc() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let gate = server.gate(Rpc::GetFlightInfo);
    {
        let fetched = query("SELECT 1")
            .header(ID, "dropped")
            .fetch_one(&mut connection);
        tokio::select! {
            _ = fetched => panic!("the gate is closed"),
            () = gate.reached() => {}
        }
    }
    gate.open();
    let transaction = connection.begin().await.unwrap();
    transaction.commit().await.unwrap();
    let calls = sent(&server, ID);
    let with: Vec<_> = calls.iter().filter(|(_, value)| value.is_some()).collect();
    assert_eq!(with.len(), 1, "{calls:?}");
    assert!(calls.len() > 2, "{calls:?}");
}

/// The close of a cached statement belongs to no statement, also if another one causes it.
#[tokio::test]
async fn do_not_reach_the_close_of_another_statement() {
    let server = batched().await;
    let url = format!("{}?statement_cache_capacity=1", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    query("SELECT id FROM t WHERE id < ?")
        .bind(9_i64)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    server.clear_calls();
    query("SELECT id FROM t WHERE id > ?")
        .bind(0_i64)
        .header(ID, "a")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    connection.flush().await.unwrap();
    let mut calls = sent(&server, ID);
    let close = calls
        .iter()
        .position(|(name, _)| name == "ClosePreparedStatement");
    assert_eq!(calls.remove(close.unwrap()).1, None);
    assert_eq!(calls.len(), 4);
    for (name, value) in calls {
        assert_eq!(value.as_deref(), Some("a"), "{name}");
    }
}
