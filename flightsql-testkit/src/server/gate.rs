//! Gates: RPCs wait until the test lets them pass.
//!
//! Job: let a test stop the server at a known point instead of sleeping. Layer: harness.

use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::{engine::lock, record::Rpc};

/// A closed gate, created by [`ServerHandle::gate`](crate::ServerHandle::gate).
///
/// RPCs of its method wait at the gate before the service receives them. Opening or dropping the gate lets them and all later
/// RPCs pass.
#[derive(Debug)]
#[must_use = "dropping a gate opens it"]
pub struct Gate {
    state: Arc<watch::Sender<State>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    open: bool,
    waiting: usize,
    arrived: usize,
    passes: usize,
}

impl Gate {
    /// Lets all waiting and later RPCs pass.
    pub fn open(&self) {
        self.state.send_modify(|state| state.open = true);
    }

    /// Lets one RPC pass: a waiting one, or the next one.
    pub fn pass_one(&self) {
        self.state.send_modify(|state| state.passes += 1);
    }

    /// Resolves when an RPC waits at the gate.
    ///
    /// # Cancel safety
    /// This method is cancel safe.
    pub async fn reached(&self) {
        self.reached_by(1).await;
    }

    /// Resolves when `calls` RPCs wait at the gate.
    ///
    /// # Cancel safety
    /// This method is cancel safe.
    pub async fn reached_by(&self, calls: usize) {
        let mut state = self.state.subscribe();
        // The sender is `self`, so waiting cannot fail.
        let _ = state.wait_for(|state| state.waiting >= calls).await;
    }

    /// Returns the number of waiting calls. A call whose client has disconnected no longer waits.
    pub fn waiting(&self) -> usize {
        self.state.borrow().waiting
    }

    /// Returns the number of calls that have reached the gate so far.
    pub fn arrived(&self) -> usize {
        self.state.borrow().arrived
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}

/// The gates of one server.
#[derive(Debug, Default)]
pub(crate) struct Gates(Mutex<Vec<Installed>>);

#[derive(Debug)]
struct Installed {
    rpc: Rpc,
    command: Option<String>,
    state: Arc<watch::Sender<State>>,
}

impl Gates {
    pub(crate) fn install(&self, rpc: Rpc, command: Option<String>) -> Gate {
        let state = Arc::new(watch::Sender::new(State::default()));
        let mut gates = lock(&self.0);
        gates.retain(|gate| !gate.state.borrow().open);
        gates.push(Installed {
            rpc,
            command,
            state: state.clone(),
        });
        Gate { state }
    }

    /// Waits at every closed gate for an RPC.
    pub(crate) async fn pass(&self, rpc: Rpc, command: Option<&str>) {
        let gates: Vec<_> = lock(&self.0)
            .iter()
            .filter(|gate| gate.rpc == rpc)
            .filter(|gate| gate.command.is_none() || gate.command.as_deref() == command)
            .map(|gate| gate.state.clone())
            .collect();
        for gate in gates {
            Waiting::at(gate).pass().await;
        }
    }
}

/// An RPC at one gate, which is no longer counted after a drop.
struct Waiting(Arc<watch::Sender<State>>);

impl Waiting {
    fn at(gate: Arc<watch::Sender<State>>) -> Self {
        gate.send_modify(|state| {
            state.waiting += 1;
            state.arrived += 1;
        });
        Self(gate)
    }

    async fn pass(self) {
        let mut state = self.0.subscribe();
        loop {
            let mut through = false;
            self.0.send_if_modified(|state| {
                through = state.open || state.passes > 0;
                if through && !state.open {
                    state.passes -= 1;
                }
                // The pass is used.
                false
            });
            // An error means that the gate is gone, which opens it.
            if through || state.changed().await.is_err() {
                return;
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.send_modify(|state| state.waiting -= 1);
    }
}
