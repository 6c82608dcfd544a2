//! Serves `CONNECT`: one request per connection, and then bytes in both directions.

use std::{io, sync::Arc};

use tokio::{
    io::{
        AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy, copy_bidirectional,
        sink,
    },
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use super::{
    Shared,
    reply::{Kind, ProxyReply},
    request::ProxyRequest,
};
use crate::engine::lock;

/// The maximum size of a request.
const MAX_REQUEST: usize = 1 << 16;

const OPEN: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// The response to a request.
enum Response {
    Reply(Kind),
    /// A tunnel to this address.
    Tunnel(String),
}

/// Serves until the future is dropped, which ends all tunnels.
pub(super) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        // Small frames must not wait for an acknowledgment. A socket that is gone ends by itself.
        let _ = socket.set_nodelay(true);
        let (tls, shared) = (tls.clone(), shared.clone());
        connections.spawn(async move {
            // A client that gives up is no failure of the proxy.
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
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    shared: &Shared,
) -> io::Result<()> {
    let request = read(&mut client).await?;
    let target = request.target().to_owned();
    let response = shared.response(&request);
    shared
        .requests
        .send_modify(|requests| requests.push(request));
    match response {
        Response::Tunnel(address) => match connected(&address).await {
            Ok(mut server) => {
                client.write_all(OPEN).await?;
                copy_bidirectional(&mut client, &mut server).await.map(drop)
            }
            Err(_) => {
                let text = format!("HTTP/1.1 502 Bad Gateway\r\nx-target: {target}\r\n\r\n");
                client.write_all(text.as_bytes()).await?;
                client.shutdown().await
            }
        },
        Response::Reply(Kind::Joined) => {
            let mut server = connected(&shared.address(&target)).await?;
            let mut joined = OPEN.to_vec();
            server.read_buf(&mut joined).await?;
            client.write_all(&joined).await?;
            copy_bidirectional(&mut client, &mut server).await.map(drop)
        }
        Response::Reply(Kind::Bytes(bytes)) => {
            client.write_all(&bytes).await?;
            client.shutdown().await?;
            // A socket with unread data resets its connection, and the client may lose the bytes.
            copy(&mut client, &mut sink()).await.map(drop)
        }
        Response::Reply(Kind::EndlessHeader) => {
            client.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            loop {
                client.write_all(b"x-padding: 0123456789\r\n").await?;
            }
        }
        // `Shared::response` turns it into a tunnel.
        Response::Reply(Kind::Tunnel) => Ok(()),
        Response::Reply(Kind::Never) => std::future::pending().await,
    }
}

async fn connected(address: &str) -> io::Result<TcpStream> {
    let server = TcpStream::connect(address).await?;
    server.set_nodelay(true)?;
    Ok(server)
}

impl Shared {
    fn response(&self, request: &ProxyRequest) -> Response {
        let mut behavior = lock(&self.behavior);
        match behavior.replies.pop_front() {
            None | Some(ProxyReply(Kind::Tunnel)) => {}
            Some(ProxyReply(kind)) => return Response::Reply(kind),
        }
        if request.method() != "CONNECT" {
            let ProxyReply(kind) = ProxyReply::status(405, "Method Not Allowed");
            return Response::Reply(kind);
        }
        let needed = behavior.credentials.as_ref();
        if needed.is_some() && request.credentials().as_ref() != needed {
            let ProxyReply(kind) = ProxyReply::unauthorized("Basic realm=\"proxy\"");
            return Response::Reply(kind);
        }
        drop(behavior);
        Response::Tunnel(self.address(request.target()))
    }

    /// Returns the address to connect to for a target.
    fn address(&self, target: &str) -> String {
        let behavior = lock(&self.behavior);
        let routed = behavior.routes.get(target).cloned();
        routed.unwrap_or_else(|| target.to_owned())
    }
}

/// Reads a request byte by byte, since the bytes after it belong to the server.
async fn read(client: &mut (impl AsyncRead + Unpin)) -> io::Result<ProxyRequest> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        if bytes.len() >= MAX_REQUEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        bytes.push(client.read_u8().await?);
    }
    ProxyRequest::parse(&bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
