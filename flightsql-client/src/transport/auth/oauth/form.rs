//! The form of a token request, and the authentication of the client.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use crate::options::{ClientAuth, OAuth, OAuthFlow, Secret};

/// The grant of a token exchange ([RFC 8693, 2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1)).
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// Returns the header `authorization` and the form.
pub(super) fn of(oauth: &OAuth) -> (Option<Secret>, Zeroizing<Vec<u8>>) {
    let mut form = Form(Zeroizing::new(String::new()));
    match oauth.flow {
        Some(OAuthFlow::TokenExchange) => {
            form.add("grant_type", TOKEN_EXCHANGE);
            for (_, name, value) in oauth.exchange.parameters() {
                if let Some(value) = value {
                    form.add(name, value);
                }
            }
        }
        _ => form.add("grant_type", "client_credentials"),
    }
    if let Some(scope) = &oauth.scope {
        form.add("scope", scope);
    }
    let mut header = None;
    match (&oauth.client_id, &oauth.client_secret, oauth.client_auth) {
        (Some(id), Some(secret), ClientAuth::Basic) => header = Some(basic(id, secret)),
        (Some(id), secret, _) => {
            form.add("client_id", id);
            if let Some(secret) = secret {
                form.add("client_secret", secret.expose());
            }
        }
        (None, ..) => {}
    }
    (header, Zeroizing::new(form.0.as_bytes().to_vec()))
}

struct Form(Zeroizing<String>);

impl Form {
    fn add(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(name);
        self.0.push('=');
        self.0.extend(byte_serialize(value.as_bytes()));
    }
}

/// Returns the value as the form contains it.
pub(super) fn encode(value: &str) -> Zeroizing<String> {
    Zeroizing::new(byte_serialize(value.as_bytes()).collect())
}

/// Returns `Basic …` of the encoded id and secret ([RFC 6749, 2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
fn basic(id: &str, secret: &Secret) -> Secret {
    let mut pair = Zeroizing::new(String::new());
    pair.extend(byte_serialize(id.as_bytes()));
    pair.push(':');
    pair.extend(byte_serialize(secret.expose().as_bytes()));
    Secret::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}
