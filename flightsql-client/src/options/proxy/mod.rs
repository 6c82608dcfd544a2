//! [`Proxy`]: the HTTP proxy that connections take.
//!
//! `transport/proxy` opens the tunnel. No error and no `Debug` shows the credentials of a proxy, except for a user that the proxy's
//! own response repeats.

mod environment;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use url::Url;

use super::check::Checked;
use super::print::RESERVED;
use super::text::{ValueError, normal_host};
use super::{ConnectOptions, OptionsError, Secret, Transport};

/// The choice of a proxy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Proxy {
    /// Connects directly.
    #[default]
    None,
    /// The proxy that the variables of the environment name, read at each connect.
    Environment,
    /// This proxy, for every server.
    Server(ProxyServer),
    /// An invalid value of the builder, with its problem, until the options are checked.
    Invalid(ValueError),
}

/// An HTTP proxy with its credentials.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ProxyServer {
    /// Whether the client reaches the proxy by TLS.
    pub(crate) tls: bool,
    /// A name in lower case, or an IP address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// User and password.
    login: Option<(String, Secret)>,
    /// The option or the variable that specifies the proxy.
    origin: &'static str,
}

/// The key in URLs.
pub(super) const KEY: &str = "proxy";

const FORM: &str = "must be `none`, `env`, or the address of an HTTP proxy, such as `http://user:password@host:3128`";

const ADDRESS: &str =
    "must be the address of an HTTP proxy, such as `http://user:password@host:3128`";

impl Proxy {
    /// Reads the value of the option.
    pub(super) fn parse(text: &str) -> Result<Self, ValueError> {
        match text {
            "none" => Ok(Self::None),
            "env" => Ok(Self::Environment),
            _ => ProxyServer::parse(text, KEY).map(Self::Server),
        }
    }

    /// Keeps an invalid value until the options are checked.
    pub(super) fn of_builder(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(Self::Invalid)
    }

    /// Returns the value of the option with its credentials.
    pub(super) fn text_with_secrets(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Environment => "env".to_owned(),
            Self::Server(server) => server.text(true),
            Self::Invalid(_) => "<invalid>".to_owned(),
        }
    }

    /// Returns the value of the option without credentials.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Server(server) => server.text(false),
            _ => self.text_with_secrets(),
        }
    }

    /// Returns the proxy to reach a server through; `None` for a direct connection. `host` has no brackets.
    ///
    /// # Errors
    /// Returns an error if a variable of the environment is invalid.
    pub(crate) fn of(
        &self,
        host: &str,
        port: u16,
        tls: bool,
    ) -> Result<Option<Cow<'_, ProxyServer>>, OptionsError> {
        match self {
            Self::None => Ok(None),
            Self::Server(server) => Ok(Some(Cow::Borrowed(server))),
            Self::Environment => {
                let read = |name: &str| std::env::var_os(name);
                Ok(environment::proxy(&read, host, port, tls)?.map(Cow::Owned))
            }
            Self::Invalid(problem) => Err(OptionsError::value(KEY, problem.clone())),
        }
    }

    /// Returns `true` if TLS may be necessary to reach the proxy.
    pub(super) fn may_use_tls(&self) -> bool {
        match self {
            Self::Server(server) => server.tls,
            Self::Environment => true,
            Self::None | Self::Invalid(_) => false,
        }
    }
}

impl ProxyServer {
    /// Reads an address; `http://` may be omitted. The text of an error follows the name of the option or variable, and shows
    /// no value.
    fn parse(text: &str, origin: &'static str) -> Result<Self, ValueError> {
        // A variable has no `none` and no `env`.
        let form = if origin == KEY { FORM } else { ADDRESS };
        let bad = || ValueError::from(form);
        let url = match text.contains("://") {
            true => Url::parse(text),
            false => Url::parse(&format!("http://{text}")),
        };
        let url = url.map_err(|_| bad())?;
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            scheme if scheme.starts_with("socks") => {
                return Err(
                    "names a SOCKS proxy, which is not supported; use an HTTP proxy".into(),
                );
            }
            _ => return Err(bad()),
        };
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none();
        let host = url.host_str().and_then(normal_host);
        let (true, None, Some(host), Some(port)) =
            (is_bare, url.fragment(), host, url.port_or_known_default())
        else {
            return Err(bad());
        };
        if port == 0 {
            return Err("must not have the port 0".into());
        }
        if tls && !cfg!(feature = "tls") {
            return Err(
                "names an `https://` proxy, which requires the cargo feature `tls`; enable it, or use `http://`".into(),
            );
        }
        Ok(Self {
            tls,
            host,
            port,
            login: login(&url)?,
            origin,
        })
    }

    /// Returns `host:port`.
    pub(crate) fn address(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// Returns the option or the variable that specifies the proxy.
    pub(crate) fn origin(&self) -> &'static str {
        self.origin
    }

    /// Returns `true` if there are credentials for the proxy.
    pub(crate) fn has_login(&self) -> bool {
        self.login.is_some()
    }

    /// Returns the value of the header `proxy-authorization`.
    pub(crate) fn authorization(&self) -> Option<Secret> {
        self.token()
            .map(|token| Secret::new(format!("Basic {}", token.expose())))
    }

    /// Returns the secrets that no text may contain.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = Secret> {
        let password = self.login.as_ref().map(|(_, password)| password.clone());
        password.into_iter().chain(self.token())
    }

    /// Returns user and password as Basic authentication encodes them ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)).
    fn token(&self) -> Option<Secret> {
        let (user, password) = self.login.as_ref()?;
        let pair = Secret::new(format!("{user}:{}", password.expose()));
        Some(Secret::new(STANDARD.encode(pair.expose())))
    }

    fn text(&self, with_secrets: bool) -> String {
        let scheme = match self.tls {
            true => "https",
            false => "http",
        };
        let encode = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
        let login = match &self.login {
            Some((user, password)) if with_secrets => {
                format!("{}:{}@", encode(user), encode(password.expose()))
            }
            _ => String::new(),
        };
        format!("{scheme}://{login}{}", self.address())
    }
}

// The credentials are secrets, also the user.
impl fmt::Debug for ProxyServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(false))
    }
}

fn login(url: &Url) -> Result<Option<(String, Secret)>, ValueError> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(None);
    }
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        let text = text.map_err(|_| "has a user or password that is not UTF-8")?;
        match text.chars().any(char::is_control) {
            true => Err("has a user or password with a control character"),
            false => Ok(text.into_owned()),
        }
    };
    let user = decoded(url.username())?;
    if user.contains(':') {
        return Err(
            "must not have a user with `:`, which ends the name in Basic authentication".into(),
        );
    }
    let password = Secret::new(decoded(url.password().unwrap_or_default())?);
    Ok(Some((user, password)))
}

impl ConnectOptions {
    /// Returns the secrets of the proxies that connections to the server and to the token server take.
    pub(crate) fn proxy_secrets(&self) -> Vec<Secret> {
        // An invalid variable is an error of the connect.
        let hosts = self.get_hosts().into_iter();
        let servers = hosts.filter_map(|(host, port)| self.server_proxy(host, port).ok()?);
        let mut proxies: Vec<_> = servers.chain(self.token_proxy()).collect();
        proxies.dedup();
        proxies.iter().flat_map(|proxy| proxy.secrets()).collect()
    }

    /// Returns `host:port` of the proxy that a connection to the token server takes.
    pub(crate) fn token_proxy_address(&self) -> Option<String> {
        self.token_proxy().map(|proxy| proxy.address())
    }

    fn token_proxy(&self) -> Option<Cow<'_, ProxyServer>> {
        let uri = self.token_server()?.uri().ok()?;
        let host = uri.host_str().and_then(normal_host);
        let (Some(host), Some(port), "https") = (host, uri.port_or_known_default(), uri.scheme())
        else {
            return None;
        };
        self.proxy.of(&host, port, true).ok().flatten()
    }

    /// Returns `host:port` of the proxy that a connection to the server, or to the first of several, takes; `None` for a direct connection.
    ///
    /// # Errors
    /// Returns an error if `proxy=env` reads an invalid variable.
    pub(crate) fn proxy_address(&self) -> Result<Option<String>, OptionsError> {
        self.proxy_address_of(&self.host, self.port)
    }

    /// Like [`proxy_address`](Self::proxy_address), for any host.
    #[doc(hidden)]
    pub fn proxy_address_of(&self, host: &str, port: u16) -> Result<Option<String>, OptionsError> {
        let proxy = self.server_proxy(host, port)?;
        Ok(proxy.map(|server| server.address()))
    }

    fn server_proxy(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Option<Cow<'_, ProxyServer>>, OptionsError> {
        match self.transport {
            Transport::Unix(_) => Ok(None),
            Transport::Tcp => self.proxy.of(host, port, false),
            Transport::Tls => self.proxy.of(host, port, true),
        }
    }

    pub(super) fn check_proxy(&self) -> Checked {
        match (&self.proxy, &self.transport) {
            (Proxy::Invalid(problem), _) => Err(OptionsError::value(KEY, problem.clone())),
            (Proxy::None, _) | (_, Transport::Tls | Transport::Tcp) => Ok(()),
            (_, Transport::Unix(_)) => Err(OptionsError::value(
                KEY,
                "has no effect on a Unix socket; remove it",
            )),
        }
    }
}
