//! The default dialect: a server that follows the protocol and standard SQL. Every field has its default.

use crate::dialect::DialectProfile;

/// Standard SQL; the driver queries the server's capabilities. The dialect of `flightsql://`.
#[must_use]
pub fn ansi() -> DialectProfile {
    DialectProfile::default()
}
