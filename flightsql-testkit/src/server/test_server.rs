//! The life of a server: start, stop, kill, restart.

use std::{
    ops::Deref,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    error::TestServerError, handle::ServerHandle, listen::Listener, running::Running,
    settings::Settings, state::State,
};
use crate::engine::lock;

/// The time for open RPCs in [`TestServer::stop`] before their connections are closed.
const GRACE: Duration = Duration::from_secs(5);

/// The time that [`TestServer::wait_until`] waits for its condition.
const WAIT_DEADLINE: Duration = Duration::from_secs(10);

/// The interval of checks of state without events, such as the counters of a service.
const WAIT_TICK: Duration = Duration::from_millis(5);

/// A Flight SQL server in this process, on a free port of `127.0.0.1`, in background tasks of the current Tokio runtime.
///
/// It stops when it is dropped. If its service panicked, `stop`, [`restart`](Self::restart) and drop
/// panic, so that the test fails; see [`ServerHandle::take_panics`].
///
/// The API for a running server is [`ServerHandle`], to which this type dereferences and which can be cloned into tasks.
#[derive(Debug)]
pub struct TestServer {
    handle: ServerHandle,
    settings: Settings,
    running: Mutex<Option<Running>>,
}

impl TestServer {
    pub(crate) async fn start(settings: Settings) -> Result<Self, TestServerError> {
        let (listener, listen_address) = settings.bind().await?;
        let state = Arc::new(State::new(settings.auth.clone(), settings.record));
        let server = Self {
            handle: ServerHandle::new(state, listen_address, settings.tls.clone()),
            settings,
            running: Mutex::new(None),
        };
        server.run(listener)?;
        Ok(server)
    }

    /// Returns a handle for other tasks, which does not keep the server alive.
    pub fn handle(&self) -> ServerHandle {
        self.handle.clone()
    }

    /// Stops accepting connections, lets open RPCs finish for up to 5 seconds, then closes all connections. Does nothing if the
    /// server does not run. The port is free afterwards.
    ///
    /// # Panics
    /// Panics if the service panicked.
    ///
    /// # Cancel safety
    /// If the future is dropped, the server stops immediately.
    pub async fn stop(&self) {
        let running = lock(&self.running).take();
        if let Some(running) = running {
            running.stop(GRACE).await;
        }
        self.handle.state().check_panics();
    }

    /// Closes every connection immediately, as a killed process does. Does nothing if the server does not run. The port is free
    /// afterwards.
    ///
    /// # Cancel safety
    /// This method is cancel safe. It closes the connections before its first await.
    pub async fn kill(&self) {
        let running = lock(&self.running).take();
        if let Some(running) = running {
            running.kill().await;
        }
    }

    /// Starts the server again at the same address after [`kill`](Self::kill) or [`stop`](Self::stop). Kills a running
    /// server first.
    ///
    /// The new run has no sessions, tokens, prepared statements or transactions of the old one, and its database in memory is
    /// empty. Recorded RPCs, faults, gates and the rest of a script remain. The service of [`serve`](Self::serve) is reused.
    ///
    /// # Errors
    /// Returns an error if another program has taken the port, or SQLite cannot be opened.
    ///
    /// # Panics
    /// Panics if the service panicked.
    pub async fn restart(&self) -> Result<(), TestServerError> {
        self.kill().await;
        self.handle.state().check_panics();
        self.handle.state().auth.reset();
        let listener = self.handle.listen_address().bind_again().await?;
        self.run(listener)
    }

    /// Returns `true` if the server accepts connections.
    pub fn is_running(&self) -> bool {
        lock(&self.running).is_some()
    }

    /// Waits until `condition` is true, for up to 10 seconds. Checks it at every event and every 5 ms.
    ///
    /// # Panics
    /// Panics at the timeout. The message contains the caller's line and the server's counters.
    ///
    /// # Cancel safety
    /// This method is cancel safe.
    #[track_caller]
    pub fn wait_until<'a>(
        &'a self,
        condition: impl Fn(&TestServer) -> bool + Send + 'a,
    ) -> impl Future<Output = ()> + Send + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let state = self.handle.state();
            let deadline = tokio::time::Instant::now() + WAIT_DEADLINE;
            loop {
                let changed = state.changed();
                if condition(self) {
                    return;
                }
                assert!(
                    tokio::time::Instant::now() < deadline,
                    "flightsql-testkit: the condition at {caller} did not hold within {WAIT_DEADLINE:?}; \
                     {} open streams, {} running calls",
                    state.open_streams.get(),
                    state.running.get(),
                );
                // Check the condition again in both cases.
                let _ = tokio::time::timeout(WAIT_TICK, changed).await;
            }
        }
    }

    fn run(&self, listener: Listener) -> Result<(), TestServerError> {
        let state = self.handle.state();
        let routes = self.settings.backend.routes(&self.handle)?;
        let tls = match &self.settings.tls {
            Some(tls) => Some(
                tls.server_config(self.settings.mutual_tls)
                    .map_err(TestServerError::tls)?,
            ),
            None => None,
        };
        let age = self.settings.connection_age;
        let running = Running::spawn(listener, routes, tls, age, state.connections.clone())?;
        *lock(&self.running) = Some(running);
        Ok(())
    }
}

impl Deref for TestServer {
    type Target = ServerHandle;

    fn deref(&self) -> &ServerHandle {
        &self.handle
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        // Dropping the run closes its connections.
        drop(lock(&self.running).take());
        self.handle.state().check_panics();
    }
}
