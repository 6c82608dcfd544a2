//! From a URL to options.
//!
//! Layer 1. The URL's form is documented on [`FlightSqlConnectOptions`]; URLs as such are
//! <https://url.spec.whatwg.org>. Not `Url::query_pairs`: that would turn `+` into a space.

use std::path::PathBuf;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use url::Url;
use zeroize::Zeroizing;

use super::text::{Problem, boolean};
use super::tls::{ClientIdentity, Pem, TlsVerify};
use super::{
    Credentials, FlightSqlConnectOptions, OptionsError, Secret, SharedSlot, Transport, file, keys,
};
use crate::dialect::file::find;
use crate::{dialect, dialect_file};

#[cfg(test)]
mod tests;

type Parsed<T> = Result<T, OptionsError>;

/// Parses the options of a URL. A relative `dialect_file` is searched for in these folders, or in the current folder if the
/// list is empty.
pub(super) fn from_url(url: &Url, folders: &[PathBuf]) -> Parsed<FlightSqlConnectOptions> {
    let mut draft = Draft {
        folders: folders.to_vec(),
        ..Draft::default()
    };
    draft.scheme(url)?;
    draft.authority(url)?;
    draft.path(url)?;
    draft.query(url)?;
    draft.finish()
}

/// Puts a value that was read where it belongs.
pub(super) fn put<T>(place: &mut T, value: Result<T, Problem>) -> Result<(), Problem> {
    *place = value?;
    Ok(())
}

const LATE_AT: &str = "there is an `@` behind the host: write `/`, `?`, `#` and `@` in user and \
                       password percent-encoded, and `@` behind the host as `%40`";

/// Options while their URL is read: what is told in several places waits beside them.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) options: FlightSqlConnectOptions,
    /// The keys that occurred, in the query or in other places.
    seen: Vec<&'static str>,
    dialect_chosen: bool,
    folders: Vec<PathBuf>,
    user: Option<String>,
    password: Option<Secret>,
    token: Option<Secret>,
    verify: Option<TlsVerify>,
    client_cert: Option<Pem>,
    client_key: Option<Pem>,
}

/// The parts of the URL.
impl Draft {
    fn scheme(&mut self, url: &Url) -> Parsed<()> {
        let unknown = || OptionsError::Scheme(url.scheme().to_owned());
        let (dialect, rest) = match url.scheme().split_once("+flightsql") {
            Some((dialect, rest)) => (Some(dialect), rest),
            None => (
                None,
                url.scheme().strip_prefix("flightsql").ok_or_else(unknown)?,
            ),
        };
        self.options.transport = match rest {
            "" => Transport::Tls,
            "+tcp" => Transport::Tcp,
            "+unix" => Transport::Unix(percent_decoded(url.path(), "the path")?.into()),
            _ => return Err(unknown()),
        };
        if let Some(name) = dialect {
            self.options.dialect = dialect::by_name(name).ok_or_else(unknown)?;
            self.dialect_chosen = true;
        }
        if url.cannot_be_a_base() {
            return Err(OptionsError::Malformed(
                "write `//` behind the URL's scheme and its colon",
            ));
        }
        if url.fragment().is_some() {
            return Err(OptionsError::Malformed("write `#` inside the URL as `%23`"));
        }
        Ok(())
    }

    fn authority(&mut self, url: &Url) -> Parsed<()> {
        if !url.username().is_empty() || url.password().is_some() {
            self.user = Some(percent_decoded(url.username(), "the user")?);
            self.seen.push("username");
        }
        if let Some(password) = url.password() {
            self.password = Some(Secret::new(percent_decoded(password, "the password")?));
            self.seen.push("password");
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        if let Transport::Unix(_) = self.options.transport {
            return match host {
                None => Ok(()),
                Some(_) => Err(OptionsError::Malformed(
                    "a socket has no host: write three slashes, `flightsql+unix:///path/to/socket`",
                )),
            };
        }
        let host = host.ok_or(OptionsError::Malformed("the URL has no host"))?;
        self.options.set_host(host);
        if let Some(port) = url.port() {
            self.options.set_port(port);
        }
        Ok(())
    }

    fn path(&mut self, url: &Url) -> Parsed<()> {
        if url.path().contains('@') {
            return Err(OptionsError::Malformed(LATE_AT));
        }
        if let Transport::Unix(_) = self.options.transport {
            return Ok(());
        }
        let path = url.path().strip_prefix('/').unwrap_or_default();
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut parts = path.split('/');
        for (key, set) in [
            ("catalog", Draft::catalog as Setter),
            ("schema", Draft::schema),
        ] {
            if let Some(part) = parts.next().filter(|_| !path.is_empty()) {
                let part = percent_decoded(part, "the path")?;
                self.seen.push(key);
                set(self, &part).map_err(|problem| OptionsError::value(key, problem))?;
            }
        }
        match parts.next() {
            None => Ok(()),
            Some(_) => Err(OptionsError::Malformed(
                "the path has more parts than `/catalog/schema`: write `/` inside a name as `%2F`",
            )),
        }
    }

    fn query(&mut self, url: &Url) -> Parsed<()> {
        let parts: Vec<&str> = match url.query() {
            Some(query) => query.split('&').filter(|part| !part.is_empty()).collect(),
            None => Vec::new(),
        };
        let mut pairs = Vec::with_capacity(parts.len());
        for part in parts {
            pairs.push(pair(part)?);
        }
        // The dialect decides which other keys there are.
        pairs.sort_by_key(|(name, _)| {
            !["dialect", "dialect_file", "dialect-file"].contains(&&**name)
        });
        let mut families = Vec::new();
        for (name, value) in &pairs {
            self.option(name, value, &mut families)
                .map_err(|error| match error {
                    // This name may be a part of the password: `user:pass?word=1@host`.
                    OptionsError::UnknownKey { .. }
                        if url.query().is_some_and(|q| q.contains('@')) =>
                    {
                        OptionsError::Malformed(LATE_AT)
                    }
                    error => error,
                })?;
        }
        Ok(())
    }

    fn option(&mut self, name: &str, value: &str, families: &mut Vec<String>) -> Parsed<()> {
        if let Some(key) = keys::find(name) {
            if self.seen.contains(&key.name) && !key.list {
                return Err(OptionsError::Repeated(key.name.to_owned()));
            }
            self.seen.push(key.name);
            return (key.set)(self, value)
                .map_err(|problem| OptionsError::value(key.name, problem));
        }
        let header = name.strip_prefix(keys::HEADER).or_else(|| {
            let of_dialect = {
                let keys = &self.options.dialect.profile().session.header_keys;
                keys.iter().any(|key| key == name)
            };
            of_dialect.then_some(name)
        });
        let entry = match (header, name.strip_prefix(keys::SESSION)) {
            (Some(header), _) => format!("{}{}", keys::HEADER, header.to_ascii_lowercase()),
            (None, Some(_)) => name.to_owned(),
            (None, None) => return Err(self.unknown(name)),
        };
        if families.contains(&entry) {
            return Err(OptionsError::Repeated(entry));
        }
        if let Some(header) = entry.strip_prefix(keys::HEADER) {
            self.options
                .headers
                .push((header.to_owned(), Secret::new(value)));
        } else if let Some(option) = entry.strip_prefix(keys::SESSION) {
            self.options
                .session
                .push((option.to_owned(), value.to_owned()));
        }
        families.push(entry);
        Ok(())
    }

    fn unknown(&self, name: &str) -> OptionsError {
        OptionsError::UnknownKey {
            key: name.chars().take(64).collect(),
            nearest: keys::nearest(name, &self.options.dialect.profile().session.header_keys),
        }
    }

    fn finish(mut self) -> Parsed<FlightSqlConnectOptions> {
        self.options.credentials = match (self.token, self.user, self.password) {
            (None, None, None) => Credentials::Anonymous,
            (Some(token), None, None) => Credentials::Bearer(token),
            (Some(_), ..) => {
                let text = "a token and a user are given: only one of them can log in";
                return Err(OptionsError::Conflict(text.into()));
            }
            (None, user, password) => Credentials::Basic {
                user: user.unwrap_or_default(),
                password: password.unwrap_or_else(|| Secret::new("")),
            },
        };
        self.options.tls.client_identity = match (self.client_cert, self.client_key) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some(ClientIdentity { cert, key }),
            (Some(_), None) | (None, Some(_)) => {
                let text = "`tls_client_cert` and `tls_client_key` need each other";
                return Err(OptionsError::Conflict(text.into()));
            }
        };
        self.options.shared = SharedSlot::default();
        self.options.check()?;
        Ok(self.options)
    }
}

type Setter = fn(&mut Draft, &str) -> Result<(), Problem>;

/// The options that more than one place of a URL can tell.
impl Draft {
    pub(super) fn dialect(&mut self, name: &str) -> Result<(), Problem> {
        if self.options.dialect_file.is_some() {
            return Err("contradicts `dialect_file`; remove one of them".into());
        }
        if name == dialect::AUTO {
            if self.dialect_chosen {
                return Err("contradicts the dialect in the URL's scheme".into());
            }
            self.options.detect_dialect = true;
            return Ok(());
        }
        let known = dialect::by_name(name)
            .ok_or_else(|| format!("must be auto or one of {}", dialect::names().join(", ")))?;
        if self.dialect_chosen && self.options.dialect.name() != known.name() {
            return Err("contradicts the dialect in the URL's scheme".into());
        }
        self.options.dialect = known;
        Ok(())
    }

    pub(super) fn dialect_file(&mut self, path: &str) -> Result<(), Problem> {
        if self.dialect_chosen {
            return Err("contradicts the dialect in the URL's scheme; remove one of them".into());
        }
        if self.seen.contains(&"dialect") {
            return Err("contradicts `dialect`; remove one of them".into());
        }
        let unusable = |error| Problem::from(format!("cannot be used: {error}"));
        let path = find(path.as_ref(), &self.folders).map_err(unusable)?;
        let profile = dialect_file::load(&path).map_err(unusable)?;
        self.options.dialect = Arc::new(profile);
        self.options.dialect_file = Some(path);
        Ok(())
    }

    pub(super) fn insecure(&mut self, value: &str) -> Result<(), Problem> {
        match (boolean(value)?, &self.options.transport) {
            (true, Transport::Tls) => {
                self.options.transport = Transport::Tcp;
                Ok(())
            }
            (false, Transport::Tcp | Transport::Unix(_)) => {
                Err("contradicts the URL's scheme, which says plaintext".into())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn username(&mut self, value: &str) -> Result<(), Problem> {
        self.user = Some(value.to_owned());
        Ok(())
    }

    pub(super) fn password(&mut self, value: &str) -> Result<(), Problem> {
        once(
            &mut self.password,
            Secret::new(value),
            "the password is given in two places",
        )
    }

    pub(super) fn password_file(&mut self, path: &str) -> Result<(), Problem> {
        let text = file::read_secret(path.as_ref())?;
        once(
            &mut self.password,
            Secret::new(&**text),
            "the password is given in two places",
        )
    }

    pub(super) fn token(&mut self, value: &str) -> Result<(), Problem> {
        once(
            &mut self.token,
            Secret::new(value),
            "the token is given in two places",
        )
    }

    pub(super) fn token_file(&mut self, path: &str) -> Result<(), Problem> {
        let text = file::read_secret(path.as_ref())?;
        once(
            &mut self.token,
            Secret::new(&**text),
            "the token is given in two places",
        )
    }

    pub(super) fn catalog(&mut self, value: &str) -> Result<(), Problem> {
        self.options.catalog = Some(value.to_owned());
        Ok(())
    }

    pub(super) fn schema(&mut self, value: &str) -> Result<(), Problem> {
        self.options.schema = Some(value.to_owned());
        Ok(())
    }

    pub(super) fn ca(&mut self, pem: Pem) -> Result<(), Problem> {
        self.options.tls.add_ca(pem);
        Ok(())
    }

    pub(super) fn system_roots(&mut self, value: &str) -> Result<(), Problem> {
        self.options.tls.choose_system_roots(boolean(value)?);
        Ok(())
    }

    pub(super) fn verify(&mut self, verify: TlsVerify) -> Result<(), Problem> {
        self.options.tls.verify = verify;
        once(
            &mut self.verify,
            verify,
            "and `tls_verify` say the same thing: give one of them",
        )
    }

    pub(super) fn client_cert(&mut self, pem: Pem) -> Result<(), Problem> {
        once(&mut self.client_cert, pem, "is given as a file and as text")
    }

    pub(super) fn client_key(&mut self, pem: Pem) -> Result<(), Problem> {
        once(&mut self.client_key, pem, "is given as a file and as text")
    }
}

fn once<T>(place: &mut Option<T>, value: T, twice: &'static str) -> Result<(), Problem> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(twice.into()),
    }
}

/// `key=value`, each decoded once. A part without `=` is named only when it is a known key: it may be
/// the rest of a secret that held an `&`.
fn pair(part: &str) -> Parsed<(String, Zeroizing<String>)> {
    let Some((name, value)) = part.split_once('=') else {
        return Err(match keys::find(part) {
            Some(key) => {
                OptionsError::value(key.name, "has no value: write `=` and a value behind it")
            }
            None => OptionsError::Malformed(
                "a part of the URL's query has no `=`: write `&` inside a value as `%26`, and `?` in \
                 user and password as `%3F`",
            ),
        });
    };
    let name = percent_decoded(name, "the name of an option")?;
    let value = percent_decode_str(value)
        .decode_utf8()
        .map_err(|_| OptionsError::value(&name, "is not UTF-8"))?;
    Ok((name, Zeroizing::new(value.into_owned())))
}

fn percent_decoded(text: &str, what: &'static str) -> Parsed<String> {
    match percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(OptionsError::Conflict(
            format!("{what} in the URL is not UTF-8").into(),
        )),
    }
}

impl FlightSqlConnectOptions {
    /// In the form that a URI wants, if it is a host at all; [`check`](Self::check) refuses the rest.
    pub(super) fn set_host(&mut self, host: &str) {
        self.host = normal_host(host).unwrap_or_else(|| host.to_owned());
    }

    pub(super) fn set_port(&mut self, port: u16) {
        self.port = port;
        self.port_named = true;
    }
}

/// Lower case, ASCII by IDNA, IPv6 without brackets.
pub(super) fn normal_host(host: &str) -> Option<String> {
    if let Ok(address) = host.parse::<std::net::Ipv6Addr>() {
        return Some(address.to_string());
    }
    match url::Host::parse(host).ok()? {
        url::Host::Ipv6(address) => Some(address.to_string()),
        other => Some(other.to_string()),
    }
}
