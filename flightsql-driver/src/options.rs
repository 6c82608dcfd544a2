//! Values of the connection options, and the error of an invalid URL.
//!
//! The setters of [`FlightSqlConnectOptions`](crate::FlightSqlConnectOptions) accept these values.

pub use flightsql_client::{
    Binds, DatetimePrecision, Login, OptionsError, Placeholders, TlsVerify,
};
