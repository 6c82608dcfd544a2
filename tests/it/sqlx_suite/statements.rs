//! Statements: binds, scalars, streams, several statements in one text.

use flightsql::{
    Connection, Error, Executor, FlightSqlRow, Row, ValueRef, query, query_as, query_scalar,
    raw_sql,
};
use futures_util::TryStreamExt;

use super::with_tweets;
use crate::common::{connect, count, pool, server};

#[tokio::test]
async fn a_bound_number_is_added_and_rows_are_mapped_twice() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let six = query("SELECT 1 + ?")
        .bind(5_i32)
        .try_map(|row: FlightSqlRow| row.try_get::<i32, _>(0))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(six, 6);
    let five = query("SELECT 5")
        .map(|row: FlightSqlRow| row.get::<i32, _>(0))
        .map(|five| five.to_string())
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(five, "5");
}

#[tokio::test]
async fn numbered_parameters_repeat_and_change_places() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let row: (i32, i32, i32, i32) = query_as("SELECT ?1, ?1, ?3, ?2")
        .bind(5_i32)
        .bind(500_i32)
        .bind(1020_i32)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row, (5, 5, 1020, 500));
    let row: (i32, i32) = query_as("SELECT $1, $2")
        .bind(10_i32)
        .bind(11_i32)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row, (10, 11));
    let row: (i32, i32) = query_as("SELECT ?1, ?")
        .bind(12_i32)
        .bind(13_i32)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row, (12, 13));
}

#[tokio::test]
async fn rows_are_the_same_one_by_one_and_at_once() {
    const SQL: &str = "SELECT 15 UNION SELECT 51 UNION SELECT 39";
    let server = server().await;
    let mut connection = connect(&server).await;
    let mut streamed = Vec::new();
    let mut rows = connection.fetch(SQL);
    while let Some(row) = rows.try_next().await.unwrap() {
        streamed.push(row.get::<i32, _>(0));
    }
    drop(rows);
    assert_eq!(streamed, [15, 39, 51]);
    let all = connection.fetch_all(SQL).await.unwrap();
    let all: Vec<i32> = all.iter().map(|row| row.get(0)).collect();
    assert_eq!(all, streamed);
    let first = connection.fetch_one(SQL).await.unwrap();
    let kept = connection.fetch_one(query(SQL)).await.unwrap();
    let again = connection.fetch_one(query(SQL)).await.unwrap();
    let firsts: Vec<i32> = [first, kept, again].iter().map(|row| row.get(0)).collect();
    assert_eq!(firsts, [15, 15, 15]);
}

#[tokio::test]
async fn what_was_inserted_is_summed_from_the_stream() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TABLE users (id INTEGER PRIMARY KEY)")
        .await
        .unwrap();
    for index in 1..=10_i32 {
        let done = query("INSERT INTO users (id) VALUES (?)")
            .bind(index * 2)
            .execute(&mut connection)
            .await
            .unwrap();
        assert_eq!(done.rows_affected(), 1);
    }
    let sum = query_as("SELECT id FROM users")
        .fetch(&mut connection)
        .try_fold(0_i32, |sum, (id,): (i32,)| async move { Ok(sum + id) })
        .await
        .unwrap();
    assert_eq!(sum, 110);
}

#[tokio::test]
async fn rows_that_were_only_read_are_not_affected() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1575) SELECT i FROM n";
    let done = connection.execute(many).await.unwrap();
    assert_eq!(done.rows_affected(), 0);
    let done = connection.execute("DELETE FROM tweet").await.unwrap();
    assert_eq!(done.rows_affected(), 1);
}

#[tokio::test]
async fn scalars_are_values_options_and_lists_of_either() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let plain: i32 = query_scalar("SELECT 42")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let option: Option<i32> = query_scalar("SELECT 42")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let null: Option<i32> = query_scalar("SELECT NULL")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((plain, option, null), (42, Some(42), None));
    let there: Option<i64> = query_scalar("SELECT 42")
        .fetch_optional(&mut connection)
        .await
        .unwrap();
    let nothing: Option<i16> = query_scalar("SELECT 42 WHERE false")
        .fetch_optional(&mut connection)
        .await
        .unwrap();
    assert_eq!((there, nothing), (Some(42), None));
    let missing = query_scalar::<_, i16>("SELECT 42 WHERE false")
        .fetch_one(&mut connection)
        .await;
    assert!(matches!(missing, Err(Error::RowNotFound)), "{missing:?}");

    let all: Vec<i32> = query_scalar("SELECT ?")
        .bind(42)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(all, [42]);
    let all: Vec<Option<i32>> = query_scalar("SELECT ? UNION ALL SELECT NULL")
        .bind(42)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(all, [Some(42), None]);
}

#[tokio::test]
async fn nulls_stand_between_numbers() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let row = query("SELECT NULL, 10, NULL, 20, NULL, 40, NULL, 80")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let values: Vec<Option<i32>> = (0..8_usize).map(|column| row.get(column)).collect();
    assert_eq!(
        values,
        [
            None,
            Some(10),
            None,
            Some(20),
            None,
            Some(40),
            None,
            Some(80)
        ]
    );
    assert!(row.try_get_raw(0).unwrap().is_null());
    assert!(!row.try_get_raw(1).unwrap().is_null());
}

#[tokio::test]
async fn nulls_are_bound_beside_values_and_alone() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let both: (Option<i32>, Option<i32>) = query_as("SELECT ?, ?")
        .bind(50_i32)
        .bind(None::<i32>)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(both, (Some(50), None));
    let alone: (Option<i32>,) = query_as("SELECT ?")
        .bind(None::<i32>)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(alone, (None,));
}

#[tokio::test]
async fn reads_columns_with_and_without_default() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE products (product_no INTEGER, name TEXT, year USMALLINT)")
        .unwrap();
    let mut connection = connect(&server).await;
    let done = raw_sql("INSERT INTO products (product_no) VALUES (1)")
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1);
    let (name,): (Option<String>,) = query_as("SELECT name FROM products WHERE name IS NULL")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(name, None);

    query("UPDATE products SET year = ?")
        .bind(2142)
        .execute(&mut connection)
        .await
        .unwrap();
    let year: u16 = query_scalar("SELECT year FROM products")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(year, 2142);
}

#[tokio::test]
async fn binds_and_several_statements_are_refused() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    server.clear_calls();
    for sql in [
        "SELECT ?; SELECT ?",
        "SELECT ?1; SELECT ?1",
        "INSERT INTO tweet (id, text) VALUES (?, ?); SELECT id FROM tweet",
    ] {
        let result = query(sql)
            .bind(5_i32)
            .bind(15_i32)
            .fetch_all(&mut connection)
            .await;
        let Err(Error::InvalidArgument(text)) = result else {
            panic!("{sql}: {result:?}");
        };
        assert!(text.contains("2 statements"), "{text}");
    }
    assert_eq!(server.count_all(), 0);
    assert_eq!(count(&mut connection, "tweet").await, 1);
}

#[tokio::test]
async fn reads_and_writes_of_one_text_come_in_their_order() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let mut rows = connection.fetch(
        "CREATE TABLE messages (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
         SELECT 'Hello World' AS _1;
         INSERT INTO messages (text) VALUES ('this is a test');
         SELECT id, text FROM messages;",
    );
    let row = rows.try_next().await.unwrap().unwrap();
    assert_eq!(row.get::<&str, _>("_1"), "Hello World");
    let row = rows.try_next().await.unwrap().unwrap();
    assert_eq!(
        (row.get::<i64, _>("id"), row.get::<&str, _>("text")),
        (1, "this is a test")
    );
    assert!(rows.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn an_optional_row_of_two_statements_may_be_none() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    let none = raw_sql("UPDATE tweet SET owner_id = 7; SELECT id FROM tweet WHERE owner_id = 8")
        .fetch_optional(&mut connection)
        .await
        .unwrap();
    assert!(none.is_none());
    let some = raw_sql("UPDATE tweet SET owner_id = 8; SELECT id FROM tweet WHERE owner_id = 8")
        .fetch_optional(&mut connection)
        .await
        .unwrap();
    assert_eq!(some.unwrap().get::<i64, _>("id"), 1);
}

#[tokio::test]
async fn returned_columns_have_their_names() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    let row = query("INSERT INTO accounts (name) VALUES (?) RETURNING *")
        .bind("Alice")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.get::<i64, _>("id"), 2);
    assert_eq!(row.get::<String, _>("name"), "Alice");
    assert_eq!(row.get::<Option<bool>, _>("is_active"), None);
    assert_eq!(count(&mut connection, "accounts").await, 2);
}

/// Information statements of an engine return ordinary results.
#[tokio::test]
async fn a_statement_of_the_engines_own_gives_rows() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    let defaults: Vec<(String, Option<String>)> =
        query_as("SELECT name, dflt_value FROM pragma_table_info('tweet') ORDER BY cid")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let expected = [
        ("id", None),
        ("text", None),
        ("is_sent", Some("TRUE")),
        ("owner_id", None),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
    assert_eq!(defaults, expected);
}

#[tokio::test]
async fn undecodable_row_does_not_end_stream() {
    use futures_util::StreamExt;

    let server = server().await;
    let pool = pool(&server, 1).await;
    let rows: Vec<Option<(i8,)>> = query_as("SELECT 0 UNION ALL SELECT 1000 UNION ALL SELECT 2")
        .fetch(&pool)
        .map(|row: Result<(i8,), Error>| row.ok())
        .collect()
        .await;
    assert_eq!(rows, [Some((0,)), None, Some((2,))]);
}

#[tokio::test]
async fn a_failed_statement_and_a_rollback_leave_the_connection_usable() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    tx.execute("UPDATE tweet SET text = 'changed'")
        .await
        .unwrap();
    // It is planned, and fails while it runs.
    let failed = query("SELECT json('{') FROM tweet")
        .fetch_one(&mut *tx)
        .await
        .unwrap_err();
    assert_eq!(
        failed.as_database_error().unwrap().message(),
        "malformed JSON"
    );
    tx.rollback().await.unwrap();
    let text: String = query_scalar("SELECT text FROM tweet")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(text, "#sqlx is pretty cool!");
}
