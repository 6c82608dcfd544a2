//! Flight SQL messages over the RPCs of [`transport`](crate::transport).
//!
//! Each command of the protocol is a function over [`rpc::Rpc`], without state of its own. Specification:
//! <https://arrow.apache.org/docs/format/FlightSql.html>.

pub(crate) mod cancel;
pub(crate) mod command;
pub(crate) mod decode;
mod encode;
pub(crate) mod frames;
pub(crate) mod ingest;
pub(crate) mod memory;
pub(crate) mod messages;
pub(crate) mod metadata;
pub(crate) mod prepared;
pub(crate) mod query;
pub mod rpc;
pub(crate) mod schema;
pub(crate) mod session;
pub(crate) mod transaction;
pub(crate) mod update;
pub(crate) mod validator;

#[cfg(test)]
mod tests;
