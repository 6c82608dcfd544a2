//! `#[derive(FromRow)]` with `try_from`, `json` and `flatten`, alone and together.

use std::collections::BTreeMap;
use std::num::TryFromIntError;

use flightsql::{Executor, FromRow, Row, Type, query_as};

use crate::common::{connect, server};

#[tokio::test]
async fn fields_are_documents_and_conversions() {
    #[derive(Debug, PartialEq)]
    struct Id(i64);
    impl TryFrom<i32> for Id {
        type Error = TryFromIntError;
        fn try_from(id: i32) -> Result<Self, Self::Error> {
            u32::try_from(id).map(|id| Self(id.into()))
        }
    }
    #[derive(Debug, PartialEq, FromRow)]
    struct Record {
        #[sqlx(try_from = "i32")]
        id: Id,
        #[sqlx(json)]
        tags: BTreeMap<String, Vec<i64>>,
        #[sqlx(json(nullable))]
        more: Option<Vec<i64>>,
    }
    let server = server().await;
    let mut connection = connect(&server).await;
    let sql = "SELECT ? AS id, '{\"a\": [1, 2]}' AS tags, NULL AS more";
    let found: Record = query_as(sql)
        .bind(7_i32)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(found.id, Id(7));
    assert_eq!(found.tags["a"], [1, 2]);
    assert_eq!(found.more, None);
    let error = query_as::<_, Record>(sql)
        .bind(-7_i32)
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, flightsql::Error::ColumnDecode { index, .. } if index.contains("id")),
        "{error:?}"
    );
    let row = connection.fetch_one("SELECT '[3]' AS more").await.unwrap();
    let more: flightsql::types::Json<Vec<i64>> = row.get("more");
    assert_eq!(*more, [3]);
}

#[derive(Debug, PartialEq, FromRow)]
struct Parts {
    high: i64,
    low: i64,
}

#[derive(Debug, PartialEq)]
struct Whole(i64);

impl TryFrom<Parts> for Whole {
    type Error = TryFromIntError;
    fn try_from(parts: Parts) -> Result<Self, Self::Error> {
        let low = u8::try_from(parts.low)?;
        Ok(Self(parts.high * 256 + i64::from(low)))
    }
}

#[derive(Debug, Type)]
#[sqlx(transparent)]
struct Wrapper<T>(T);

#[derive(Debug, PartialEq)]
struct Size(u64);

impl TryFrom<Wrapper<i64>> for Size {
    type Error = TryFromIntError;
    fn try_from(size: Wrapper<i64>) -> Result<Self, Self::Error> {
        u64::try_from(size.0).map(Self)
    }
}

#[derive(Debug, PartialEq)]
struct Sum(u32);

impl From<BTreeMap<String, u32>> for Sum {
    fn from(parts: BTreeMap<String, u32>) -> Self {
        Self(parts.values().sum())
    }
}

#[tokio::test]
async fn attributes_work_together() {
    #[derive(Debug, PartialEq, FromRow)]
    struct Record {
        #[sqlx(try_from = "Parts", flatten)]
        whole: Whole,
        #[sqlx(try_from = "Wrapper<i64>")]
        size: Size,
        #[sqlx(json, try_from = "BTreeMap<String, u32>")]
        sum: Sum,
    }
    let server = server().await;
    let mut connection = connect(&server).await;
    let sql = "SELECT 1 AS high, ? AS low, ? AS size, json_object('a', 1, 'b', 2) AS sum";
    let found: Record = query_as(sql)
        .bind(2_i64)
        .bind(3_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        found,
        Record {
            whole: Whole(258),
            size: Size(3),
            sum: Sum(3)
        }
    );
    for (low, size) in [(256_i64, 3_i64), (2, -3)] {
        let error = query_as::<_, Record>(sql)
            .bind(low)
            .bind(size)
            .fetch_one(&mut connection)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("out of range"), "{error}");
    }
}
