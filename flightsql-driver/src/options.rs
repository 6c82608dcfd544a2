//! Values of the connection options, and the error of an invalid URL.
//!
//! [`StatementOptions`] belong to one statement.
//!
//! The setters of [`FlightSqlConnectOptions`](crate::FlightSqlConnectOptions) accept these values.

pub use flightsql_client::{
    Binds, BoxError, ClientAuth, DatetimePrecision, LocationCredentials, Login, OAuth,
    OptionsError, Placeholders, StatementOptions, TlsVerify, Token, TokenProvider,
};
