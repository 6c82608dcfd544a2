//! StarRocks. Read in its documents, not run: <https://docs.starrocks.io/docs/unloading/arrow_flight/>.

use super::family::{mysql_family, named};
use crate::dialect::DialectProfile;

/// StarRocks: MySQL's syntax, everything is a query, the path is a catalog and a database.
///
/// It does not implement parameters. A table needs clauses for its key and distribution, so migrations are not supported.
///
/// The frontend plans, and the backends serve the rows: list them in `location_allow`. They need no credentials.
#[must_use]
pub fn starrocks() -> DialectProfile {
    DialectProfile {
        name: "starrocks".to_owned(),
        detect: named("starrocks"),
        ..mysql_family()
    }
}
