//! The listener and its connections, which can be closed at any moment.
//!
//! Job: accept TCP and Unix connections for tonic, without Nagle's delay, count their bytes, and close
//! one or all of them. Layer: harness, lowest.

use std::{
    io,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use tokio::{net::TcpListener, sync::watch};

use super::io::{Cut, Io, Link, Socket};
use crate::engine::lock;

/// The listening socket. Dropping it frees the port.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
}

/// All connections of one run of the server.
#[derive(Debug)]
pub(crate) struct Connections {
    refused: AtomicBool,
    links: Mutex<Vec<Weak<Link>>>,
    live: watch::Sender<usize>,
    accepted: Arc<AtomicU64>,
}

impl Connections {
    /// Creates the set. `accepted` numbers connections across restarts.
    pub(crate) fn new(accepted: Arc<AtomicU64>) -> Arc<Self> {
        Arc::new(Self {
            refused: AtomicBool::new(false),
            links: Mutex::default(),
            live: watch::Sender::new(0),
            accepted,
        })
    }

    /// Returns the stream of connections for tonic.
    pub(crate) fn accept_from(
        self: &Arc<Self>,
        listener: Listener,
    ) -> impl Stream<Item = io::Result<Io>> + Send + use<> {
        let connections = self.clone();
        futures_util::stream::poll_fn(move |cx| {
            let socket = ready!(listener.poll_accept(cx));
            Poll::Ready(Some(socket.map(|socket| connections.open(socket))))
        })
    }

    /// Closes every connection, including those accepted afterwards.
    pub(crate) fn cut_all(&self) {
        self.refused.store(true, Ordering::SeqCst);
        for link in lock(&self.links).iter().filter_map(Weak::upgrade) {
            link.cut(Cut::Reset);
        }
    }

    /// Resolves when no connection is open.
    pub(crate) async fn all_closed(&self) {
        let mut live = self.live.subscribe();
        // The sender is `self`, so waiting cannot fail.
        let _ = live.wait_for(|live| *live == 0).await;
    }

    fn open(self: &Arc<Self>, socket: Socket) -> Io {
        let link = Arc::new(Link::new(self.accepted.fetch_add(1, Ordering::SeqCst) + 1));
        let mut links = lock(&self.links);
        links.retain(|link| link.strong_count() > 0);
        links.push(Arc::downgrade(&link));
        drop(links);
        self.live.send_modify(|live| *live += 1);
        let io = Io::new(socket, link.clone(), Live(self.clone()));
        if self.refused.load(Ordering::SeqCst) {
            link.cut(Cut::Reset);
        }
        io
    }
}

impl Listener {
    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Socket>> {
        match self {
            Self::Tcp(listener) => {
                let (socket, _) = ready!(listener.poll_accept(cx))?;
                // With Nagle's algorithm, every small reply would wait 40 ms for the peer's delayed ACK.
                socket.set_nodelay(true)?;
                Poll::Ready(Ok(Socket::Tcp(socket)))
            }
            #[cfg(unix)]
            Self::Unix(listener) => {
                let (socket, _) = ready!(listener.poll_accept(cx))?;
                Poll::Ready(Ok(Socket::Unix(socket)))
            }
        }
    }
}

/// Counts an open connection until it is dropped.
#[derive(Debug)]
pub(crate) struct Live(Arc<Connections>);

impl Drop for Live {
    fn drop(&mut self) {
        self.0
            .live
            .send_modify(|live| *live = live.saturating_sub(1));
    }
}
