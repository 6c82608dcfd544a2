//! Async client for Arrow Flight SQL, in record batches.

pub mod catalog;
#[doc(hidden)]
pub mod error;
#[doc(hidden)]
pub mod lock;
#[doc(hidden)]
pub mod options;
#[doc(hidden)]
pub mod protocol;
mod query_result;
#[doc(hidden)]
pub mod session;
#[doc(hidden)]
pub mod transport;

pub use error::{Error, Result, ServerError, StatusCode, TlsCause};
pub use flightsql_dialect::dialect;
pub use options::{
    Binds, ConnectOptions, DatetimePrecision, Login, OptionsError, Placeholders, TlsVerify,
};
pub use query_result::QueryResult;

pub(crate) use flightsql_dialect::{arrow, bind, dialect_file, result_schema, sql};
