//! The command line: the subcommands. Options of a subcommand are defined with it.

use clap::{Parser, Subcommand};

use crate::commands::columns::ColumnsArgs;
use crate::commands::dialect::DialectArgs;
use crate::commands::doctor::DoctorArgs;
use crate::commands::info::InfoArgs;
use crate::commands::prepare::PrepareArgs;
use crate::commands::query::QueryArgs;
use crate::commands::serve::ServeArgs;
use crate::commands::tables::TablesArgs;
use sqlx_cli::opt::{DatabaseOpt, MigrateOpt};

/// Work with any database that speaks Arrow Flight SQL.
///
/// A URL is `flightsql://user:password@host:port/catalog/schema?key=value`; `flightsql+tcp://` is plaintext,
/// `flightsql+unix://` a Unix socket, and `DIALECT+flightsql://` selects a dialect. Without a URL, the environment variables
/// FLIGHTSQL_URL, FLIGHTSQL_DATABASE_URL and DATABASE_URL are read, in this order. `profile://NAME` and `--profile NAME` select
/// a connection profile.
#[derive(Debug, Parser)]
#[command(
    name = "flightsql",
    version,
    after_help = "Exit codes: 0 success; 1 server or connection error; 2 invalid command line, URL, or file; 130 interrupted."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Diagnose a server step by step: TCP, TLS, authentication, queries, transactions, catalog, with a hint for each failure
    Doctor(DoctorArgs),
    /// Run a statement and write its result as a table, CSV, JSON, Parquet or Arrow
    Query(QueryArgs),
    /// List tables and views
    Tables(TablesArgs),
    /// List the columns of a table, with types, defaults, comments and keys
    Columns(ColumnsArgs),
    /// Show the server information (SqlInfo)
    Info(InfoArgs),
    /// Show a dialect as a file, or check a dialect file, alone or against a server
    Dialect(DialectArgs),
    /// Serve CSV, Parquet and SQLite files over Flight SQL, for work on this machine
    ///
    /// Each client connection has its own session: temporary tables, transactions by SQL, `last_insert_rowid()`. A
    /// client that does not return cookies gets an error for these, and can use RETURNING and the transaction actions. A
    /// session ends when its client closes it, or after 30 minutes without an RPC.
    Serve(ServeArgs),
    /// Save query metadata for `query!` so that crates compile without a server
    Prepare(PrepareArgs),
    /// Add, run, revert and list migrations
    Migrate(MigrateOpt),
    /// Create, drop, reset and set up the database of the URL
    Database(DatabaseOpt),
}
