//! Conversions of values bound through SQLx's `Any`, which supports few types.

use flightsql::any::{Any, AnyConnection, install_default_drivers};
use flightsql::arrow::schema::{DataType, Field, Schema, TimeUnit};
use flightsql::dialect::DialectProfile;
use flightsql::{Connection as _, Encode, Error, Type, query};

use super::table::shown;
use super::{Engine, Received};

/// The array that is sent for a value bound through `Any`.
async fn sent<T>(reported: DataType, value: T) -> Result<String, Error>
where
    T: Encode<'static, Any> + Type<Any> + Send + 'static,
{
    install_default_drivers();
    let reported = Schema::new(vec![Field::new("p", reported, false)]);
    let engine = Engine::new(DialectProfile::new("plain"), Some(reported)).await;
    let mut connection = AnyConnection::connect(&engine.server.url()).await?;
    let insert = query("INSERT INTO t VALUES (?)").bind(value);
    insert.execute(&mut connection).await?;
    match engine.received().last() {
        Some(Received::Values(batch)) => Ok(shown(batch)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn i7_j13_text_numbers_and_booleans_convert_exactly() {
    let text = |text: &str| text.to_owned();
    assert_eq!(sent(DataType::Int64, text("7")).await.unwrap(), "Int64: 7");
    assert_eq!(
        sent(DataType::Date32, text("2024-05-01")).await.unwrap(),
        "Date32: 2024-05-01"
    );
    let clock = DataType::Timestamp(TimeUnit::Second, None);
    assert_eq!(
        sent(clock, text("2024-05-01 12:00:00")).await.unwrap(),
        "Timestamp(s): 2024-05-01T12:00:00"
    );
    assert_eq!(
        sent(DataType::Decimal128(9, 2), text("12.5"))
            .await
            .unwrap(),
        "Decimal128(9, 2): 12.50"
    );
    assert_eq!(sent(DataType::Utf8, 7_i64).await.unwrap(), "Utf8: 7");
    assert_eq!(sent(DataType::Int64, true).await.unwrap(), "Int64: 1");
    assert_eq!(
        sent(DataType::Boolean, 1_i64).await.unwrap(),
        "Boolean: true"
    );
    let error = sent(DataType::Int64, text("seven"))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("not a valid value of that type"), "{error}");
    let error = sent(DataType::Boolean, 2_i64)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("out of range"), "{error}");
}
