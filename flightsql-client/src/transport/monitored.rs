//! A socket that records the server preface and whether it is still open.
//!
//! An HTTP/2 server must first send a SETTINGS frame
//! ([RFC 9113, 3.4](https://www.rfc-editor.org/rfc/rfc9113#section-3.4)). Its first bytes therefore distinguish a
//! gRPC server from an HTTP/1 server, or from a TLS server at a plaintext URL, before any query is sent.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use super::go_away::GoAway;
use super::probe::Probe;
use super::tls;

/// The kind of the server's first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerPreface {
    /// The server has not sent anything yet.
    Awaited,
    /// A SETTINGS frame: an HTTP/2 server.
    Http2,
    /// `HTTP/1…`.
    Http1,
    /// A TLS record: the server expects TLS.
    Tls,
    /// Inside TLS an alert: in TLS 1.3 a server refuses a client's certificate only after the handshake.
    TlsAlert,
    /// Something else.
    Other,
    /// The server closed the socket without a byte.
    Closed,
}

/// The state of one socket, shared with the [`MonitoredSocket`] that the HTTP/2 task owns.
#[derive(Debug)]
pub(crate) struct SocketState {
    open: AtomicBool,
    preface: OnceLock<ServerPreface>,
    changed: Notify,
    /// Whether the HTTP/2 settings of the server apply.
    settled: AtomicBool,
    reads: AtomicUsize,
    silent: AtomicBool,
    go_away: OnceLock<GoAway>,
    peer: OnceLock<SocketAddr>,
    pub(crate) probe: Probe,
}

impl SocketState {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            open: AtomicBool::new(true),
            preface: OnceLock::new(),
            changed: Notify::new(),
            settled: AtomicBool::new(false),
            reads: AtomicUsize::new(0),
            silent: AtomicBool::new(false),
            go_away: OnceLock::new(),
            peer: OnceLock::new(),
            probe: Probe::new(),
        })
    }

    /// Returns the address of the other end; `None` for a Unix socket.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.peer.get().copied()
    }

    pub(super) fn set_peer(&self, peer: SocketAddr) {
        // A socket has one other end.
        let _ = self.peer.set(peer);
    }

    /// Returns `true` if neither side has closed the socket, as far as this machine knows.
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Stops new RPCs; running ones continue.
    pub(crate) fn retire(&self) {
        self.open.store(false, Ordering::Release);
    }

    /// Returns the number of reads, which grows whenever data arrives.
    pub(crate) fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    /// Records that the server did not reply to a ping.
    pub(crate) fn fall_silent(&self) {
        self.silent.store(true, Ordering::Release);
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Acquire)
    }

    /// Keeps the reason of a server that ends the connection. The last frame repeats or refines the first.
    pub(super) fn note_go_away(&self, error: &h2::Error) {
        if self.go_away.get().is_some() {
            return;
        }
        if let Some(go_away) = GoAway::of(error) {
            // Another task may have recorded the same frame.
            let _ = self.go_away.set(go_away);
        }
    }

    pub(crate) fn go_away(&self) -> Option<&GoAway> {
        self.go_away.get()
    }

    /// Pings the server. Returns `false` if the socket is closed, as after a ping without a reply. Without pings
    /// (`keep_alive_interval=0`), an open socket counts as alive. This method is cancel safe.
    pub(crate) async fn is_answering(&self) -> bool {
        self.probe.ask(|| self.is_open()).await;
        self.is_open()
    }

    pub(crate) fn preface(&self) -> ServerPreface {
        let preface = self.preface.get().copied();
        preface.unwrap_or(ServerPreface::Awaited)
    }

    /// Waits for the first bytes of the server, and for the settings of an HTTP/2 server, or for the end of the socket. This
    /// method is cancel safe.
    pub(crate) async fn wait_for_preface(&self) -> ServerPreface {
        loop {
            let notified = self.changed.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            match self.preface() {
                ServerPreface::Awaited => notified.await,
                ServerPreface::Http2 if self.is_open() && !self.is_settled() => notified.await,
                preface => return preface,
            }
        }
    }

    pub(super) fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Acquire)
    }

    pub(super) fn settle(&self) {
        self.settled.store(true, Ordering::Release);
        self.changed.notify_waiters();
    }

    fn set_preface(&self, preface: ServerPreface) {
        if self.preface.set(preface).is_ok() {
            self.changed.notify_waiters();
        }
    }

    fn close(&self) {
        self.open.store(false, Ordering::Release);
        self.set_preface(ServerPreface::Closed);
        self.changed.notify_waiters();
        self.probe.settle();
    }
}

/// A socket whose reads update its state.
#[derive(Debug)]
pub(crate) struct MonitoredSocket<T> {
    io: T,
    state: Arc<SocketState>,
    head: [u8; 4],
    seen: usize,
}

impl<T> MonitoredSocket<T> {
    pub(crate) fn new(io: T, state: Arc<SocketState>) -> Self {
        Self {
            io,
            state,
            head: [0; 4],
            seen: 0,
        }
    }

    /// Classifies the first four bytes of the connection.
    fn look(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let Some(place) = self.head.get_mut(self.seen) else {
                break;
            };
            *place = *byte;
            self.seen += 1;
        }
        if self.seen == self.head.len() {
            self.state.set_preface(classify(self.head));
            self.seen += 1;
        } else if bytes.is_empty() {
            self.state.set_preface(ServerPreface::Closed);
        }
    }
}

fn classify(head: [u8; 4]) -> ServerPreface {
    match head {
        // length (3 bytes), then the frame type: 4 is SETTINGS.
        [_, _, _, 4] => ServerPreface::Http2,
        [b'H', b'T', b'T', b'P'] => ServerPreface::Http1,
        // TLS record types 20 to 23, protocol major version 3.
        [20..=23, 3, _, _] => ServerPreface::Tls,
        _ => ServerPreface::Other,
    }
}

impl<T> Drop for MonitoredSocket<T> {
    fn drop(&mut self) {
        self.state.close();
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for MonitoredSocket<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let result = ready!(Pin::new(&mut self.io).poll_read(cx, buf));
        self.state.reads.fetch_add(1, Ordering::Relaxed);
        if self.seen <= self.head.len() && result.is_ok() {
            let bytes = buf.filled().get(before..).unwrap_or_default();
            self.look(bytes);
        }
        if result.as_ref().is_err_and(tls::is_alert) {
            self.state.set_preface(ServerPreface::TlsAlert);
        }
        Poll::Ready(result)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for MonitoredSocket<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
