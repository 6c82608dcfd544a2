//! Arrow Flight SQL driver for SQLx.
//!
//! Use it through the `flightsql` crate, which re-exports it together with SQLx's API. The layers below import
//! downwards only; `tests/layers.rs` reads the tree and enforces it.

// Layer 0: no network, no async.
pub(crate) mod arrow;
pub(crate) mod bind;
pub mod dialect;
mod dialect_file;
pub(crate) mod error;
pub(crate) mod lock;
mod marker;
mod result_schema;
pub(crate) mod server_info;
mod sql;
// Layer 1.
pub(crate) mod options;
// Layer 2.
pub(crate) mod transport;
// Layer 3.
pub(crate) mod protocol;
// Layer D: rows and values; imports layer 0 only.
pub(crate) mod arguments;
pub mod catalog;
mod column;
#[doc(hidden)]
pub mod derive_support;
mod from_arrow;
mod query_result;
pub(crate) mod row;
mod sqlx_error;
mod statement;
mod to_arrow;
mod type_info;
pub mod types;
pub(crate) mod value;
// Layer 4.
mod connect_options;
mod connection;
mod session;
// Layer 5.
#[cfg(feature = "any")]
pub mod any;
mod database;
#[cfg(feature = "migrate")]
mod migrate;
mod query_builder;
#[cfg(feature = "migrate")]
mod testing;
#[doc(hidden)]
pub mod type_checking;

pub use arguments::{FlightSqlArgumentBuffer, FlightSqlArguments, FlightSqlStructEncoder};
pub use column::FlightSqlColumn;
pub use connect_options::FlightSqlConnectOptions;
pub use connection::{
    FlightSqlBatchStream, FlightSqlCatalog, FlightSqlCatalogQuery, FlightSqlConnection,
    FlightSqlIngest, FlightSqlTransactionManager, IngestMode,
};
pub use database::{FlightSqlExecutor, FlightSqlPool, FlightSqlPoolOptions, FlightSqlTransaction};
pub use dialect::registry::{
    by_name as dialect_by_name, detect as detect_dialect, names as dialect_names,
    register as register_dialect,
};
#[doc(no_inline)]
pub use dialect::{AuthMode, LocationPolicy};
pub use error::{ServerError, StatusCode};
pub use from_arrow::{ArrowColumn, FlightSqlBatch, FromArrow};
pub use marker::FlightSql;
#[doc(hidden)]
pub use options::DriverConfig;
pub use options::{Binds, DatetimePrecision, Login, OptionsError, Placeholders, TlsVerify};
pub use query_builder::FlightSqlQueryBuilderExt;
pub use query_result::FlightSqlQueryResult;
pub use result_schema::MappedValueError;
pub use row::FlightSqlRow;
pub use sqlx_error::{FlightSqlDatabaseError, is_unsupported};
pub use statement::FlightSqlStatement;
pub use to_arrow::{ToArrow, ToArrowColumn, encoded_column};
pub use type_info::FlightSqlTypeInfo;
pub use value::{FlightSqlItems, FlightSqlStruct, FlightSqlValue, FlightSqlValueRef, pretty};
