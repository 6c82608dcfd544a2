//! Tests of OrionBelt, which `tests/interop/run orionbelt` starts: bound values on a gRPC C++ server.
//!
//! `FLIGHTSQL_ORIONBELT_URL` is the URL of the server.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use flightsql::types::Decimal;
use flightsql::types::chrono::{NaiveDate, NaiveDateTime};
use flightsql::{
    Connection as _, Encode, FlightSql, FlightSqlConnection, Type, query, query_scalar,
};

async fn connect() -> FlightSqlConnection {
    let url = std::env::var("FLIGHTSQL_ORIONBELT_URL")
        .expect("FLIGHTSQL_ORIONBELT_URL is set by tests/interop/run orionbelt");
    FlightSqlConnection::connect(&url).await.unwrap()
}

/// Returns the countries of the orders for which the column is the value.
async fn countries<'q, T>(column: &str, value: T) -> Result<Vec<Option<String>>, flightsql::Error>
where
    T: Encode<'q, FlightSql> + Type<FlightSql> + 'q,
{
    let sql = format!("SELECT \"Country\" FROM shop WHERE \"{column}\" = ?");
    let query = query_scalar(flightsql::AssertSqlSafe(sql)).bind(value);
    query.fetch_all(&mut connect().await).await
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[tokio::test]
async fn k3_bound_values_are_compared_exactly() {
    let fr = [Some("FR".to_owned())];
    let de = [Some("DE".to_owned())];
    assert_eq!(countries("Country", "FR").await.unwrap(), fr);
    // The server reports the parameter of this integer column as text.
    assert_eq!(countries("Order ID", 2_i64).await.unwrap(), fr);
    assert_eq!(countries("Order ID", "4").await.unwrap(), de);
    assert_eq!(
        countries("Order Date", date("1969-12-31")).await.unwrap(),
        fr
    );
    assert_eq!(countries("Order Date", "1969-12-31").await.unwrap(), fr);
    let before_epoch: NaiveDateTime = "1969-12-31T23:59:59.999999".parse().unwrap();
    assert_eq!(countries("Order Time", before_epoch).await.unwrap(), fr);
    assert_eq!(countries("Flag", false).await.unwrap(), fr);
    assert!(countries("Country", "none").await.unwrap().is_empty());
}

#[tokio::test]
async fn text_with_quotes_stays_data() {
    for text in ["it's", "'; DROP TABLE orders; --", "\"Country\"", ""] {
        assert!(
            countries("Country", text).await.unwrap().is_empty(),
            "{text}"
        );
    }
    assert_eq!(countries("Country", "DE").await.unwrap().len(), 1);
}

#[tokio::test]
async fn values_have_types_of_model() {
    let sql =
        "SELECT \"Total Price\", \"Total Amount\", \"Order Count\" FROM shop WHERE \"Country\" = ?";
    let row: (Decimal, f64, i64) = flightsql::query_as(sql)
        .bind("DE")
        .fetch_one(&mut connect().await)
        .await
        .unwrap();
    assert_eq!(row, ("10000000010.25".parse().unwrap(), 6.0, 2));
}

#[tokio::test]
async fn null_is_rejected_and_connection_stays_usable() {
    let mut connection = connect().await;
    let sql = "SELECT \"Country\" FROM shop WHERE \"Country\" = ?";
    let bound = query(sql).bind(None::<&str>);
    let error = bound.fetch_all(&mut connection).await.unwrap_err();
    assert!(error.as_database_error().is_some(), "{error:?}");
    let found: String = query_scalar(sql)
        .bind("DE")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, "DE");
}
