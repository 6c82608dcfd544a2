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

/// Time in which [`TestServer::stop`] lets open calls finish before their connections are cut.
const GRACE: Duration = Duration::from_secs(5);

/// Time that [`TestServer::wait_until`] waits for its condition.
const WAIT_DEADLINE: Duration = Duration::from_secs(10);

/// Interval of checks of state outside the harness (a service's own counters), which sends no event.
const WAIT_TICK: Duration = Duration::from_millis(5);

/// A Flight SQL server in this process, on a free port of `127.0.0.1`, in background tasks of the current
/// tokio runtime.
///
/// It stops when it is dropped. If its service panicked, `stop`, [`restart`](Self::restart) and drop
/// panic, so that the test fails; see [`ServerHandle::take_panics`].
///
/// Everything a test does with a running server is on [`ServerHandle`], to which this type dereferences and
/// which can be cloned into tasks.
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

    /// A handle for other tasks; it does not keep the server alive.
    pub fn handle(&self) -> ServerHandle {
        self.handle.clone()
    }

    /// Stops accepting, lets open calls finish for up to 5 seconds, then cuts them. Does nothing if the server
    /// does not run. The port is free afterwards.
    ///
    /// Cancel-safe: the server stops in any case, then at once.
    ///
    /// # Panics
    /// If the service panicked.
    pub async fn stop(&self) {
        let running = lock(&self.running).take();
        if let Some(running) = running {
            running.stop(GRACE).await;
        }
        self.handle.state().check_panics();
    }

    /// Cuts every connection at once, as if the process had been killed. Does nothing if the server does not
    /// run. The port is free afterwards.
    ///
    /// Cancel-safe: the connections are cut before the first await.
    pub async fn kill(&self) {
        let running = lock(&self.running).take();
        if let Some(running) = running {
            running.kill().await;
        }
    }

    /// Starts again at the same address after [`kill`](Self::kill) or [`stop`](Self::stop); a server that still
    /// runs is killed first.
    ///
    /// The new run knows no session, token, prepared statement or transaction of the old one, and its database
    /// in memory is empty. Recorded calls, faults, gates and what is left of a script stay. A service given to
    /// [`serve`](Self::serve) is used again unchanged.
    ///
    /// # Errors
    /// If the port was taken by another program, or SQLite cannot be opened.
    ///
    /// # Panics
    /// If the service panicked.
    pub async fn restart(&self) -> Result<(), TestServerError> {
        self.kill().await;
        self.handle.state().check_panics();
        self.handle.state().auth.reset();
        let listener = self.handle.listen_address().bind_again().await?;
        self.run(listener)
    }

    /// Whether the server accepts connections.
    pub fn is_running(&self) -> bool {
        lock(&self.running).is_some()
    }

    /// Waits until `condition` holds, for up to 10 seconds. Looks again at every event and every 5 ms.
    ///
    /// Cancel-safe.
    ///
    /// # Panics
    /// If the condition does not hold in time; the text names the caller's line and the server's counters.
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
                // Either way, the condition is checked again.
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
        let running = Running::spawn(listener, routes, tls, state.connections.clone())?;
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
        // Dropping what runs cuts it.
        drop(lock(&self.running).take());
        self.handle.state().check_panics();
    }
}
