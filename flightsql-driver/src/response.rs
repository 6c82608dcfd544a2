//! Parts of a response besides its rows: the headers that the client keeps, and the details of errors.
//!
//! [`FlightSqlQueryResult`](crate::FlightSqlQueryResult), [`FlightSqlConnection`](crate::FlightSqlConnection) and
//! [`FlightSqlDatabaseError`](crate::FlightSqlDatabaseError) return them.

pub use flightsql_client::{
    ErrorDetail, FieldViolation, HelpLink, PreconditionViolation, QuotaViolation, ResponseHeader,
    ResponseHeaderValue, ResponseHeaders,
};
