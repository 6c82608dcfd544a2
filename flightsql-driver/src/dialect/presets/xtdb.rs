//! XTDB 2: a database of facts in time.
//!
//! Layer 0. Read in its source, not run: <https://github.com/xtdb/xtdb>.

use super::family::{by_action, named, without_names, without_transactions};
use crate::dialect::{DialectProfile, Feature, IdentifierCase, Identifiers};

/// XTDB 2: `?` binds of many rows, transactions by action whose writes are seen only after the commit, update counts
/// that are not known. There is no `CREATE TABLE`.
#[must_use]
pub fn xtdb() -> DialectProfile {
    DialectProfile {
        name: "xtdb".to_owned(),
        missing: vec![Feature::Savepoints],
        identifiers: Identifiers {
            case: IdentifierCase::Lower,
            ..Identifiers::default()
        },
        syntax: without_names(),
        transactions: by_action(),
        detect: named("xtdb"),
        ..without_transactions()
    }
}
