//! HTTP/1.1 as a token server needs it: one request and one response per connection.

use std::{io, sync::Arc, time::Instant};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use super::{
    Shared,
    reply::{Kind, TokenReply, issued, seconds},
    request::{self, TokenRequest},
};
use crate::engine::lock;

/// The maximum size of a request.
const MAX_REQUEST: usize = 1 << 20;

/// Serves until the future is dropped, which ends all connections.
pub(super) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let (tls, shared) = (tls.clone(), shared.clone());
        connections.spawn(async move {
            // A client that gives up is no failure of the server.
            let _ = match tls {
                None => converse(socket, &shared).await,
                Some(tls) => match tls.accept(socket).await {
                    Ok(socket) => converse(socket, &shared).await,
                    Err(error) => Err(error),
                },
            };
        });
    }
}

async fn converse(
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    shared: &Shared,
) -> io::Result<()> {
    let request = read(&mut socket).await?;
    let reply = shared.reply(&request);
    shared
        .requests
        .send_modify(|requests| requests.push(request));
    let TokenReply(reply) = reply;
    match reply {
        Kind::Response {
            status,
            headers,
            body,
        } => {
            let mut head = format!("HTTP/1.1 {status} Status\r\nconnection: close\r\n");
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
            socket.write_all(head.as_bytes()).await?;
            socket.shutdown().await
        }
        Kind::Endless => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
            socket.write_all(head.as_bytes()).await?;
            loop {
                socket.write_all(&[b' '; 4096]).await?;
            }
        }
        Kind::Never => std::future::pending().await,
        Kind::Close => socket.shutdown().await,
        // `Shared::reply` turns it into a response.
        Kind::Token { .. } => Ok(()),
    }
}

impl Shared {
    fn reply(&self, request: &TokenRequest) -> TokenReply {
        let mut behavior = lock(&self.behavior);
        let life = behavior.life;
        match behavior.replies.pop_front() {
            Some(TokenReply(Kind::Token { expires_in })) => {
                return issued(&self.issued.issue(life), expires_in);
            }
            Some(reply) => return reply,
            None => {}
        }
        if behavior.client.is_some() && request.client() != behavior.client {
            let body = r#"{"error":"invalid_client","error_description":"no such client"}"#;
            return TokenReply::json(401, body);
        }
        if !request.form.iter().any(|(name, _)| name == "grant_type") {
            return TokenReply::error("invalid_request", "no grant_type");
        }
        issued(&self.issued.issue(life), seconds(life))
    }
}

async fn read(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<TokenRequest> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let mut bytes = Vec::new();
    let mut end = None;
    loop {
        if end.is_none() {
            let found = bytes.windows(4).position(|part| part == b"\r\n\r\n");
            end = found.map(|at| at + 4);
        }
        if let Some(at) = end {
            let (line, headers) = head(&bytes[..at]).ok_or_else(bad)?;
            let length = headers
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.parse::<usize>().ok())
                .unwrap_or(0);
            if bytes.len() >= at.saturating_add(length) {
                let body = std::str::from_utf8(&bytes[at..at + length]).map_err(|_| bad())?;
                let form = request::form(body).ok_or_else(bad)?;
                let at = Instant::now();
                return Ok(TokenRequest {
                    line,
                    headers,
                    form,
                    at,
                });
            }
        }
        if bytes.len() > MAX_REQUEST || socket.read_buf(&mut bytes).await? == 0 {
            return Err(bad());
        }
    }
}

/// Returns the method with the path, and the headers.
fn head(bytes: &[u8]) -> Option<(String, Vec<(String, String)>)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
    let line = lines.next()?.strip_suffix(" HTTP/1.1")?.to_owned();
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_owned(), value.trim().to_owned()))
    };
    Some((line, lines.map(header).collect::<Option<Vec<_>>>()?))
}
