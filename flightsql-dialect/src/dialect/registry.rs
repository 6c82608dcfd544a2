//! Dialects by name: the presets and what the program registers.
//!
//! `Database::URL_SCHEMES` is a constant, so only presets are listed in [`URL_SCHEMES`](super::presets::URL_SCHEMES).

use std::sync::{Arc, PoisonError, RwLock};

use super::presets::{PRESETS, preset};
use super::{Dialect, ProfileError};
use crate::server_info::ServerInfo;

/// The name that makes the driver detect the dialect of the server.
pub const AUTO: &str = "auto";

static REGISTERED: RwLock<Vec<Arc<dyn Dialect>>> = RwLock::new(Vec::new());

/// Returns the dialect of this name: a preset, or one given to [`register`].
pub fn by_name(name: &str) -> Option<Arc<dyn Dialect>> {
    preset(name).or_else(|| {
        let registered = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
        let mut registered = registered.iter();
        registered
            .find(|dialect| dialect.name() == name)
            .map(Arc::clone)
    })
}

/// Detects the dialect of a server by its information: a registered dialect, or else a preset. Returns `None` for an
/// unknown server.
///
/// ```
/// use flightsql_dialect::{ServerInfo, dialect};
/// assert!(dialect::detect(&ServerInfo::default()).is_none());
/// ```
pub fn detect(info: &ServerInfo) -> Option<Arc<dyn Dialect>> {
    let registered = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
    let own = registered.iter().map(Arc::clone);
    let mut all = own.chain(PRESETS.iter().filter_map(|name| preset(name)));
    all.find(|dialect| dialect.detect(info))
}

/// Returns all names that [`by_name`] knows, sorted.
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
/// Returns [`RegisterError`] if the name is not valid in a URL scheme, if it is already registered, or if
/// [`DialectProfile::check`](super::DialectProfile::check) finds a contradiction.
pub fn register(dialect: Arc<dyn Dialect>) -> Result<(), RegisterError> {
    let name = dialect.name();
    if !is_valid_name(name) {
        return Err(RegisterError::Invalid(name.to_owned()));
    }
    dialect
        .profile()
        .check()
        .map_err(RegisterError::Contradictory)?;
    let mut registered = REGISTERED.write().unwrap_or_else(PoisonError::into_inner);
    if PRESETS.contains(&name) || registered.iter().any(|known| known.name() == name) {
        return Err(RegisterError::Taken(name.to_owned()));
    }
    registered.push(dialect);
    Ok(())
}

/// Returns `true` if the name is valid in a URL scheme: lower-case letters, digits and `-`. `+` separates the parts of a
/// scheme.
pub fn is_valid_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name != "flightsql"
        && name != AUTO
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The reason why [`register`] refused a dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The name is not valid in a URL scheme.
    Invalid(String),
    /// A dialect of this name is known already.
    Taken(String),
    /// The profile contradicts itself.
    Contradictory(ProfileError),
}

impl std::fmt::Display for RegisterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid(name) => write!(
                f,
                "a dialect cannot be named {name:?}: use lower-case ASCII letters, digits and `-`, \
                 starting with a letter"
            ),
            Self::Contradictory(error) => write!(f, "a dialect that contradicts itself: {error}"),
            Self::Taken(name) => write!(f, "a dialect named {name:?} is registered already"),
        }
    }
}

impl std::error::Error for RegisterError {}
