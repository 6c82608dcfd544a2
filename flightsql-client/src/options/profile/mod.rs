//! Connection profiles: the TOML files of ADBC's driver managers, with the feature `profile`.
//!
//! `find` (the file of a name) · `entries` (the tables of the file) · `substitute` (variables in values) · `adbc` (the table of
//! ADBC's options) · `uri` (ADBC's URIs).
//!
//! The format: <https://arrow.apache.org/adbc/current/format/connection_profiles.html>. TOML: <https://toml.io/en/v1.0.0>.

mod adbc;
mod entries;
mod find;
mod substitute;
mod uri;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::Path;

use toml::{Table, Value};
use url::Url;
use zeroize::Zeroizing;

use self::entries::Entry;
use super::settings::{Settings, selects_dialect};
use super::{ConnectOptions, OptionsError, command, file, keys};

type Parsed<T> = Result<T, OptionsError>;

/// Returns the value of an environment variable.
type Variables<'v> = &'v dyn Fn(&str) -> Option<OsString>;

/// The maximum size of a profile. A bundle of root certificates, its largest value, has about 230 KiB.
const MAX_PROFILE_BYTES: u64 = 1 << 20;

impl ConnectOptions {
    /// Reads options from a connection profile, a TOML file that ADBC's driver managers read, too. Requires the feature
    /// `profile`.
    ///
    /// A name such as `sales` selects the first file `sales.toml` in the folders of the variable `ADBC_PROFILE_PATH`, and then
    /// in the user's folder of ADBC: `~/.config/adbc/profiles` on Linux, or below `XDG_CONFIG_HOME`;
    /// `~/Library/Application Support/ADBC/Profiles` on macOS; `%LOCALAPPDATA%\ADBC\Profiles` on Windows. An absolute path, or
    /// one that ends in `.toml`, is a file.
    ///
    /// ```toml
    /// profile_version = 1
    /// driver = "flightsql"
    ///
    /// [Options] # ADBC's options, for all programs
    /// uri = "grpc+tls://sales.example:31337"
    /// username = "ann"
    /// password = "{{ env_var(SALES_PASSWORD) }}"
    /// "adbc.flight.sql.rpc.timeout_seconds.query" = "30"
    ///
    /// [flightsql] # keys of this driver, which ADBC ignores
    /// dialect = "datafusion"
    /// retries = 3
    /// ```
    ///
    /// The table `[flightsql]` contains any key of a URL, `header.NAME`, `session.NAME`, and `password_command` or
    /// `token_command`. The methods of the options replace what the profile sets.
    ///
    /// The URL `profile://sales` selects a profile by its name. It has no other parts, so a URL can neither send the
    /// credentials of a profile elsewhere nor name a file.
    ///
    /// # Errors
    /// Returns [`OptionsError::Profile`], which names the file and the key and never shows a value, if
    /// - the file cannot be read, is larger than 1 MiB, or is not TOML,
    /// - it is a profile of another driver or of another version, or has no table `[Options]`,
    /// - an option is unknown, is one that this driver does not support, or has an invalid value,
    /// - a value contains an environment variable that is unset, empty, or not UTF-8.
    ///
    /// Returns [`OptionsError::Value`] with the key `profile` if the name is invalid, or no folder contains its file.
    pub fn from_profile(name_or_path: impl AsRef<Path>) -> Result<Self, OptionsError> {
        of_name(name_or_path.as_ref(), &|name| std::env::var_os(name))
    }
}

/// Reads the profile that a URL names.
pub(super) fn of_url(url: &Url) -> Parsed<ConnectOptions> {
    let name = url.host_str().unwrap_or_default();
    let alone = matches!(url.path(), "" | "/")
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !alone || !find::is_name(name) {
        return Err(OptionsError::Malformed(
            "the URL of a profile is `profile://NAME` and has no other parts; write options into the profile, and use \
             `from_profile` or `--profile` for a path",
        ));
    }
    ConnectOptions::from_profile(name)
}

fn of_name(name_or_path: &Path, variables: Variables<'_>) -> Parsed<ConnectOptions> {
    let path = find::path(name_or_path, variables)?;
    read(&path)
        .and_then(|table| options(table, variables))
        .map_err(|problem| OptionsError::Profile {
            file: path,
            problem: Box::new(problem),
        })
}

/// Returns the content of a file.
fn read(path: &Path) -> Parsed<Table> {
    let unusable = |problem: String| OptionsError::value("profile", problem);
    let bytes = file::read_regular(path, MAX_PROFILE_BYTES).map_err(unusable)?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| unusable("names a file that is not UTF-8".to_owned()))?;
    // The parser's message shows a line of the file.
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        OptionsError::Conflict(format!("line {line} is not valid TOML; correct it").into())
    })
}

/// Returns the options of a profile.
fn options(mut profile: Table, variables: Variables<'_>) -> Parsed<ConnectOptions> {
    check_head(&profile)?;
    let Some(Value::Table(of_adbc)) = profile.remove(adbc::TABLE) else {
        return Err(OptionsError::value(
            adbc::TABLE,
            "is not a table of the profile; write `[Options]` and below it ADBC's options, such as `uri`",
        ));
    };
    let own = match profile.remove(entries::OWN) {
        None => Table::new(),
        Some(Value::Table(own)) => own,
        Some(_) => return Err(OptionsError::value(entries::OWN, "must be a table")),
    };
    let mut settings = Settings::default();
    let mut entries = entries::of_adbc(&of_adbc, variables, &mut settings)?;
    entries.extend(entries::own(&own, variables)?);
    entries.sort_by_key(|entry| !selects_dialect(&entry.key));
    let name_of = |key: &str| {
        let is_key = |entry: &&Entry| {
            keys::find(&entry.key).map_or(entry.key.as_str(), |known| known.name) == key
        };
        entries.iter().find(is_key).map(|entry| entry.name.clone())
    };
    for entry in &entries {
        let set = command::set(&mut settings, &entry.key, &entry.value);
        set.unwrap_or_else(|| settings.set(&entry.key, &entry.value))
            .map_err(|error| error.renamed(name_of))?;
    }
    settings.finish().map_err(|error| error.renamed(name_of))
}

/// Checks the version and the driver.
fn check_head(profile: &Table) -> Parsed<()> {
    const VERSION: &str = "profile_version";
    match profile.get(VERSION) {
        Some(Value::Integer(1)) => {}
        Some(Value::Integer(_)) => {
            return Err(OptionsError::value(
                VERSION,
                "is not supported; this driver reads version 1",
            ));
        }
        Some(_) => return Err(OptionsError::value(VERSION, "must be the integer 1")),
        None => {
            return Err(OptionsError::value(
                VERSION,
                "is missing; write `profile_version = 1`",
            ));
        }
    }
    match profile.get("driver") {
        Some(Value::String(driver)) if adbc::is_flight_sql(driver) => Ok(()),
        Some(Value::String(_)) => Err(OptionsError::value(
            "driver",
            "names another driver; a profile of this driver has `driver = \"flightsql\"`, or the path of ADBC's Flight SQL driver",
        )),
        Some(_) => Err(OptionsError::value("driver", "must be a string")),
        None => Err(OptionsError::value(
            "driver",
            "is missing; write `driver = \"flightsql\"`",
        )),
    }
}

/// Text that may be a secret.
type Text = Zeroizing<String>;
