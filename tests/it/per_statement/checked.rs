//! Options of the queries that `query!` and its family create.

use super::{ID, all_sent, none_sent};
use crate::common::{connect, pool};
use crate::macros::with_rows;

#[tokio::test]
async fn reach_server_from_checked_queries() {
    let server = with_rows().await;
    let pool = pool(&server, 1).await;
    let id = flightsql::query_scalar!("SELECT id FROM accounts WHERE name = ?", "Herp Derpinson")
        .header(ID, "scalar")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(id, 1);
    assert_eq!(all_sent(&server, "scalar").len(), 4);
    let rows = flightsql::query!("SELECT id, text, is_sent, owner_id FROM tweet ORDER BY id")
        .header(ID, "rows")
        .max_rows(2)
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(all_sent(&server, "rows").len(), 2);
    let error = flightsql::query!("SELECT id, text, is_sent, owner_id FROM tweet ORDER BY id")
        .map(|tweet| tweet.id)
        .max_rows(1)
        .fetch_all(&pool)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`max_rows`"), "{error}");
}

#[tokio::test]
async fn end_with_the_checked_query() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let mut transaction = flightsql::Connection::begin(&mut connection).await.unwrap();
    server.clear_calls();
    let update = flightsql::query_scalar!("SELECT id FROM accounts WHERE name = ?", "nobody");
    let none = update
        .header(ID, "a")
        .fetch_optional(&mut *transaction)
        .await;
    assert_eq!(none.unwrap(), None);
    assert_eq!(all_sent(&server, "a").len(), 4);
    transaction.commit().await.unwrap();
    none_sent(&server);
}
