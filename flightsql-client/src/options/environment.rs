//! [`ConnectOptions::from_env`]: options from variables with a prefix. Nothing else of the client reads options from variables.

use std::ffi::OsString;

use zeroize::Zeroizing;

use super::settings::{Settings, selects_dialect};
use super::text::number;
use super::{ConnectOptions, OptionsError, keys};

#[cfg(test)]
mod tests;

impl ConnectOptions {
    /// Reads options from the environment variables whose names begin with `prefix` and `_`.
    ///
    /// Variables come from one prefix only, and never change options that come from a URL: no token of the environment reaches
    /// a host that the environment does not name. The transport is TLS.
    ///
    /// | variable, for the prefix `WAREHOUSE` | option |
    /// |---|---|
    /// | `WAREHOUSE_HOST` | the host; required. Further hosts follow after commas, as `host` or `host:port` |
    /// | `WAREHOUSE_PORT` | the port of the first host; 443 if none is set |
    /// | `WAREHOUSE_HEADER_X_API_KEY` | the header `x-api-key`: `_` stands for `-` |
    /// | `WAREHOUSE_SESSION_TIME_ZONE` | the session option `time_zone` |
    /// | `WAREHOUSE_QUERY_TIMEOUT` | the key `query_timeout`, and so on for all [keys](Self#keys) |
    /// | `WAREHOUSE_OAUTH_CLIENT_ID` | the key `oauth.client_id`: `_` stands for `.` |
    ///
    /// Values have the form that they have in a URL, without percent-encoding. A key that a URL may repeat has one value.
    /// No variable selects plaintext, changes the verification of certificates, sends credentials to further addresses, or runs
    /// a command: `insecure`, `tls_verify`, `disable_server_verification`, `location_credentials`, `password_command` and
    /// `token_command` are errors. Use the setters for these.
    ///
    /// ```no_run
    /// let options = flightsql_client::ConnectOptions::from_env("WAREHOUSE")?;
    /// # Ok::<(), flightsql_client::OptionsError>(())
    /// ```
    ///
    /// # Errors
    /// Returns an [`OptionsError`] that names the variable and never shows its value if
    /// - `prefix` is not an upper-case name such as `WAREHOUSE`,
    /// - a variable with this prefix is unknown, empty or not UTF-8, or must not be set by a variable,
    /// - a value is invalid, or the host is not set.
    pub fn from_env(prefix: &str) -> Result<Self, OptionsError> {
        from_variables(prefix, std::env::vars_os())
    }
}

const HOST: &str = "HOST";
const PORT: &str = "PORT";
const HEADER: &str = "HEADER_";
const SESSION: &str = "SESSION_";

const NO_TLS_CHANGE: &str = "must not be a variable, because variables cannot weaken TLS; use the method of the options in code";
const NO_COMMAND: &str = "must not be a variable, because variables cannot run commands; use the method of the options in code";

/// The keys that a variable must not set, with the reason.
const REFUSED: &[(&str, &str)] = &[
    ("insecure", NO_TLS_CHANGE),
    ("plaintext", NO_TLS_CHANGE),
    ("tls_verify", NO_TLS_CHANGE),
    ("disable_server_verification", NO_TLS_CHANGE),
    (
        "location_credentials",
        "must not be a variable, because variables cannot send credentials to further addresses; use the method of the \
         options in code",
    ),
    ("password_command", NO_COMMAND),
    ("token_command", NO_COMMAND),
];

/// Returns the part of a variable's name that stands for a key.
fn variable_of(key: &str) -> String {
    key.replace(['.', '-'], "_").to_ascii_uppercase()
}

/// The option that a variable sets.
enum Setting {
    Host,
    Port,
    /// A key, `header.NAME` or `session.NAME`.
    Option(String),
}

impl Setting {
    /// Returns the option for the rest of a variable's name after the prefix.
    fn of(rest: &str, variable: &str) -> Result<Self, OptionsError> {
        let refused = |problem: &'static str| OptionsError::value(variable, problem);
        if let Some((_, problem)) = REFUSED.iter().find(|(key, _)| variable_of(key) == rest) {
            return Err(refused(problem));
        }
        match rest {
            HOST => return Ok(Self::Host),
            PORT => return Ok(Self::Port),
            "URL" => {
                return Err(refused(
                    "is not read, because variables do not change the options of a URL; parse the URL in code, or set the host",
                ));
            }
            _ => {}
        }
        let mut known = keys::all().iter().map(|key| key.name);
        if let Some(key) = known.find(|key| variable_of(key) == rest) {
            return Ok(Self::Option(key.to_owned()));
        }
        let family = |prefix: &str, family: &str| {
            let name = rest.strip_prefix(prefix).filter(|name| !name.is_empty())?;
            Some(format!("{family}{}", name.to_ascii_lowercase()))
        };
        if let Some(header) = family(HEADER, keys::HEADER) {
            return Ok(Self::Option(header.replace('_', "-")));
        }
        if let Some(option) = family(SESSION, keys::SESSION) {
            return Ok(Self::Option(option));
        }
        Err(refused(
            "is not a variable of an option; use the name of a key in upper case after the prefix, or remove it",
        ))
    }
}

/// A variable with its option and value.
struct Variable {
    name: String,
    setting: Setting,
    value: Zeroizing<String>,
}

impl Variable {
    fn key(&self) -> &str {
        match &self.setting {
            Setting::Host | Setting::Port => "",
            Setting::Option(key) => key,
        }
    }
}

fn from_variables(
    prefix: &str,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<ConnectOptions, OptionsError> {
    let mut found = read(prefix, variables)?;
    found.sort_by_key(|variable| !selects_dialect(variable.key()));
    let name_of = |key: &str| {
        let mut of_key = found.iter().filter(|variable| variable.key() == key);
        of_key.next().map(|variable| variable.name.clone())
    };
    let mut settings = Settings::default();
    let mut host = None;
    for variable in &found {
        match &variable.setting {
            Setting::Host => host = Some(&variable.value),
            Setting::Port => {
                let port = number(&variable.value)
                    .map_err(|problem| OptionsError::value(&variable.name, problem))?;
                settings.options.set_port(port);
            }
            Setting::Option(key) => {
                let set = settings.set(key, &variable.value);
                set.map_err(|error| error.renamed(name_of))?;
            }
        }
    }
    let hosts = host.ok_or_else(|| {
        OptionsError::value(
            &format!("{prefix}_{HOST}"),
            "is not set; set it to the host of the server",
        )
    })?;
    let mut hosts = hosts.split(',');
    settings.options.set_host(hosts.next().unwrap_or_default());
    for further in hosts {
        let set = settings.set("host", further);
        set.map_err(|error| error.renamed(|_| Some(format!("{prefix}_{HOST}"))))?;
    }
    settings.finish().map_err(|error| error.renamed(name_of))
}

/// Returns the variables with this prefix, sorted by name.
fn read(
    prefix: &str,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<Variable>, OptionsError> {
    let is_name = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
            && text.starts_with(|c: char| c.is_ascii_uppercase())
            && !text.ends_with('_')
    };
    if !is_name(prefix) {
        return Err(OptionsError::Malformed(
            "the prefix of variables must consist of A to Z, 0 to 9 and inner `_`, such as `WAREHOUSE`",
        ));
    }
    let mut found = Vec::new();
    for (name, value) in variables {
        let shown = name.to_string_lossy();
        let Some(rest) = shown
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('_'))
        else {
            continue;
        };
        let shown: String = shown.chars().take(128).collect();
        let setting = Setting::of(rest, &shown)?;
        let value = Zeroizing::new(value.into_string().map_err(|text| {
            // The text may be a secret.
            drop(Zeroizing::new(text.into_encoded_bytes()));
            OptionsError::value(&shown, "is not UTF-8")
        })?);
        if value.is_empty() {
            return Err(OptionsError::value(
                &shown,
                "is empty; set a value, or unset the variable",
            ));
        }
        found.push(Variable {
            name: shown,
            setting,
            value,
        });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}
