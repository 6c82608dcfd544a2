//! Arrow Flight SQL driver for SQLx.
//!
//! Use it through the `flightsql` crate, which re-exports it together with SQLx's API. ARCHITECTURE.md
//! shows the order of its modules.

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
pub mod observe;
pub mod options;
pub mod query;
mod query_builder;
mod query_result;
pub mod response;
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

pub(crate) use flightsql_client::session;
pub(crate) use flightsql_dialect::{arrow, bind, result_schema, sql};

pub use flightsql_client::{catalog, dialect};

pub use arguments::{FlightSqlArgumentBuffer, FlightSqlArguments, FlightSqlStructEncoder};
pub use column::FlightSqlColumn;
pub use connect_options::{FlightSqlConnectOptions, FlightSqlLockedOptions};
pub use connection::{
    FlightSqlBatchStream, FlightSqlCatalog, FlightSqlCatalogQuery, FlightSqlConnection,
    FlightSqlIngest, FlightSqlTransactionManager, pool_options,
};
pub use database::{FlightSqlExecutor, FlightSqlPool, FlightSqlPoolOptions, FlightSqlTransaction};
pub use error::{FlightSqlDatabaseError, is_retryable, is_unsupported};
#[doc(hidden)]
pub use flightsql_client::options::DriverConfig;
pub use flightsql_client::session::IngestMode;
pub use flightsql_client::{ServerError, StatusCode};
pub use from_arrow::{ArrowColumn, FlightSqlBatch, FromArrow};
pub use marker::FlightSql;
pub use query_builder::FlightSqlQueryBuilderExt;
pub use query_result::FlightSqlQueryResult;
pub use result_schema::MappedValueError;
pub use row::FlightSqlRow;
pub use statement::FlightSqlStatement;
pub use to_arrow::{ToArrow, ToArrowColumn, encoded_column};
pub use type_info::FlightSqlTypeInfo;
pub use value::{FlightSqlItems, FlightSqlStruct, FlightSqlValue, FlightSqlValueRef, pretty};
