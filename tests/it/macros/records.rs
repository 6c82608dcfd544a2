//! `query_as!`: rows as custom structs.

use flightsql::{query_as, query_as_unchecked};

use super::with_rows;
use crate::common::connect;

#[derive(Debug, PartialEq)]
struct Account {
    id: i64,
    name: Option<String>,
}

#[tokio::test]
async fn rows_are_structs() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let accounts = query_as!(Account, "SELECT name, id FROM accounts ORDER BY id")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        (accounts[0].id, accounts[0].name.as_deref()),
        (1, Some("Herp Derpinson"))
    );
    assert_eq!(accounts[1], Account { id: 2, name: None });
    let account = query_as_unchecked!(Account, "SELECT id, name FROM accounts WHERE id = ?", 2)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(account, accounts[1]);
}

#[tokio::test]
async fn fields_may_be_named_as_keywords() {
    struct Raw {
        r#type: String,
        r#fn: Option<i64>,
    }
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let raw = query_as!(
        Raw,
        r#"SELECT type, owner_id AS fn FROM accounts JOIN tweet USING (id) WHERE id = 1"#
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!((raw.r#type.as_str(), raw.r#fn), ("user", Some(1)));
}

struct Number(i64);

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

/// A generic struct, by a path with several parts.
mod deep {
    pub(super) struct Pair<A, B> {
        pub(super) id: A,
        pub(super) name: B,
    }
}

#[tokio::test]
async fn fields_are_converted_with_from() {
    struct Row {
        id: Number,
    }
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query_as!(Row, "SELECT id FROM tweet WHERE id = 2")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.id.0, 2);
}

#[tokio::test]
async fn structs_may_be_generic_and_elsewhere() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let pair: deep::Pair<Number, Box<str>> = query_as!(
        deep::Pair::<Number, _>,
        r#"SELECT id, type AS name FROM accounts WHERE id = 2"#
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!((pair.id.0, &*pair.name), (2, "admin"));
    type Plain = deep::Pair<i64, Option<String>>;
    let pair = query_as!(Plain, "SELECT id, name FROM accounts WHERE id = 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((pair.id, pair.name.as_deref()), (1, Some("Herp Derpinson")));
}

#[tokio::test]
async fn booleans_are_booleans() {
    struct Sent {
        is_sent: bool,
    }
    struct Active {
        is_active: Option<bool>,
    }
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let sent = query_as!(Sent, "SELECT is_sent FROM tweet WHERE is_sent = ?", true)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(sent.is_sent);
    let active = query_as!(Active, "SELECT is_active FROM accounts WHERE id = 2")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(active.is_active, Some(false));
}
