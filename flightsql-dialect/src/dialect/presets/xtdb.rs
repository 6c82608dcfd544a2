//! XTDB 2: a database of facts in time. Read in its source, not run: <https://github.com/xtdb/xtdb>.

use super::family::{by_action, named, without_names, without_transactions};
use crate::dialect::{DialectProfile, Feature, Identifiers};
use crate::server_info::IdentifierCase;

/// XTDB 2: `?` binds of many rows. Transactions begin and end by actions, and their writes are visible only after the
/// commit. Update counts are unknown, and there is no `CREATE TABLE`.
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
