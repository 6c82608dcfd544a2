//! One `POST` over HTTP/1.1 ([RFC 9112](https://www.rfc-editor.org/rfc/rfc9112)) on its own connection, for token servers.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use url::{Host, Url};
use zeroize::Zeroizing;

use super::dial::{self, Protocol, Target, Through};
use crate::error::{Error, Result};
use crate::options::{ConnectOptions, Secret};

/// The maximum size of a response body, and of the head of a response. The longest tokens in use are a few KiB.
pub(crate) const MAX_RESPONSE: usize = 64 << 10;

/// A response. A redirect is a response, which this module never follows.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

/// Sends a form to `uri`, and returns the response. TLS and the proxy of the options apply to `https` only; another scheme is
/// plaintext, and a name then means this machine.
///
/// This function is cancel safe: if the future is dropped, the connection is closed.
pub(crate) async fn post(
    operation: &'static str,
    uri: &Url,
    options: &ConnectOptions,
    authorization: Option<&Secret>,
    form: Zeroizing<Vec<u8>>,
) -> Result<Response> {
    let request = request(uri, authorization, form)?;
    let is_tls = uri.scheme() == "https";
    let port = uri.port_or_known_default().unwrap_or_default();
    // Plaintext stays on this machine, also if the resolver has another address for a name such as `tokens.localhost`.
    let here = [
        SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
    ];
    // `tls_verify=ca` applies to the Flight SQL server only.
    let tls = &options.tls.verified();
    let is_name = matches!(uri.host(), Some(Host::Domain(_)));
    let target = Target {
        host: uri.host_str().unwrap_or_default(),
        port,
        addresses: (is_name && !is_tls).then_some(&here),
        protocol: Protocol::Http1,
        tls: is_tls.then_some(tls),
        server_name: None,
        through: match is_tls {
            true => Through::proxy_of(options),
            false => Through::nothing(tls),
        },
        state: None,
    };
    let opened = dial::open(&target).await;
    let (socket, _) = opened.map_err(|error| error.context("the token server"))?;
    let failed = |error: hyper::Error| broken(operation, &target, error);
    let (sender, connection) = Builder::new()
        .max_buf_size(MAX_RESPONSE)
        .handshake(TokioIo::new(socket))
        .await
        .map_err(failed)?;
    let exchange = pin!(exchange(operation, &target, sender, request));
    match select(exchange, pin!(connection)).await {
        Either::Left((response, _)) => response,
        // The connection has delivered everything that it received. Its error is also the error of the exchange.
        Either::Right((_, exchange)) => exchange.await,
    }
}

async fn exchange(
    operation: &'static str,
    target: &Target<'_>,
    mut sender: SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<Response> {
    let failed = |error: hyper::Error| broken(operation, target, error);
    let response = sender.send_request(request).await.map_err(failed)?;
    let status = response.status();
    let body = read(operation, target, response.into_body()).await?;
    Ok(Response { status, body })
}

async fn read(operation: &'static str, target: &Target<'_>, body: Incoming) -> Result<Bytes> {
    match Limited::new(body, MAX_RESPONSE).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let text = format!(
                "the response of {}:{} is larger than {MAX_RESPONSE} bytes; check the address",
                target.host, target.port
            );
            Err(Error::protocol(operation, text))
        }
        Err(error) => Err(match error.downcast::<hyper::Error>() {
            Ok(error) => broken(operation, target, *error),
            Err(error) => Error::protocol(operation, error.to_string()),
        }),
    }
}

fn request(
    uri: &Url,
    authorization: Option<&Secret>,
    form: Zeroizing<Vec<u8>>,
) -> Result<Request<Full<Bytes>>> {
    let path = match uri.query() {
        None => uri.path().to_owned(),
        Some(query) => format!("{}?{query}", uri.path()),
    };
    let host = match uri.port() {
        None => uri.host_str().unwrap_or_default().to_owned(),
        Some(port) => format!("{}:{port}", uri.host_str().unwrap_or_default()),
    };
    let mut request = Request::post(path)
        .header(HOST, host)
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(
            USER_AGENT,
            concat!("flightsql-client/", env!("CARGO_PKG_VERSION")),
        );
    if let Some(authorization) = authorization {
        let mut value = HeaderValue::try_from(authorization.expose()).map_err(|_| {
            Error::configuration("the `authorization` header is not printable ASCII")
        })?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    request
        .body(Full::new(Bytes::from_owner(form)))
        .map_err(|_| Error::configuration("`oauth.token_uri` is not a valid address"))
}

/// Returns the error of a connection that ended, or of a response that is not HTTP.
fn broken(operation: &'static str, target: &Target<'_>, error: hyper::Error) -> Error {
    let (host, port) = (target.host, target.port);
    if error.is_parse() {
        let text = format!("the response of {host}:{port} is not HTTP/1.1; check the address");
        return Error::protocol(operation, text);
    }
    let text = format!(
        "the connection to {host}:{port} ended before the response ({operation}); check the address and the server"
    );
    Error::io(
        std::io::ErrorKind::ConnectionAborted,
        text,
        Some(Box::new(error)),
    )
}
