//! `#[derive(FromArrow)]` and the methods that read with it.

use std::collections::BTreeMap;

use flightsql::{Error, FlightSqlBatch, FromArrow, FromRow, Row, Type, query, query_as};
use futures_util::TryStreamExt;

use crate::common::{connect, server};

const PEOPLE: &str = "SELECT 1 AS id, 'Ada' AS name, 1.5 AS score UNION ALL SELECT 2, NULL, 2.5 \
                      UNION ALL SELECT 3, 'Grace', NULL";

#[derive(Debug, PartialEq, FromArrow, FromRow)]
struct Person {
    id: i64,
    name: Option<String>,
    score: Option<f64>,
}

#[derive(Debug, PartialEq, FromArrow)]
struct PersonRef<'b> {
    id: i64,
    name: Option<&'b str>,
}

fn people() -> Vec<Person> {
    let person = |id, name: Option<&str>, score| Person {
        id,
        name: name.map(str::to_owned),
        score,
    };
    vec![
        person(1, Some("Ada"), Some(1.5)),
        person(2, None, Some(2.5)),
        person(3, Some("Grace"), None),
    ]
}

#[tokio::test]
async fn all_rows_at_once_are_those_of_query_as() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let all: Vec<Person> = connection.fetch_all_as(PEOPLE).await.unwrap();
    assert_eq!(all, people());
    let rows: Vec<Person> = query_as(PEOPLE).fetch_all(&mut connection).await.unwrap();
    assert_eq!(rows, all);
    let bound: Vec<Person> = connection
        .fetch_all_as(
            query("SELECT ? AS id, ? AS name, 0.5 AS score")
                .bind(7_i64)
                .bind("x"),
        )
        .await
        .unwrap();
    assert_eq!(bound[0].id, 7);
    // A statement without a result runs and returns nothing.
    let none: Vec<Person> = connection
        .fetch_all_as("CREATE TABLE made (id INTEGER)")
        .await
        .unwrap();
    assert!(none.is_empty());
    let count: Vec<(i64,)> = connection
        .fetch_all_as("SELECT count(*) FROM made")
        .await
        .unwrap();
    assert_eq!(count, [(0,)]);
}

#[tokio::test]
async fn reads_batches_and_rows_of_one_execution() {
    let server = flightsql_testkit::TestServer::builder()
        .sqlite(flightsql_testkit::SqliteConfig::new().batch_rows(2))
        .start()
        .await
        .unwrap();
    let mut connection = connect(&server).await;
    let parts: Vec<Vec<Person>> = connection
        .fetch_chunks_as(PEOPLE)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(parts.into_iter().flatten().collect::<Vec<_>>(), people());

    let batches: Vec<FlightSqlBatch> = connection
        .fetch_arrow(PEOPLE)
        .await
        .unwrap()
        .batches()
        .try_collect()
        .await
        .unwrap();
    let borrowed: Vec<PersonRef<'_>> = batches[0].read().unwrap();
    assert_eq!(
        borrowed,
        [
            PersonRef {
                id: 1,
                name: Some("Ada")
            },
            PersonRef { id: 2, name: None }
        ]
    );
    assert_eq!(batches[1].record_batch().num_rows(), 1);

    let rows: Vec<_> = connection
        .fetch_arrow(PEOPLE)
        .await
        .unwrap()
        .rows()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2].get::<String, _>("name"), "Grace");
    assert_eq!((rows[2].index(), rows[2].batch().num_rows()), (0, 1));
    assert_eq!(rows[1].to_string(), "2 | NULL | 2.5");
}

#[tokio::test]
async fn the_attributes_are_those_of_from_row() {
    #[derive(Debug, PartialEq, Type)]
    #[sqlx(rename_all = "lowercase")]
    enum Mood {
        Happy,
    }
    #[derive(Debug, PartialEq, FromArrow, FromRow)]
    struct Inner {
        mood: Mood,
    }
    #[derive(Debug, PartialEq, FromArrow, FromRow)]
    #[sqlx(rename_all = "UPPERCASE", default)]
    struct Outer {
        id: i64,
        #[sqlx(rename = "label")]
        name: Option<String>,
        #[sqlx(default)]
        missing: i32,
        from_default: i32,
        #[sqlx(skip)]
        skipped: u8,
        #[sqlx(flatten)]
        inner: Inner,
        #[sqlx(try_from = "i64")]
        small: i8,
        #[sqlx(json)]
        document: BTreeMap<String, i64>,
        #[sqlx(json(nullable))]
        maybe: Option<Vec<i64>>,
    }
    impl Default for Outer {
        fn default() -> Self {
            Self {
                id: 0,
                name: None,
                missing: 1,
                from_default: 42,
                skipped: 9,
                inner: Inner { mood: Mood::Happy },
                small: 0,
                document: BTreeMap::new(),
                maybe: None,
            }
        }
    }
    let expected = Outer {
        id: 1,
        name: Some("x".to_owned()),
        missing: 0,
        from_default: 42,
        skipped: 0,
        inner: Inner { mood: Mood::Happy },
        small: 5,
        document: BTreeMap::from([("a".to_owned(), 1)]),
        maybe: None,
    };
    let sql = "SELECT 1 AS ID, 'x' AS label, 'happy' AS mood, 5 AS SMALL, '{\"a\": 1}' AS DOCUMENT, NULL AS MAYBE";
    let server = server().await;
    let mut connection = connect(&server).await;
    let read: Vec<Outer> = connection.fetch_all_as(sql).await.unwrap();
    assert_eq!(read, [expected]);
    let row: Vec<Outer> = query_as(sql).fetch_all(&mut connection).await.unwrap();
    assert_eq!(row, read);

    let error = connection
        .fetch_all_as::<Outer>(sql.replace("5 AS SMALL", "500 AS SMALL").leak() as &str)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("small"), "{error}");
}

#[tokio::test]
async fn errors_name_the_column_and_the_types() {
    #[derive(Debug, FromArrow)]
    #[expect(dead_code, reason = "never read with success")]
    struct Wrong {
        id: String,
    }
    #[derive(Debug, FromArrow)]
    #[expect(dead_code, reason = "never read with success")]
    struct Missing {
        nothing: i64,
    }
    #[derive(Debug, FromArrow)]
    #[expect(dead_code, reason = "never read with success")]
    struct NotNull {
        name: String,
    }
    #[derive(Debug, FromArrow)]
    #[expect(dead_code, reason = "never read with success")]
    struct Narrow {
        id: i8,
    }
    let server = server().await;
    let mut connection = connect(&server).await;
    let error = connection.fetch_all_as::<Wrong>(PEOPLE).await.unwrap_err();
    let text = error.to_string();
    assert!(
        matches!(&error, Error::ColumnDecode { index, .. } if index == "\"id\""),
        "{error:?}"
    );
    assert!(text.contains("Int64") && text.contains("String"), "{text}");
    let error = connection
        .fetch_all_as::<Missing>(PEOPLE)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::ColumnNotFound(name) if name == "nothing"),
        "{error:?}"
    );
    let error = connection
        .fetch_all_as::<NotNull>(PEOPLE)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("\"name\""), "{error}");
    let error = connection
        .fetch_all_as::<Narrow>("SELECT 300 AS id")
        .await
        .unwrap_err();
    assert!(error.to_string().contains("does not fit"), "{error}");
    let error = connection
        .fetch_all_as::<(i64, i64, i64, i64)>(PEOPLE)
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        Error::ColumnDecode { .. } | Error::ColumnIndexOutOfBounds { .. }
    ));
    // The connection stays usable, and a stream ends with its error.
    let mut parts = std::pin::pin!(connection.fetch_chunks_as::<NotNull>(PEOPLE).await.unwrap());
    assert!(parts.try_next().await.is_err());
    assert!(parts.try_next().await.unwrap().is_none());
}
