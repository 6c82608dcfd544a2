//! [`StatementLog`]: the levels at which statements are logged.

use std::time::Duration;

use log::LevelFilter;

/// The levels of the log of statements. The defaults are those of SQLx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLog {
    pub statements_level: LevelFilter,
    pub slow_statements_level: LevelFilter,
    pub slow_statements_duration: Duration,
}

impl Default for StatementLog {
    fn default() -> Self {
        Self {
            statements_level: LevelFilter::Debug,
            slow_statements_level: LevelFilter::Warn,
            slow_statements_duration: Duration::from_secs(1),
        }
    }
}
