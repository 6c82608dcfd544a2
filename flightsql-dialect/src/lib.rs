//! Dialects of Flight SQL servers, and everything about them that needs no network.
//!
//! Authors of SQL engines use [`dialect`], which `flightsql-client` and `flightsql` re-export. The other modules serve these
//! crates and follow no semantic versioning.

#[doc(hidden)]
pub mod arrow;
#[doc(hidden)]
pub mod bind;
pub mod dialect;
#[doc(hidden)]
pub mod dialect_file;
#[doc(hidden)]
pub mod result_schema;
mod server_info;
#[doc(hidden)]
pub mod sql;

pub use server_info::{IdentifierCase, ServerInfo, SqlInfoValue, TransactionSupport};
