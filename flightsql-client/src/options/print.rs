//! Prints options as a URL that parses to the same options. Secrets are omitted unless requested.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{ConnectOptions, Credentials, Pem, Transport, keys};
use crate::dialect::is_valid_name;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secrets {
    LeaveOut,
    Show,
}

/// Every character except the unreserved ones of [RFC 3986, 2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3), which
/// need no encoding anywhere.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A query may contain `/` and `:` unencoded, which keeps paths readable.
const IN_QUERY: &AsciiSet = &RESERVED.remove(b'/').remove(b':');

impl ConnectOptions {
    /// Returns the URL of these options without secrets: no password, no token, no private key, and no headers except
    /// those that the dialect declares as not secret. It can be parsed again.
    pub fn to_url_lossy(&self) -> Url {
        url(self, Secrets::LeaveOut)
    }

    /// Returns the URL of these options with password, token, keys and headers in clear text. Do not log it.
    pub fn to_url_with_secrets(&self) -> Url {
        url(self, Secrets::Show)
    }
}

fn url(options: &ConnectOptions, secrets: Secrets) -> Url {
    let mut printed = Printed {
        text: String::new(),
        elsewhere: match options.detect_dialect {
            true => Vec::new(),
            false => vec!["dialect"],
        },
    };
    printed.scheme(options);
    if let Transport::Unix(path) = &options.transport {
        let path = path.to_string_lossy();
        let parts: Vec<String> = path.split('/').map(|part| encode(part, RESERVED)).collect();
        printed.text.push_str(&parts.join("/"));
    } else {
        printed.authority(options, secrets);
        printed.path(options);
    }
    printed.query(options, secrets);
    Url::parse(&printed.text).expect("the scheme is checked and all other text is percent-encoded")
}

fn encode(text: &str, set: &'static AsciiSet) -> String {
    utf8_percent_encode(text, set).to_string()
}

struct Printed {
    text: String,
    /// Keys whose values are outside the query.
    elsewhere: Vec<&'static str>,
}

impl Printed {
    fn scheme(&mut self, options: &ConnectOptions) {
        let dialect = options.dialect.name();
        let by_name = !options.detect_dialect && options.dialect_file.is_none();
        if by_name && dialect != "ansi" && is_valid_name(dialect) {
            self.text.push_str(dialect);
            self.text.push('+');
        }
        self.text.push_str(match options.transport {
            Transport::Tls => "flightsql://",
            Transport::Tcp => "flightsql+tcp://",
            Transport::Unix(_) => "flightsql+unix://",
        });
    }

    fn authority(&mut self, options: &ConnectOptions, secrets: Secrets) {
        if options.host.is_empty() {
            // Such options cannot connect, and a URL without a host has neither user nor port.
            return;
        }
        let login = match &options.credentials {
            Credentials::Basic { user, password } => Some((user, password.expose())),
            // No URL contains a command.
            Credentials::PasswordCommand { user, .. } => Some((user, "")),
            _ => None,
        };
        // A URL drops `:@`. An empty user without a password is in the query.
        let is_printable =
            |(user, password): &(&String, &str)| !user.is_empty() || !password.is_empty();
        if let Some((user, password)) = login.filter(is_printable) {
            self.text.push_str(&encode(user, RESERVED));
            // Without the colon, an empty user would be lost.
            if secrets == Secrets::Show && (user.is_empty() || !password.is_empty()) {
                self.text.push(':');
                self.text.push_str(&encode(password, RESERVED));
            }
            self.text.push('@');
            self.elsewhere.extend(["username", "password"]);
        }
        match options.host.parse::<std::net::Ipv6Addr>() {
            Ok(address) => self.text.push_str(&format!("[{address}]")),
            Err(_) => self.text.push_str(&encode(&options.host, RESERVED)),
        }
        if options.port_named {
            self.text.push_str(&format!(":{}", options.port));
        }
    }

    /// Writes the catalog and the schema. `.` and `..` have another meaning in a path, and so has a schema alone.
    fn path(&mut self, options: &ConnectOptions) {
        let fits = |part: &str| !matches!(part, "" | "." | "..");
        let names = [("catalog", &options.catalog), ("schema", &options.schema)];
        for (key, value) in names {
            let Some(value) = value.as_deref().filter(|value| fits(value)) else {
                return;
            };
            self.text.push('/');
            self.text.push_str(&encode(value, RESERVED));
            self.elsewhere.push(key);
        }
    }

    fn query(&mut self, options: &ConnectOptions, secrets: Secrets) {
        if secrets == Secrets::LeaveOut && has_inline_key(options) {
            // A certificate without its key is invalid.
            self.elsewhere
                .extend(["tls_client_cert", "tls_client_cert_pem"]);
        }
        if secrets == Secrets::LeaveOut && has_tls_for_token_server_only(options) {
            let keys = keys::all().iter().map(|key| key.name);
            self.elsewhere
                .extend(keys.filter(|name| name.starts_with("tls_")));
        }
        let default = ConnectOptions::default();
        let mut pairs: Vec<(String, String)> = Vec::new();
        for key in keys::all() {
            // A token request without its secrets is invalid.
            let hidden =
                (key.secret || key.name.starts_with("oauth.")) && secrets == Secrets::LeaveOut;
            if hidden || self.elsewhere.contains(&key.name) {
                continue;
            }
            let get = match key.lossy {
                Some(lossy) if secrets == Secrets::LeaveOut => lossy,
                _ => key.get,
            };
            let values = get(options);
            if values != get(&default) {
                pairs.extend(values.into_iter().map(|value| (key.name.to_owned(), value)));
            }
        }
        for (name, value) in &options.headers {
            let plain = options.dialect.profile().session.header_keys.contains(name);
            if plain || secrets == Secrets::Show {
                pairs.push((format!("{}{name}", keys::HEADER), value.expose().to_owned()));
            }
        }
        for (name, value) in &options.session {
            pairs.push((format!("{}{name}", keys::SESSION), value.clone()));
        }
        for (index, (name, value)) in pairs.iter().enumerate() {
            self.text.push(if index == 0 { '?' } else { '&' });
            self.text.push_str(&encode(name, IN_QUERY));
            self.text.push('=');
            self.text.push_str(&encode(value, IN_QUERY));
        }
    }
}

/// Returns `true` if the TLS options apply to a token server only. Without its keys, they would have no effect, which is an
/// error.
fn has_tls_for_token_server_only(options: &ConnectOptions) -> bool {
    options.transport != Transport::Tls
        && !options.reads_elsewhere()
        && options.token_server().is_some()
}

fn has_inline_key(options: &ConnectOptions) -> bool {
    let identity = options.tls.client_identity.as_ref();
    identity.is_some_and(|identity| matches!(identity.key, Pem::Inline(_)))
}
