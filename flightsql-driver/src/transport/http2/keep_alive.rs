//! HTTP/2 pings while calls are open (layer 2): a peer that vanished without closing its socket is noticed.
//!
//! [RFC 9113, 6.7](https://www.rfc-editor.org/rfc/rfc9113#section-6.7). Servers built on gRPC's core close a
//! connection that pings too often or without calls, so neither is done.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::time::Duration;

use h2::{Ping, PingPong};
use tokio::time::{Instant, Sleep};

use super::Calls;
use crate::transport::wire::WireState;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    Fine,
    Dead,
}

/// When to ping, and whether an answer is awaited.
pub(super) struct KeepAlive {
    pings: PingPong,
    interval: Duration,
    limit: Duration,
    timer: Pin<Box<Sleep>>,
    awaited: bool,
    /// How often the socket had been read when the timer was set.
    reads: usize,
    wire: Arc<WireState>,
    calls: Arc<Calls>,
}

impl KeepAlive {
    pub(super) fn new(
        pings: PingPong,
        interval: Duration,
        limit: Duration,
        wire: &Arc<WireState>,
        calls: &Arc<Calls>,
    ) -> Self {
        Self {
            pings,
            interval,
            limit,
            timer: Box::pin(tokio::time::sleep(interval)),
            awaited: false,
            reads: wire.reads(),
            wire: Arc::clone(wire),
            calls: Arc::clone(calls),
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Health {
        if self.awaited && self.pings.poll_pong(cx).is_ready() {
            // An error here is the connection's, which tells it itself.
            self.awaited = false;
            self.wait();
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            // Anything that came is as good as an answer to a ping.
            let heard = self.wire.reads() != self.reads;
            let idle = self.calls.0.load(Ordering::Relaxed) == 0;
            if heard || idle {
                self.wait();
                continue;
            }
            if self.awaited {
                log::debug!("no answer to an HTTP/2 ping within {:?}", self.limit);
                self.wire.fall_silent();
                return Health::Dead;
            }
            if self.pings.send_ping(Ping::opaque()).is_ok() {
                // Polled, so that the answer wakes this task.
                self.awaited = self.pings.poll_pong(cx).is_pending();
            }
            self.wait();
        }
        Health::Fine
    }

    fn wait(&mut self) {
        self.reads = self.wire.reads();
        let time = if self.awaited {
            self.limit
        } else {
            self.interval
        };
        // A time that no clock reaches is as good as never.
        let at = Instant::now()
            .checked_add(time)
            .unwrap_or_else(|| Instant::now() + Duration::from_secs(86_400));
        self.timer.as_mut().reset(at);
    }
}
