//! The answers a dialect gives: small enums without behaviour.
//!
//! Layer 0. What each stands for in the protocol:
//! <https://arrow.apache.org/docs/format/FlightSql.html>.

/// How an engine writes placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PlaceholderStyle {
    /// `?`, by position.
    #[default]
    Question,
    /// `$1`, `$2`, …
    Dollar,
    /// `:1`, `:2`, …
    Colon,
    /// `@p1`, `@p2`, …
    At,
}

impl PlaceholderStyle {
    /// What stands before the number; `None` for [`PlaceholderStyle::Question`], which has none.
    pub(crate) const fn prefix(self) -> Option<&'static str> {
        match self {
            Self::Question => None,
            Self::Dollar => Some("$"),
            Self::Colon => Some(":"),
            Self::At => Some("@p"),
        }
    }
}

/// What kind of statement a text is, as far as its keywords tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatementClass {
    /// Returns rows and changes nothing: `SELECT`, `VALUES`, `SHOW`, `EXPLAIN`, …
    Query,
    /// Changes rows: `INSERT`, `UPDATE`, `DELETE`, `MERGE`, `COPY`.
    Dml,
    /// Changes rows and returns them: `… RETURNING …`.
    DmlReturning,
    /// Changes the schema or maintains it: `CREATE`, `DROP`, `ALTER`, `VACUUM`, …
    Ddl,
    /// Changes the session: `SET`, `USE`, `RESET`, `PRAGMA … = …`.
    Session,
    /// `BEGIN`, `COMMIT`, `ROLLBACK`, `SAVEPOINT`, `RELEASE`, …
    Transaction,
    /// Starts with a word that is not known.
    Unknown,
    /// Nothing but white space, comments and semicolons.
    Empty,
}

/// Which pair of calls runs a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// `GetFlightInfo` and `DoGet`.
    Query,
    /// `DoPut`, answered by a row count.
    Update,
}

/// How transactions begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransactionMode {
    /// With the actions `BeginTransaction` and `EndTransaction`.
    Action,
    /// Not at all: `begin` is an error before anything is sent.
    None,
    /// As the server's `SqlInfo` says, or its first `UNIMPLEMENTED`.
    Probe,
}

/// Whether parameters can be bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BindSupport {
    /// The server binds them.
    Server,
    /// They are refused before anything is sent, with this text: say why and what to do instead.
    Refused(&'static str),
}

/// Where the catalog and schema of the options go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CatalogTarget {
    /// Into the session options `catalog` and `schema` that Flight SQL names.
    SessionOptions,
    /// Into headers sent with every call.
    Header {
        /// The header of the catalog.
        catalog: &'static str,
        /// The header of the schema; `None`: the engine has none and a schema is an error.
        schema: Option<&'static str>,
    },
    /// Into the statement that [`Dialect::use_statement`](super::Dialect::use_statement) writes, run when a connection
    /// opens.
    Statement,
}

/// What is done with user and password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AuthMode {
    /// One `Handshake` call, answered by a token that later calls carry. The default of most dialects.
    #[default]
    Handshake,
    /// No login: every call carries `authorization: Basic …`.
    Basic,
}

/// A way to learn the columns of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DescribeRoute {
    /// By preparing it.
    Prepare,
    /// By `GetSchema` of the statement.
    StatementSchema,
    /// By `GetFlightInfo`. Some engines run it then, so this is done for queries only.
    Plan,
}

/// How a connection is asked whether it is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ping {
    /// `CommandGetSqlInfo` for the server's name; "not implemented" is alive too.
    ServerInfo,
    /// This query, whose plan is asked for and whose rows are not read.
    Statement(&'static str),
    /// Nothing is sent: an open socket is enough.
    Socket,
}

/// A part of Flight SQL that a server may lack; see [`Dialect::lacks`](super::Dialect::lacks).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// `CommandGetSqlInfo`.
    SqlInfo,
    /// `CommandGetCatalogs`.
    Catalogs,
    /// `CommandGetDbSchemas`.
    Schemas,
    /// `CommandGetTables`.
    Tables,
    /// `CommandGetTableTypes`.
    TableTypes,
    /// `CommandGetPrimaryKeys`.
    PrimaryKeys,
    /// `CommandGetImportedKeys`, `CommandGetExportedKeys`, `CommandGetCrossReference`.
    ForeignKeys,
    /// `CommandGetXdbcTypeInfo`.
    XdbcTypes,
    /// `ActionCreatePreparedStatement`.
    Prepare,
    /// `CommandStatementUpdate`.
    Updates,
    /// `CommandStatementIngest`.
    Ingest,
    /// `GetSchema` of a statement.
    StatementSchema,
    /// `BeginSavepoint`, for a transaction inside a transaction.
    Savepoints,
}

impl Feature {
    /// What a server without it does not do.
    pub(crate) const fn missing(self) -> &'static str {
        match self {
            Self::SqlInfo => "this server does not say what it can do",
            Self::Catalogs => "this server does not list catalogs",
            Self::Schemas => "this server does not list schemas",
            Self::Tables => "this server does not list tables",
            Self::TableTypes => "this server does not list table types",
            Self::PrimaryKeys => "this server does not list primary keys",
            Self::ForeignKeys => "this server does not list foreign keys",
            Self::XdbcTypes => "this server does not list its types",
            Self::Prepare => "this server does not prepare statements",
            Self::Updates => "this server has no call for updates",
            Self::Ingest => "this server has no bulk ingest",
            Self::StatementSchema => "this server does not describe statements",
            Self::Savepoints => {
                "this server has no savepoints, so a transaction cannot be begun inside another"
            }
        }
    }
}

/// What to do with the locations a server names for its endpoints.
///
/// Source: `FlightEndpoint.location` in
/// [Flight.proto](https://github.com/apache/arrow/blob/main/format/Flight.proto).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LocationPolicy {
    /// Read from the server's own address only; a location elsewhere is an error. The default.
    #[default]
    SameOrigin,
    /// Read everything over the connection at hand, whatever the locations say.
    Ignore,
}
