//! Arguments without a type of their own take the type that the server reports for their parameter.

use flightsql::query_scalar;
use flightsql::types::Decimal;
use flightsql::types::chrono::NaiveDateTime;

use super::with_rows;
use crate::common::connect;

/// The name of the type that the compiler inferred.
fn type_of<T>(_: &T) -> &'static str {
    std::any::type_name::<T>()
}

/// Runs a statement that finds no row, so that only its arguments matter.
macro_rules! binds {
    ($connection:ident, $sql:literal: $($argument:expr),* $(,)?) => {$(
        let found: Option<i64> = query_scalar!($sql, $argument)
            .fetch_optional(&mut $connection)
            .await
            .unwrap();
        assert_eq!(found, None, "{}", stringify!($argument));
    )*};
}

#[tokio::test]
async fn integers_become_the_reported_integer() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let (large, negative, sum) = (3_000_000_000, -1, 1 << 40);
    binds! {
        connection, "SELECT id FROM kinds WHERE id = ?":
        3_000_000_000,
        -1,
        &-1,
        &3_000_000_000,
        Some(3_000_000_000),
        Some(&-1),
        1 << 40,
        2_000_000_000 + 2_000_000_000,
        if large > 0 { 3_000_000_000 } else { 0 },
        large,
        &negative,
        Some(sum),
        None::<i64>,
        None::<&i64>,
        Some(&7_i64),
        &&7_i64,
    }
    assert_eq!(
        [type_of(&large), type_of(&negative), type_of(&sum)],
        ["i64"; 3]
    );
}

#[tokio::test]
async fn fractions_become_the_reported_float() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let half = 0.5;
    binds!(connection, "SELECT id FROM kinds WHERE ratio = ?": 1.5, -1.5, &1e300, Some(0.1), half);
    assert_eq!(type_of(&half), "f64");
}

#[tokio::test]
async fn texts_are_borrowed() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let owned = String::from("nobody");
    binds! {
        connection, "SELECT id FROM accounts WHERE name = ?":
        "nobody", &"nobody", &&owned, owned, Some(&owned), None::<String>, None::<&str>, None::<&String>,
    }
}

/// The compiler first tries an argument of any type as an `Option`, because `x.into()` converts to an `Option`.
#[tokio::test]
async fn into_converts_to_an_option_of_the_reported_type() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    binds!(connection, "SELECT id FROM kinds WHERE id = ?": 7_i64.into());
    binds!(connection, "SELECT id FROM accounts WHERE name = ?": "nobody".into());
    let price = Decimal::new(999, 2);
    binds!(connection, "SELECT id FROM kinds WHERE price = ?": price.into(), price, &price, Some(price));
    let at: NaiveDateTime = "2030-01-01T00:00:00".parse().unwrap();
    binds!(connection, "SELECT id FROM kinds WHERE at = ?": at.into(), at, &at, Some(&at));
}

/// `as _` leaves the argument its own type.
#[tokio::test]
async fn a_wildcard_cast_infers_nothing() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let small = 7;
    binds!(connection, "SELECT id FROM kinds WHERE id = ?": small as _, 7_u8 as _, 7_u64 as _);
    assert_eq!(type_of(&small), "i32");
    binds!(connection, "SELECT id FROM kinds WHERE ratio = ?": 7 as _, 0.5_f32 as _);
    binds!(connection, "SELECT id FROM accounts WHERE name = ?": Box::<str>::from("nobody") as _);
}

mod j14_arguments_that_always_fit {
    use flightsql::query;
    use flightsql::types::chrono::NaiveDate;
    use flightsql::types::{Decimal, Json as JsonOf};

    use super::{connect, query_scalar, with_rows};

    #[tokio::test]
    async fn narrower_numbers_compile_and_bind() {
        let server = with_rows().await;
        let mut connection = connect(&server).await;
        let page = 7_i32;
        binds! {
            connection, "SELECT id FROM kinds WHERE id = ?":
            page, &page, &&page, Some(page), Some(&page), None::<i32>,
            i8::MIN, i16::MIN, i32::MIN, u8::MAX, u16::MAX, u32::MAX,
        }
        binds! {
            connection, "SELECT id FROM kinds WHERE ratio = ?":
            0.5_f32, Some(0.5_f32), 7, -7, u32::MAX, i32::MIN, i16::MAX, 7_u8,
        }
        binds! {
            connection, "SELECT id FROM kinds WHERE price = ?":
            7, -7, 7_u8, 7_i64, Some(7_u64), Decimal::ONE, 7_i128,
        }
    }

    /// The row that the widened values were written to.
    #[tokio::test]
    async fn the_value_is_the_same() {
        let server = with_rows().await;
        let mut connection = connect(&server).await;
        let (id, name) = (i32::MIN, Box::<str>::from("boxed"));
        query!(
            "INSERT INTO accounts (id, name, type) VALUES (?, ?, ?)",
            id,
            name,
            std::borrow::Cow::Borrowed("cow")
        )
        .execute(&mut connection)
        .await
        .unwrap();
        let row = query!("SELECT id, type FROM accounts WHERE id = ?", id)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!((row.id, row.r#type.as_str()), (-2_147_483_648, "cow"));
    }

    #[test]
    fn other_kinds_have_wider_types_too() {
        use flightsql::ty_match::kinds::*;

        let day = NaiveDate::from_ymd_opt(2026, 2, 28).unwrap();
        accepted!(u64, UInt64: 7_u8, 7_u16, 7_u32, 7, &7);
        accepted!(i16, Int16: 7_i8, 7_u8, -7);
        accepted!(f32, Float32: 7_u16, -7_i16, 0.5, 0.5_f32);
        accepted!(&[i64], List<Int64>: [1_i32], vec![1_i16, 2], [1, 2], vec![Some(1_i32)]);
        accepted!(&[u8], Binary: text_bytes(), [1, 2, 3], Box::<[u8]>::from([1_u8]));
        accepted!(flightsql::types::JsonValue, Json: JsonOf(7), JsonOf("text"), Some(JsonOf(vec![1])));
        accepted!(flightsql::types::chrono::NaiveDateTime, Timestamp: day, Some(day), day.and_hms_opt(1, 2, 3));
    }

    fn text_bytes() -> bytes::Bytes {
        bytes::Bytes::from_static(b"abc")
    }
}
