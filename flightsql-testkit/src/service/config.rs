//! Configuration of a [`SqliteService`](super::SqliteService), including behavior of other servers.
//!
//! Layer: service. Each switch imitates something a real server does, so that a client can be tested against it.

use std::path::PathBuf;

pub use crate::engine::Placeholder;

/// Rows of one RecordBatch unless set otherwise: what DataFusion sends.
const BATCH_ROWS: usize = 8_192;
/// Most endpoints of one result.
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

/// Content of `ActionCreatePreparedStatementResult.parameter_schema`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterSchema {
    /// One field per parameter, with its type where the statement shows it and `Null` where not.
    #[default]
    Typed,
    /// One field per parameter, all of type `Null`.
    Untyped,
    /// A schema without fields.
    Empty,
    /// No bytes at all.
    Absent,
    /// As `Typed`, with the fields sorted by name as text: `$1`, `$10`, `$2`.
    SortedAsText,
}

impl SqliteConfig {
    /// The defaults: a private database, one endpoint, every feature on.
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

    /// The database file, created if it does not exist. Default: a fresh private database that goes with the service.
    #[must_use]
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Splits each result over this many endpoints, in order; 1 to 1024, default 1. More than one costs an extra pass
    /// over the result to count its rows, and one pass per endpoint.
    #[must_use]
    pub fn endpoints(mut self, n: usize) -> Self {
        self.endpoints = n.clamp(1, MAX_ENDPOINTS);
        self
    }

    /// Most rows of one RecordBatch, at least 1; default 8192. Batches of wide rows are cut earlier, at about 2 MiB.
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

    /// Binding values to a query answers a new handle and leaves the old one unbound, as DataFusion does. Default
    /// `false`: the handle stays and the bind is answered without a message. Closing any handle of a statement closes
    /// them all.
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

    /// Whether transactions and savepoints exist. Default `true`; `false` answers UNIMPLEMENTED, and SqlInfo says none.
    #[must_use]
    pub fn transactions(mut self, transactions: bool) -> Self {
        self.transactions = transactions;
        self
    }

    /// Changes run only as queries, as in DataFusion: `CommandStatementUpdate` is UNIMPLEMENTED, a prepared update
    /// answers -1 and does nothing, and a change through the query path runs at DoGet and answers one row
    /// `count: uint64`. Default `false`.
    #[must_use]
    pub fn updates_as_queries(mut self, on: bool) -> Self {
        self.updates_as_queries = on;
        self
    }

    /// Whether GetSqlInfo answers. Default `true`; `false` is UNIMPLEMENTED.
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
