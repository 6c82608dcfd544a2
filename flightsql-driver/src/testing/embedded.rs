//! Embedded SQLite servers, one per test, in builds with the feature `testkit`.
//!
//! A task of the test's own runtime owns the server, which therefore ends with the runtime even if the test panics.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use flightsql_testkit::TestServer;
use tokio::sync::oneshot;

use super::Result;
use crate::connect_options::FlightSqlConnectOptions;
use crate::dialect::presets;
use crate::error::Error;

/// The servers of running tests, by the name of their database.
static RUNNING: LazyLock<Mutex<HashMap<String, Running>>> = LazyLock::new(Mutex::default);

#[derive(Debug)]
struct Running {
    stop: oneshot::Sender<()>,
    stopped: oneshot::Receiver<()>,
}

/// Starts an empty server, and stops one of an earlier test of this name.
pub(super) async fn start(db_name: &str) -> Result<FlightSqlConnectOptions> {
    let server = TestServer::builder()
        .record_calls(false)
        .start()
        .await
        .map_err(|error| {
            Error::configuration(format!("cannot start the embedded server: {error}"))
        })?;
    let options: FlightSqlConnectOptions = server.url().parse()?;
    let (stop, stopping) = oneshot::channel();
    let (ended, stopped) = oneshot::channel();
    tokio::spawn(async move {
        // Returns also if the sender is dropped.
        _ = stopping.await;
        server.stop().await;
        _ = ended.send(());
    });
    let running = Running { stop, stopped };
    lock().insert(db_name.to_owned(), running);
    Ok(options.dialect(Arc::new(presets::sqlite())))
}

/// Stops the server of this test. Returns `false` if none runs.
pub(super) async fn stop(db_name: &str) -> Result<bool> {
    let running = lock().remove(db_name);
    let Some(Running { stop, stopped }) = running else {
        return Ok(false);
    };
    _ = stop.send(());
    _ = stopped.await;
    Ok(true)
}

fn lock() -> std::sync::MutexGuard<'static, HashMap<String, Running>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
