//! The response of a token server: a token ([RFC 6749, 5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)), an error
//! ([5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)), or neither.

use std::io;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Map, Value};
use url::Url;

use super::super::super::http1::Response;
use super::OPERATION;
use crate::error::mask::Mask;
use crate::error::{Error, Result};
use crate::options::{OAuth, OAuthFlow, Token};

/// The life of a token without `expires_in`. JDBC's driver uses it, and common servers issue tokens of this life.
const DEFAULT_LIFE: Duration = Duration::from_secs(3600);

/// The maximum number of shown characters of a text from the token server.
const MAX_TEXT: usize = 200;

/// Returns the token of the response. `mask` removes the secrets of the request from a text of the token server.
pub(super) fn token(
    oauth: &OAuth,
    uri: &Url,
    response: &Response,
    mask: Mask<'_>,
) -> Result<Token> {
    let server = server(uri);
    let status = response.status;
    if status.is_redirection() {
        let code = status.as_u16();
        return Err(protocol(format!(
            "{server} responded with the redirect {code}, which the client never follows; set `oauth.token_uri` to the final address"
        )));
    }
    // The text must not be in the error, since it may contain a token.
    let parsed: Option<Map<String, Value>> = serde_json::from_slice(&response.body).ok();
    let error = parsed.as_ref().and_then(|fields| fields.get("error"));
    if let (Some(fields), Some(Value::String(error))) = (&parsed, error) {
        let description = fields.get("error_description").and_then(Value::as_str);
        let description = description.map(|text| shown(text, mask));
        let error = shown(error, mask);
        return Err(refused(oauth, &server, &error, description));
    }
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        let code = status.as_u16();
        let text = format!("{server} responded with status {code}; try again later");
        return Err(Error::io(io::ErrorKind::Other, text, None));
    }
    if !status.is_success() {
        let code = status.as_u16();
        return Err(protocol(format!(
            "{server} responded with status {code} and without an error of OAuth; check `oauth.token_uri`"
        )));
    }
    let Some(fields) = parsed else {
        return Err(protocol(format!(
            "{server} did not respond with a JSON object; check `oauth.token_uri`, which may be the address of a web page"
        )));
    };
    issued(oauth, &server, &fields, mask)
}

/// Returns the token of a successful response.
fn issued(
    oauth: &OAuth,
    server: &str,
    fields: &Map<String, Value>,
    mask: Mask<'_>,
) -> Result<Token> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let token = text("access_token").filter(|token| !token.is_empty());
    let Some(token) = token else {
        return Err(protocol(format!(
            "{server} responded without `access_token`; check `oauth.token_uri`"
        )));
    };
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(protocol(format!(
            "{server} responded with an `access_token` that cannot be a header"
        )));
    }
    let kind = text("token_type").unwrap_or("bearer");
    // RFC 8693 requires `N_A` for a token that is not an access token. The SQL server decides whether to accept it.
    let is_exchanged =
        oauth.flow == Some(OAuthFlow::TokenExchange) && kind.eq_ignore_ascii_case("n_a");
    if !kind.eq_ignore_ascii_case("bearer") && !is_exchanged {
        let kind = shown(kind, mask);
        return Err(protocol(format!(
            "{server} responded with a token of type `{kind}`, and the client supports bearer tokens only"
        )));
    }
    let life = match fields.get("expires_in") {
        None | Some(Value::Null) => DEFAULT_LIFE,
        Some(value) => life(value).ok_or_else(|| {
            protocol(format!(
                "{server} responded with an `expires_in` that is not a number of seconds"
            ))
        })?,
    };
    if life.is_zero() {
        return Err(protocol(format!(
            "{server} responded with a token that has already expired; check the clock and the settings of the token server"
        )));
    }
    Ok(Token::bearer(token).expires_in(life))
}

/// Returns a life in seconds, zero for a negative one. Some servers write the number as a string.
fn life(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.parse::<f64>().ok()?,
        _ => return None,
    };
    match seconds {
        _ if seconds.is_nan() => None,
        _ if seconds <= 0.0 => Some(Duration::ZERO),
        _ => Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)),
    }
}

/// Returns the error that the token server reports, with a hint for its code.
fn refused(oauth: &OAuth, server: &str, code: &str, description: Option<String>) -> Error {
    let hint = match code {
        "invalid_client" => {
            "check `oauth.client_id` and `oauth.client_secret`, or change `oauth.client_auth`"
        }
        "invalid_grant" => "check the tokens in `oauth.exchange.…`, which may have expired",
        "invalid_scope" => "check `oauth.scope`",
        "invalid_target" => "check `oauth.exchange.aud` and `oauth.exchange.resource`",
        "unauthorized_client" | "unsupported_grant_type" => {
            "allow this flow for the client at the token server, or change `oauth.flow`"
        }
        _ => "check the options `oauth.…`",
    };
    let flow = match oauth.flow {
        Some(OAuthFlow::TokenExchange) => "the token exchange",
        _ => "the client credentials",
    };
    let description = match description {
        Some(text) if !text.is_empty() => format!(" ({text})"),
        _ => String::new(),
    };
    Error::configuration(format!(
        "{server} refused {flow}: {code}{description}; {hint}"
    ))
}

/// Returns the start of a text of the server, without secrets and without control characters.
fn shown(text: &str, mask: Mask<'_>) -> String {
    // Before the text is cut, since a part of a secret is not found later.
    let text = mask(text);
    let mut shown: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_TEXT)
        .collect();
    if text.chars().nth(MAX_TEXT).is_some() {
        shown.push('…');
    }
    shown
}

/// Returns the name of the token server in errors.
fn server(uri: &Url) -> String {
    format!(
        "the token server {}",
        uri.host_str().unwrap_or("without a host")
    )
}

fn protocol(text: String) -> Error {
    Error::protocol(OPERATION, text)
}
