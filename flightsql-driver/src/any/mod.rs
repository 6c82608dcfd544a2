//! SQLx's `Any` over Flight SQL: the program selects the database at run time.
//!
//! ```no_run
//! # async fn example() -> Result<(), sqlx_core::Error> {
//! use sqlx_core::any::AnyPool;
//!
//! // A program with further drivers calls `install_drivers` instead, once, with all of them.
//! flightsql_driver::any::install_default_drivers();
//! let pool = AnyPool::connect("flightsql+tcp://localhost:31337").await?;
//! let one: (i64,) = sqlx_core::query_as::query_as("SELECT 1").fetch_one(&pool).await?;
//! assert_eq!(one.0, 1);
//! # Ok(())
//! # }
//! ```
//!
//! `Any` has few types. Each Arrow type maps to one that holds all of its values:
//!
//! | Arrow | `Any` | |
//! |---|---|---|
//! | Null | `NULL` | |
//! | Boolean, `arrow.bool8` | `BOOLEAN` | |
//! | Int8, Int16, UInt8 | `SMALLINT` | |
//! | Int32, UInt16 | `INTEGER` | |
//! | Int64, UInt32, UInt64 | `BIGINT` | a UInt64 above `i64::MAX` is an error of that value |
//! | Float16, Float32 | `REAL` | |
//! | Float64 | `DOUBLE` | |
//! | Utf8, LargeUtf8, Utf8View | `TEXT` | also JSON |
//! | Binary, LargeBinary, BinaryView, FixedSizeBinary | `BLOB` | |
//! | decimals, dates, times, timestamps, durations, intervals, `arrow.uuid` | `TEXT` | exact, as [`FlightSqlValue`](crate::FlightSqlValue) shows them |
//! | a dictionary, a run-end encoding | the type of its values | |
//! | a union | the type of each value | the column is `NULL` unless all variants map to one type |
//! | lists, structs, maps | an error | it names the column and its type |
//!
//! The driver sends placeholders unchanged, and rewrites `?` only with `placeholders=rewrite`. A bound `NULL` keeps the type
//! that it was bound with.

mod backend;
mod convert;

#[cfg(test)]
mod tests;

use std::sync::Once;

use sqlx_core::any::AnyConnectOptions;
use sqlx_core::any::driver::{AnyDriver, install_drivers};

use crate::connect_options::{FlightSqlConnectOptions, statement_log};
use crate::marker::FlightSql;

/// This driver, for `install_drivers`: it takes every URL scheme of [`URL_SCHEMES`](crate::dialect::presets::URL_SCHEMES).
pub const DRIVER: AnyDriver = AnyDriver::with_migrate::<FlightSql>();

/// Installs this driver for `Any`, as the function of this name in `sqlx` installs SQLx's drivers. Repeated calls do nothing.
///
/// A program with several drivers calls `install_drivers` instead, once, with the `DRIVER` of each.
///
/// # Panics
/// Panics if the program has installed drivers with another function.
pub fn install_default_drivers() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        install_drivers(&[DRIVER]).expect("no other function has installed drivers");
    });
}

impl<'a> TryFrom<&'a AnyConnectOptions> for FlightSqlConnectOptions {
    type Error = sqlx_core::Error;

    /// Reads the URL, and takes over what is logged. Those of the URL.
    fn try_from(any: &'a AnyConnectOptions) -> Result<Self, sqlx_core::Error> {
        let mut options = Self::parse_url(&any.database_url)?;
        options.inner_mut().log = statement_log::from_sqlx(&any.log_settings);
        Ok(options)
    }
}
