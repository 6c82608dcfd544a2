//! Exchange of a user and a password for a bearer token, by the RPC `Handshake`.
//!
//! [Flight authentication](https://arrow.apache.org/docs/format/Flight.html#authentication) specifies neither the place of
//! user and password nor the place of the token. Servers read the header `authorization: Basic …`, or Flight's message
//! `BasicAuth` in the payload. The request contains both, because the error of a server that reads the other place is the error
//! of a wrong password, and a second attempt could lock the account. Servers return the token in the initial metadata, in the
//! trailing metadata, or in the payload. Those that return it in the payload expect it in `authorization: Bearer …`, or, with
//! Flight's own handlers, in `auth-token-bin`.

use arrow_flight::{BasicAuth, HandshakeRequest};
use bytes::Bytes;
use prost::Message as _;
use tonic::metadata::MetadataMap;
use tracing::Instrument as _;

use super::super::call::{self, CallState, MAX_TOKEN};
use super::super::channel::Channel;
use super::super::headers;
use super::super::method::Method;
use super::super::observe::{self, Hooked};
use crate::error::{Error, Result};
use crate::options::{ConnectOptions, Credentials, Secret};

pub(super) const OPERATION: &str = "Handshake";
/// The maximum number of replies; the protocol needs one.
const MAX_REPLIES: usize = 16;
/// The maximum size of a token in the payload. Every RPC sends it, and servers limit the size of headers to some KiB.
const MAX_PAYLOAD: usize = MAX_TOKEN;

pub(super) async fn run(
    options: &ConnectOptions,
    channel: &Channel,
    session: &CallState,
) -> Result<()> {
    let Credentials::Basic { user, password } = &options.credentials else {
        return Ok(());
    };
    let span = observe::span(Method::Handshake, options, channel);
    let hooked = span
        .span()
        .in_scope(|| Hooked::of(options, Method::Handshake))?;
    let exchanged = exchange(options, channel, session, (user, password), hooked);
    let exchanged = exchanged.instrument(span.span().clone()).await;
    match &exchanged {
        Ok(()) => span.succeed(),
        Err(error) => span.fail(
            error
                .server()
                .map_or("UNKNOWN", |error| error.status().name()),
        ),
    }
    exchanged.map_err(|error| explain(error, user))
}

async fn exchange(
    options: &ConnectOptions,
    channel: &Channel,
    session: &CallState,
    (user, password): (&str, &Secret),
    hooked: Hooked,
) -> Result<()> {
    let fail = |status: tonic::Status| call::failure(OPERATION, &status, session, channel, options);
    let plaintext = call::is_plaintext(options);
    let login = BasicAuth {
        username: user.to_owned(),
        password: password.expose().to_owned(),
    };
    let message = HandshakeRequest {
        protocol_version: 0,
        payload: login.encode_to_vec().into(),
    };
    let once = futures_util::stream::iter([message]);
    let request = session.request(Method::Handshake, once, Some(options.timeouts.connect));
    let mut request = hooked.apply(request);
    let header = headers::secret("authorization", super::basic(user, password).expose())?;
    request.metadata_mut().insert("authorization", header);

    let response = channel.client().handshake(request).await.map_err(fail)?;
    let (headers, mut replies, _) = response.into_parts();
    let mut payload = Bytes::new();
    let mut count = 0;
    while let Some(reply) = replies.message().await.map_err(fail)? {
        count += 1;
        if count > MAX_REPLIES {
            return Err(Error::protocol(
                OPERATION,
                "the server does not end its answer",
            ));
        }
        if payload.is_empty() {
            payload = reply.payload;
        }
    }
    let trailers = replies.trailers().await.map_err(fail)?;

    let metadata = || [Some(&headers), trailers.as_ref()].into_iter().flatten();
    // The payload is a token only if no header contains one.
    match metadata().any(has_token) || payload.is_empty() {
        true => session.set_auth_token(None),
        false => use_payload(session, &payload)?,
    }
    for metadata in metadata() {
        session.apply_response_metadata(metadata, plaintext);
    }
    session.answered(channel);
    Ok(())
}

/// Returns `true` if the server returned the token as a header.
fn has_token(metadata: &MetadataMap) -> bool {
    let value = metadata.get("authorization");
    let text = value.and_then(|value| value.to_str().ok());
    text.and_then(call::bearer).is_some()
}

/// Uses the payload as the token, in both headers in which servers that return it there expect it.
fn use_payload(session: &CallState, payload: &[u8]) -> Result<()> {
    if payload.len() > MAX_PAYLOAD {
        let size = payload.len();
        let text =
            format!("the server returned a token of {size} bytes, and {MAX_PAYLOAD} is the limit");
        return Err(Error::protocol(OPERATION, text));
    }
    session.set_auth_token(Some(payload));
    // The header `auth-token-bin` carries any bytes.
    let Ok(token) = std::str::from_utf8(payload) else {
        return Ok(());
    };
    let token = call::bearer(token).unwrap_or(token);
    if let Err(error) = session.authorize(&format!("Bearer {token}")) {
        log::debug!("handshake payload is not a bearer token: {error}");
    }
    Ok(())
}

fn explain(error: Error, user: &str) -> Error {
    match error.server() {
        Some(server) if server.is_unsupported() => Error::configuration(format!(
            "the server does not support `Handshake`, so user `{user}` cannot authenticate; \
             remove user and password, or set `auth=basic` to send them with every RPC"
        )),
        Some(_) => error.with_hint("the server rejected the credentials; check user and password"),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_payload_that_no_header_can_carry() {
        let session = CallState::new(&ConnectOptions::default()).unwrap();
        use_payload(&session, &[b'a'; MAX_PAYLOAD]).unwrap();
        let before = session.credential();
        let error = use_payload(&session, &[b'b'; MAX_PAYLOAD + 1]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("token of 65537 bytes"), "{text}");
        assert!(session.credential() == before);
    }
}
