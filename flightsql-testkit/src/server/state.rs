//! State shared by the test and the running server.
//!
//! Job: recorder, faults, gates, authentication state, counters and caught panics, for the life of a
//! [`TestServer`](crate::TestServer), across restarts. Layer: harness.

use std::{
    any::Any,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use tokio::sync::Notify;
use tonic::Status;

use super::{fault::Faults, gate::Gates};
use crate::{
    auth::{Auth, AuthConfig},
    engine::lock,
    record::Recorder,
};

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) recorder: Recorder,
    pub(crate) faults: Faults,
    pub(crate) gates: Gates,
    pub(crate) auth: Auth,
    pub(crate) open_streams: Counter,
    pub(crate) running: Counter,
    pub(crate) connections: Arc<AtomicU64>,
    panics: Mutex<Vec<String>>,
}

impl State {
    pub(crate) fn new(auth: AuthConfig, record: bool) -> Self {
        let changed = Arc::<Notify>::default();
        Self {
            recorder: Recorder::new(record),
            faults: Faults::default(),
            gates: Gates::default(),
            auth: Auth::new(auth),
            open_streams: Counter::new(changed.clone()),
            running: Counter::new(changed),
            connections: Arc::default(),
            panics: Mutex::default(),
        }
    }

    /// Resolves when an RPC or a reply stream has started or ended.
    pub(crate) fn changed(&self) -> impl Future<Output = ()> + '_ {
        self.running.changed.notified()
    }

    /// Records a panic of the service for the test, and returns an error for the client.
    pub(crate) fn panicked(&self, panic: Box<dyn Any + Send>) -> Status {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without a message".to_owned());
        lock(&self.panics).push(text.clone());
        Status::internal(format!("the test server's service panicked: {text}"))
    }

    pub(crate) fn take_panics(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.panics))
    }

    /// Fails the test if a service panicked, unless the test is already failing.
    #[track_caller]
    pub(crate) fn check_panics(&self) {
        if std::thread::panicking() {
            return;
        }
        let panics = self.take_panics();
        assert!(
            panics.is_empty(),
            "flightsql-testkit: the service panicked: {}",
            panics.join("; ")
        );
    }
}

/// A counter of live values, whose changes can be awaited.
#[derive(Clone, Debug)]
pub(crate) struct Counter {
    alive: Arc<AtomicUsize>,
    changed: Arc<Notify>,
}

impl Counter {
    fn new(changed: Arc<Notify>) -> Self {
        Self {
            alive: Arc::default(),
            changed,
        }
    }

    pub(crate) fn get(&self) -> usize {
        self.alive.load(Ordering::SeqCst)
    }

    /// Increments the counter until the guard is dropped.
    pub(crate) fn one(&self) -> Count {
        self.alive.fetch_add(1, Ordering::SeqCst);
        self.changed.notify_waiters();
        Count(self.clone())
    }
}

/// The guard of a counted value.
#[derive(Debug)]
pub(crate) struct Count(Counter);

impl Drop for Count {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }
}
