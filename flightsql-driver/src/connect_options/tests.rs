//! What SQLx's side of the options adds: the list of setters, what clones share, and errors.

use super::*;

/// The names in `source` after `marker`.
fn names<'s>(source: &'s str, marker: &str) -> Vec<&'s str> {
    let found = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix(marker));
    let mut names: Vec<_> = found.filter_map(|rest| rest.split('(').next()).collect();
    names.sort_unstable();
    names
}

#[test]
fn every_setter_is_forwarded() {
    let builder = include_str!("../../../flightsql-client/src/options/builder.rs");
    let setters = include_str!("setters.rs");
    let mut forwarded = names(setters, "fn ");
    forwarded.extend(names(setters, "pub fn "));
    forwarded.retain(|name| !["with", "$name"].contains(name));
    forwarded.sort_unstable();
    let mut all = names(builder, "pub fn ");
    all.retain(|name| *name != "new");
    assert_eq!(forwarded, all);
    assert!(all.len() > 50);
}

#[test]
fn the_keys_are_those_of_the_client() {
    let keys = include_str!("../../../flightsql-client/src/options/keys.md");
    assert_eq!(include_str!("keys.md"), keys);
}

#[test]
fn clones_share_and_setters_do_not() {
    let options = FlightSqlConnectOptions::new();
    let clone = options.clone();
    assert!(Arc::ptr_eq(options.shared(), clone.shared()));
    let changed = clone.port(1);
    assert!(!Arc::ptr_eq(options.shared(), changed.shared()));
    // SQLx's own methods change the log only.
    use sqlx_core::connection::ConnectOptions as _;
    let quiet = options.clone().disable_statement_logging();
    assert!(Arc::ptr_eq(options.shared(), quiet.shared()));
    assert_eq!(quiet.inner().log.statements_level, LevelFilter::Off);
    assert_eq!(options.inner().log.statements_level, LevelFilter::Debug);
}

#[test]
fn an_error_of_the_options_is_a_configuration_error() {
    let refused =
        |options: Result<FlightSqlConnectOptions, sqlx_core::Error>| match options.unwrap_err() {
            sqlx_core::Error::Configuration(error) => *error.downcast::<OptionsError>().unwrap(),
            other => panic!("{other}"),
        };
    assert!(matches!(refused("a b".parse()), OptionsError::Url(_)));
    let url = Url::parse("http://h").unwrap();
    let scheme = OptionsError::Scheme("http".to_owned());
    assert_eq!(refused(FlightSqlConnectOptions::parse_url(&url)), scheme);
    let options = FlightSqlConnectOptions::new();
    for error in [
        refused(options.clone().dialect_name("oracle")),
        refused(options.dialect_file("/does/not/exist")),
    ] {
        assert!(matches!(error, OptionsError::Value { .. }), "{error}");
    }
}

#[test]
fn settings_of_the_log_go_both_ways() {
    let options = FlightSqlConnectOptions::new()
        .log_statements(LevelFilter::Trace)
        .log_slow_statements(LevelFilter::Error, Duration::from_secs(7));
    let settings = statement_log::to_sqlx(&options.inner().log);
    assert_eq!(settings.statements_level, LevelFilter::Trace);
    assert_eq!(settings.slow_statements_level, LevelFilter::Error);
    assert_eq!(settings.slow_statements_duration, Duration::from_secs(7));
    let default = statement_log::to_sqlx(&crate::options::StatementLog::default());
    let sqlx = sqlx_core::connection::LogSettings::default();
    assert_eq!(format!("{default:?}"), format!("{sqlx:?}"));
    #[cfg(feature = "any")]
    assert_eq!(statement_log::from_sqlx(&settings), options.inner().log);
}
