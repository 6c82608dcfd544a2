//! The plain `sqlx` crate in the same program: its derives, functions and pool accept this driver.

use flightsql::{FlightSql, FlightSqlConnection};
use flightsql_testkit::TestServer;
use sqlx::{Connection as _, Executor as _, Row as _};

use crate::common::server;

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
struct Id(i64);

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Address {
    city: String,
    #[sqlx(rename = "zip_code")]
    zip: Option<String>,
}

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Person {
    id: Id,
    #[sqlx(rename = "full_name")]
    name: String,
    #[sqlx(default)]
    missing: u32,
    #[sqlx(flatten)]
    address: Address,
}

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Borrowed<'r> {
    full_name: &'r str,
}

#[derive(Debug, PartialEq, sqlx::FromRow)]
#[sqlx(rename_all = "UPPERCASE")]
struct Shouted {
    #[sqlx(try_from = "i64")]
    age: u8,
}

async fn with_people() -> TestServer {
    let server = server().await;
    let sql =
        "CREATE TABLE people (id INTEGER PRIMARY KEY, full_name TEXT, city TEXT, zip_code TEXT);
        INSERT INTO people VALUES (1, 'Ann', 'Bonn', '53111'), (2, 'Bob', 'Ulm', NULL)";
    server.sqlite().execute_batch(sql).unwrap();
    server
}

fn bob() -> Person {
    Person {
        id: Id(2),
        name: "Bob".to_owned(),
        missing: 0,
        address: Address {
            city: "Ulm".to_owned(),
            zip: None,
        },
    }
}

#[tokio::test]
async fn from_row_renames_defaults_and_flattens() {
    let server = with_people().await;
    let mut connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    let found = sqlx::query_as::<FlightSql, Person>("SELECT * FROM people WHERE id = ?")
        .bind(Id(2))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, bob());
    let all: Vec<Person> = sqlx::query_as("SELECT * FROM people ORDER BY id DESC")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(all[0], bob());
    assert_eq!(all[1].address.zip.as_deref(), Some("53111"));
}

#[tokio::test]
async fn from_row_borrows_from_the_row() {
    let server = with_people().await;
    let mut connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    let rows = connection
        .fetch_all("SELECT full_name FROM people ORDER BY id")
        .await
        .unwrap();
    let first = <Borrowed<'_> as sqlx::FromRow<'_, _>>::from_row(&rows[0]).unwrap();
    assert_eq!(first, Borrowed { full_name: "Ann" });
}

#[tokio::test]
async fn from_row_names_column_that_does_not_fit() {
    let server = with_people().await;
    let mut connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    let found: Shouted = sqlx::query_as("SELECT 41 + 1 AS \"AGE\"")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, Shouted { age: 42 });
    let error = sqlx::query_as::<_, Shouted>("SELECT 300 AS \"AGE\"")
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, sqlx::Error::ColumnDecode { index, .. } if index.contains("AGE")),
        "{error:?}"
    );
    let error = sqlx::query_as::<_, Person>("SELECT 1 AS id")
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, sqlx::Error::ColumnNotFound(name) if name == "full_name"),
        "{error:?}"
    );
}

#[tokio::test]
async fn sqlx_pool_and_transactions_work() {
    let server = with_people().await;
    let pool = sqlx::Pool::<FlightSql>::connect(&server.url())
        .await
        .unwrap();
    let mut tx: sqlx::Transaction<'_, FlightSql> = pool.begin().await.unwrap();
    let done = sqlx::query("INSERT INTO people (id, full_name) VALUES (?, ?)")
        .bind(Id(3))
        .bind("Cid")
        .execute(&mut *tx)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1);
    tx.rollback().await.unwrap();
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM people")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(count, 2);
    pool.close().await;
}

#[tokio::test]
async fn transparent_types_read_and_bind_null() {
    let server = with_people().await;
    let pool = sqlx::Pool::<FlightSql>::connect(&server.url())
        .await
        .unwrap();
    let row = sqlx::query("SELECT ? AS a, ? AS b")
        .bind(Some(Id(5)))
        .bind(None::<Id>)
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(row.get::<Id, _>("a"), Id(5));
    assert_eq!(row.get::<Option<Id>, _>("b"), None);
}

#[tokio::test]
async fn sqlx_query_builder_and_raw_sql_work() {
    let server = with_people().await;
    let mut connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    let mut builder =
        sqlx::QueryBuilder::<FlightSql>::new("SELECT full_name FROM people WHERE id IN ");
    builder.push_tuples([Id(1)], |mut tuple, id| {
        tuple.push_bind(id);
    });
    let name: String = builder
        .build_query_scalar()
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(name, "Ann");

    let script = "DELETE FROM people WHERE id = 1; INSERT INTO people (id) VALUES (7), (8);";
    let done = sqlx::raw_sql(script)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 3);
}

#[tokio::test]
async fn the_facade_and_sqlx_share_their_traits() {
    /// Written against `sqlx`'s names only.
    async fn names<'e>(executor: impl sqlx::Executor<'e, Database = FlightSql>) -> Vec<String> {
        sqlx::query_scalar("SELECT full_name FROM people ORDER BY id")
            .fetch_all(executor)
            .await
            .unwrap()
    }
    let server = with_people().await;
    let pool: flightsql::FlightSqlPool = sqlx::Pool::connect(&server.url()).await.unwrap();
    assert_eq!(names(&pool).await, ["Ann", "Bob"]);
    assert_eq!(
        names(&mut *pool.acquire().await.unwrap()).await,
        ["Ann", "Bob"]
    );
}
