//! A description by the server: the statement is prepared, never run.

use std::collections::HashMap;
use std::path::PathBuf;
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

/// Returns the description, and the dialect file that it depends on. A relative path in the URL is searched for in `folders`.
pub(super) fn describe(
    sql: &str,
    url: &str,
    folders: &[PathBuf],
    environment: &Environment,
) -> Result<(Describe<FlightSql>, Option<PathBuf>), String> {
    let options = options(url, folders, environment)?;
    let file = options.get_dialect_file().map(std::path::absolute);
    let file = file.transpose().map_err(|error| error.to_string())?;
    Ok((described_by(sql, url, options)?, file))
}

fn described_by(
    sql: &str,
    url: &str,
    options: FlightSqlConnectOptions,
) -> Result<Describe<FlightSql>, String> {
    let mut connections = CONNECTIONS
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    block_on(async {
        // A dialect file may change while an editor is open.
        let is_changed = |connection: &FlightSqlConnection| {
            let (used, now) = (connection.dialect(), options.get_dialect());
            options.get_dialect_file().is_some() && used.profile() != now.profile()
        };
        if connections.get(url).is_some_and(is_changed) {
            connections.remove(url);
        }
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

fn options(
    url: &str,
    folders: &[PathBuf],
    environment: &Environment,
) -> Result<FlightSqlConnectOptions, String> {
    let options = FlightSqlConnectOptions::__parse_in(url, folders)
        .map_err(|error: Error| format!("the URL of the database cannot be used: {error}"))?;
    let configured =
        options.__configured_in(&environment.config.drivers, Some(&environment.manifest));
    configured.map_err(|error| error.to_string())
}

/// The connection is gone, and not the statement wrong.
fn is_lost(error: &Error) -> bool {
    matches!(error, Error::Io(_) | Error::Protocol(_) | Error::Tls(_))
}
