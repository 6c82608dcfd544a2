//! The task that owns a socket: it reads and writes frames until the last user is gone.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::client::Connection;
use tokio::sync::oneshot;

use super::keep_alive::{Health, KeepAlive};
use super::{Calls, UNTOLD};
use crate::options::Limits;
use crate::transport::go_away::GoAway;
use crate::transport::group::Group;
use crate::transport::monitored::{MonitoredSocket, SocketState};
use crate::transport::socket::BoxSocket;

pub(super) struct Driver {
    connection: Connection<MonitoredSocket<BoxSocket>, Bytes>,
    /// Ends with the last handle and the last RPC, which h2 notices only when it is polled.
    users: Option<oneshot::Receiver<Infallible>>,
    keep_alive: Option<KeepAlive>,
    socket: Arc<SocketState>,
    group: Arc<Group>,
}

impl Driver {
    pub(super) fn new(
        mut connection: Connection<MonitoredSocket<BoxSocket>, Bytes>,
        users: oneshot::Receiver<Infallible>,
        limits: &Limits,
        socket: &Arc<SocketState>,
        calls: &Arc<Calls>,
        group: &Arc<Group>,
    ) -> Self {
        group.join(socket);
        let keep_alive = limits.keep_alive_interval.and_then(|interval| {
            let pings = connection.ping_pong()?;
            Some(KeepAlive::new(
                pings, interval, limits, socket, calls, group,
            ))
        });
        Self {
            connection,
            users: Some(users),
            keep_alive,
            socket: Arc::clone(socket),
            group: Arc::clone(group),
        }
    }

    /// Runs until the socket is closed; dropping the socket ends every open RPC with an error.
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
        let ended = Pin::new(&mut self.connection).poll(cx);
        if !self.socket.is_settled() && self.connection.max_concurrent_send_streams() != UNTOLD {
            self.socket.settle();
        }
        ended.map(|ended| {
            if let Err(error) = ended {
                self.broke(&error);
            }
        })
    }

    fn broke(&self, error: &h2::Error) {
        self.socket.note_go_away(error);
        let complained = self.socket.go_away().is_some_and(GoAway::is_too_many_pings);
        match &self.keep_alive {
            Some(keep_alive) if complained => keep_alive.slow_down(),
            // The cause may have broken all sockets.
            _ => self.group.ask_all(),
        }
        // The text of the server is not logged, since only a session can mask it.
        log::debug!("HTTP/2 connection ended: {:?}", error.reason());
    }
}
