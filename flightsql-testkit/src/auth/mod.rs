//! Authentication of every call: basic, bearer tokens, session cookies.
//!
//! Job: admit or reject a call, and add headers to its reply. Layer: harness, below
//! [`crate::server`]. Spec: <https://arrow.apache.org/docs/format/Flight.html#authentication>.

mod cookies;
mod issued;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use arrow_flight::{BasicAuth, HandshakeRequest, HandshakeResponse};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use prost::Message as _;
use tonic::{
    Code, Request, Response, Status, Streaming,
    metadata::{AsciiMetadataValue, MetadataMap},
};

pub(crate) use self::issued::Issued;
use self::{cookies::Cookies, tokens::Tokens};
use crate::{record::Rpc, stream::BoxStream};

/// Location of the bearer token in the reply to `Handshake`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenIn {
    /// In the `authorization: Bearer …` header of the reply, as Dremio and GizmoSQL send it. The default.
    #[default]
    Header,
    /// In `HandshakeResponse.payload`, as plain text.
    Payload,
    /// In the `authorization: Bearer …` trailer, after the last message.
    Trailer,
}

/// Credentials that clients must send. By default, there are none.
#[derive(Clone, Default)]
pub(crate) struct AuthConfig {
    pub(crate) basic: Option<(String, String)>,
    pub(crate) bearer: Option<String>,
    /// The tokens of a token server.
    pub(crate) issued: Option<Arc<Issued>>,
    pub(crate) token_in: TokenIn,
    pub(crate) handshake_only: bool,
    pub(crate) payload_only: bool,
    pub(crate) cookies: bool,
}

impl std::fmt::Debug for AuthConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthConfig")
            .field("basic", &self.basic.is_some())
            .field("bearer", &self.bearer.is_some())
            .field("issued", &self.issued)
            .field("token_in", &self.token_in)
            .field("handshake_only", &self.handshake_only)
            .field("payload_only", &self.payload_only)
            .field("cookies", &self.cookies)
            .finish()
    }
}

impl AuthConfig {
    fn anonymous(&self) -> bool {
        self.basic.is_none() && self.bearer.is_none() && self.issued.is_none()
    }
}

/// The authentication state of one server.
#[derive(Debug)]
pub(crate) struct Auth {
    config: AuthConfig,
    tokens: Tokens,
    cookies: Cookies,
}

impl Auth {
    pub(crate) fn new(config: AuthConfig) -> Self {
        Self {
            tokens: Tokens::new(config.bearer.clone()),
            cookies: Cookies::default(),
            config,
        }
    }

    /// Returns `true` if the harness handles `Handshake` in place of the service.
    pub(crate) fn logs_in(&self) -> bool {
        self.config.basic.is_some()
    }

    /// Checks one call. Returns the headers for its reply, or the error to reply with.
    pub(crate) fn admit(&self, rpc: Rpc, request: &MetadataMap) -> Result<MetadataMap, Status> {
        let mut reply = MetadataMap::new();
        let mut token = None;
        let login = rpc == Rpc::Handshake && self.logs_in();
        if !login && !self.config.anonymous() {
            token = self.check(request, &mut reply)?;
        }
        if self.config.cookies {
            // A session belongs to its token, so only an authentication may lack its cookie.
            let owner = token.filter(|_| rpc != Rpc::Handshake);
            if let Some(cookie) = self.cookies.check(request, owner.as_deref())? {
                reply.insert("set-cookie", text(&cookie)?);
            }
        }
        Ok(reply)
    }

    /// Replies to `Handshake`: exchanges a user name and password for a bearer token.
    pub(crate) async fn handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<BoxStream<HandshakeResponse>>, Status> {
        let payload_only = self.config.payload_only;
        let given = match authorization(request.metadata()) {
            Some(Authorization::Basic(user, password)) if !payload_only => Some((user, password)),
            _ => from_payload(request).await?,
        };
        let given = given.ok_or_else(|| {
            Status::unauthenticated(
                "the handshake has no user name and password: send an 'authorization: Basic …' header \
                 or a BasicAuth payload",
            )
        })?;
        if self.config.basic.as_ref() != Some(&given) {
            return Err(wrong_password());
        }
        let token_in = match payload_only {
            true => TokenIn::Payload,
            false => self.config.token_in,
        };
        reply(token_in, &self.tokens.issue())
    }

    /// Marks every issued or configured token for replacement at its next use.
    pub(crate) fn rotate(&self) {
        self.tokens.rotate();
    }

    /// Accepts a token from now on, for this time.
    pub(crate) fn add(&self, token: String, life: Option<Duration>) {
        self.tokens.add(token, life);
    }

    /// Revokes every token. Users can authenticate again.
    pub(crate) fn revoke(&self) {
        self.tokens.revoke();
    }

    /// Returns the valid tokens.
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.tokens.valid()
    }

    /// Returns the number of cookie sessions so far.
    pub(crate) fn sessions(&self) -> usize {
        self.cookies.begun()
    }

    /// Removes all sessions and issued tokens, as a restart does.
    pub(crate) fn reset(&self) {
        self.tokens.reset(self.config.bearer.clone());
        self.cookies.reset();
    }

    /// Returns the token that is valid after the call, if the call used one.
    fn check(
        &self,
        request: &MetadataMap,
        reply: &mut MetadataMap,
    ) -> Result<Option<String>, Status> {
        if self.config.payload_only {
            let value = request.get_bin("auth-token-bin");
            let bytes = value.and_then(|value| value.to_bytes().ok());
            let token = bytes.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
            let token = token.ok_or_else(|| Status::unauthenticated("invalid token"))?;
            self.tokens.check(&token)?;
            return Ok(Some(token));
        }
        match authorization(request) {
            None => Err(Status::unauthenticated(
                "this server needs a login: the call has no usable 'authorization' header",
            )),
            Some(Authorization::Basic(user, password)) => {
                if self.config.handshake_only {
                    return Err(Status::unauthenticated(
                        "user name and password are accepted by Handshake only",
                    ));
                }
                if self.config.basic != Some((user, password)) {
                    return Err(wrong_password());
                }
                Ok(None)
            }
            Some(Authorization::Bearer(token)) => {
                if let Some(issued) = &self.config.issued
                    && !self.tokens.valid().contains(&token)
                {
                    issued.check(&token)?;
                    return Ok(Some(token));
                }
                let replaced = self.tokens.check(&token)?;
                if let Some(new) = &replaced {
                    reply.insert("authorization", text(&format!("Bearer {new}"))?);
                    self.cookies.hand_over(&token, new);
                }
                Ok(Some(replaced.unwrap_or(token)))
            }
        }
    }
}

/// Parsed `authorization` header.
enum Authorization {
    Basic(String, String),
    Bearer(String),
}

/// Base64 of Basic credentials. Clients in Go send it without padding.
const CREDENTIALS: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Schemes are matched without regard to case (RFC 9110, section 11.1).
fn authorization(metadata: &MetadataMap) -> Option<Authorization> {
    let value = metadata.get("authorization")?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Authorization::Bearer(rest.to_owned()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(CREDENTIALS.decode(rest).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some(Authorization::Basic(user.to_owned(), password.to_owned()))
}

async fn from_payload(
    request: Request<Streaming<HandshakeRequest>>,
) -> Result<Option<(String, String)>, Status> {
    let Some(first) = request.into_inner().message().await? else {
        return Ok(None);
    };
    let basic = BasicAuth::decode(first.payload).map_err(|_| {
        Status::unauthenticated("the handshake's payload is not a BasicAuth message")
    })?;
    Ok((!basic.username.is_empty()).then_some((basic.username, basic.password)))
}

fn reply(token_in: TokenIn, token: &str) -> Result<Response<BoxStream<HandshakeResponse>>, Status> {
    let header = text(&format!("Bearer {token}"))?;
    let mut message = HandshakeResponse::default();
    if token_in == TokenIn::Payload {
        message.payload = Bytes::copy_from_slice(token.as_bytes());
    }
    let mut messages = vec![Ok(message)];
    if token_in == TokenIn::Trailer {
        // tonic writes trailers only from a status, including OK.
        let mut trailers = MetadataMap::new();
        trailers.insert("authorization", header.clone());
        messages.push(Err(Status::with_metadata(Code::Ok, "", trailers)));
    }
    let mut response = Response::new(stream::iter(messages).boxed() as BoxStream<_>);
    if token_in == TokenIn::Header {
        response.metadata_mut().insert("authorization", header);
    }
    Ok(response)
}

fn wrong_password() -> Status {
    Status::unauthenticated("wrong user name or password")
}

fn text(value: &str) -> Result<AsciiMetadataValue, Status> {
    value
        .parse()
        .map_err(|_| Status::internal("a header value of the test server is not ASCII"))
}

#[cfg(test)]
mod tests;
