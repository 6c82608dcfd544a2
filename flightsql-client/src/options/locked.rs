//! [`LockedOptions`]: options of a program, and a parser for URLs that must not weaken them.

use std::fmt;

use url::Url;

use super::check::{Checked, name_problem};
use super::settings::Settings;
use super::{Binds, ConnectOptions, Credentials, OptionsError, Transport, command, keys, parse};

#[cfg(test)]
mod tests;

/// Options that a program sets, and a parser for URLs of other people: of a form, a file or a tenant.
///
/// Create them with [`ConnectOptions::locked`]. The parser adds a URL to the options, and rejects what would weaken them:
///
/// - keys that are marked *Locked*, listed below with the reasons,
/// - every key that the program sets to another value than its default, and the dialect under [`Binds::Literal`],
/// - user, password and token, if the program sets credentials,
/// - a transport that is less secure than the one that the program sets: `flightsql+tcp://` unless it is
///   [`plaintext`](ConnectOptions::plaintext), and `flightsql+unix://` unless it is
///   [`unix_socket`](ConnectOptions::unix_socket),
/// - another server, if the program sets a server, credentials, headers, session options or a client certificate.
///
/// [`allow`](Self::allow) permits a single key. Otherwise, URLs have the form that [`ConnectOptions`] documents.
///
/// A URL still selects the server, the user, the catalog, session options, timeouts and retries that the program does not set.
/// To restrict the servers, set one, or check [`get_host`](ConnectOptions::get_host) of the result. A deadline of the program
/// applies to any URL if it is around the call.
///
/// ```
/// use flightsql_client::{ConnectOptions, OptionsError};
/// let locked = ConnectOptions::new().tls_ca_file("/etc/ca.pem").locked().allow("max_batch_rows")?;
/// let options = locked.parse("flightsql://ann:pass@db.example/sales?max_batch_rows=1000")?;
/// assert_eq!(options.get_host(), "db.example");
///
/// let error = locked.parse("flightsql://db.example?tls_verify=none").unwrap_err();
/// assert_eq!(error.to_string(), "`tls_verify` is locked, so only the program may set it; remove it from the URL");
/// # Ok::<(), OptionsError>(())
/// ```
///
/// # Locked keys
///
#[doc = include_str!("locked.md")]
#[derive(Clone)]
#[must_use = "locked options parse URLs"]
pub struct LockedOptions {
    base: ConnectOptions,
    /// The names of permitted keys, as the table has them, and [`HOST`].
    allowed: Vec<String>,
}

/// The name of the server of a URL, next to the keys.
const HOST: &str = "host";
const SCHEME: &str = "scheme";

impl ConnectOptions {
    /// Locks these options: returns a parser for URLs that must not weaken them.
    pub fn locked(self) -> LockedOptions {
        LockedOptions {
            base: self,
            allowed: Vec::new(),
        }
    }
}

impl LockedOptions {
    /// Permits a key in URLs that is locked or set by the program: a key of the table, `header.NAME`, `session.NAME`, or `host`
    /// for another server. `insecure` permits `flightsql+tcp://` as well.
    ///
    /// A permitted user, password or token replaces the credentials of the program as a whole.
    ///
    /// # Errors
    /// Returns an [`OptionsError`] if no key has this name, or if no URL may have the key.
    pub fn allow(mut self, key: &str) -> Result<Self, OptionsError> {
        self.allowed.push(name_of(key)?);
        Ok(self)
    }

    /// Parses a URL, and returns the options of the program with those of the URL.
    ///
    /// # Errors
    /// Returns [`OptionsError::Locked`] with the name of the key if the URL contains a locked one. The driver reads no file
    /// that such a key names. Returns another [`OptionsError`] if the URL is invalid. No error shows a value.
    pub fn from_url(&self, url: &Url) -> Result<ConnectOptions, OptionsError> {
        parse::read(url, Vec::new(), Settings::over(self))
    }

    /// Parses the text of a URL, as [`from_url`](Self::from_url) does.
    ///
    /// # Errors
    /// Returns an error as [`from_url`](Self::from_url) does, and if the text is not a URL.
    pub fn parse(&self, url: &str) -> Result<ConnectOptions, OptionsError> {
        parse::read_text(url, Settings::over(self))
    }

    pub(super) fn base(&self) -> &ConnectOptions {
        &self.base
    }

    /// Returns `true` if the program sets a header of this name.
    pub(super) fn has_header(&self, name: &str) -> bool {
        self.base.headers.iter().any(|(known, _)| known == name)
    }

    /// Returns `true` if the program sets a session option of this name.
    pub(super) fn has_session(&self, name: &str) -> bool {
        self.base.session.iter().any(|(known, _)| known == name)
    }

    fn is_allowed(&self, name: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed == name)
    }

    /// Rejects a key that is locked, unless the program permits it.
    pub(super) fn permit(&self, name: &str) -> Checked {
        match self.is_allowed(name) {
            true => Ok(()),
            false => Err(OptionsError::locked(name)),
        }
    }

    /// Rejects a scheme whose transport is less secure than the transport of the program.
    pub(super) fn permit_transport(&self, transport: &Transport) -> Checked {
        match (&self.base.transport, transport) {
            (_, Transport::Tls)
            | (Transport::Tcp, Transport::Tcp)
            | (Transport::Unix(_), Transport::Unix(_)) => Ok(()),
            (_, Transport::Tcp) if self.is_allowed("insecure") => Ok(()),
            (_, Transport::Tcp | Transport::Unix(_)) => Err(OptionsError::locked(SCHEME)),
        }
    }

    /// Rejects the options of a URL if they change what the program sets. `seen` are the keys that the URL has.
    pub(super) fn permit_options(&self, seen: &[&str], options: &ConnectOptions) -> Checked {
        let default = ConnectOptions::default();
        for key in keys::all() {
            let known = (key.get)(&self.base);
            let is_changed = match is_of_login(key.name) {
                true => self.base.credentials != Credentials::Anonymous && seen.contains(&key.name),
                false => known != (key.get)(&default) && known != (key.get)(options),
            };
            if is_changed {
                self.permit(key.name)?;
            }
        }
        // Literals are safe only in the syntax of the engine.
        let writes_literals = self.base.binds == Binds::Literal;
        if writes_literals && self.base.dialect.name() != options.dialect.name() {
            self.permit("dialect")?;
        }
        if self.has_own_server() && !is_same_server(&self.base, options) {
            self.permit(HOST)?;
        }
        Ok(())
    }

    /// Returns `true` if the program sets a server, or anything that belongs to one server.
    fn has_own_server(&self) -> bool {
        let base = &self.base;
        let is_placed =
            base.host_named || base.port_named || matches!(base.transport, Transport::Unix(_));
        is_placed
            || base.credentials != Credentials::Anonymous
            || base.tls.client_identity.is_some()
            || !base.headers.is_empty()
            || !base.session.is_empty()
    }
}

/// Returns `true` for the keys that set [`Credentials`].
fn is_of_login(name: &str) -> bool {
    matches!(
        name,
        "username" | "password" | "password_file" | "token" | "token_file" | "authorization"
    ) || name.starts_with("oauth.")
}

fn is_same_server(base: &ConnectOptions, other: &ConnectOptions) -> bool {
    match (&base.transport, &other.transport) {
        (Transport::Unix(path), Transport::Unix(other)) => path == other,
        (Transport::Unix(_), _) | (_, Transport::Unix(_)) => false,
        _ => {
            (&base.host, base.port, &base.hosts.more)
                == (&other.host, other.port, &other.hosts.more)
        }
    }
}

/// Returns the name of a key as the table has it.
fn name_of(key: &str) -> Result<String, OptionsError> {
    if let Some((key, problem)) = command::refused(key) {
        return Err(OptionsError::value(key, problem));
    }
    if let Some(known) = keys::find(key) {
        return Ok(known.name.to_owned());
    }
    if let Some(name) = key.strip_prefix(keys::HEADER) {
        let name = name.to_ascii_lowercase();
        return match name_problem(&name) {
            None => Ok(format!("{}{name}", keys::HEADER)),
            Some(problem) => Err(OptionsError::value(key, problem)),
        };
    }
    let is_session = key
        .strip_prefix(keys::SESSION)
        .is_some_and(|name| !name.is_empty());
    match key {
        _ if key == HOST || is_session => Ok(key.to_owned()),
        _ => Err(OptionsError::UnknownKey {
            key: key.chars().take(64).collect(),
            nearest: keys::nearest(key, &[]),
        }),
    }
}

/// Prints the options without secrets.
impl fmt::Debug for LockedOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockedOptions")
            .field("base", &self.base)
            .field("allowed", &self.allowed)
            .finish()
    }
}
