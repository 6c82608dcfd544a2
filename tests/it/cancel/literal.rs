//! Statements with client-side binding: one statement, and one statement per row.

use std::sync::Arc;

use flightsql::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use flightsql::{Connection, FlightSqlArguments, FlightSqlConnection, query_scalar, query_with};

use super::{every_stop, nothing_left, tables, works};
use crate::common::connect;

#[tokio::test]
async fn literal_binds() {
    let server = tables().await;
    let url = format!("sqlite+{}?binds=literal", server.url());
    let observer = tokio::sync::Mutex::new(connect(&server).await);
    every_stop(async |stop| {
        let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
        let statements = async {
            let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
            let rows = RecordBatch::try_from_iter([("id", ids)]).unwrap();
            let insert = query_with(
                "INSERT INTO t VALUES (?)",
                FlightSqlArguments::from_batch(rows),
            );
            let done = insert.execute(&mut connection).await.unwrap();
            assert_eq!(done.rows_affected(), 3);
            let sum = query_scalar("SELECT sum(id) + ? FROM t").bind(-1_i64);
            let sum: i64 = sum.fetch_one(&mut connection).await.unwrap();
            assert_eq!(sum, 5);
        };
        let done = stop.run(&server, statements).await.is_some();
        works(&mut connection).await;
        connection.close().await.unwrap();
        nothing_left(&server).await;
        let mut observer = observer.lock().await;
        let left: Vec<i64> = query_scalar("SELECT id FROM t ORDER BY id")
            .fetch_all(&mut *observer)
            .await
            .unwrap();
        // In order, and as many as ran before it was dropped.
        assert!([1, 2, 3].starts_with(&left), "{stop:?}: {left:?}");
        server.sqlite().execute_batch("DELETE FROM t").unwrap();
        done
    })
    .await;
}
