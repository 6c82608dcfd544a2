//! A description by the server: the statement is prepared, never run.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use flightsql_driver::{FlightSql, FlightSqlConnectOptions, FlightSqlConnection};
use sqlx_core::Error;
use sqlx_core::connection::ConnectOptions as _;
use sqlx_core::describe::Describe;
use sqlx_core::executor::Executor as _;
use sqlx_core::sql_str::{AssertSqlSafe, SqlSafeStr as _};
use sqlx_macros_core::block_on;

use super::environment::Environment;
use super::message;

/// One connection for each URL, for all statements of a crate: a compiler is one process, on one thread.
static CONNECTIONS: LazyLock<Mutex<HashMap<String, FlightSqlConnection>>> =
    LazyLock::new(Mutex::default);

pub(super) fn describe(
    sql: &str,
    url: &str,
    environment: &Environment,
) -> Result<Describe<FlightSql>, String> {
    let options = options(url, environment)?;
    let mut connections = CONNECTIONS
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    block_on(async {
        if let Some(connection) = connections.get_mut(url) {
            match described(connection, sql).await {
                Err(error) if is_lost(&error) => {}
                Ok(described) => return Ok(described),
                Err(error) => return Err(message::of(&error, sql)),
            }
        }
        // None yet, or it was lost since the last statement: a server restarts while an editor stays open.
        connections.remove(url);
        let mut connection = options
            .connect()
            .await
            .map_err(|error| format!("cannot check this statement: {error}"))?;
        let described = described(&mut connection, sql).await;
        if described.as_ref().err().is_none_or(|error| !is_lost(error)) {
            connections.insert(url.to_owned(), connection);
        }
        described.map_err(|error| message::of(&error, sql))
    })
}

async fn described(
    connection: &mut FlightSqlConnection,
    sql: &str,
) -> Result<Describe<FlightSql>, Error> {
    let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
    connection.describe(sql).await
}

fn options(url: &str, environment: &Environment) -> Result<FlightSqlConnectOptions, String> {
    let options: FlightSqlConnectOptions = url
        .parse()
        .map_err(|error: Error| format!("the URL of the database cannot be used: {error}"))?;
    let configured = options.__unstable_apply_driver_config(&environment.config.drivers);
    configured.map_err(|error| error.to_string())
}

/// The connection is gone, and not the statement wrong.
fn is_lost(error: &Error) -> bool {
    matches!(error, Error::Io(_) | Error::Protocol(_) | Error::Tls(_))
}
