//! [`OAuth`]: the request for a token to a token server of OAuth 2.0.
//!
//! Client credentials: [RFC 6749, 4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4). Token exchange:
//! [RFC 8693](https://www.rfc-editor.org/rfc/rfc8693). `transport/auth/oauth` sends the request.

mod check;
mod keys;

#[cfg(test)]
mod tests;

use url::{Host, Url};

pub(super) use keys::of_other_drivers;

use super::{ConnectOptions, Credentials, Secret, TokenSource};

/// A token server of OAuth 2.0, and the request for a token. `Debug` does not print secrets.
///
/// ```
/// use flightsql_client::{ConnectOptions, OAuth};
/// let login = OAuth::client_credentials("https://login.example.com/token", "reports", "secret").scope("sql");
/// let options = ConnectOptions::new().host("db.example.com").oauth(login);
/// ```
///
/// The client requests a token when it needs one, and sends it as `authorization: Bearer …`. Without `expires_in` in the
/// response, a token counts as valid for one hour. The request uses HTTP/1.1 on its own connection, with `tls_ca`,
/// `tls_system_roots` and the client certificate of the options. The client never follows a redirect.
#[must_use = "pass it to `ConnectOptions::oauth`"]
#[derive(Clone, PartialEq, Eq, Default)]
pub struct OAuth {
    /// `None` only while a URL is read.
    pub(crate) flow: Option<OAuthFlow>,
    pub(crate) token_uri: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) client_auth: ClientAuth,
    pub(crate) scope: Option<String>,
    pub(crate) exchange: Exchange,
}

/// The parameters of a token exchange.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Exchange {
    pub(crate) subject_token: Option<Secret>,
    pub(crate) subject_token_type: Option<String>,
    pub(crate) actor_token: Option<Secret>,
    pub(crate) actor_token_type: Option<String>,
    pub(crate) requested_token_type: Option<String>,
    /// The scope as the key `oauth.exchange.scope` sets it; [`OAuth::scope`] otherwise.
    pub(crate) scope: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) resource: Option<String>,
}

impl Exchange {
    /// Returns the key, the name in the form, and the value of each parameter.
    pub(crate) fn parameters(&self) -> [(&'static str, &'static str, Option<&str>); 8] {
        [
            (
                "oauth.exchange.subject_token",
                "subject_token",
                self.subject_token.as_ref().map(Secret::expose),
            ),
            (
                "oauth.exchange.subject_token_type",
                "subject_token_type",
                self.subject_token_type.as_deref(),
            ),
            (
                "oauth.exchange.actor_token",
                "actor_token",
                self.actor_token.as_ref().map(Secret::expose),
            ),
            (
                "oauth.exchange.actor_token_type",
                "actor_token_type",
                self.actor_token_type.as_deref(),
            ),
            (
                "oauth.exchange.requested_token_type",
                "requested_token_type",
                self.requested_token_type.as_deref(),
            ),
            ("oauth.exchange.scope", "scope", self.scope.as_deref()),
            ("oauth.exchange.aud", "audience", self.audience.as_deref()),
            (
                "oauth.exchange.resource",
                "resource",
                self.resource.as_deref(),
            ),
        ]
    }
}

/// The grant that the client requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OAuthFlow {
    ClientCredentials,
    TokenExchange,
}

/// The form in which a token server receives the id and the secret of the client
/// ([RFC 6749, 2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ClientAuth {
    /// The header `authorization: Basic …`, which every token server must support. The default.
    #[default]
    Basic,
    /// The parameters `client_id` and `client_secret` of the form.
    Body,
}

impl OAuth {
    /// Creates a request for client credentials: a token for the program itself.
    ///
    /// `token_uri` must begin with `https://`. `http://` is accepted for this machine only, such as `http://localhost:8080`.
    pub fn client_credentials(
        token_uri: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
    ) -> Self {
        Self {
            flow: Some(OAuthFlow::ClientCredentials),
            token_uri: Some(token_uri.into()),
            ..Self::default()
        }
        .client(client_id, client_secret)
    }

    /// Creates a request that exchanges a token for another one. `subject_token_type` is the URN of its type, such as
    /// `urn:ietf:params:oauth:token-type:jwt`.
    ///
    /// Set [`client`](Self::client) if the token server requires an authenticated client.
    pub fn token_exchange(
        token_uri: impl Into<String>,
        subject_token: impl Into<String>,
        subject_token_type: impl Into<String>,
    ) -> Self {
        Self {
            flow: Some(OAuthFlow::TokenExchange),
            token_uri: Some(token_uri.into()),
            exchange: Exchange {
                subject_token: Some(Secret::new(subject_token)),
                subject_token_type: Some(subject_token_type.into()),
                ..Exchange::default()
            },
            ..Self::default()
        }
    }

    /// Sets the id and the secret of the client.
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.client_id = Some(id.into());
        self.client_secret = Some(Secret::new(secret));
        self
    }

    /// Sets the form in which the token server receives the client's id and secret. Defaults to [`ClientAuth::Basic`].
    pub fn client_auth(mut self, form: ClientAuth) -> Self {
        self.client_auth = form;
        self
    }

    /// Sets the scopes to request, separated by spaces. By default, the token server decides.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// Sets the token of the party that acts for the subject, and the URN of its type. Applies to a token exchange.
    pub fn actor_token(mut self, token: impl Into<String>, token_type: impl Into<String>) -> Self {
        self.exchange.actor_token = Some(Secret::new(token));
        self.exchange.actor_token_type = Some(token_type.into());
        self
    }

    /// Sets the URN of the type of token to request. Applies to a token exchange.
    pub fn requested_token_type(mut self, token_type: impl Into<String>) -> Self {
        self.exchange.requested_token_type = Some(token_type.into());
        self
    }

    /// Sets the name of the service that will receive the token. Applies to a token exchange.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.exchange.audience = Some(audience.into());
        self
    }

    /// Sets the URI of the service that will receive the token. Applies to a token exchange.
    pub fn resource(mut self, resource: impl Into<String>) -> Self {
        self.exchange.resource = Some(resource.into());
        self
    }

    /// Returns the secrets of the request, which no text may contain.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let exchange = &self.exchange;
        [
            &self.client_secret,
            &exchange.subject_token,
            &exchange.actor_token,
        ]
        .into_iter()
        .flatten()
    }
}

/// Returns a URI without user, password, query and fragment, which may be secret.
pub(super) fn shown(uri: &str) -> String {
    let Ok(mut uri) = Url::parse(uri) else {
        return "<invalid>".to_owned();
    };
    // Fails for a URI without a host, which has neither.
    let _ = uri.set_username("");
    let _ = uri.set_password(None);
    uri.set_query(None);
    uri.set_fragment(None);
    match uri.cannot_be_a_base() {
        true => "<invalid>".to_owned(),
        false => uri.into(),
    }
}

flightsql_dialect::debug_fields!(OAuth, |it| {
    flow: it.flow,
    token_uri: it.token_uri.as_deref().map(shown),
    client_id: it.client_id, client_secret: it.client_secret, client_auth: it.client_auth,
    scope: it.scope, exchange: it.exchange,
});

/// Returns `true` if the host of a URI is this machine.
fn is_loopback(uri: &Url) -> bool {
    match uri.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl ConnectOptions {
    /// Returns the token server, if the credentials are tokens of one.
    pub(crate) fn token_server(&self) -> Option<&OAuth> {
        match &self.credentials {
            Credentials::Tokens(TokenSource::OAuth(oauth)) => Some(oauth),
            _ => None,
        }
    }
}
