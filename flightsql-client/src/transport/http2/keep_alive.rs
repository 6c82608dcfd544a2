//! HTTP/2 pings: they detect a dead server, and are never more frequent than the server allows.
//!
//! [RFC 9113, 6.7](https://www.rfc-editor.org/rfc/rfc9113#section-6.7). gRPC servers count a *strike* for each ping that
//! follows another within 5 minutes (2 hours without an open RPC), and end the connection with the third. Headers or
//! data that they send reset the strikes, and the first ping after them is free. grpc-go, C-core and grpc-java agree
//! ([gRFC A8](https://github.com/grpc/proposal/blob/master/A8-client-side-keepalive.md)).
//!
//! There are therefore three kinds of pings. An *early* ping is sent once while the server is silent and RPCs wait. Pings at
//! the *interval* follow, which are never strikes by default. A ping on *demand* is sent before a connection is used.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::time::Duration;

use h2::{Ping, PingPong};
use tokio::time::{Instant, Sleep};

use super::Calls;
use crate::options::Limits;
use crate::transport::group::Group;
use crate::transport::monitored::SocketState;

/// The part of the interval before the early ping: 20 s by default, well below SQLx's 30 s for an acquire.
const EARLY: u32 = 16;

/// The maximum number of pings ahead of the interval without data from the server. The first is free, the second is a
/// strike. The third strike is reserved for a ping that crossed data of the server and was free on one side only.
const MAX_EARLY: u32 = 2;

/// The part of the reply time after which the driver pings all channels. A network that lost a packet twice has replied by
/// then.
const DOUBT: u32 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    Fine,
    Dead,
}

/// The schedule of pings, and the awaited reply.
pub(super) struct KeepAlive {
    pings: PingPong,
    interval: Duration,
    limit: Duration,
    timer: Pin<Box<Sleep>>,
    state: State,
    /// Number of reads of the socket at the last check.
    reads: usize,
    last: Option<Sent>,
    /// Early pings and pings on demand since the server last reset its strikes.
    early: u32,
    group: Arc<Group>,
    socket: Arc<SocketState>,
    calls: Arc<Calls>,
}

/// The last ping, and the interval that was in force.
struct Sent {
    at: Instant,
    interval: Duration,
}

#[derive(Clone, Copy)]
enum State {
    /// The connection waits for no reply. `since` is the last time at which data had arrived or no RPC waited.
    Quiet { since: Instant },
    /// A ping was sent, and its reply is awaited until `until`. An earlier check pings all channels.
    Awaited { until: Instant },
}

impl KeepAlive {
    pub(super) fn new(
        pings: PingPong,
        interval: Duration,
        limits: &Limits,
        socket: &Arc<SocketState>,
        calls: &Arc<Calls>,
        group: &Arc<Group>,
    ) -> Self {
        socket.probe.enable();
        let now = Instant::now();
        let mut keep_alive = Self {
            pings,
            interval,
            limit: limits.keep_alive_timeout,
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
            state: State::Quiet { since: now },
            reads: socket.reads(),
            last: None,
            early: 0,
            group: Arc::clone(group),
            socket: Arc::clone(socket),
            calls: Arc::clone(calls),
        };
        keep_alive.be_quiet(now);
        keep_alive
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Health {
        if matches!(self.state, State::Awaited { .. }) && self.pings.poll_pong(cx).is_ready() {
            // The connection reports its own error.
            self.pong();
        }
        if self.socket.probe.take(cx.waker()) && matches!(self.state, State::Quiet { .. }) {
            match self.early_allowed(MAX_EARLY) {
                true => self.ping(cx, true),
                // Too often for the server: the RPC of the caller will show whether the socket works.
                false => self.socket.probe.settle(),
            }
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            let heard = self.heard();
            match self.state {
                State::Quiet { .. } if heard || self.is_idle() => self.be_quiet(now),
                State::Quiet { since } => self.after_silence(cx, now, since),
                // Any data answers the question, but the reply to the ping is still awaited.
                State::Awaited { .. } if heard => {
                    self.socket.probe.heard(now.into_std());
                    self.socket.probe.settle();
                    self.wait_for_pong(now);
                }
                State::Awaited { until } if now >= until => {
                    log::debug!("no answer to HTTP/2 ping within {:?}", self.limit);
                    self.socket.fall_silent();
                    self.group.ask_all();
                    return Health::Dead;
                }
                State::Awaited { until } => {
                    self.timer.as_mut().reset(until);
                    self.group.ask_all();
                }
            }
        }
        Health::Fine
    }

    /// Doubles the interval of all channels of these options after a complaint of the server.
    pub(super) fn slow_down(&self) {
        let used = self
            .last
            .as_ref()
            .map_or(self.interval, |last| last.interval);
        self.group.slow_down(used);
    }

    fn after_silence(&mut self, cx: &mut Context<'_>, now: Instant, since: Instant) {
        let early = self.interval() / EARLY;
        if now.saturating_duration_since(since) < early {
            return self.look_again(now, early / 2);
        }
        if self.early_allowed(1) {
            return self.ping(cx, true);
        }
        let due = self.last.as_ref();
        let due = due.and_then(|last| last.at.checked_add(self.interval()));
        match due {
            // Checks again before that time: data may arrive, after which an early ping is free again.
            Some(due) if now < due => {
                let left = due.saturating_duration_since(now);
                self.look_again(now, left.min(early / 2));
            }
            _ => self.ping(cx, false),
        }
    }

    /// Returns `true` if fewer than `most` pings ahead of the interval were sent.
    fn early_allowed(&mut self, most: u32) -> bool {
        if self.calls.answered.load(Ordering::Relaxed) {
            self.early = 0;
        }
        self.early < most
    }

    fn ping(&mut self, cx: &mut Context<'_>, early: bool) {
        let now = Instant::now();
        if self.pings.send_ping(Ping::opaque()).is_err() {
            // The connection is closing.
            self.socket.probe.settle();
            return self.be_quiet(now);
        }
        self.early += u32::from(early);
        self.last = Some(Sent {
            at: now,
            interval: self.interval(),
        });
        self.reads = self.socket.reads();
        self.wait_for_pong(now);
        // Polled, so that the answer wakes this task.
        if self.pings.poll_pong(cx).is_ready() {
            self.pong();
        }
    }

    fn pong(&mut self) {
        let now = Instant::now();
        self.socket.probe.heard(now.into_std());
        // Data that the server sent before it read the ping does not reset its strikes.
        self.calls.answered.store(false, Ordering::Relaxed);
        self.socket.probe.settle();
        self.be_quiet(now);
    }

    fn wait_for_pong(&mut self, now: Instant) {
        self.state = State::Awaited {
            until: later(now, self.limit),
        };
        self.timer.as_mut().reset(later(now, self.limit / DOUBT));
    }

    fn be_quiet(&mut self, now: Instant) {
        self.reads = self.socket.reads();
        self.state = State::Quiet { since: now };
        self.look_again(now, self.interval() / EARLY / 2);
    }

    fn look_again(&mut self, now: Instant, after: Duration) {
        self.timer.as_mut().reset(later(now, after));
    }

    /// Returns `true` if data arrived since the last check.
    fn heard(&mut self) -> bool {
        let before = std::mem::replace(&mut self.reads, self.socket.reads());
        before != self.reads
    }

    fn is_idle(&self) -> bool {
        self.calls.waiting.load(Ordering::Relaxed) == 0
    }

    fn interval(&self) -> Duration {
        self.group.interval(self.interval)
    }
}

/// Returns a later time, within the range of the clock. The current time would keep the task busy.
fn later(now: Instant, time: Duration) -> Instant {
    now.checked_add(time.max(Duration::from_millis(1)))
        .unwrap_or_else(|| now + Duration::from_secs(86_400))
}
