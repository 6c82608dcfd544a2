//! Arrow Flight SQL driver for SQLx.
//!
//! Use it through the `flightsql` crate, which re-exports it together with SQLx's API. The layers below import
//! downwards only; `tests/layers.rs` reads the tree and enforces it.

pub(crate) mod arguments;
mod column;
mod connect_options;
mod connection;
mod database;
#[doc(hidden)]
pub mod derive_support;
mod error;
mod from_arrow;
mod marker;
mod query_builder;
pub(crate) mod row;
mod statement;
mod to_arrow;
mod type_info;
pub mod types;
pub(crate) mod value;

#[cfg(feature = "any")]
pub mod any;
#[cfg(feature = "migrate")]
mod migrate;
#[cfg(feature = "migrate")]
mod testing;
#[doc(hidden)]
pub mod type_checking;

pub(crate) use flightsql_client::{options, session};
pub(crate) use flightsql_dialect::{arrow, bind, result_schema, sql};

pub use flightsql_client::{catalog, dialect};

pub use arguments::{FlightSqlArgumentBuffer, FlightSqlArguments, FlightSqlStructEncoder};
pub use column::FlightSqlColumn;
pub use connect_options::FlightSqlConnectOptions;
pub use connection::{
    FlightSqlBatchStream, FlightSqlCatalog, FlightSqlCatalogQuery, FlightSqlConnection,
    FlightSqlIngest, FlightSqlTransactionManager,
};
pub use database::{FlightSqlExecutor, FlightSqlPool, FlightSqlPoolOptions, FlightSqlTransaction};
#[doc(no_inline)]
pub use dialect::{AuthMode, LocationPolicy};
#[doc(no_inline)]
pub use dialect::{
    by_name as dialect_by_name, detect as detect_dialect, names as dialect_names,
    register as register_dialect,
};
pub use error::{FlightSqlDatabaseError, is_unsupported};
pub use flightsql_client::QueryResult as FlightSqlQueryResult;
pub use flightsql_client::session::IngestMode;
pub use flightsql_client::{
    Binds, DatetimePrecision, Login, OptionsError, Placeholders, ServerError, StatusCode, TlsVerify,
};
pub use from_arrow::{ArrowColumn, FlightSqlBatch, FromArrow};
pub use marker::FlightSql;
#[doc(hidden)]
pub use options::DriverConfig;
pub use query_builder::FlightSqlQueryBuilderExt;
pub use result_schema::MappedValueError;
pub use row::FlightSqlRow;
pub use statement::FlightSqlStatement;
pub use to_arrow::{ToArrow, ToArrowColumn, encoded_column};
pub use type_info::FlightSqlTypeInfo;
pub use value::{FlightSqlItems, FlightSqlStruct, FlightSqlValue, FlightSqlValueRef, pretty};
