//! Invalid options: typed errors before anything is sent.

use std::time::Duration;

use flightsql::{Error, query, query_scalar};

use super::{ID, batched};
use crate::common::{connect, pool};

#[tokio::test]
async fn invalid_headers_are_errors_before_an_rpc() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    server.clear_calls();
    for (name, value, problem) in [
        (
            "authorization",
            "Bearer abcd",
            "header `authorization` is reserved",
        ),
        ("Cookie", "a=b", "header `cookie` is reserved"),
        ("grpc-timeout", "zq9S", "header `grpc-timeout` is reserved"),
        (":path", "zq9", "header `:path` is not a valid header name"),
        ("x y", "zq9", "header `x y` is not a valid header name"),
        (
            ID,
            "line\nbreak",
            "header `x-request-id` must be printable ASCII",
        ),
    ] {
        for bound in [false, true] {
            let query = match bound {
                true => query("SELECT ?").bind(1_i64),
                false => query("SELECT 1"),
            };
            let query = query.header(name, value).header(ID, "valid");
            match query.fetch_one(&mut connection).await {
                Err(Error::InvalidArgument(text)) => {
                    assert!(
                        text.starts_with(&format!("statement option: {problem}")),
                        "{text}"
                    );
                    assert!(!text.contains(value.trim()), "{text}");
                }
                other => panic!("{name}: {other:?}"),
            }
        }
    }
    assert_eq!(server.count_all(), 0);
    query("SELECT 1").fetch_one(&mut connection).await.unwrap();
}

#[tokio::test]
async fn invalid_timeout_is_an_error_of_the_query() {
    let server = batched().await;
    let pool = pool(&server, 1).await;
    let query = query_scalar::<_, i64>("SELECT 1").timeout(Duration::MAX);
    let error = query.fetch_one(&pool).await.unwrap_err();
    let Error::InvalidArgument(text) = error else {
        panic!("{error:?}");
    };
    assert!(text.contains("timeout") && text.contains("8760h"), "{text}");
}

#[tokio::test]
async fn error_of_bind_is_kept() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let rows = flightsql::FlightSqlArguments::from_batch(flightsql::arrow::RecordBatch::new_empty(
        std::sync::Arc::new(flightsql::arrow::schema::Schema::empty()),
    ));
    let query = flightsql::query_with("SELECT 1", rows)
        .bind(1_i64)
        .header(ID, "a");
    let error = query
        .bind(2_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("cannot add a value to a bound batch of rows"),
        "{text}"
    );
}
