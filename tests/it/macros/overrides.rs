//! Overrides by the alias of a column: `!`, `?`, `: T`, `!: T`, `?: T`, `: _`.

use flightsql::error::UnexpectedNullError;
use flightsql::{query, query_as, query_scalar, query_scalar_unchecked, query_unchecked};

use super::with_rows;
use crate::common::connect;

#[derive(Debug, PartialEq, flightsql::Type)]
#[sqlx(transparent)]
struct MyInt(i64);

#[derive(Debug, PartialEq, flightsql::Type)]
#[sqlx(rename_all = "lowercase")]
enum Kind {
    User,
    Admin,
}

struct Record {
    id: MyInt,
}

struct OptionalRecord {
    id: Option<MyInt>,
}

#[tokio::test]
async fn not_null() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query!(r#"SELECT owner_id AS "owner_id!" FROM tweet WHERE id = 1"#)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let owner: i64 = row.owner_id;
    assert_eq!(owner, 1);
}

#[tokio::test]
async fn nullable() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query!(r#"SELECT id AS "id?" FROM tweet WHERE id = 1"#)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let id: Option<i64> = row.id;
    assert_eq!(id, Some(1));
}

#[tokio::test]
async fn wildcards() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query_as!(Record, r#"SELECT id AS "id: _" FROM tweet WHERE id = 2"#)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.id, MyInt(2));
    let row = query_as!(
        OptionalRecord,
        r#"SELECT owner_id AS "id: _" FROM tweet WHERE id = 2"#
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(row.id, None);
}

#[tokio::test]
async fn wildcards_that_are_not_null() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query_as!(
        Record,
        r#"SELECT owner_id AS "id!: _" FROM tweet WHERE id = 1"#
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(row.id, MyInt(1));
}

#[tokio::test]
async fn wildcards_that_are_nullable() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query_as!(
        OptionalRecord,
        r#"SELECT id AS "id?: _" FROM tweet WHERE id = 1"#
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(row.id, Some(MyInt(1)));
}

#[tokio::test]
async fn exact_types() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query!(
        r#"SELECT id AS "id: MyInt", owner_id AS "owner_id: MyInt" FROM tweet WHERE id = 2"#
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!((row.id, row.owner_id), (MyInt(2), None));
    let row = query!(r#"SELECT owner_id AS "owner_id!: MyInt" FROM tweet WHERE id = 1"#)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.owner_id, MyInt(1));
    let row = query!(r#"SELECT id AS "id?: MyInt" FROM tweet WHERE id = 1"#)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.id, Some(MyInt(1)));
}

#[tokio::test]
async fn enums_of_texts() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let rows = query!(r#"SELECT type AS "kind: Kind" FROM accounts ORDER BY id"#)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let kinds: Vec<Kind> = rows.into_iter().map(|row| row.kind).collect();
    assert_eq!(kinds, [Kind::User, Kind::Admin]);
    let id = query_scalar!("SELECT id FROM accounts WHERE type = ?", Kind::Admin as _)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(id, 2);
}

#[tokio::test]
async fn scalars_with_every_override() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    macro_rules! scalar {
        ($sql:literal, $type:ty, $value:expr) => {
            let found: $type = query_scalar!($sql)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert_eq!(found, $value, $sql);
        };
    }
    scalar!("SELECT id FROM tweet WHERE id = 1", i64, 1);
    scalar!("SELECT count(*) FROM tweet", i64, 2);
    scalar!(
        r#"SELECT owner_id AS "id!" FROM tweet WHERE id = 1"#,
        i64,
        1
    );
    scalar!(
        r#"SELECT id AS "id?" FROM tweet WHERE id = 1"#,
        Option<i64>,
        Some(1)
    );
    scalar!(
        r#"SELECT id AS "id: MyInt" FROM tweet WHERE id = 1"#,
        MyInt,
        MyInt(1)
    );
    scalar!(
        r#"SELECT id AS "id?: MyInt" FROM tweet WHERE id = 1"#,
        Option<MyInt>,
        Some(MyInt(1))
    );
    scalar!(
        r#"SELECT owner_id AS "id!: MyInt" FROM tweet WHERE id = 1"#,
        MyInt,
        MyInt(1)
    );
    scalar!(
        r#"SELECT id AS "id: _" FROM tweet WHERE id = 1"#,
        MyInt,
        MyInt(1)
    );
    scalar!(
        r#"SELECT id AS "id?: _" FROM tweet WHERE id = 1"#,
        Option<MyInt>,
        Some(MyInt(1))
    );
    scalar!(
        r#"SELECT owner_id AS "id!: _" FROM tweet WHERE id = 1"#,
        MyInt,
        MyInt(1)
    );
}

#[tokio::test]
async fn a_null_against_the_override_is_the_columns_error() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let error = query!(r#"SELECT id, owner_id AS "owner_id!" FROM tweet WHERE id = 2"#)
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    let flightsql::Error::ColumnDecode { index, source } = &error else {
        panic!("{error:?}");
    };
    assert!(index.contains('1') || index.contains("owner_id"), "{index}");
    assert!(source.is::<UnexpectedNullError>(), "{source:?}");
    // The connection is as good as before.
    let error = query_scalar!(r#"SELECT name AS "name!" FROM accounts WHERE id = 2"#)
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    assert!(
        matches!(error, flightsql::Error::ColumnDecode { .. }),
        "{error:?}"
    );
    assert_eq!(crate::common::count(&mut connection, "tweet").await, 2);
}

#[tokio::test]
async fn unchecked_statements_take_the_types_they_are_given() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query_unchecked!("SELECT id, name FROM accounts WHERE id = ?", 1_i16)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((row.id, row.name.as_deref()), (1, Some("Herp Derpinson")));
    let id: MyInt = query_scalar_unchecked!("SELECT id FROM tweet WHERE text = ?", "later")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(id, MyInt(2));
}
