//! Conversions that would lose data: errors that name the column or the parameter, and never a wrong value.

use flightsql::{
    Decode, Error, FlightSql, FlightSqlConnection, FlightSqlRow, Row, Type, query, query_as,
};

use crate::common::{connect, server};

/// The text of the error when column `name` is read as `T`.
#[track_caller]
fn refused<T>(row: &FlightSqlRow, name: &str) -> String
where
    T: for<'r> Decode<'r, FlightSql> + Type<FlightSql> + std::fmt::Debug,
{
    let error = row.try_get::<T, _>(name).unwrap_err();
    assert!(
        matches!(&error, Error::ColumnDecode { index, .. } if index.contains(name)),
        "{error:?}"
    );
    error.to_string()
}

async fn row(connection: &mut FlightSqlConnection) -> FlightSqlRow {
    query(
        "SELECT CAST(300 AS BIGINT) AS big, CAST(-1 AS INT) AS negative, CAST(0.1 AS DOUBLE) AS fraction,
            CAST('18446744073709551615' AS UBIGINT) AS huge, CAST('1.5' AS DECIMAL(10,2)) AS price,
            'text' AS text, x'FF00' AS bytes, CAST(1 AS BOOLEAN) AS flag, NULL AS missing",
    )
    .fetch_one(connection)
    .await
    .unwrap()
}

#[tokio::test]
async fn integers_that_do_not_fit_are_refused() {
    let server = server().await;
    let row = row(&mut connect(&server).await).await;
    assert_eq!(row.get::<i16, _>("big"), 300);
    assert_eq!(row.get::<u64, _>("big"), 300);
    refused::<i8>(&row, "big");
    refused::<u8>(&row, "big");
    assert_eq!(row.get::<i8, _>("negative"), -1);
    refused::<u8>(&row, "negative");
    refused::<u64>(&row, "negative");
    assert_eq!(row.get::<u64, _>("huge"), u64::MAX);
    refused::<i64>(&row, "huge");
}

#[tokio::test]
async fn other_types_are_not_guessed() {
    let server = server().await;
    let row = row(&mut connect(&server).await).await;
    assert_eq!(row.get::<f64, _>("fraction").to_bits(), 0.1_f64.to_bits());
    refused::<f32>(&row, "fraction");
    refused::<i64>(&row, "fraction");
    assert_eq!(row.get::<f64, _>("big"), 300.0);
    refused::<f64>(&row, "huge");
    refused::<f64>(&row, "price");
    refused::<i64>(&row, "text");
    refused::<bool>(&row, "big");
    refused::<String>(&row, "big");
    refused::<String>(&row, "bytes");
    assert_eq!(
        row.get::<Vec<u8>, _>("text"),
        row.get::<String, _>("text").into_bytes()
    );
    refused::<Vec<u8>>(&row, "big");
    refused::<i64>(&row, "flag");
    refused::<i64>(&row, "price");
    refused::<i64>(&row, "missing");
    assert_eq!(row.get::<Option<i64>, _>("missing"), None);
    assert_eq!(row.get::<Option<String>, _>("missing"), None);
}

#[tokio::test]
async fn errors_name_the_column_in_query_as_too() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let error = query_as::<_, (i64, i8)>("SELECT 1 AS first, 1000 AS second")
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        matches!(&error, Error::ColumnDecode { index, .. } if index.contains("second") || index == "1"),
        "{error:?}"
    );
    assert!(text.contains("i8") && text.contains("Int64"), "{text}");
    assert!(!text.contains("1000"), "a value was printed: {text}");
}

#[tokio::test]
async fn a_column_that_is_not_there_is_named() {
    let server = server().await;
    let row = row(&mut connect(&server).await).await;
    let error = row.try_get::<i64, _>("elsewhere").unwrap_err();
    assert!(
        matches!(&error, Error::ColumnNotFound(name) if name == "elsewhere"),
        "{error:?}"
    );
    let error = row.try_get::<i64, _>(99).unwrap_err();
    assert!(
        matches!(error, Error::ColumnIndexOutOfBounds { index: 99, len: 9 }),
        "{error:?}"
    );
}

/// Binds `value` to a column of the declared type, which must be refused before anything runs.
macro_rules! bind_refused {
    ($connection:expr, $column:literal, $value:expr) => {{
        let sql = concat!("INSERT INTO narrow (", $column, ") VALUES (?)");
        let error = query(sql)
            .bind($value)
            .execute(&mut $connection)
            .await
            .unwrap_err();
        assert!(
            matches!(error, Error::Encode(_) | Error::InvalidArgument(_)),
            "{error:?}"
        );
        error.to_string()
    }};
}

#[tokio::test]
async fn binds_that_do_not_fit_the_announced_type_are_refused() {
    let server = server().await;
    let narrow = "CREATE TABLE narrow (small TINYINT, price DECIMAL(5,2), at TIMESTAMP, day DATE, short FLOAT)";
    server.sqlite().execute_batch(narrow).unwrap();
    let mut connection = connect(&server).await;
    let text = bind_refused!(connection, "small", 300_i64);
    assert!(
        text.contains("parameter 1") || text.contains("$1"),
        "{text}"
    );
    bind_refused!(connection, "small", -129_i32);
    bind_refused!(connection, "price", 100_000_i64);
    bind_refused!(connection, "short", 0.1_f64);
    #[cfg(feature = "chrono")]
    {
        use flightsql::types::chrono::NaiveDateTime;
        let nanos: NaiveDateTime = "2024-02-29T12:34:56.000000001".parse().unwrap();
        bind_refused!(connection, "at", nanos);
    }
    #[cfg(feature = "rust_decimal")]
    {
        let fine: flightsql::types::Decimal = "1.005".parse().unwrap();
        bind_refused!(connection, "price", fine);
    }
    assert_eq!(crate::common::count(&mut connection, "narrow").await, 0);
}
