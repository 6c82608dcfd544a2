//! Requests to the task that owns a socket to check whether the server still responds.
//!
//! The task sends an HTTP/2 ping ([`keep_alive`](super::http2)) and reports the reply here.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Waker;
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;
use tokio::sync::Notify;

/// The state that callers share with the task that pings.
#[derive(Debug)]
pub(crate) struct Probe {
    enabled: AtomicBool,
    wanted: AtomicBool,
    task: AtomicWaker,
    answered: Notify,
    opened: Instant,
    /// Milliseconds from `opened` to the last response.
    heard: AtomicU64,
}

impl Probe {
    pub(super) fn new() -> Self {
        Self {
            enabled: AtomicBool::new(false),
            wanted: AtomicBool::new(false),
            task: AtomicWaker::new(),
            answered: Notify::new(),
            opened: Instant::now(),
            heard: AtomicU64::new(0),
        }
    }

    pub(super) fn enable(&self) {
        self.enabled.store(true, Ordering::Release);
    }

    /// Requests a ping, and waits for its reply or for the end of the socket. This method is cancel safe.
    pub(super) async fn ask(&self, is_open: impl Fn() -> bool) {
        let answered = self.answered.notified();
        tokio::pin!(answered);
        answered.as_mut().enable();
        if self.want() && is_open() {
            answered.await;
        }
    }

    /// Requests a ping without waiting. Returns `false` if the task sends none.
    pub(super) fn want(&self) -> bool {
        let enabled = self.enabled.load(Ordering::Acquire);
        if enabled {
            self.wanted.store(true, Ordering::Release);
            self.task.wake();
        }
        enabled
    }

    /// Returns `true` if a ping was requested since the last call. The next request wakes `waker`.
    pub(super) fn take(&self, waker: &Waker) -> bool {
        self.task.register(waker);
        // A load first: this runs whenever the socket does anything.
        self.wanted.load(Ordering::Acquire) && self.wanted.swap(false, Ordering::AcqRel)
    }

    /// Wakes all callers that wait.
    pub(super) fn settle(&self) {
        self.answered.notify_waiters();
    }

    /// Records that the server sent something.
    pub(crate) fn heard(&self, now: Instant) {
        let age = now.saturating_duration_since(self.opened).as_millis();
        let age = u64::try_from(age).unwrap_or(u64::MAX);
        self.heard.store(age, Ordering::Relaxed);
    }

    /// Returns the time since the last response.
    pub(crate) fn silence(&self) -> Duration {
        let heard = Duration::from_millis(self.heard.load(Ordering::Relaxed));
        self.opened.elapsed().saturating_sub(heard)
    }
}
