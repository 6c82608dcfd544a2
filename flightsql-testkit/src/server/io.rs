//! A connection: a socket that can be closed at any moment and counts its written bytes.
//!
//! Job: the byte stream of tonic's server. Layer: harness, lowest, with [`super::listen`].

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::{Notify, futures::OwnedNotified},
};
use tonic::{Request, transport::server::Connected};

use super::listen::Live;

/// The end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Written bytes still arrive, then the peer sees the end of the connection.
    Close = 1,
    /// Unsent bytes are lost, as after a killed process or a lost machine.
    Reset = 2,
}

const OPEN: u8 = 0;

/// A connection for request handlers, which tonic adds to the request's extensions.
#[derive(Debug)]
pub(crate) struct Link {
    id: u64,
    state: AtomicU8,
    cut: Arc<Notify>,
    written: AtomicU64,
    flushed: AtomicU64,
    flush: Notify,
}

impl Link {
    pub(crate) fn new(id: u64) -> Self {
        Self {
            id,
            state: AtomicU8::new(OPEN),
            cut: Arc::default(),
            written: AtomicU64::new(0),
            flushed: AtomicU64::new(0),
            flush: Notify::new(),
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn cut(&self, how: Cut) {
        self.state.store(how as u8, Ordering::SeqCst);
        self.cut.notify_waiters();
    }

    /// Returns the number of bytes written to the socket.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::SeqCst)
    }

    /// Resolves after a flush with at least `bytes` written bytes.
    pub(crate) async fn flushed(&self, bytes: u64) {
        loop {
            let next = self.flush.notified();
            if self.flushed.load(Ordering::SeqCst) >= bytes {
                return;
            }
            next.await;
        }
    }
}

/// Returns the connection of a request that arrived through our listener.
pub(crate) fn link_of<T>(request: &Request<T>) -> Option<Arc<Link>> {
    request.extensions().get::<Arc<Link>>().cloned()
}

/// The socket below HTTP/2 and TLS.
#[derive(Debug)]
pub(crate) struct Io {
    socket: Socket,
    link: Arc<Link>,
    cut: Pin<Box<OwnedNotified>>,
    _live: Live,
}

impl Io {
    pub(crate) fn new(socket: Socket, link: Arc<Link>, live: Live) -> Self {
        Self {
            socket,
            cut: Box::pin(link.cut.clone().notified_owned()),
            link,
            _live: live,
        }
    }

    fn count(&self, written: usize) {
        let written = u64::try_from(written).unwrap_or(u64::MAX);
        self.link.written.fetch_add(written, Ordering::SeqCst);
    }

    fn check(&self) -> io::Result<()> {
        let state = self.link.state.load(Ordering::SeqCst);
        if state == OPEN {
            return Ok(());
        }
        if state == Cut::Reset as u8 {
            self.socket.lose_unsent();
        }
        Err(io::Error::new(
            io::ErrorKind::ConnectionAborted,
            "the test server cut this connection",
        ))
    }
}

impl Connected for Io {
    type ConnectInfo = Arc<Link>;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.link.clone()
    }
}

impl AsyncRead for Io {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        // HTTP/2 always has a read pending, so a cut wakes the connection's task here.
        if self.cut.as_mut().poll(cx).is_ready() {
            self.check()?;
        }
        match &mut self.socket {
            Socket::Tcp(socket) => Pin::new(socket).poll_read(cx, buf),
            #[cfg(unix)]
            Socket::Unix(socket) => Pin::new(socket).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Io {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        let written = ready!(match &mut self.socket {
            Socket::Tcp(socket) => Pin::new(socket).poll_write(cx, buf),
            #[cfg(unix)]
            Socket::Unix(socket) => Pin::new(socket).poll_write(cx, buf),
        })?;
        self.count(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        let written = ready!(match &mut self.socket {
            Socket::Tcp(socket) => Pin::new(socket).poll_write_vectored(cx, bufs),
            #[cfg(unix)]
            Socket::Unix(socket) => Pin::new(socket).poll_write_vectored(cx, bufs),
        })?;
        self.count(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(match &mut self.socket {
            Socket::Tcp(socket) => Pin::new(socket).poll_flush(cx),
            #[cfg(unix)]
            Socket::Unix(socket) => Pin::new(socket).poll_flush(cx),
        })?;
        let link = &self.link;
        link.flushed.store(link.written(), Ordering::SeqCst);
        link.flush.notify_waiters();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.socket {
            Socket::Tcp(socket) => Pin::new(socket).poll_shutdown(cx),
            #[cfg(unix)]
            Socket::Unix(socket) => Pin::new(socket).poll_shutdown(cx),
        }
    }
}

/// The socket of the operating system.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
}

impl Socket {
    /// Makes the next close of a TCP connection a reset.
    fn lose_unsent(&self) {
        if let Self::Tcp(socket) = self {
            // A socket without this option is closed normally.
            let _ = socket.set_zero_linger();
        }
    }
}
