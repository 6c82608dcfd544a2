//! Dialects of Flight SQL servers, and everything about them that needs no network.
//!
//! Authors of SQL engines use [`dialect`], which `flightsql-client` and `flightsql` re-export. The other modules serve these
//! crates and follow no semantic versioning.

/// Implements `Debug` with some fields: the others are long, or secret.
#[doc(hidden)]
#[macro_export]
macro_rules! debug_fields {
    ($type:ident $(<$lifetime:lifetime>)? $(, |$this:ident| { $($field:ident: $value:expr),* $(,)? })?) => {
        impl std::fmt::Debug for $type $(<$lifetime>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut shown = f.debug_struct(stringify!($type));
                $(
                    let $this = self;
                    $(shown.field(stringify!($field), &$value);)*
                )?
                shown.finish_non_exhaustive()
            }
        }
    };
}

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
