//! Handles and ids that arrive after their caller was dropped.

use flightsql::{Connection, query};
use flightsql_testkit::Rpc;

use super::{Stop, nothing_left, tables, works};
use crate::common::connect;

#[tokio::test]
async fn a_handle_that_comes_late_is_closed() {
    let server = tables().await;
    let mut connection = connect(&server).await;
    for number in 1..=5 {
        let gate = server.gate_command(Rpc::DoAction, "CreatePreparedStatement");
        let closes = closes(&server);
        tokio::select! {
            result = query("SELECT ?").bind(1_i64).fetch_one(&mut connection) => panic!("{result:?}"),
            () = gate.reached() => {}
        }
        gate.open();
        server
            .wait_until(|server| self::closes(server) == closes + 1)
            .await;
        server
            .wait_until(|server| server.sqlite().open_prepared() == 0)
            .await;
        assert_eq!(creates(&server), number, "the late handle was really made");
        works(&mut connection).await;
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_transaction_that_comes_late_is_rolled_back() {
    let server = tables().await;
    let mut connection = connect(&server).await;
    for number in 1..=5 {
        let gate = server.gate_command(Rpc::DoAction, "BeginTransaction");
        tokio::select! {
            result = connection.begin() => panic!("{result:?}"),
            () = gate.reached() => {}
        }
        gate.open();
        server
            .wait_until(|server| named(server, "EndTransaction") == number)
            .await;
        server
            .wait_until(|server| server.sqlite().open_transactions() == 0)
            .await;
        assert_eq!(named(&server, "BeginTransaction"), number);
        works(&mut connection).await;
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_late_handle_of_a_closed_connection_is_closed_too() {
    let server = tables().await;
    let mut connection = connect(&server).await;
    let gate = server.gate_command(Rpc::DoAction, "CreatePreparedStatement");
    let begin = server.gate_command(Rpc::DoAction, "BeginTransaction");
    let stopped = Stop::Polls(1)
        .run(
            &server,
            query("SELECT ?").bind(1_i64).fetch_one(&mut connection),
        )
        .await;
    assert!(stopped.is_none());
    let stopped = Stop::Polls(1)
        .run(&server, connection.begin())
        .await
        .map(drop);
    assert!(stopped.is_none());
    gate.reached().await;
    begin.reached().await;
    connection.close().await.unwrap();
    drop((gate, begin));
    server.wait_until(|server| closes(server) == 1).await;
    server
        .wait_until(|server| named(server, "EndTransaction") == 1)
        .await;
    nothing_left(&server).await;
}

#[tokio::test]
async fn dropped_commit_breaks_connection_but_rollback_does_not() {
    let server = tables().await;
    for (commit, breaks) in [(true, true), (false, false)] {
        let mut connection = connect(&server).await;
        let transaction = connection.begin().await.unwrap();
        let gate = server.gate_command(Rpc::DoAction, "EndTransaction");
        let end = async {
            match commit {
                true => transaction.commit().await,
                false => transaction.rollback().await,
            }
        };
        tokio::select! {
            result = end => panic!("{result:?}"),
            () = gate.reached() => {}
        }
        drop(gate);
        assert_eq!(connection.is_broken(), breaks);
        match query("SELECT 1").fetch_one(&mut connection).await {
            Ok(_) => assert!(!breaks),
            Err(error) => {
                assert!(breaks, "{error}");
                let text = error.to_string();
                assert!(text.contains("its outcome is unknown"), "{text}");
            }
        }
        connection.close().await.unwrap();
        nothing_left(&server).await;
    }
}

fn named(server: &flightsql_testkit::ServerHandle, action: &str) -> usize {
    let actions = server.calls_of(Rpc::DoAction);
    actions
        .iter()
        .filter(|call| call.command() == Some(action))
        .count()
}

fn creates(server: &flightsql_testkit::ServerHandle) -> usize {
    named(server, "CreatePreparedStatement")
}

fn closes(server: &flightsql_testkit::ServerHandle) -> usize {
    named(server, "ClosePreparedStatement")
}
