//! The task that owns a socket (layer 2): it reads and writes frames until the last user is gone.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::client::Connection;
use tokio::sync::oneshot;

use super::Calls;
use super::keep_alive::{Health, KeepAlive};
use crate::options::Limits;
use crate::transport::wire::{BoxSocket, Wire, WireState};

pub(super) struct Driver {
    connection: Connection<Wire<BoxSocket>, Bytes>,
    /// Ends with the last handle and the last call. h2 notices that only when it is polled.
    users: Option<oneshot::Receiver<Infallible>>,
    keep_alive: Option<KeepAlive>,
}

impl Driver {
    pub(super) fn new(
        mut connection: Connection<Wire<BoxSocket>, Bytes>,
        users: oneshot::Receiver<Infallible>,
        limits: &Limits,
        wire: &Arc<WireState>,
        calls: &Arc<Calls>,
    ) -> Self {
        let keep_alive = limits.keep_alive_interval.and_then(|interval| {
            let pings = connection.ping_pong()?;
            let limit = limits.keep_alive_timeout;
            Some(KeepAlive::new(pings, interval, limit, wire, calls))
        });
        Self {
            connection,
            users: Some(users),
            keep_alive,
        }
    }

    /// Runs until the socket is closed; dropping the socket ends every open call with an error.
    pub(super) async fn run(mut self) {
        std::future::poll_fn(|cx| self.poll(cx)).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(users) = &mut self.users
            && Pin::new(users).poll(cx).is_ready()
        {
            self.users = None;
        }
        if let Some(keep_alive) = &mut self.keep_alive
            && keep_alive.poll(cx) == Health::Dead
        {
            return Poll::Ready(());
        }
        Pin::new(&mut self.connection).poll(cx).map(|ended| {
            if let Err(error) = ended {
                log::debug!("an HTTP/2 connection ended: {error}");
            }
        })
    }
}
