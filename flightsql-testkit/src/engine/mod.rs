//! SQLite with Arrow types: runs statements and returns record batches, without gRPC.
//!
//! Layer: engine, below the service. Read `plan` and `cursor` first; `types` contains the mapping table.

mod calendar;
mod cancel;
mod catalog;
mod columns;
mod cursor;
mod database;
mod decimal;
mod derive;
mod error;
mod held;
mod infer;
mod ingest;
mod keys;
mod lexer;
mod params;
mod plan;
mod read;
mod session;
mod sql;
mod transaction;
mod types;
mod write;
mod writers;

#[cfg(test)]
mod tests;

pub use error::SqliteError;
pub use params::Placeholder;

pub(crate) use cancel::{Cancel, cancelled};
pub(crate) use catalog::{CATALOG, SCHEMA, Table};
pub(crate) use columns::Output;
pub(crate) use cursor::{
    Event, Execution, Window, count, count_batch, count_schema, execute, execute_many,
};
pub(crate) use database::{Database, lock, random};
pub(crate) use error::{Kind, Result};
pub(crate) use held::Wanted;
pub(crate) use ingest::{Exists, Missing, Target, atomically, atomically_unless, find, ingest};
pub(crate) use keys::{ForeignKey, foreign_keys, primary_key, tables};
pub(crate) use params::Bound;
pub(crate) use plan::Plan;
pub(crate) use session::Session;
pub(crate) use sql::{MAX_SQL, Need, Sql, Verb};
pub(crate) use transaction::{End, Transaction};
pub(crate) use writers::Job;
