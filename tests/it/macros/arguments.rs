//! Arguments: borrowed, optional, cast, many.

use std::borrow::Cow;
use std::sync::Arc;

use flightsql::ty_match::kinds::*;
use flightsql::types::Decimal;
use flightsql::{query, query_scalar};

use super::with_rows;
use crate::common::connect;

#[tokio::test]
async fn arguments_are_borrowed_whatever_holds_them() {
    struct Holder {
        name: String,
        names: Vec<String>,
    }
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let holder = Holder {
        name: "Herp Derpinson".to_owned(),
        names: vec!["Herp Derpinson".to_owned()],
    };
    let reference = &holder;
    let boxed: Box<str> = holder.name.as_str().into();
    let owned = holder.name.clone();
    macro_rules! found {
        ($($argument:expr),* $(,)?) => {$(
            let id: i64 = query_scalar!("SELECT id FROM accounts WHERE name = ?", $argument)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert_eq!(id, 1, "{}", stringify!($argument));
        )*};
    }
    found! {
        "Herp Derpinson",
        owned,
        &owned,
        &&owned,
        owned.as_str(),
        &holder.name,
        holder.name,
        reference.name,
        holder.names[0],
        &holder.names[0],
        &*boxed,
        Some("Herp Derpinson"),
        Some(&owned),
        Some(owned.clone()),
        Some(owned.as_str()),
        format!("{} {}", "Herp", "Derpinson"),
        { let part = "Herp"; format!("{part} Derpinson") },
        Cow::Borrowed(owned.as_str()) as _,
        Arc::<str>::from("Herp Derpinson") as _,
    }
    // And all of them are still here.
    assert_eq!(
        (owned.len(), holder.name.len(), holder.names.len()),
        (14, 14, 1)
    );
}

#[tokio::test]
async fn arguments_that_are_not_copy_stay_with_their_owner() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    struct Price {
        price: Decimal,
        tags: Vec<u8>,
    }
    let price = Price {
        price: Decimal::new(1250, 2),
        tags: vec![1, 2],
    };
    let found: Option<i64> = query_scalar!(
        r#"SELECT (SELECT 1 FROM kinds WHERE price = ? AND bytes = ?) AS "n: i64""#,
        price.price,
        price.tags
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(found, None);
    assert_eq!(
        (price.price.to_string().as_str(), price.tags.len()),
        ("12.50", 2)
    );
}

#[tokio::test]
async fn nothing_is_bound_as_null() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let name: Option<String> = None;
    let id: i64 = query_scalar!("SELECT id FROM accounts WHERE name IS ?", name)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(id, 2);
}

#[tokio::test]
async fn a_cast_says_the_type() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let small = 2_u8;
    let row = query!("SELECT id, type FROM accounts WHERE id = ?", small as i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((row.id, row.r#type.as_str()), (2, "admin"));
}

#[derive(Debug, flightsql::Type)]
#[sqlx(transparent)]
struct AccountId(i64);

#[tokio::test]
async fn a_wildcard_cast_binds_the_value_as_it_is() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let id = AccountId(2);
    let row = query!(
        r#"SELECT id AS "id: AccountId", type FROM accounts WHERE id = ?"#,
        id as _
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!((row.id.0, row.r#type.as_str()), (2, "admin"));
    let row = query!(
        r#"SELECT id FROM accounts WHERE id = ?"#,
        AccountId(1) as AccountId
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!((row.id, id.0), (1, 2));
}

/// SQLite cannot tell the types of the first two.
#[tokio::test]
async fn binds_argument_unchanged_without_reported_type() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query!(
        r#"SELECT ? AS "number!: i64", ? AS "text!: String" FROM accounts WHERE id = ?"#,
        7,
        "seven",
        1
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!((row.number, row.text.as_str()), (7, "seven"));
}

#[tokio::test]
async fn twelve_arguments() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let done = query!(
        "INSERT INTO dozen VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        11,
        12,
    )
    .execute(&mut connection)
    .await
    .unwrap();
    assert_eq!(done.rows_affected(), 1);
    let row = query!("SELECT * FROM dozen")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let all = [
        row.a, row.b, row.c, row.d, row.e, row.f, row.g, row.h, row.i, row.j, row.k, row.l,
    ];
    assert_eq!(
        all.map(Option::unwrap),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    );
}

/// Expands to the check of `query!` for a parameter of the Rust type and the kind, and binds each argument.
macro_rules! accepted {
    ($parameter:ty, $kind:ty: $($argument:expr),* $(,)?) => {$(
        let argument = &$argument;
        #[allow(clippy::unreachable, clippy::nonminimal_bool, reason = "only a type")]
        if false {
            #[allow(unused_imports, reason = "one of them has the method, by the types")]
            use flightsql::ty_match::{self, MatchBorrowExt as _, MatchRefused as _, WrapSameExt as _};
            let value = ty_match::dupe_value(argument);
            let check = ty_match::WrapSame::<$parameter, _>::new(&value).wrap_same();
            let kind = std::marker::PhantomData::<$kind>;
            let (mut _check, matched) = ty_match::MatchBorrow::new(check, &value, kind);
            _check = (&&&&matched).match_borrow();
            unreachable!();
        }
        let mut arguments = flightsql::FlightSqlArguments::default();
        flightsql::Arguments::add(&mut arguments, argument).unwrap();
        assert_eq!(flightsql::Arguments::len(&arguments), 1);
    )*};
}

#[test]
fn slices_arrays_and_vectors_are_lists() {
    let vector = vec![1_i32, 2];
    accepted! {
        &[i32], List<Int32>:
        vector, &vector[..], vector.as_slice(), [1_i32, 2], Some(vector.clone()), Some(&vector[..]),
    }
}
