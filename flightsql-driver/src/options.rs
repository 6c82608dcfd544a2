//! Values of the connection options, the error of an invalid URL, and the values of session options.
//!
//! [`StatementOptions`] belong to one statement.
//!
//! The setters of [`FlightSqlConnectOptions`](crate::FlightSqlConnectOptions) accept the values of
//! connection options, and [`FlightSqlConnection`](crate::FlightSqlConnection) those of session options.

pub use flightsql_client::{
    Binds, BoxError, ClientAuth, DatetimePrecision, HostOrder, LocationCredentials, Login, OAuth,
    OptionsError, Placeholders, SessionOptionProblem, SessionOptionValue, SessionOptionsError,
    StatementOptions, TlsRoots, TlsVerify, Token, TokenProvider,
};
