//! A question to the task that owns a socket: does the server still answer?
//!
//! The task sends an HTTP/2 ping ([`keep_alive`](super::http2)) and reports the end of the wait here.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Waker;
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;
use tokio::sync::Notify;

/// Shared between those who ask and the one task that pings.
#[derive(Debug)]
pub(crate) struct Probe {
    /// Nobody pings until the task says that it does.
    enabled: AtomicBool,
    wanted: AtomicBool,
    task: AtomicWaker,
    answered: Notify,
    opened: Instant,
    /// Milliseconds from `opened` to the last answer.
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

    /// From now on, the task takes questions.
    pub(super) fn enable(&self) {
        self.enabled.store(true, Ordering::Release);
    }

    /// Asks, and waits until the task has an answer or the socket is closed. Cancel-safe.
    pub(super) async fn ask(&self, is_open: impl Fn() -> bool) {
        let answered = self.answered.notified();
        tokio::pin!(answered);
        answered.as_mut().enable();
        if self.want() && is_open() {
            answered.await;
        }
    }

    /// Asks without waiting; `false` where nobody pings.
    pub(super) fn want(&self) -> bool {
        let enabled = self.enabled.load(Ordering::Acquire);
        if enabled {
            self.wanted.store(true, Ordering::Release);
            self.task.wake();
        }
        enabled
    }

    /// Whether somebody asked since the last call; `waker` is woken by the next who does.
    pub(super) fn take(&self, waker: &Waker) -> bool {
        self.task.register(waker);
        // A load first: this runs whenever the socket does anything.
        self.wanted.load(Ordering::Acquire) && self.wanted.swap(false, Ordering::AcqRel)
    }

    /// Ends the wait of all who asked.
    pub(super) fn settle(&self) {
        self.answered.notify_waiters();
    }

    /// Records that the server sent something.
    pub(crate) fn heard(&self, now: Instant) {
        let age = now.saturating_duration_since(self.opened).as_millis();
        let age = u64::try_from(age).unwrap_or(u64::MAX);
        self.heard.store(age, Ordering::Relaxed);
    }

    /// The time since the last answer.
    pub(crate) fn silence(&self) -> Duration {
        let heard = Duration::from_millis(self.heard.load(Ordering::Relaxed));
        self.opened.elapsed().saturating_sub(heard)
    }
}
