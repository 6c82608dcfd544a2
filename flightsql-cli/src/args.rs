//! The command line: which verbs there are. Each verb's own options stand with the verb.

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

/// Talks to any database that speaks Arrow Flight SQL.
///
/// A URL is `flightsql://user:password@host:port/catalog/schema?key=value`; `flightsql+tcp://` is plaintext,
/// `flightsql+unix://` a socket, `DIALECT+flightsql://` names the engine. Where none is given, the environment variable
/// FLIGHTSQL_URL is used, then FLIGHTSQL_DATABASE_URL, then DATABASE_URL.
#[derive(Debug, Parser)]
#[command(
    name = "flightsql",
    version,
    after_help = "Exit codes: 0 it worked, 1 the server or the connection failed, 2 the command line, the URL or a \
                  file is wrong, 130 it was interrupted."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Checks a server step by step: reach, TLS, login, queries, transactions, catalog; says what to do about failures
    Doctor(DoctorArgs),
    /// Runs a statement and writes its result as a table, CSV, JSON, Parquet or Arrow
    Query(QueryArgs),
    /// Lists tables and views
    Tables(TablesArgs),
    /// Lists the columns of a table, with types, defaults, comments and keys
    Columns(ColumnsArgs),
    /// Shows everything the server says of itself (SqlInfo)
    Info(InfoArgs),
    /// Shows a dialect as a file, or checks a dialect file, alone or against a server
    Dialect(DialectArgs),
    /// Serves CSV, Parquet and SQLite files over Flight SQL, for work on this machine
    ///
    /// Each client connection has a session of its own: temporary tables, transactions by SQL, `last_insert_rowid()`. A
    /// client that does not return cookies gets an error for these, and can use RETURNING and the transaction actions. A
    /// session ends when its client closes it, or after 30 minutes without a call.
    Serve(ServeArgs),
    /// Saves what the server says of each checked statement (`query!`), to compile without it
    Prepare(PrepareArgs),
    /// Adds, runs, reverts and lists migrations
    Migrate(MigrateOpt),
    /// Creates, drops, resets and sets up the database of the URL
    Database(DatabaseOpt),
}
