//! The choice between the query and update RPCs.
//!
//! A pool hides the method that the caller used, so the *statement* decides: first the flag of the server, then the schema of
//! the result, then the classifier of the dialect. If a dialect sets the route of changes, it comes before the schema. On some
//! servers, a wrong choice loses a DDL statement without an error.

use crate::dialect::{Dialect, Route, StatementClass};
use crate::protocol::prepared::Prepared;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    Query,
    Update,
    /// The text does not determine the kind, so the server reports it when preparing.
    Prepare,
}

pub(crate) fn by_text(class: StatementClass, dialect: &dyn Dialect) -> Plan {
    let everything_is_a_query = dialect.route(StatementClass::Ddl) == Route::Query;
    match (class, dialect.route(class)) {
        (StatementClass::Unknown, Route::Query) if !everything_is_a_query => Plan::Prepare,
        (_, Route::Update) => Plan::Update,
        _ => Plan::Query,
    }
}

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
        // The columns may be a count. By default the change runs as a query, because DataFusion replies to an update without
        // running it.
        Some(schema) if !schema.fields().is_empty() => match class {
            StatementClass::Dml => dialect.profile().statements.set_route(class),
            _ => None,
        }
        .unwrap_or(Route::Query),
        // No result columns: an unknown word is then an update.
        Some(_) if class == StatementClass::Unknown => dialect.route(StatementClass::Ddl),
        _ => dialect.route(class),
    }
}
