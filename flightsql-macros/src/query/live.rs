//! Descriptions by a server, which prepares the statement and never runs it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};

use flightsql_client::error::Kind;
use flightsql_client::session::Session;
use flightsql_client::session::open::establish;
use flightsql_client::session::shared::Shared;
use flightsql_client::{ConnectOptions, Error};
use sqlx_macros_core::block_on;

use super::description::Description;
use super::environment::Environment;
use super::message;

/// The sessions, one per URL, for all statements of a crate: the compiler expands macros in one process, on one thread.
static SESSIONS: LazyLock<Mutex<HashMap<String, Session>>> = LazyLock::new(Mutex::default);

/// Returns the description, and the dialect file that it depends on. A relative path in the URL is searched for in `folders`.
pub(super) fn describe(
    sql: &str,
    url: &str,
    folders: &[PathBuf],
    environment: &Environment,
) -> Result<(Description, Option<PathBuf>), String> {
    let options = options(url, folders, environment)?;
    let file = options.get_dialect_file().map(std::path::absolute);
    let file = file.transpose().map_err(|error| error.to_string())?;
    Ok((described_by(sql, url, &Arc::new(options))?, file))
}

fn described_by(
    sql: &str,
    url: &str,
    options: &Arc<ConnectOptions>,
) -> Result<Description, String> {
    let mut sessions = SESSIONS
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    block_on(async {
        // A dialect file may change while an editor is open.
        let is_changed = |session: &Session| {
            let (used, now) = (session.dialect(), options.get_dialect());
            options.get_dialect_file().is_some() && used.profile() != now.profile()
        };
        if sessions.get(url).is_some_and(is_changed) {
            sessions.remove(url);
        }
        if let Some(session) = sessions.get_mut(url) {
            match described(session, sql).await {
                Err(error) if is_lost(&error) => {}
                Ok(described) => return Ok(described),
                Err(error) => return Err(refused(session, &error, sql)),
            }
        }
        // There is no session yet, or the server restarted while the editor was open.
        sessions.remove(url);
        let shared = Arc::new(Shared::new(options));
        let mut session = establish(options, &shared).await.map_err(|error| {
            let before = message::before(&error);
            format!("cannot check this statement: {before}{error}")
        })?;
        let described = described(&mut session, sql).await;
        let is_lost = described.as_ref().is_err_and(is_lost);
        let described = described.map_err(|error| refused(&session, &error, sql));
        if !is_lost {
            sessions.insert(url.to_owned(), session);
        }
        described
    })
}

async fn described(session: &mut Session, sql: &str) -> Result<Description, Error> {
    let described = session.describe(sql).await?;
    let types = &session.dialect().profile().types;
    Ok(Description::new(&described, types.trust_not_null))
}

/// Returns the message for the compiler, without secrets that the server repeated.
fn refused(session: &Session, error: &Error, sql: &str) -> String {
    let text = session.rpc().session().mask(&error.to_string());
    message::of(&format!("{}{text}", message::before(error)), sql)
}

fn options(
    url: &str,
    folders: &[PathBuf],
    environment: &Environment,
) -> Result<ConnectOptions, String> {
    let options = ConnectOptions::parse_text(url, folders).map_err(|error| {
        let before = message::CONFIGURATION;
        format!("the URL of the database cannot be used: {before}{error}")
    })?;
    environment.configured(options)
}

/// Returns `true` if the error is a lost connection, and not an error of the statement.
fn is_lost(error: &Error) -> bool {
    matches!(
        error.kind(),
        Kind::Io { .. } | Kind::Timeout { .. } | Kind::Tls { .. } | Kind::Protocol { .. }
    )
}
