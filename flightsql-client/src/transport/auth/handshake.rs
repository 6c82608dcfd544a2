//! Exchange of a user and a password for a bearer token, by the RPC `Handshake`.
//!
//! [Flight authentication](https://arrow.apache.org/docs/format/Flight.html#authentication) does not specify
//! the place of the token: servers return it in the initial metadata, in the trailing metadata, or in the payload.

use arrow_flight::HandshakeRequest;
use bytes::Bytes;

use super::super::call::{self, CallState};
use super::super::channel::Channel;
use super::super::headers;
use super::super::method::Method;
use crate::error::{Error, Result};
use crate::options::{ConnectOptions, Credentials, Secret};

pub(super) const OPERATION: &str = "Handshake";
/// The maximum number of replies; the protocol needs one.
const MAX_REPLIES: usize = 16;

pub(super) async fn run(
    options: &ConnectOptions,
    channel: &Channel,
    session: &CallState,
) -> Result<()> {
    let Credentials::Basic { user, password } = &options.credentials else {
        return Ok(());
    };
    exchange(options, channel, session, user, password)
        .await
        .map_err(|error| explain(error, user))
}

async fn exchange(
    options: &ConnectOptions,
    channel: &Channel,
    session: &CallState,
    user: &str,
    password: &Secret,
) -> Result<()> {
    let fail = |status: tonic::Status| call::failure(OPERATION, &status, session, channel, options);
    let plaintext = call::is_plaintext(options);
    let message = HandshakeRequest {
        protocol_version: 0,
        payload: Bytes::new(),
    };
    let once = futures_util::stream::iter([message]);
    let mut request = session.request(Method::Handshake, once, Some(options.timeouts.connect));
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

    // The payload is a token only if no header contains one, so headers come last.
    if let Some(token) = std::str::from_utf8(&payload)
        .ok()
        .filter(|text| !text.is_empty())
    {
        let token = call::bearer(token).unwrap_or(token);
        if let Err(error) = session.authorize(&format!("Bearer {token}")) {
            log::debug!("handshake payload is not a token: {error}");
        }
    }
    for metadata in [Some(&headers), trailers.as_ref()].into_iter().flatten() {
        session.apply_response_metadata(metadata, plaintext);
    }
    session.answered(channel);
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
