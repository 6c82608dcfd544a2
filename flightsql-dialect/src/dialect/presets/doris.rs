//! Apache Doris. Read in its documents, not run: <https://doris.apache.org/docs/db-connect/arrow-flight-sql-connect>.

use super::family::{mysql_family, named};
use crate::dialect::DialectProfile;

/// Doris: MySQL's syntax, everything is a query, the path is a catalog and a database.
///
/// It prepares statements, and ignores or refuses their parameters. A table needs clauses for its key and distribution,
/// so migrations are not supported.
///
/// The frontend plans, and the backends serve the rows: list them in `location_allow`. They need no credentials.
#[must_use]
pub fn doris() -> DialectProfile {
    DialectProfile {
        name: "doris".to_owned(),
        detect: named("doris"),
        ..mysql_family()
    }
}
