//! Dialects by name: the presets and what the program registers.
//!
//! Layer 0. `Database::URL_SCHEMES` is a constant, so only presets are listed in [`URL_SCHEMES`].

use std::sync::{Arc, PoisonError, RwLock};

use super::{Ansi, DataFusion, Dialect, DuckDb, InfluxDb, Sqlite};

/// Every URL scheme of the driver: TLS, plaintext TCP and Unix socket, without a dialect and for
/// each preset.
pub const URL_SCHEMES: &[&str] = &[
    "flightsql",
    "flightsql+tcp",
    "flightsql+unix",
    "ansi+flightsql",
    "ansi+flightsql+tcp",
    "ansi+flightsql+unix",
    "datafusion+flightsql",
    "datafusion+flightsql+tcp",
    "datafusion+flightsql+unix",
    "duckdb+flightsql",
    "duckdb+flightsql+tcp",
    "duckdb+flightsql+unix",
    "influxdb+flightsql",
    "influxdb+flightsql+tcp",
    "influxdb+flightsql+unix",
    "sqlite+flightsql",
    "sqlite+flightsql+tcp",
    "sqlite+flightsql+unix",
];

/// The names of the presets, sorted.
pub(super) const PRESETS: &[&str] = &["ansi", "datafusion", "duckdb", "influxdb", "sqlite"];

static REGISTERED: RwLock<Vec<Arc<dyn Dialect>>> = RwLock::new(Vec::new());

/// The dialect of that name: a preset, or one given to [`register`].
pub fn by_name(name: &str) -> Option<Arc<dyn Dialect>> {
    Some(match name {
        "ansi" => Arc::new(Ansi),
        "datafusion" => Arc::new(DataFusion),
        "duckdb" => Arc::new(DuckDb),
        "influxdb" => Arc::new(InfluxDb),
        "sqlite" => Arc::new(Sqlite),
        _ => {
            let registered = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
            return registered
                .iter()
                .find(|dialect| dialect.name() == name)
                .map(Arc::clone);
        }
    })
}

/// All names that [`by_name`] knows, sorted.
pub fn names() -> Vec<String> {
    let registered = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
    let mut names: Vec<String> = PRESETS.iter().map(|name| (*name).to_owned()).collect();
    names.extend(registered.iter().map(|dialect| dialect.name().to_owned()));
    names.sort();
    names
}

/// Makes a dialect known to this process, so that URLs can select it.
///
/// # Errors
/// [`RegisterError`] when the name has another form than a URL scheme needs, or is taken.
pub fn register(dialect: Arc<dyn Dialect>) -> Result<(), RegisterError> {
    let name = dialect.name();
    if !is_valid_name(name) {
        return Err(RegisterError::Invalid(name.to_owned()));
    }
    let mut registered = REGISTERED.write().unwrap_or_else(PoisonError::into_inner);
    if PRESETS.contains(&name) || registered.iter().any(|known| known.name() == name) {
        return Err(RegisterError::Taken(name.to_owned()));
    }
    registered.push(dialect);
    Ok(())
}

/// A URL scheme may hold letters, digits, `+`, `-` and `.`; `+` separates the parts of ours.
pub(crate) fn is_valid_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name != "flightsql"
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Why [`register`] refused a dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The name cannot stand in a URL scheme.
    Invalid(String),
    /// A dialect of this name is known already.
    Taken(String),
}

impl std::fmt::Display for RegisterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid(name) => write!(
                f,
                "a dialect cannot be named {name:?}: use lower-case ASCII letters, digits and `-`, \
                 starting with a letter"
            ),
            Self::Taken(name) => write!(f, "a dialect named {name:?} is registered already"),
        }
    }
}

impl std::error::Error for RegisterError {}
