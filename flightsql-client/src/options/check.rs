//! Checks options for invalid values and contradictions: after a URL was parsed and, for the builder, before connecting.

use super::text::normal_host;
use super::{
    Address, ConnectOptions, Credentials, OptionsError, Pem, TlsOptions, Transport, binary_value,
    is_binary,
};
use crate::dialect::CatalogTarget;

#[cfg(test)]
mod tests;

pub(super) type Checked = Result<(), OptionsError>;

impl ConnectOptions {
    /// Rejects options that cannot work or would be ignored.
    pub(crate) fn check(&self) -> Checked {
        self.check_address()?;
        self.check_hosts()?;
        self.check_authority()?;
        self.check_proxy()?;
        self.check_credentials()?;
        self.check_headers()?;
        self.check_response_headers()?;
        self.check_session()?;
        self.check_tls()?;
        let unusable = |name: &str| name.is_empty() || !is_value(name);
        if self.application_name.as_deref().is_some_and(unusable) {
            return Err(OptionsError::value("application_name", PRINTABLE));
        }
        self.check_locations()?;
        self.timeouts.check()?;
        self.limits.check()
    }

    fn check_address(&self) -> Checked {
        if let Transport::Unix(path) = &self.transport {
            let plain = |part: std::path::Component<'_>| {
                use std::path::Component::{Normal, RootDir};
                matches!(part, Normal(_) | RootDir)
            };
            let file = path.file_name().is_some() && path.to_str().is_some();
            return if path.is_absolute() && file && path.components().all(plain) {
                Ok(())
            } else {
                let text = "the socket's path must be absolute and UTF-8, without `.` and `..`";
                Err(OptionsError::Malformed(text))
            };
        }
        if normal_host(&self.host).is_none() || self.host.contains(',') {
            return Err(OptionsError::Malformed(
                "the host is not a host name or an IP address",
            ));
        }
        if self.transport == Transport::Tcp && !self.port_named {
            return Err(OptionsError::Malformed(
                "plaintext has no default port; specify one, such as `flightsql+tcp://host:31337`",
            ));
        }
        if self.port == 0 {
            return Err(OptionsError::Malformed("the port must not be 0"));
        }
        Ok(())
    }

    fn check_authority(&self) -> Checked {
        let is_valid = |text: &str| text.is_ascii() && Address::parse(text).is_some();
        match &self.rpc_authority {
            Some(text) if !is_valid(text) => {
                let problem = "must be `host` or `host:port`, with `[…]` around an IPv6 address";
                Err(OptionsError::value("authority", problem))
            }
            _ => Ok(()),
        }
    }

    fn check_credentials(&self) -> Checked {
        match &self.credentials {
            Credentials::Anonymous => Ok(()),
            Credentials::Basic { user, .. } | Credentials::PasswordCommand { user, .. }
                if user.contains(':') =>
            {
                Err(OptionsError::value(
                    "username",
                    "must not contain `:`, which ends the name in Basic authentication",
                ))
            }
            Credentials::Basic { .. } => Ok(()),
            Credentials::PasswordCommand { command, .. } => command.check("password_command"),
            Credentials::Tokens(source) => source.check(&self.tls),
            Credentials::Authorization(text) => match text.expose() {
                "" => Err(OptionsError::value("authorization", "must not be empty")),
                text if !is_value(text) => Err(OptionsError::value("authorization", PRINTABLE)),
                _ => Ok(()),
            },
            Credentials::Bearer(token) => match token_problem(token.expose()) {
                Some(problem) => Err(OptionsError::value("token", problem)),
                None => Ok(()),
            },
        }
    }

    fn check_headers(&self) -> Checked {
        for (name, value) in &self.headers {
            let key = || format!("header.{name}");
            if let Some(problem) = name_problem(name) {
                return Err(OptionsError::value(&key(), problem));
            }
            if is_binary(name) && binary_value(name, value.expose()).is_none() {
                let text = "is a binary header; write its value in base64";
                return Err(OptionsError::value(&key(), text));
            }
            if !is_value(value.expose()) {
                return Err(OptionsError::value(&key(), PRINTABLE));
            }
        }
        let given = |name: &str| self.headers.iter().any(|(known, _)| known == name);
        for (what, name, value) in self.catalog_headers()? {
            if given(name) {
                let text = format!(
                    "the {what} and `header.{name}` are the same setting; keep one of them"
                );
                return Err(OptionsError::Conflict(text.into()));
            }
            if !is_value(value) {
                return Err(OptionsError::value(what, PRINTABLE));
            }
        }
        Ok(())
    }

    fn check_session(&self) -> Checked {
        if self.session.iter().any(|(name, _)| name.is_empty()) {
            return Err(OptionsError::value("session.", "has no name after the dot"));
        }
        for (what, value) in [("catalog", &self.catalog), ("schema", &self.schema)] {
            if value.as_deref() == Some("") {
                return Err(OptionsError::value(what, "must not be empty"));
            }
            let twice = self.session.iter().any(|(name, _)| name == what) && value.is_some();
            if twice && self.dialect.profile().session.catalog == CatalogTarget::SessionOptions {
                let text = format!(
                    "the {what} and `session.{what}` are the same setting; keep one of them"
                );
                return Err(OptionsError::Conflict(text.into()));
            }
        }
        Ok(())
    }

    fn check_tls(&self) -> Checked {
        // Endpoints on other addresses may need TLS, and so may a token server or a proxy.
        let elsewhere =
            self.reads_elsewhere() || self.token_server().is_some() || self.proxy.may_use_tls();
        if self.transport != Transport::Tls && !elsewhere {
            return if self.tls == TlsOptions::default() {
                Ok(())
            } else {
                let text = "`tls_…` options have no effect on a plaintext transport; use `flightsql://`, or remove them";
                Err(OptionsError::Conflict(text.into()))
            };
        }
        // The other settings apply to the token server.
        if self.transport != Transport::Tls && self.tls.server_name.is_some() {
            let text = "has no effect on a plaintext transport or a token server; remove it";
            return Err(OptionsError::value("tls_server_name", text));
        }
        self.tls.check_roots()?;
        if self.tls.server_name.as_deref() == Some("") {
            return Err(OptionsError::value("tls_server_name", "must not be empty"));
        }
        let identity = self.tls.client_identity.as_ref();
        let own = identity.into_iter().flat_map(|identity| {
            [
                ("tls_client_cert_pem", &identity.cert),
                ("tls_client_key_pem", &identity.key),
            ]
        });
        let authorities = self.tls.ca.iter().map(|ca| ("tls_ca_pem", ca));
        authorities
            .chain(own)
            .try_for_each(|(key, pem)| check_inline(key, pem))
    }

    /// Returns the catalog and schema if the dialect sends them as headers: key, header, value.
    fn catalog_headers(&self) -> Result<Vec<(&'static str, &str, &str)>, OptionsError> {
        let CatalogTarget::Headers { catalog, schema } = &self.dialect.profile().session.catalog
        else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        found.extend(
            self.catalog
                .as_deref()
                .map(|value| ("catalog", catalog.as_str(), value)),
        );
        if let Some(value) = self.schema.as_deref() {
            let header = schema.as_deref().ok_or_else(|| {
                let name = self.dialect.name();
                OptionsError::value(
                    "schema",
                    format!("is not supported by dialect `{name}`; remove it"),
                )
            })?;
            found.push(("schema", header, value));
        }
        Ok(found)
    }

    /// Returns the headers of every RPC, including those of the catalog.
    pub(crate) fn wire_headers(&self) -> Result<Vec<(&str, &str)>, OptionsError> {
        let own = self.headers.iter();
        let own = own.map(|(name, value)| (name.as_str(), value.expose()));
        let catalog = self.catalog_headers()?.into_iter();
        let catalog = catalog.map(|(_, name, value)| (name, value));
        Ok(own.chain(catalog).collect())
    }

    /// Returns the session options to set when a connection opens, including those of the catalog.
    pub(crate) fn wire_session(&self) -> Vec<(&str, &str)> {
        let own = self.session.iter();
        let mut all: Vec<(&str, &str)> = own.map(|(name, value)| (&**name, &**value)).collect();
        if self.dialect.profile().session.catalog == CatalogTarget::SessionOptions {
            all.extend(self.catalog.as_deref().map(|value| ("catalog", value)));
            all.extend(self.schema.as_deref().map(|value| ("schema", value)));
        }
        all
    }
}

/// Rejects inline text that is not PEM, most often a path. Files are read when connecting.
fn check_inline(key: &str, pem: &Pem) -> Checked {
    let marker = b"-----BEGIN ";
    match pem {
        Pem::Inline(_)
            if !pem
                .load(key)?
                .windows(marker.len())
                .any(|part| part == marker) =>
        {
            let problem = "is not PEM text; for a file, omit `_pem` in the name";
            Err(OptionsError::value(key, problem))
        }
        Pem::Inline(_) | Pem::File(_) => Ok(()),
    }
}

/// Returns the reason why a bearer token cannot be sent, for a message after its place.
pub(crate) fn token_problem(token: &str) -> Option<&'static str> {
    let prefixed = token
        .get(..7)
        .is_some_and(|start| start.eq_ignore_ascii_case("bearer "));
    match token {
        _ if prefixed => Some("must not begin with the word `Bearer`, which the driver adds"),
        "" => Some(PRINTABLE),
        _ if !is_value(token) => Some(PRINTABLE),
        _ => None,
    }
}

pub(super) const PRINTABLE: &str = "must be printable ASCII without white space at its ends";

/// Returns the reason why a header cannot have this name, for a message after the name of its option.
///
/// Names are tokens of [RFC 9110, 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2). gRPC reserves some of them:
/// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>.
pub(super) fn name_problem(name: &str) -> Option<&'static str> {
    let is_token =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&b);
    match name {
        "" => Some("has no name"),
        _ if !name.bytes().all(is_token) => {
            Some("is not a valid header name; use letters, digits and `-`")
        }
        "authorization" => Some("is reserved; use user and password, `token` or `authorization`"),
        "user-agent" => Some("is reserved; use `application_name`"),
        "content-type" | "content-length" | "te" | "host" | "connection" | "keep-alive"
        | "proxy-connection" | "transfer-encoding" | "upgrade" => {
            Some("is reserved for HTTP/2 and gRPC")
        }
        _ if name.starts_with("grpc-") => {
            Some("is reserved for gRPC; for a deadline, use the timeouts")
        }
        _ => None,
    }
}

/// Returns `true` for printable ASCII without white space at its ends.
pub(crate) fn is_value(value: &str) -> bool {
    value.bytes().all(|b| (b' '..=b'~').contains(&b)) && value.trim() == value
}
