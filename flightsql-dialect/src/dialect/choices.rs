//! The choices of a dialect: small enums without behavior, written in kebab-case in a dialect file.

use serde::{Deserialize, Serialize};

/// The pair of RPCs that runs a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Route {
    /// `GetFlightInfo` and `DoGet`.
    Query,
    /// `DoPut`, which returns a row count.
    Update,
}

/// The way in which transactions begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TransactionMode {
    /// The actions `BeginTransaction` and `EndTransaction`.
    Action,
    /// Transactions are unsupported: `begin` fails before the driver sends anything.
    None,
    /// The actions, if the server reports them in its `SqlInfo`, until its first `UNIMPLEMENTED`. The default.
    #[default]
    Probe,
}

/// Support for bound parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BindSupport {
    /// The server binds them. The default.
    #[default]
    Server,
    /// The driver refuses them before anything is sent, with this text as the reason. In a dialect file:
    /// `bind = { refused = "this engine has no parameters" }`.
    Refused(String),
}

/// The side that counts the parameters of a statement for which the server reports no parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CountedBy {
    /// The driver counts the placeholders of [`Syntax`](super::Syntax) and refuses any other number of values. The default.
    #[default]
    Driver,
    /// The server counts them, and the driver sends any number of values. Engines with other placeholders, such as
    /// `{name:Type}`, `%s` or `#{name}`, need it.
    Server,
}

/// The way to send the catalog and schema of the options.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CatalogTarget {
    /// The session options `catalog` and `schema` that Flight SQL defines. The default.
    #[default]
    SessionOptions,
    /// Headers of every RPC. In a dialect file: `catalog = { headers = { catalog = "database" } }`.
    #[serde(rename_all = "kebab-case")]
    Headers {
        /// The header of the catalog.
        catalog: String,
        /// The header of the schema. With `None`, a schema in the options is an error.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schema: Option<String>,
    },
    /// The statement in [`Session::use_statement`](super::Session::use_statement), which each new connection runs.
    Statement,
}

/// The use of a user and a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AuthMode {
    /// One `Handshake` RPC returns a token, which later RPCs carry. The default of most dialects.
    #[default]
    Handshake,
    /// No handshake: every RPC carries `authorization: Basic …`.
    Basic,
}

/// A way to learn the columns of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DescribeRoute {
    /// A prepared statement.
    Prepare,
    /// `GetSchema` of the statement.
    StatementSchema,
    /// The schema in the response to `GetFlightInfo`. Some engines run the statement for it, so the driver uses it for
    /// queries only.
    Plan,
}

/// The check whether a connection is alive.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Ping {
    /// `CommandGetSqlInfo` for the server's name; "not implemented" also counts as alive. The default.
    #[default]
    ServerInfo,
    /// `GetFlightInfo` of this query, whose rows the driver does not read. In a dialect file:
    /// `ping = { statement = "SELECT 1" }`.
    Statement(String),
    /// An open socket is enough; the driver sends nothing.
    Socket,
}

/// The work that the action `CancelFlightInfo` ends on the server.
///
/// The driver sends it for a result that is dropped before its end. Corresponds to `CancelFlightInfoRequest` in
/// [Flight.proto](https://github.com/apache/arrow/blob/main/format/Flight.proto).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CancelScope {
    /// The statement of that result only. The default.
    #[default]
    Result,
    /// Whatever the session runs. The driver therefore does not send it under `login=shared`, where connections share a
    /// session. GizmoSQL is such a server.
    Session,
    /// The driver never sends it and only resets the stream, which a server notices while it sends.
    Never,
}

/// A part of Flight SQL that a server may lack; see [`DialectProfile::missing`](super::DialectProfile::missing).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// Every feature, for a server that only runs statements.
    pub const ALL: &[Feature] = &[
        Self::SqlInfo,
        Self::Catalogs,
        Self::Schemas,
        Self::Tables,
        Self::TableTypes,
        Self::PrimaryKeys,
        Self::ForeignKeys,
        Self::XdbcTypes,
        Self::Prepare,
        Self::Updates,
        Self::Ingest,
        Self::StatementSchema,
        Self::Savepoints,
    ];

    /// Describes a server without the feature.
    pub const fn missing(self) -> &'static str {
        match self {
            Self::SqlInfo => "this server does not report its features (`GetSqlInfo`)",
            Self::Catalogs => "this server does not list catalogs",
            Self::Schemas => "this server does not list schemas",
            Self::Tables => "this server does not list tables",
            Self::TableTypes => "this server does not list table types",
            Self::PrimaryKeys => "this server does not list primary keys",
            Self::ForeignKeys => "this server does not list foreign keys",
            Self::XdbcTypes => "this server does not list its types",
            Self::Prepare => "this server does not prepare statements",
            Self::Updates => "this server does not run update statements",
            Self::Ingest => "this server has no bulk ingest",
            Self::StatementSchema => "this server does not describe statements",
            Self::Savepoints => {
                "this server has no savepoints, so a transaction cannot be begun inside another"
            }
        }
    }
}

/// The use of the locations that a server names for its endpoints.
///
/// Corresponds to `FlightEndpoint.location` in [Flight.proto](https://github.com/apache/arrow/blob/main/format/Flight.proto).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LocationPolicy {
    /// Reads from the server's own address only; a location elsewhere is an error. The default.
    #[default]
    SameOrigin,
    /// Reads from the server's own address and from the addresses that the options list; any other location is an error.
    AllowList,
    /// Reads everything over the current connection, and ignores the locations.
    Ignore,
}
