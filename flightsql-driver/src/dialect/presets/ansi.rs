//! The default dialect: a server that follows the protocol and standard SQL.
//!
//! Layer 0. Every field has its default.

use crate::dialect::DialectProfile;

/// Standard SQL; the driver queries the server's abilities. The dialect of `flightsql://`.
#[must_use]
pub fn ansi() -> DialectProfile {
    DialectProfile::default()
}
