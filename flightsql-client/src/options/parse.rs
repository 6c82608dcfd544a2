//! [`UrlParser`]: reads options from a URL.
//!
//! The URL's form is documented on [`ConnectOptions`](crate::ConnectOptions); URLs as such are
//! <https://url.spec.whatwg.org>. `Url::query_pairs` is not used, because it turns `+` into a space.

use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::Url;
use zeroize::Zeroizing;

use super::settings::Settings;
use super::{ConnectOptions, OptionsError, Secret, Transport, hosts, keys};
use crate::dialect;

#[cfg(test)]
mod tests;

type Parsed<T> = Result<T, OptionsError>;

impl ConnectOptions {
    /// Reads a URL. A relative `dialect_file` is searched for in these folders, or in the current folder if the list is empty.
    ///
    /// # Errors
    /// Returns an [`OptionsError`], which never shows a value.
    pub fn parse_url(url: &Url, folders: &[PathBuf]) -> Parsed<Self> {
        read(url, Vec::new(), Settings::new(folders))
    }

    /// Reads the text of a URL, which may list several hosts with ports, unlike a [`Url`]. A relative `dialect_file` is searched
    /// for as in [`parse_url`](Self::parse_url).
    ///
    /// # Errors
    /// Returns an [`OptionsError`], which never shows a value.
    pub fn parse_text(text: &str, folders: &[PathBuf]) -> Parsed<Self> {
        read_text(text, Settings::new(folders))
    }
}

impl FromStr for ConnectOptions {
    type Err = OptionsError;

    fn from_str(url: &str) -> Parsed<Self> {
        Self::parse_text(url, &[])
    }
}

#[cfg(feature = "profile")]
fn profile(url: &Url) -> Parsed<ConnectOptions> {
    super::profile::of_url(url)
}

#[cfg(not(feature = "profile"))]
fn profile(_: &Url) -> Parsed<ConnectOptions> {
    Err(OptionsError::Malformed(
        "this build reads no connection profiles; enable the feature `profile`",
    ))
}

pub(super) const LATE_AT: &str = "there is an `@` after the host; percent-encode `/`, `?`, `#` and `@` in user and password, and write \
                       `@` after the host as `%40`";

/// Adds a URL to settings, which are empty or locked ones.
pub(super) fn read(url: &Url, further: Vec<&str>, settings: Settings) -> Parsed<ConnectOptions> {
    if url.scheme() == "profile" {
        if settings.is_locked() {
            return Err(OptionsError::Malformed(
                "locked options read no connection profile; use a URL with `flightsql://`",
            ));
        }
        if !further.is_empty() {
            return Err(OptionsError::Malformed(
                "the URL of a profile is `profile://NAME` with one name; remove the comma, and write hosts into the profile",
            ));
        }
        return profile(url);
    }
    let mut parser = UrlParser {
        url,
        further,
        settings,
    };
    parser.scheme()?;
    parser.authority()?;
    parser.path()?;
    parser.query()?;
    parser.settings.finish()
}

/// Adds the text of a URL, which may list several hosts with ports.
pub(super) fn read_text(text: &str, settings: Settings) -> Parsed<ConnectOptions> {
    let (single, further) = hosts::split(text)?;
    let url = Url::parse(&single).map_err(OptionsError::Url)?;
    read(&url, further, settings)
}

struct UrlParser<'u> {
    url: &'u Url,
    /// The hosts after the first one, which the URL does not have.
    further: Vec<&'u str>,
    settings: Settings,
}

impl UrlParser<'_> {
    fn scheme(&mut self) -> Parsed<()> {
        let url = self.url;
        let unknown = || OptionsError::Scheme(url.scheme().to_owned());
        let (dialect, rest) = match url.scheme().split_once("+flightsql") {
            Some((dialect, rest)) => (Some(dialect), rest),
            None => (
                None,
                url.scheme().strip_prefix("flightsql").ok_or_else(unknown)?,
            ),
        };
        self.settings.transport(match rest {
            "" => Transport::Tls,
            "+tcp" => Transport::Tcp,
            "+unix" => Transport::Unix(percent_decoded(url.path(), "the path")?.into()),
            _ => return Err(unknown()),
        })?;
        if let Some(name) = dialect {
            let dialect = dialect::by_name(name).ok_or_else(unknown)?;
            self.settings.options.set_dialect(dialect, false);
            self.settings.in_scheme = true;
        }
        if url.cannot_be_a_base() {
            return Err(OptionsError::Malformed(
                "write `//` after the URL's scheme and its colon",
            ));
        }
        if url.fragment().is_some() {
            return Err(OptionsError::Malformed("write `#` inside the URL as `%23`"));
        }
        Ok(())
    }

    fn authority(&mut self) -> Parsed<()> {
        let url = self.url;
        if !url.username().is_empty() || url.password().is_some() {
            self.settings.user = Some(percent_decoded(url.username(), "the user")?);
            self.settings.seen.push("username");
        }
        if let Some(password) = url.password() {
            self.settings.password = Some(Secret::new(percent_decoded(password, "the password")?));
            self.settings.seen.push("password");
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        if let Transport::Unix(_) = self.settings.options.transport {
            return match host {
                None if self.further.is_empty() => Ok(()),
                _ => Err(OptionsError::Malformed(
                    "a socket has no host; write three slashes, `flightsql+unix:///path/to/socket`",
                )),
            };
        }
        let host = host.ok_or(OptionsError::Malformed("the URL has no host"))?;
        let Some((first, more)) = host.split_once(',') else {
            self.settings.options.set_host(host);
            if let Some(port) = url.port() {
                self.settings.options.set_port(port);
            }
            let further = std::mem::take(&mut self.further);
            self.settings.options.set_further_hosts(further);
            return Ok(());
        };
        // Only a parsed URL has a list here. Its port is that of the last host.
        let more = match url.port() {
            Some(port) => format!("{more}:{port}"),
            None => more.to_owned(),
        };
        if first.is_empty() {
            return Err(OptionsError::Malformed("the URL has no host"));
        }
        self.settings.options.set_host(first);
        self.settings.options.set_further_hosts(more.split(','));
        Ok(())
    }

    fn path(&mut self) -> Parsed<()> {
        let url = self.url;
        if url.path().contains('@') {
            return Err(OptionsError::Malformed(LATE_AT));
        }
        if let Transport::Unix(_) = self.settings.options.transport {
            return Ok(());
        }
        let path = url.path().strip_prefix('/').unwrap_or_default();
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut parts = path.split('/');
        let options = &mut self.settings.options;
        let names = [
            ("catalog", &mut options.catalog),
            ("schema", &mut options.schema),
        ];
        for (key, name) in names {
            if let Some(part) = parts.next().filter(|_| !path.is_empty()) {
                *name = Some(percent_decoded(part, "the path")?);
                self.settings.seen.push(key);
            }
        }
        match parts.next() {
            None => Ok(()),
            Some(_) => Err(OptionsError::Malformed(
                "the path has more parts than `/catalog/schema`; write `/` inside a name as `%2F`",
            )),
        }
    }

    fn query(&mut self) -> Parsed<()> {
        let url = self.url;
        let parts: Vec<&str> = match url.query() {
            Some(query) => query.split('&').filter(|part| !part.is_empty()).collect(),
            None => Vec::new(),
        };
        let mut pairs = Vec::with_capacity(parts.len());
        for part in parts {
            pairs.push(pair(part)?);
        }
        self.settings.set_all(pairs).map_err(|error| match error {
            // This name may be a part of the password: `user:pass?word=1@host`.
            OptionsError::UnknownKey { .. } if url.query().is_some_and(|q| q.contains('@')) => {
                OptionsError::Malformed(LATE_AT)
            }
            error => error,
        })
    }
}

/// Decodes `key=value`. The error for a part without `=` shows only a known key, since another part may be the rest of a
/// secret that contains `&`.
fn pair(part: &str) -> Parsed<(String, Zeroizing<String>)> {
    let Some((name, value)) = part.split_once('=') else {
        return Err(match keys::find(part) {
            Some(key) => {
                OptionsError::value(key.name, "has no value; write `=` and a value after it")
            }
            None => OptionsError::Malformed(
                "a part of the URL's query has no `=`; write `&` inside a value as `%26`, and `?` in \
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
