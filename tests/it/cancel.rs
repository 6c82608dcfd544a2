//! Futures dropped at every await and RPC: nothing leaks on the server, and the connection stays usable.
//!
//! [`every_stop`] runs a body again and again, stopped one step later each time, until it is not stopped any more.

mod connection;
mod late;
mod literal;
mod many;
mod pool;
mod results;
mod transaction;

use std::pin::pin;
use std::sync::Mutex;
use std::task::Poll;

use flightsql::{Connection, FlightSqlConnection, query, query_scalar};
use flightsql_testkit::{Gate, Rpc, SqliteConfig, TestServer};

use crate::common::{connect, count};

/// A hundred rows, in ten batches on these servers.
const HUNDRED: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n";

/// Point at which a future is dropped.
#[derive(Debug, Clone, Copy)]
enum Stop {
    /// After so many polls.
    Polls(usize),
    /// Before the server handles the RPC after so many others. That RPC then arrives
    /// together with the notice that its caller went away.
    Calls(usize),
    /// Drops the future, after the server was notified of the drop.
    NoticedCalls(usize),
}

impl Stop {
    /// Returns the output of `future`, or `None` if it was dropped before its end.
    async fn run<T>(self, server: &TestServer, future: impl Future<Output = T>) -> Option<T> {
        match self {
            Self::Polls(polls) => polled(future, polls).await,
            Self::Calls(calls) => called(server, future, calls, 0).await,
            Self::NoticedCalls(calls) => called(server, future, calls, 50).await,
        }
    }
}

/// Runs `body` with every stop until it returns that it got to its end.
async fn every_stop(body: impl AsyncFn(Stop) -> bool) {
    for kind in [Stop::Polls, Stop::Calls, Stop::NoticedCalls] {
        let mut steps = 0;
        while !body(kind(steps)).await {
            steps += 1;
            assert!(steps < 500, "{:?} is not the end", kind(steps));
        }
    }
}

async fn polled<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

async fn called<T>(
    server: &TestServer,
    future: impl Future<Output = T>,
    calls: usize,
    turns: usize,
) -> Option<T> {
    let gates: Vec<Gate> = Rpc::ALL.into_iter().map(|rpc| server.gate(rpc)).collect();
    let let_in = Mutex::new(vec![0; gates.len()]);
    let stopped = server.wait_until(|_| {
        let mut let_in = let_in.lock().unwrap();
        for (index, gate) in gates.iter().enumerate() {
            while let_in.iter().sum::<usize>() < calls && let_in[index] < gate.arrived() {
                let_in[index] += 1;
                gate.pass_one();
            }
        }
        gates.iter().map(Gate::arrived).sum::<usize>() > calls
    });
    let value = tokio::select! {
        biased;
        value = future => Some(value),
        () = stopped => None,
    };
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
    value
}

/// A server with the tables `t` and `w` and batches of ten rows.
async fn tables() -> TestServer {
    let config = SqliteConfig::new().batch_rows(10);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let tables = "CREATE TABLE t (id INTEGER); CREATE TABLE w (id INTEGER)";
    server.sqlite().execute_batch(tables).unwrap();
    server
}

/// Waits until the server holds no resource of a client.
async fn nothing_left(server: &TestServer) {
    let wait = server.wait_until(|server| {
        let sqlite = server.sqlite();
        sqlite.open_prepared() == 0
            && sqlite.open_transactions() == 0
            && server.open_streams() == 0
            && server.running_calls() == 0
    });
    wait.await;
}

/// It reads and writes, so no transaction of its own is in the way.
async fn works(connection: &mut FlightSqlConnection) {
    let two: i64 = query_scalar("SELECT 1 + 1")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(two, 2);
    let done = query("INSERT INTO w VALUES (1)")
        .execute(connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1);
}

/// Whether a dropped commit may leave the connection broken, since its outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Breaks {
    Never,
    ByCommit,
}

/// Drops `operation` everywhere. Each time the connection must work, give back all it had, and leave a number
/// of rows in `t` that is one of `rows`.
async fn drop_at_every_await(
    rows: &[i64],
    breaks: Breaks,
    operation: impl AsyncFn(&mut FlightSqlConnection),
) {
    let server = tables().await;
    let mut observer = connect(&server).await;
    let observer = tokio::sync::Mutex::new(&mut observer);
    every_stop(async |stop| {
        let mut connection = connect(&server).await;
        let done = stop
            .run(&server, operation(&mut connection))
            .await
            .is_some();
        if breaks == Breaks::Never || !connection.is_broken() {
            works(&mut connection).await;
            assert!(!connection.is_broken(), "{stop:?}");
        }
        assert!(!done || !connection.is_broken(), "it got to its end");
        connection.close().await.unwrap();
        nothing_left(&server).await;
        let left = count(&mut **observer.lock().await, "t").await;
        assert!(rows.contains(&left), "{stop:?}: {left} rows");
        server.sqlite().execute_batch("DELETE FROM t").unwrap();
        done
    })
    .await;
}
