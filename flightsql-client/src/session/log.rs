//! [`StatementLogger`]: the log of the statements that the client's own methods run.

use std::time::Instant;

use log::LevelFilter;

use crate::options::StatementLog;
use crate::query_result::QueryResult;

const TARGET: &str = "flightsql::query";

/// Logs one statement when it is dropped, also after an error. The text is the caller's and contains no bound values.
#[derive(Debug)]
pub(super) struct StatementLogger {
    sql: String,
    settings: StatementLog,
    start: Instant,
    rows_returned: usize,
    rows_affected: u64,
}

impl StatementLogger {
    /// Returns `None` if no level of the settings is logged.
    pub(super) fn new(settings: &StatementLog, sql: &str) -> Option<Self> {
        let is_logged = |level: LevelFilter| {
            level
                .to_level()
                .is_some_and(|level| log::log_enabled!(target: TARGET, level))
        };
        let is_needed =
            is_logged(settings.statements_level) || is_logged(settings.slow_statements_level);
        is_needed.then(|| Self {
            sql: sql.to_owned(),
            settings: settings.clone(),
            start: Instant::now(),
            rows_returned: 0,
            rows_affected: 0,
        })
    }

    pub(super) fn returned(&mut self, rows: usize) {
        self.rows_returned = self.rows_returned.saturating_add(rows);
    }

    pub(super) fn finish(&mut self, result: &QueryResult) {
        self.rows_affected = result.rows_affected();
    }
}

impl Drop for StatementLogger {
    fn drop(&mut self) {
        let elapsed = self.start.elapsed();
        let is_slow = elapsed >= self.settings.slow_statements_duration;
        let (level, kind) = match is_slow {
            true => (self.settings.slow_statements_level, "slow statement"),
            false => (self.settings.statements_level, "statement"),
        };
        if let Some(level) = level.to_level() {
            log::log!(
                target: TARGET,
                level,
                "{kind}: elapsed={elapsed:?} rows_returned={} rows_affected={} sql={:?}",
                self.rows_returned,
                self.rows_affected,
                self.sql
            );
        }
    }
}
