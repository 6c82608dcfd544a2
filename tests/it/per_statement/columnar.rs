//! Options of `fetch_arrow`, of structs by columns, of an ingest, and of the catalog.

use std::sync::Arc;
use std::time::Duration;

use flightsql::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use flightsql::options::StatementOptions;
use flightsql::query;
use flightsql_testkit::{Fault, Rpc};
use futures_util::TryStreamExt as _;

use super::{HUNDRED, ID, all_sent, batched, none_sent};
use crate::common::{connect, count};

fn tagged(id: &str) -> StatementOptions {
    StatementOptions::new().header(ID, id)
}

#[tokio::test]
async fn reach_record_batches() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let batches = connection
        .fetch_arrow(query(HUNDRED).header(ID, "arrow"))
        .await;
    let batches: Vec<_> = batches.unwrap().try_collect().await.unwrap();
    assert_eq!(batches.len(), 10);
    assert_eq!(all_sent(&server, "arrow").len(), 2);
    let ids = connection.fetch_all_as::<(i64,)>(query("SELECT id FROM t").header(ID, "columns"));
    assert_eq!(ids.await.unwrap().len(), 3);
    assert_eq!(all_sent(&server, "columns").len(), 2);
    drop(connection.fetch_arrow("SELECT 1").await.unwrap());
    none_sent(&server);
}

#[tokio::test]
async fn reach_ingest() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![4, 5]));
    let rows = RecordBatch::try_from_iter([("id", ids)]).unwrap();
    let ingest = connection.ingest("t").options(tagged("ingest"));
    assert_eq!(
        ingest
            .batches(vec![rows.clone()])
            .await
            .unwrap()
            .rows_affected(),
        2
    );
    assert_eq!(all_sent(&server, "ingest"), ["StatementIngest"]);
    assert_eq!(count(&mut connection, "t").await, 5);
    none_sent(&server);

    server.fault(Fault::new(Rpc::DoPut).hang());
    let options = StatementOptions::new().timeout(Duration::from_millis(200));
    let ingest = connection.ingest("t").options(options);
    let error = ingest.batches(vec![rows]).await.unwrap_err().to_string();
    assert!(error.contains("within 200ms; raise `timeout`"), "{error}");
}

#[tokio::test]
async fn reach_catalog() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let mut catalog = connection.catalog().options(tagged("catalog"));
    let tables = catalog.tables().fetch_all().await.unwrap();
    assert_eq!(tables.len(), 1);
    assert_eq!(all_sent(&server, "catalog"), ["GetTables", "GetTables"]);
    assert!(catalog.has_table("t").await.unwrap());
    all_sent(&server, "catalog");
    assert_eq!(catalog.columns_of("t").await.unwrap().len(), 1);
    all_sent(&server, "catalog");
    catalog.server_info().await.unwrap();
    all_sent(&server, "catalog");
    connection.catalog().tables().fetch_all().await.unwrap();
    none_sent(&server);

    server.fault(Fault::new(Rpc::GetFlightInfo).hang());
    let options = StatementOptions::new().timeout(Duration::from_millis(200));
    let mut catalog = connection.catalog().options(options);
    let error = catalog.tables().fetch_all().await.unwrap_err().to_string();
    assert!(error.contains("within 200ms; raise `timeout`"), "{error}");
    let invalid = StatementOptions::new().header("te", "v");
    server.clear_calls();
    let mut catalog = connection.catalog().options(invalid);
    let error = catalog.tables().fetch_all().await.unwrap_err().to_string();
    assert!(error.contains("header `te` is reserved"), "{error}");
    assert_eq!(server.count_all(), 0);
}
