//! Tests of changes sent as queries, which run once, when they are planned.

use arrow_array::{Array, cast::AsArray};
use arrow_flight::sql::{CommandStatementQuery, EndTransaction, ProstMessageExt};
use arrow_flight::{CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus};
use arrow_flight::{FlightClient, FlightDescriptor, FlightInfo, Ticket};
use bytes::Bytes;
use prost::Message;

use super::support::{Served, batch, cells, ints, served, served_after};

async fn with_table() -> Served {
    served_after("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL)").await
}

async fn planned(served: &mut Served, sql: &str, transaction: Option<&Bytes>) -> FlightInfo {
    served
        .client
        .execute(sql.to_owned(), transaction.cloned())
        .await
        .unwrap()
}

fn ticket(info: &FlightInfo) -> Ticket {
    info.endpoint[0].ticket.clone().unwrap()
}

#[tokio::test]
async fn f1_changes_run_when_planned() {
    let mut served = served().await;
    let create = planned(&mut served, "CREATE TABLE t (a INT)", None).await;
    let insert = planned(&mut served, "INSERT INTO t VALUES (7)", None).await;
    assert_eq!((create.endpoint.len(), insert.endpoint.len()), (1, 1));
    assert_eq!(served.count("t").await, 1);
    for info in [&create, &insert, &insert] {
        let (schema, batches) = served.batches(ticket(info)).await.unwrap();
        assert_eq!((schema.fields().len(), batches.len()), (0, 0));
    }
    assert_eq!(served.count("t").await, 1);
    // A statement without rows needs no stored outcome.
    assert_eq!(served.service.open_cursors(), 0);
}

#[tokio::test]
async fn f1_returning_runs_once_for_two_reads() {
    let mut served = with_table().await;
    let sql = "INSERT INTO t (b) VALUES ('x'), ('y') RETURNING a, b, a * 10 AS tens";
    let info = planned(&mut served, sql, None).await;
    assert_eq!(served.count("t").await, 2);
    assert_eq!(served.service.open_cursors(), 1);
    let announced = info.clone().try_decode_schema().unwrap();
    for _ in 0..2 {
        let (schema, rows) = served.read(info.clone()).await.unwrap();
        assert_eq!(*schema, announced);
        assert_eq!(rows, cells(&[&["1", "x", "10"], &["2", "y", "20"]]));
        served.settled(0).await;
    }
    assert_eq!(served.count("t").await, 2);
}

#[tokio::test]
async fn f1_prepared_changes_run_when_planned() {
    let mut served = with_table().await;
    let prepared = served
        .prepare_raw("INSERT INTO t (a, b) VALUES (?, 'p') RETURNING a")
        .await;
    let handle = prepared.prepared_statement_handle;
    // Describing and binding do not run the statement.
    served
        .bind_raw(&handle, batch(vec![("1", ints([5]))]))
        .await
        .unwrap();
    assert_eq!(served.count("t").await, 0);
    let info = served.info_raw(&handle).await.unwrap();
    assert_eq!(served.count("t").await, 1);
    for _ in 0..2 {
        let rows = served.read(info.clone()).await.unwrap().1;
        assert_eq!(rows, cells(&[&["5"]]));
    }
    // Planning again runs the statement again and returns its error.
    let error = served.info_raw(&handle).await.unwrap_err().to_string();
    assert!(error.contains("UNIQUE constraint failed: t.a"), "{error}");
    assert_eq!(served.count("t").await, 1);
}

#[tokio::test]
async fn f1_changes_run_inside_transaction() {
    let mut served = with_table().await;
    let id = served.begin().await;
    planned(&mut served, "INSERT INTO t VALUES (1, 'x')", Some(&id)).await;
    let sql = "UPDATE t SET b = 'y' RETURNING b";
    let info = planned(&mut served, sql, Some(&id)).await;
    let inside = planned(&mut served, "SELECT b FROM t", Some(&id)).await;
    assert_eq!(served.read(inside).await.unwrap().1, cells(&[&["y"]]));
    assert_eq!(served.count("t").await, 0);
    served.end(&id, EndTransaction::Rollback).await;
    // The ticket returns the outcome and does not run the statement.
    assert_eq!(served.read(info).await.unwrap().1, cells(&[&["y"]]));
    assert_eq!(served.count("t").await, 0);
}

#[tokio::test]
async fn f1_describing_runs_nothing() {
    let mut served = with_table().await;
    for sql in [
        "INSERT INTO t (b) VALUES ('x')",
        "INSERT INTO t (b) VALUES ('x') RETURNING a",
        "DROP TABLE t",
        "PRAGMA user_version = 3",
        "/* poll:1 */ DELETE FROM t",
    ] {
        let command = CommandStatementQuery {
            query: sql.to_owned(),
            transaction_id: None,
        };
        let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
        let mut flight = FlightClient::new(served.channel.clone());
        flight.get_schema(descriptor.clone()).await.unwrap();
        served.prepare_raw(sql).await;
    }
    assert_eq!(served.count("t").await, 0);
    assert_eq!(served.rows("PRAGMA user_version").await.1, cells(&[&["0"]]));
}

#[tokio::test]
async fn f1_completed_change_is_not_cancellable() {
    let mut served = with_table().await;
    let sql = "INSERT INTO t (b) VALUES ('x') RETURNING b";
    let info = planned(&mut served, sql, None).await;
    let request = CancelFlightInfoRequest::new(info.clone());
    let bodies = served
        .action("CancelFlightInfo", request.encode_to_vec())
        .await
        .unwrap();
    let result = CancelFlightInfoResult::decode(bodies[0].clone()).unwrap();
    assert_eq!(result.status(), CancelStatus::NotCancellable);
    assert_eq!(served.read(info).await.unwrap().1, cells(&[&["x"]]));
}

/// The rows of one statement need 32 MiB, so the ninth does not fit.
#[tokio::test]
async fn f1_limits_outcomes_and_undoes_excess() {
    let mut served = with_table().await;
    let sql = "INSERT INTO t (b) SELECT hex(zeroblob(1 << 20)) FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), \
               (9), (10), (11), (12), (13), (14), (15), (16)) RETURNING b";
    let mut unread = Vec::new();
    let refused = loop {
        match served.client.execute(sql.to_owned(), None).await {
            Ok(info) => unread.push(info),
            Err(error) => break error.to_string(),
        }
    };
    assert!(refused.contains("was undone"), "{refused}");
    assert_eq!(served.count("t").await, 16 * unread.len());
    assert!((4..=8).contains(&unread.len()), "{}", unread.len());
    // Outcomes that were read are removed.
    for info in &unread {
        let (_, batches) = served.batches(ticket(info)).await.unwrap();
        let lengths = batches.iter().map(|batch| {
            let column = batch.column(0).as_string::<i32>();
            (0..column.len())
                .map(|row| column.value(row).len())
                .sum::<usize>()
        });
        assert_eq!(lengths.sum::<usize>(), 16 << 21);
    }
    served.settled(0).await;
    planned(&mut served, sql, None).await;
    let gone = served.batches(ticket(&unread[0])).await.unwrap_err();
    assert!(gone.to_string().contains("no such result"), "{gone}");
}

#[tokio::test]
async fn f1_or_fail_keeps_rows_of_sqlite() {
    let mut served = with_table().await;
    served
        .service
        .execute_batch("INSERT INTO t VALUES (5, 'x')")
        .unwrap();
    let sql = "INSERT OR FAIL INTO t VALUES (1, 'a'), (5, 'b'), (6, 'c') RETURNING a";
    let failed = served.client.execute(sql.to_owned(), None).await;
    assert!(failed.unwrap_err().to_string().contains("UNIQUE"));
    let (_, found) = served.rows("SELECT a, b FROM t ORDER BY a").await;
    assert_eq!(found, cells(&[&["1", "a"], &["5", "x"]]));
    // Without OR FAIL, the statement has no effect.
    let sql = "INSERT INTO t VALUES (7, 'a'), (5, 'b') RETURNING a";
    let failed = served.client.execute(sql.to_owned(), None).await;
    assert!(failed.unwrap_err().to_string().contains("UNIQUE"));
    assert_eq!(served.count("t").await, 2);
}
