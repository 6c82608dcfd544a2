//! Tests of bulk ingest.

use std::collections::HashMap;

use arrow_array::RecordBatch;
use arrow_flight::error::FlightError;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::sql::{
    CommandStatementIngest, EndTransaction, TableDefinitionOptions, TableExistsOption,
    TableNotExistOption,
};
use bytes::Bytes;
use futures_util::stream;
use tonic::transport::Channel;

use super::support::{batch, cells, ints, served, strings};

fn command(
    table: &str,
    missing: TableNotExistOption,
    exists: TableExistsOption,
) -> CommandStatementIngest {
    let options = TableDefinitionOptions {
        if_not_exist: missing.into(),
        if_exists: exists.into(),
    };
    CommandStatementIngest {
        table_definition_options: Some(options),
        table: table.to_owned(),
        schema: None,
        catalog: None,
        temporary: false,
        transaction_id: None,
        options: HashMap::new(),
    }
}

async fn ingest(
    client: &mut FlightSqlServiceClient<Channel>,
    command: CommandStatementIngest,
    batches: Vec<RecordBatch>,
) -> Result<i64, FlightError> {
    client
        .execute_ingest(
            command,
            stream::iter(batches.into_iter().map(Ok::<_, FlightError>)),
        )
        .await
}

fn rows() -> Vec<RecordBatch> {
    vec![
        batch(vec![("id", ints([1, 2])), ("name", strings(&["a", "b"]))]),
        batch(vec![("id", ints([3])), ("name", strings(&["c"]))]),
    ]
}

use TableExistsOption::{Append, Fail as FailExists, Replace};
use TableNotExistOption::{Create, Fail as FailMissing};

#[tokio::test]
async fn creates_appends_and_replaces() {
    let mut served = served().await;
    assert_eq!(
        ingest(&mut served.client, command("t", Create, FailExists), rows())
            .await
            .unwrap(),
        3
    );
    let (schema, stored) = served.rows("SELECT * FROM t ORDER BY id").await;
    assert_eq!(stored, cells(&[&["1", "a"], &["2", "b"], &["3", "c"]]));
    assert_eq!(
        schema.field(0).metadata()["ARROW:FLIGHT:SQL:TYPE_NAME"],
        "BIGINT"
    );

    let error = ingest(&mut served.client, command("t", Create, FailExists), rows())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("table t already exists"), "{error}");
    let error = ingest(
        &mut served.client,
        command("u", FailMissing, Append),
        rows(),
    )
    .await
    .unwrap_err()
    .to_string();
    assert!(error.contains("no such table: u"), "{error}");
    assert_eq!(
        ingest(
            &mut served.client,
            command("t", FailMissing, Append),
            rows()
        )
        .await
        .unwrap(),
        3
    );
    assert_eq!(
        served.rows("SELECT count(*) FROM t").await.1,
        cells(&[&["6"]])
    );
    assert_eq!(
        ingest(&mut served.client, command("t", Create, Replace), rows())
            .await
            .unwrap(),
        3
    );
    assert_eq!(
        ingest(&mut served.client, command("v", Create, Append), rows())
            .await
            .unwrap(),
        3
    );
    assert_eq!(
        served
            .rows("SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM v)")
            .await
            .1,
        cells(&[&["3", "3"]])
    );
}

#[tokio::test]
async fn failed_ingest_leaves_no_rows() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, more INT DEFAULT 9)")
        .unwrap();
    let mut twice = rows();
    twice.extend(rows());
    let error = ingest(&mut served.client, command("t", FailMissing, Append), twice)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("UNIQUE constraint failed: t.id"), "{error}");
    assert_eq!(
        served.rows("SELECT count(*) FROM t").await.1,
        cells(&[&["0"]])
    );
    let wrong = vec![batch(vec![("id", ints([1])), ("nome", strings(&["a"]))])];
    let error = ingest(&mut served.client, command("t", FailMissing, Append), wrong)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("no column named nome"), "{error}");
    assert_eq!(
        ingest(
            &mut served.client,
            command("t", FailMissing, Append),
            rows()
        )
        .await
        .unwrap(),
        3
    );
    assert_eq!(
        served.rows("SELECT sum(more) FROM t").await.1,
        cells(&[&["27"]])
    );
}

#[tokio::test]
async fn ingest_runs_in_transaction() {
    let mut served = served().await;
    let id: Bytes = served.begin().await;
    let mut inside = command("t", Create, FailExists);
    inside.transaction_id = Some(id.clone());
    assert_eq!(
        ingest(&mut served.client, inside.clone(), rows())
            .await
            .unwrap(),
        3
    );
    inside.temporary = true;
    assert_eq!(ingest(&mut served.client, inside, rows()).await.unwrap(), 3);
    served.end(&id, EndTransaction::Rollback).await;
    let error = served
        .client
        .execute("SELECT * FROM t".to_owned(), None)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("no such table: t"), "{error}");
    let mut outside = command("t", Create, FailExists);
    outside.temporary = true;
    let error = ingest(&mut served.client, outside, rows())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("BeginTransaction"), "{error}");
}
