//! Requests a token from a token server of OAuth 2.0: one form, one response, no redirects.

mod form;
mod response;

#[cfg(test)]
mod tests;

use super::super::call::Secrets;
use super::super::http1;
use super::tokens::REQUEST as OPERATION;
use crate::error::Result;
use crate::options::{ConnectOptions, OAuth, Token};

/// Requests a token. The error contains no secret of the request. The caller limits the time. This function is cancel safe.
pub(super) async fn token(options: &ConnectOptions, oauth: &OAuth) -> Result<Token> {
    let mut secrets = secrets_of(oauth);
    for secret in options.proxy_secrets() {
        secrets.keep(secret.expose());
    }
    let mask = |text: &str| secrets.mask(text, std::iter::empty());
    let request = async {
        let uri = oauth.uri()?;
        let (authorization, form) = form::of(oauth);
        let response = http1::post(OPERATION, &uri, options, authorization.as_ref(), form).await?;
        response::token(oauth, &uri, &response, &mask)
    };
    let token = request.await;
    token.map_err(|error| error.masked(&mask))
}

/// Returns the secrets of the request in each form in which the token server may repeat them.
fn secrets_of(oauth: &OAuth) -> Secrets {
    let mut secrets = Secrets::default();
    for secret in oauth.secrets() {
        secrets.keep(secret.expose());
        secrets.keep(&form::encode(secret.expose()));
    }
    if let (Some(authorization), _) = form::of(oauth) {
        secrets.keep(authorization.expose().trim_start_matches("Basic "));
    }
    secrets
}
