//! The settings of the statement log as SQLx's type.

use sqlx_core::connection::LogSettings;

use flightsql_client::options::StatementLog;

/// Returns SQLx's settings. Its type has setters only, since it is not exhaustive.
pub(crate) fn to_sqlx(log: &StatementLog) -> LogSettings {
    let mut settings = LogSettings::default();
    settings.log_statements(log.statements_level);
    settings.log_slow_statements(log.slow_statements_level, log.slow_statements_duration);
    settings
}

/// Returns the settings that SQLx's type has.
#[cfg(feature = "any")]
pub(crate) fn from_sqlx(settings: &LogSettings) -> StatementLog {
    StatementLog {
        statements_level: settings.statements_level,
        slow_statements_level: settings.slow_statements_level,
        slow_statements_duration: settings.slow_statements_duration,
    }
}
