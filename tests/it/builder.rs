//! `QueryBuilder`: the driver replaces its `?` with the dialect's placeholders, and changes nothing else.

mod names;

use flightsql::Connection;
use flightsql::options::Placeholders;
use flightsql::{
    Error, FlightSql, FlightSqlConnection, QueryBuilder, query, query_as, query_scalar,
};
use flightsql_testkit::{Placeholder, Rpc, SqliteConfig, TestServer};

use crate::common::options;

type Builder = QueryBuilder<FlightSql>;

/// A server that supports only `?`, and one that supports only `$n` and runs updates as queries, as DataFusion does.
async fn both() -> [(TestServer, FlightSqlConnection); 2] {
    let question = SqliteConfig::new().placeholder(Placeholder::Question);
    let dollar = SqliteConfig::new()
        .placeholder(Placeholder::Dollar)
        .updates_as_queries(true);
    [open(question, "").await, open(dollar, "datafusion+").await]
}

async fn open(config: SqliteConfig, dialect: &str) -> (TestServer, FlightSqlConnection) {
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (id INTEGER, name TEXT)")
        .unwrap();
    let url = format!("{dialect}{}", server.url());
    let connection = FlightSqlConnection::connect(&url).await.unwrap();
    (server, connection)
}

/// The text of the last statement that was prepared.
fn prepared(server: &TestServer) -> String {
    let calls = server.calls_of(Rpc::DoAction);
    let texts = calls.iter().filter_map(|call| call.sql());
    texts.last().expect("nothing was prepared")
}

async fn all(connection: &mut FlightSqlConnection) -> Vec<(i64, Option<String>)> {
    query_as("SELECT id, name FROM t ORDER BY id")
        .fetch_all(connection)
        .await
        .unwrap()
}

fn row(id: i64, name: &str) -> (i64, Option<String>) {
    (id, Some(name.to_owned()))
}

#[tokio::test]
async fn push_values_inserts_rows_on_both() {
    let texts = ["(?, ?), (?, ?), (?, ?)", "($1, $2), ($3, $4), ($5, $6)"];
    for ((server, mut connection), expected) in both().await.into_iter().zip(texts) {
        let rows = [(1_i64, Some("a")), (2, None), (3, Some("it's $1 or ?"))];
        let mut builder = Builder::new("INSERT INTO t (id, name) ");
        builder.push_values(rows, |mut values, (id, name)| {
            values.push_bind(id).push_bind(name);
        });
        let done = builder.build().execute(&mut connection).await.unwrap();
        assert_eq!(done.known_rows_affected(), Some(3));
        assert_eq!(
            prepared(&server),
            format!("INSERT INTO t (id, name) VALUES {expected}")
        );
        assert_eq!(
            all(&mut connection).await,
            [row(1, "a"), (2, None), row(3, "it's $1 or ?")]
        );
    }
}

#[tokio::test]
async fn push_tuples_and_separated_select_on_both() {
    for (server, mut connection) in both().await {
        let fill = "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')";
        server.sqlite().execute_batch(fill).unwrap();
        let mut builder = Builder::new("SELECT id, name FROM t WHERE id IN ");
        builder.push_tuples([2_i64, 3], |mut tuple, id| {
            tuple.push_bind(id);
        });
        builder.push(" ORDER BY id");
        let found: Vec<(i64, Option<String>)> = builder
            .build_query_as()
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert_eq!(found, [row(2, "b"), row(3, "c")]);

        let mut builder = Builder::new("SELECT id, name FROM t WHERE id IN (");
        let mut ids = builder.separated(", ");
        for id in [3_i64, 1] {
            ids.push_bind(id);
        }
        ids.push_unseparated(") AND name <> ");
        builder.push_bind("b").push(" ORDER BY id");
        let found: Vec<(i64, Option<String>)> = builder
            .build_query_as()
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert_eq!(found, [row(1, "a"), row(3, "c")]);
    }
}

#[tokio::test]
async fn what_looks_like_a_placeholder_is_left_alone() {
    let texts = ["?", "$1"];
    for ((server, mut connection), mark) in both().await.into_iter().zip(texts) {
        let mut builder = Builder::new("SELECT '? $1' || \"?\" /* ? -- ? */ || ");
        builder
            .push_bind("é?")
            .push(" || '?''?' -- what?\n FROM (SELECT 'x' AS \"?\")");
        let text: String = builder
            .build_query_scalar()
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(text, "? $1xé??'?");
        let sent = prepared(&server);
        let expected = format!("SELECT '? $1' || \"?\" /* ? -- ? */ || {mark} || '?''?'");
        assert!(sent.starts_with(&expected), "{sent}");
    }
}

#[tokio::test]
async fn more_than_nine_placeholders_are_numbered_in_order() {
    for (_server, mut connection) in both().await {
        let mut builder = Builder::new("SELECT ");
        let mut terms = builder.separated(" || ',' || ");
        for n in 1..=12_i64 {
            terms.push_bind(n.to_string());
        }
        let text: String = builder
            .build_query_scalar()
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(text, "1,2,3,4,5,6,7,8,9,10,11,12");
    }
}

#[tokio::test]
async fn reset_keeps_the_start_and_forgets_the_binds() {
    for (server, mut connection) in both().await {
        server
            .sqlite()
            .execute_batch("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
            .unwrap();
        let mut builder = Builder::new("SELECT name FROM t WHERE ");
        for (id, name) in [(1_i64, "a"), (2, "b"), (1, "a")] {
            builder
                .push("id = ")
                .push_bind(id)
                .push(" AND name = ")
                .push_bind(name);
            let found: String = builder
                .build_query_scalar()
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert_eq!(found, name);
            builder.reset();
            assert_eq!(builder.sql().as_str(), "SELECT name FROM t WHERE ");
        }
        // The same text each time: prepared once.
        assert_eq!(server.calls_of(Rpc::DoAction).len(), 1);
    }
}

#[tokio::test]
async fn keeps_question_mark_of_caller() {
    let (server, mut connection) = {
        let [_, dollar] = both().await;
        dollar
    };
    let mut builder = Builder::new("SELECT ? + ");
    builder.push_bind(1_i64);
    let error = builder
        .build()
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
    assert!(
        error.to_string().contains('2') && error.to_string().contains('1'),
        "{error}"
    );
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn hand_written_placeholders_go_as_they_are() {
    let [_, (server, mut connection)] = both().await;
    let sum: i64 = query_scalar("SELECT $2 - $1")
        .bind(1_i64)
        .bind(5_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(sum, 4);
    assert_eq!(prepared(&server), "SELECT $2 - $1");
    let error = query("SELECT ?")
        .bind(1_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("placeholders of this server are $n"),
        "{error}"
    );
    assert_eq!(prepared(&server), "SELECT ?");
}

#[tokio::test]
async fn placeholders_rewrite_turns_hand_written_ones_too() {
    let [_, (server, _)] = both().await;
    let url = format!("datafusion+{}?placeholders=rewrite", server.url());
    let by_url = options(&url);
    let by_builder =
        options(&format!("datafusion+{}", server.url())).placeholders(Placeholders::Rewrite);
    for options in [by_url, by_builder] {
        let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
        let text: String = query_scalar("SELECT ? || '?' || ?")
            .bind("a")
            .bind("b")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(text, "a?b");
        assert_eq!(prepared(&server), "SELECT $1 || '?' || $2");

        server.clear_calls();
        let error = query("SELECT ? + ?")
            .bind(1_i64)
            .fetch_one(&mut connection)
            .await
            .unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
        assert_eq!(server.count_all(), 0);
    }
}
