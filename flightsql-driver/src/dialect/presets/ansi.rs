//! The default dialect: a server that follows the protocol and standard SQL.
//!
//! Layer 0. Everything is a default of [`Dialect`].

use crate::dialect::Dialect;

/// Standard SQL; what the server can do is asked from it. The dialect of `flightsql://`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ansi;

impl Dialect for Ansi {
    fn name(&self) -> &str {
        "ansi"
    }
}
