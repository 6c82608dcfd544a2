//! Columns as fields of the struct that `query!` generates.

use flightsql::{Executor, FlightSql, query, query_scalar};
use futures_util::TryStreamExt;

use super::with_rows;
use crate::common::{connect, count, pool};

#[tokio::test]
async fn columns_are_fields() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let rows = query!("SELECT id, text, is_sent, owner_id FROM tweet ORDER BY id")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let first: (i64, String, bool, Option<i64>) = {
        let row = &rows[0];
        (row.id, row.text.clone(), row.is_sent, row.owner_id)
    };
    assert_eq!(
        first,
        (1, "#sqlx is pretty cool!".to_owned(), true, Some(1))
    );
    assert_eq!((rows[1].is_sent, rows[1].owner_id), (false, None));
    let text = format!("{:?}", rows[1]);
    assert_eq!(
        text,
        "Record { id: 2, text: \"later\", is_sent: false, owner_id: None }"
    );
}

#[tokio::test]
async fn a_star_is_all_columns() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query!("SELECT * FROM accounts WHERE id = 2")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let id: i64 = row.id;
    let kind: String = row.r#type;
    assert_eq!((id, row.name, row.is_active), (2, None, Some(false)));
    assert_eq!(kind, "admin");
}

#[tokio::test]
async fn a_text_may_be_in_parts() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query!(
        "SELECT " + "id, name " + "FROM accounts" + " WHERE id = ?",
        1
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(row.id, 1);
    assert_eq!(row.name.as_deref(), Some("Herp Derpinson"));
}

#[tokio::test]
async fn expressions_have_types() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query!("SELECT 10 AS a, 5.5 AS b, 'Hello' AS c, x'00ff' AS d, CAST(1 AS REAL) AS e, count(*) AS total FROM tweet")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    // A literal has no NULL, nor has `count`.
    let (a, b, c): (i64, f64, String) = (row.a, row.b, row.c);
    assert_eq!((a, b, c.as_str()), (10, 5.5, "Hello"));
    let (d, e, total): (Vec<u8>, Option<f64>, i64) = (row.d, row.e, row.total);
    assert_eq!((d, e, total), (vec![0, 0xff], Some(1.0), 2));
    let row = query!("SELECT *, 5 AS five FROM tweet WHERE id = 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((row.id, row.five), (1, 5));
}

#[tokio::test]
async fn a_view_and_a_cte_have_columns() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query!("SELECT id, name, type FROM active")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.name.as_deref(), Some("Herp Derpinson"));
    let row = query!(
        "WITH c AS (SELECT id, name FROM accounts) SELECT name FROM c WHERE id = ?",
        2
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(row.name, None);
    let row = query!(
        "WITH c AS (SELECT ? AS e) SELECT e AS \"e: i64\" FROM c",
        7 as _
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(row.e, Some(7));
}

#[tokio::test]
async fn statements_without_columns_are_executed() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let done = query!(
        "INSERT INTO accounts (id, name, type) VALUES (?, ?, ?)",
        3,
        "three",
        "user"
    )
    .execute(&mut connection)
    .await
    .unwrap();
    assert_eq!(done.rows_affected(), 1);
    let missing: Option<&str> = None;
    let done = query!("UPDATE accounts SET name = ? WHERE id >= ?", missing, 2)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 2);
    let done = query!("DELETE FROM tweet")
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 2);
    let done = query!("CREATE TABLE another (n INTEGER)")
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 0);
    assert_eq!(count(&mut connection, "another").await, 0);
    assert_eq!(count(&mut connection, "tweet").await, 0);
}

#[tokio::test]
async fn a_column_of_nothing_is_none() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query!(r#"SELECT NULL AS "nothing: String""#)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.nothing, None);
}

#[tokio::test]
async fn an_insert_returns_rows() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query!("INSERT INTO accounts (id, name) VALUES (9, 'nine') RETURNING id, name, type")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        (row.name.as_deref(), row.r#type.as_str()),
        (Some("nine"), "user")
    );
    assert_eq!(count(&mut connection, "accounts").await, 3);
}

#[tokio::test]
async fn a_stream_is_read_row_by_row() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let mut stream = query!(
        r#"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 3) SELECT n AS "n: i64" FROM c;"#
    )
    .fetch(&mut connection);
    for n in 1..=3 {
        assert_eq!(stream.try_next().await.unwrap().unwrap().n, Some(n));
    }
    assert!(stream.try_next().await.unwrap().is_none());
    drop(stream);
    let none = query!("SELECT id FROM tweet WHERE id = 100")
        .fetch_optional(&mut connection)
        .await
        .unwrap();
    assert!(none.is_none());
}

async fn tweets<'e>(executor: impl Executor<'e, Database = FlightSql>) -> flightsql::Result<i64> {
    query_scalar!(r#"SELECT count(*) AS "total!: i64" FROM tweet"#)
        .fetch_one(executor)
        .await
}

#[tokio::test]
async fn every_executor_is_taken() {
    let server = with_rows().await;
    let pool = pool(&server, 2).await;
    assert_eq!(tweets(&pool).await.unwrap(), 2);
    let mut transaction = pool.begin().await.unwrap();
    query!("DELETE FROM tweet WHERE id = 2")
        .execute(&mut *transaction)
        .await
        .unwrap();
    assert_eq!(tweets(&mut *transaction).await.unwrap(), 1);
    transaction.rollback().await.unwrap();
    assert_eq!(
        tweets(&mut *pool.acquire().await.unwrap()).await.unwrap(),
        2
    );
    // In closures and their futures, which are sent to other threads.
    let owner = Some(1_i64);
    let tasks = (1..=2_i64).map(|id| {
        let pool = pool.clone();
        tokio::spawn(async move {
            query!(
                "SELECT text FROM tweet WHERE id = ? AND (owner_id = ? OR owner_id IS NULL)",
                id,
                owner
            )
            .map(|row| row.text.len())
            .fetch_one(&pool)
            .await
        })
    });
    let mut lengths = Vec::new();
    for task in tasks {
        lengths.push(task.await.unwrap().unwrap());
    }
    assert_eq!(lengths, [21, 5]);
}
