//! [ARCHITECTURE.md]: ../../../ARCHITECTURE.md
//! [CHANGELOG.md]: ../../../CHANGELOG.md
//! [CONTRIBUTING.md]: ../../../CONTRIBUTING.md
//! [SECURITY.md]: ../../../SECURITY.md
//! [The table of types]: flightsql_driver::types
//! [benches/README.md]: ../../../benches/README.md
//! [docs/from-sqlx.md]: ../../../docs/from-sqlx.md
//! [docs/sqlx-behaviors.md]: ../../../docs/sqlx-behaviors.md
//! [examples/custom_dialect]: ../../../examples/custom_dialect/README.md
//! [examples/web_service]: ../../../examples/web_service/README.md
//! [tests/interop/MATRIX.md]: ../../../tests/interop/MATRIX.md
//! [`FlightSqlConnectOptions`]: crate::FlightSqlConnectOptions
//! [`FlightSqlConnection`]: crate::FlightSqlConnection
//! [`flightsql-client`]: ../flightsql_client/index.html
//! [`presets`]: crate::dialect::presets
//! [`query!`]: crate::query!
//!
// In Markdown, the first definition of a link wins. The definitions above replace those of the README. Their paths start
// at `target/doc/flightsql`, because the crate is not published yet.
#![doc = include_str!("../README.md")]

pub use sqlx_core::Either;
pub use sqlx_core::acquire::Acquire;
pub use sqlx_core::arguments::{Arguments, IntoArguments};
pub use sqlx_core::column::{Column, ColumnIndex, ColumnOrigin};
pub use sqlx_core::connection::{ConnectOptions, Connection};
pub use sqlx_core::database::{self, Database};
pub use sqlx_core::describe::Describe;
pub use sqlx_core::executor::{Execute, Executor};
pub use sqlx_core::from_row::FromRow;
pub use sqlx_core::pool::{self, Pool};
pub use sqlx_core::query_builder::{self, QueryBuilder};
pub use sqlx_core::raw_sql::{RawSql, raw_sql};
pub use sqlx_core::row::Row;
pub use sqlx_core::sql_str::{AssertSqlSafe, SqlSafeStr, SqlStr};
pub use sqlx_core::statement::Statement;
pub use sqlx_core::transaction::{Transaction, TransactionManager};
pub use sqlx_core::type_info::TypeInfo;
pub use sqlx_core::value::{Value, ValueRef};

#[doc(inline)]
pub use sqlx_core::error::{self, Error, Result};

pub use self::decode::Decode;
pub use self::encode::Encode;
pub use self::types::Type;

/// SQLx's `Any`, which selects the database at run time. `flightsql_driver::any` documents the mapping of types.
///
/// A program with several drivers calls [`install_drivers`](any::install_drivers) with the [`DRIVER`](any::DRIVER) of each.
///
/// ```no_run
/// # async fn example() -> flightsql::Result<()> {
/// flightsql::any::install_default_drivers();
/// let pool = flightsql::AnyPool::connect("flightsql+tcp://localhost:31337").await?;
/// let (one,): (i64,) = flightsql::query_as("SELECT 1").fetch_one(&pool).await?;
/// assert_eq!(one, 1);
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "any")]
pub mod any {
    pub use flightsql_driver::any::{DRIVER, install_default_drivers};
    pub use sqlx_core::any::driver::{AnyDriver, install_drivers};
    pub use sqlx_core::any::*;
}

#[cfg(feature = "any")]
pub use any::{Any, AnyConnection, AnyExecutor, AnyPool};

#[cfg(feature = "migrate")]
pub use sqlx_core::{migrate, testing};

#[doc(inline)]
pub use flightsql_driver::{
    ArrowColumn, FlightSql, FlightSqlArgumentBuffer, FlightSqlArguments, FlightSqlBatch,
    FlightSqlBatchStream, FlightSqlCatalog, FlightSqlCatalogQuery, FlightSqlColumn,
    FlightSqlConnectOptions, FlightSqlConnection, FlightSqlDatabaseError, FlightSqlExecutor,
    FlightSqlIngest, FlightSqlItems, FlightSqlLockedOptions, FlightSqlPool, FlightSqlPoolOptions,
    FlightSqlQueryBuilderExt, FlightSqlQueryResult, FlightSqlRow, FlightSqlStatement,
    FlightSqlStruct, FlightSqlStructEncoder, FlightSqlTransaction, FlightSqlTransactionManager,
    FlightSqlTypeInfo, FlightSqlValue, FlightSqlValueRef, FromArrow, IngestMode, MappedValueError,
    ServerError, StatusCode, ToArrow, ToArrowColumn, encoded_column, is_retryable, is_unsupported,
    pool_options,
};

#[doc(inline)]
pub use flightsql_driver::query::{
    query, query_as, query_as_with, query_scalar, query_scalar_with, query_with,
};

#[doc(inline)]
pub use flightsql_macros::{Decode, Encode, FromArrow, FromRow, ToArrow, Type};

#[doc(inline)]
pub use flightsql_driver::{catalog, dialect, observe, options, response};

/// The Arrow types of record batches, in the version that this driver uses.
pub mod arrow {
    pub use arrow_array as array;
    pub use arrow_array::RecordBatch;
    pub use arrow_schema as schema;
    pub use flightsql_driver::pretty;
}

/// Conversions between Rust and SQL types, which [`flightsql_driver::types`] lists.
pub mod types {
    pub use arrow_buffer::i256;
    pub use flightsql_driver::types::{FlightSqlHasArrayType, FlightSqlInterval};
    pub use sqlx_core::types::*;
}

#[doc(hidden)]
pub use flightsql_driver::derive_support as __private;

#[doc(hidden)]
pub mod spec_error;

#[cfg(any(feature = "macros", feature = "migrate"))]
mod macros;
#[cfg(feature = "macros")]
#[doc(hidden)]
pub mod ty_match;

#[doc(hidden)]
pub use flightsql_driver::query::query_scalar_with_result as __query_scalar_with_result;
#[doc(hidden)]
pub use flightsql_driver::query::query_with_result as __query_with_result;

#[cfg(any(feature = "macros", feature = "migrate"))]
#[doc(hidden)]
pub mod __macros {
    #[cfg(feature = "migrate")]
    pub use flightsql_macros::expand_migrate;
    #[cfg(feature = "macros")]
    pub use flightsql_macros::expand_query;
}

/// Runs a test with its own database, which is created, migrated and filled first, and dropped if the test passes.
///
/// The attribute works like `#[sqlx::test]`: the function is async and accepts a [`FlightSqlPool`], a
/// `PoolConnection<FlightSql>`, or [`FlightSqlPoolOptions`] and [`FlightSqlConnectOptions`]; a function without arguments only runs in a runtime.
///
/// The database is a schema or catalog on the server at `FLIGHTSQL_TEST_URL` or, if unset, `DATABASE_URL`. If the URL names no
/// dialect, the test queries the server for its engine. Each test starts its own embedded server (feature `testkit`) if
/// neither variable is set, with `FLIGHTSQL_TEST_URL=embedded`, or if `DATABASE_URL` is the URL of an SQLite server.
///
/// | argument | effect |
/// |---|---|
/// | `migrations = "folder"` | runs the migrations of this folder; defaults to `./migrations` |
/// | `migrations = false` | runs no migrations |
/// | `migrator = "crate::MIGRATOR"` | runs this migrator |
/// | `fixtures("a", "b")` | runs these files of the folder `fixtures`, next to the test's file |
///
/// ```no_run
/// #[flightsql::test]
/// async fn creates_table(pool: flightsql::FlightSqlPool) -> flightsql::Result<()> {
///     flightsql::query("CREATE TABLE flights (id BIGINT)").execute(&pool).await?;
///     let count: i64 = flightsql::query_scalar("SELECT count(*) FROM flights").fetch_one(&pool).await?;
///     assert_eq!(count, 0);
///     Ok(())
/// }
/// ```
#[cfg(feature = "macros")]
pub use flightsql_macros::test;

#[doc(hidden)]
pub use sqlx_core::rt as __rt;
#[doc(hidden)]
pub use sqlx_core::rt::test_block_on;

/// Makes the compiler warn once per crate that `query!` had to choose between `chrono` and `time`.
#[cfg(feature = "macros")]
#[doc(hidden)]
#[cfg_attr(
    all(feature = "chrono", feature = "time"),
    deprecated = "`query!` uses `time`, because both `chrono` and `time` are enabled; select one in sqlx.toml: \
        [macros.preferred-crates] date-time = \"chrono\" or \"time\""
)]
pub fn warn_on_ambiguous_inferred_date_time_crate() {}

/// Makes the compiler warn once per crate that `query!` had to choose between `bigdecimal` and `rust_decimal`.
#[cfg(feature = "macros")]
#[doc(hidden)]
#[cfg_attr(
    all(feature = "bigdecimal", feature = "rust_decimal"),
    deprecated = "`query!` uses `bigdecimal`, because both `bigdecimal` and `rust_decimal` are enabled; select one in \
        sqlx.toml: [macros.preferred-crates] numeric = \"rust_decimal\" or \"bigdecimal\""
)]
pub fn warn_on_ambiguous_inferred_numeric_crate() {}

/// Encoding of bind parameters.
pub mod encode {
    pub use sqlx_core::encode::{Encode, IsNull};
}

/// Decoding of values.
pub mod decode {
    pub use sqlx_core::decode::Decode;
}

/// The types behind [`query()`], [`query_as()`] and [`query_scalar()`], which have SQLx's methods and those of
/// [`StatementOptions`](crate::options::StatementOptions).
///
/// The options belong to one statement and reach it through a pool, a connection, a transaction and generic code:
///
/// ```no_run
/// # async fn example(pool: &flightsql::FlightSqlPool) -> flightsql::Result<()> {
/// let flights: Vec<(i64, String)> = flightsql::query_as("SELECT id, carrier FROM flights WHERE origin = ?")
///     .bind("OSL")
///     .header("x-request-id", "7f3a")
///     .timeout(std::time::Duration::from_secs(30))
///     .max_rows(10_000)
///     .fetch_all(pool)
///     .await?;
/// # Ok(())
/// # }
/// ```
pub mod query {
    pub use flightsql_driver::query::{FlightSqlQueryExt, Map, Query, QueryAs, QueryScalar};
}

/// Compiles and runs the code of the page.
#[cfg(doctest)]
#[doc = include_str!("../docs/from-sqlx.md")]
mod from_sqlx {}

/// The traits that most programs need.
pub mod prelude {
    pub use super::query::FlightSqlQueryExt;
    pub use super::{
        Acquire, ConnectOptions, Connection, Decode, Encode, Executor, FlightSqlQueryBuilderExt,
        FromRow, IntoArguments, Row, Statement, Type,
    };
}
