//! Configuration of a [`SqliteService`](super::SqliteService), including behavior of other servers.
//!
//! Layer: service. Each setting imitates a real server, so that tests cover it.

use std::path::PathBuf;

pub use crate::engine::Placeholder;

/// The default number of rows of a batch, as in DataFusion.
const BATCH_ROWS: usize = 8_192;
/// Maximum number of endpoints of one result.
const MAX_ENDPOINTS: usize = 1_024;

/// Settings of a [`SqliteService`](super::SqliteService).
///
/// ```
/// use flightsql_testkit::SqliteConfig;
///
/// let config = SqliteConfig::new().endpoints(3).batch_rows(100);
/// ```
#[derive(Debug, Clone)]
pub struct SqliteConfig {
    pub(crate) path: Option<PathBuf>,
    pub(crate) endpoints: usize,
    pub(crate) batch_rows: usize,
    pub(crate) placeholder: Placeholder,
    pub(crate) replace_handles: bool,
    pub(crate) parameter_schema: ParameterSchema,
    pub(crate) transactions: bool,
    pub(crate) updates_as_queries: bool,
    pub(crate) sql_info: bool,
}

/// The content of `ActionCreatePreparedStatementResult.parameter_schema`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterSchema {
    /// A field per parameter, with its type, or `Null` if the statement does not determine the type.
    #[default]
    Typed,
    /// A field per parameter, all of type `Null`.
    Untyped,
    /// A schema without fields.
    Empty,
    /// No bytes.
    Absent,
    /// The fields of `Typed`, sorted by name as text: `$1`, `$10`, `$2`.
    SortedAsText,
}

impl SqliteConfig {
    /// Creates the default configuration: a private database, one endpoint, all features.
    pub fn new() -> Self {
        Self {
            path: None,
            endpoints: 1,
            batch_rows: BATCH_ROWS,
            placeholder: Placeholder::Any,
            replace_handles: false,
            parameter_schema: ParameterSchema::Typed,
            transactions: true,
            updates_as_queries: false,
            sql_info: true,
        }
    }

    /// Sets the database file, created if it does not exist. Defaults to a new private database, deleted with the service.
    #[must_use]
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Sets the number of endpoints of each result, from 1 to 1024. Defaults to 1. More endpoints need an additional pass
    /// over the result to count its rows, and one pass per endpoint.
    #[must_use]
    pub fn endpoints(mut self, n: usize) -> Self {
        self.endpoints = n.clamp(1, MAX_ENDPOINTS);
        self
    }

    /// Sets the maximum number of rows of a batch, at least 1. Defaults to 8192. Batches of wide rows end at about 2 MiB.
    #[must_use]
    pub fn batch_rows(mut self, n: usize) -> Self {
        self.batch_rows = n.max(1);
        self
    }

    /// Sets the placeholders that statements may contain. Defaults to [`Placeholder::Any`].
    #[must_use]
    pub fn placeholder(mut self, placeholder: Placeholder) -> Self {
        self.placeholder = placeholder;
        self
    }

    /// Sets whether binding values to a query returns a new handle and leaves the old one unbound, as in DataFusion.
    /// Defaults to `false`: the handle stays, and the reply to the bind has no message. Closing any handle of a statement
    /// closes all of them.
    #[must_use]
    pub fn replace_handles(mut self, replace: bool) -> Self {
        self.replace_handles = replace;
        self
    }

    /// Sets the reported parameter schema. Defaults to [`ParameterSchema::Typed`].
    #[must_use]
    pub fn parameter_schema(mut self, schema: ParameterSchema) -> Self {
        self.parameter_schema = schema;
        self
    }

    /// Sets whether the server supports transactions and savepoints. Otherwise it replies UNIMPLEMENTED, and SqlInfo
    /// reports none. Defaults to `true`.
    #[must_use]
    pub fn transactions(mut self, transactions: bool) -> Self {
        self.transactions = transactions;
        self
    }

    /// Sets whether changes run only as queries, as in DataFusion: `CommandStatementUpdate` is UNIMPLEMENTED, a prepared update
    /// returns -1 and does nothing, and a change sent as a query runs at DoGet and returns one row `count: uint64`. Defaults to
    /// `false`.
    #[must_use]
    pub fn updates_as_queries(mut self, on: bool) -> Self {
        self.updates_as_queries = on;
        self
    }

    /// Sets whether the server supports GetSqlInfo. Otherwise it replies UNIMPLEMENTED. Defaults to `true`.
    #[must_use]
    pub fn sql_info(mut self, on: bool) -> Self {
        self.sql_info = on;
        self
    }
}

impl Default for SqliteConfig {
    fn default() -> Self {
        Self::new()
    }
}
