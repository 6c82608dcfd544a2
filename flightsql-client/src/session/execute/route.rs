//! Query or update.
//!
//! The two have different calls, and the pool hides which method the caller used, so the *statement* decides:
//! the server's word first, then the schema of the result, then the dialect's reading of the text. A wrong
//! guess would lose a DDL without an error on some servers.

use crate::dialect::{Dialect, Route, StatementClass};
use crate::protocol::prepared::Prepared;

/// How a statement without parameters is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    Query,
    Update,
    /// The text does not tell; the server is asked by preparing it.
    Prepare,
}

/// Reads the plan off the text.
pub(crate) fn by_text(class: StatementClass, dialect: &dyn Dialect) -> Plan {
    let everything_is_a_query = dialect.route(StatementClass::Ddl) == Route::Query;
    match (class, dialect.route(class)) {
        (StatementClass::Unknown, Route::Query) if !everything_is_a_query => Plan::Prepare,
        (_, Route::Update) => Plan::Update,
        _ => Plan::Query,
    }
}

/// Reads the route off what the server said of a prepared statement.
pub(crate) fn by_server(
    prepared: &Prepared,
    class: StatementClass,
    dialect: &dyn Dialect,
) -> Route {
    if let Some(is_update) = prepared.is_update {
        return if is_update {
            Route::Update
        } else {
            Route::Query
        };
    }
    match &prepared.dataset {
        Some(schema) if !schema.fields().is_empty() => Route::Query,
        // No result columns: an unknown word is then an update.
        Some(_) if class == StatementClass::Unknown => dialect.route(StatementClass::Ddl),
        _ => dialect.route(class),
    }
}
