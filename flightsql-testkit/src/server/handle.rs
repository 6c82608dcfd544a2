//! Handle to a running server.
//!
//! Job: [`ServerHandle`]: addresses, recorded calls, faults, gates, tokens. Layer: harness.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use super::{
    fault::{Fault, FaultHandle},
    gate::Gate,
    listen_address::ListenAddress,
    state::State,
};
use crate::{
    engine::lock,
    record::{Call, Rpc},
    service::SqliteService,
    tls::Tls,
};

/// A view of a [`TestServer`](crate::TestServer) that can be cloned into tasks.
///
/// It does not keep the server alive, and stays usable after the server has stopped.
#[derive(Clone)]
pub struct ServerHandle {
    shared: Arc<Shared>,
}

struct Shared {
    state: Arc<State>,
    listen_address: ListenAddress,
    tls: Option<Tls>,
    sqlite: Mutex<Option<SqliteService>>,
}

impl ServerHandle {
    pub(crate) fn new(state: Arc<State>, listen_address: ListenAddress, tls: Option<Tls>) -> Self {
        Self {
            shared: Arc::new(Shared {
                state,
                listen_address,
                tls,
                sqlite: Mutex::default(),
            }),
        }
    }

    pub(crate) fn state(&self) -> &Arc<State> {
        &self.shared.state
    }

    pub(crate) fn listen_address(&self) -> &ListenAddress {
        &self.shared.listen_address
    }

    pub(crate) fn set_sqlite(&self, service: SqliteService) {
        *lock(&self.shared.sqlite) = Some(service);
    }

    /// Returns the URL of this server: `flightsql+tcp://127.0.0.1:PORT`, with TLS `flightsql://localhost:PORT`, or for a
    /// Unix socket `flightsql+unix:///path`.
    pub fn url(&self) -> String {
        self.shared.listen_address.url()
    }

    /// Returns the address as `127.0.0.1:PORT`, or the path of the Unix socket.
    pub fn address(&self) -> String {
        self.shared.listen_address.address()
    }

    /// Returns the TCP port, or `None` for a Unix socket.
    pub fn port(&self) -> Option<u16> {
        self.shared.listen_address.port()
    }

    /// Returns the path of the Unix socket, or `None` for TCP.
    pub fn socket_path(&self) -> Option<&Path> {
        self.shared.listen_address.socket()
    }

    /// Returns the authority's certificate to trust, as PEM, or `None` without TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.shared.tls.as_ref()?.ca_pem()
    }

    /// Returns a client certificate that the server accepts, as PEM, or `None` without generated certificates.
    pub fn client_pem(&self) -> Option<&str> {
        self.shared.tls.as_ref()?.client_pem()
    }

    /// Returns the private key of [`client_pem`](Self::client_pem).
    pub fn client_key_pem(&self) -> Option<&str> {
        self.shared.tls.as_ref()?.client_key_pem()
    }

    /// Returns the SQLite service of the current run, for its counters and for setup without a client.
    ///
    /// The value is a handle. It keeps a database in memory alive.
    ///
    /// # Panics
    /// Panics if the server has another service.
    #[track_caller]
    pub fn sqlite(&self) -> SqliteService {
        lock(&self.shared.sqlite)
            .clone()
            .expect("flightsql-testkit: only a SQLite server has a SQLite service")
    }

    /// Returns every RPC received so far, including rejected ones, in order of arrival. `DoPut` and `DoExchange` arrive
    /// with their first message.
    pub fn calls(&self) -> Vec<Call> {
        self.state().recorder.calls()
    }

    /// Returns the RPCs of one method.
    pub fn calls_of(&self, rpc: Rpc) -> Vec<Call> {
        let mut calls = self.calls();
        calls.retain(|call| call.rpc() == rpc);
        calls
    }

    /// Returns the number of received calls of a method.
    pub fn count(&self, rpc: Rpc) -> usize {
        self.state().recorder.count(rpc)
    }

    /// Returns the number of received calls of all methods.
    pub fn count_all(&self) -> usize {
        Rpc::ALL.into_iter().map(|rpc| self.count(rpc)).sum()
    }

    /// Removes the recorded RPCs and sets the counts to 0.
    pub fn clear_calls(&self) {
        self.state().recorder.clear();
    }

    /// Returns the number of connections accepted so far.
    pub fn connections(&self) -> u64 {
        self.state().connections.load(Ordering::SeqCst)
    }

    /// Returns the number of open reply streams: not ended, and not dropped because their client disconnected.
    pub fn open_streams(&self) -> usize {
        self.state().open_streams.get()
    }

    /// Returns the number of running calls: those of [`open_streams`](Self::open_streams) and those without a reply yet.
    pub fn running_calls(&self) -> usize {
        self.state().running.get()
    }

    /// Installs a fault for later RPCs. If several faults affect an RPC, the first installed one applies.
    ///
    /// # Panics
    /// Panics if the fault has no effect, or an effect that replies of its method cannot have.
    #[track_caller]
    pub fn fault(&self, fault: Fault) -> FaultHandle {
        self.state().faults.install(fault)
    }

    /// Removes all faults. RPCs that are already affected stay affected.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// Closes a gate for all RPCs of a method.
    pub fn gate(&self, rpc: Rpc) -> Gate {
        self.state().gates.install(rpc, None)
    }

    /// Closes a gate for the RPCs with this [`Call::command`].
    pub fn gate_command(&self, rpc: Rpc, command: impl Into<String>) -> Gate {
        self.state().gates.install(rpc, Some(command.into()))
    }

    /// Replaces every valid token at its next use: the reply contains a new `authorization: Bearer …` header, and the old
    /// token is rejected afterwards.
    pub fn rotate_token(&self) {
        self.state().auth.rotate();
    }

    /// Accepts a bearer token from now on, for `life` by tokio's clock if one is given.
    pub fn add_token(&self, token: impl Into<String>, life: impl Into<Option<Duration>>) {
        self.state().auth.add(token.into(), life.into());
    }

    /// Revokes every issued or configured token. A new authentication returns a new token.
    pub fn revoke_tokens(&self) {
        self.state().auth.revoke();
    }

    /// Returns the valid tokens, in any order.
    pub fn tokens(&self) -> Vec<String> {
        self.state().auth.tokens()
    }

    /// Returns the number of cookie sessions so far, with [`cookies`](crate::TestServerBuilder::cookies).
    pub fn sessions(&self) -> usize {
        self.state().auth.sessions()
    }

    /// Takes the messages of panics inside the service, which then no longer fail the test.
    pub fn take_panics(&self) -> Vec<String> {
        self.state().take_panics()
    }
}

impl fmt::Debug for ServerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerHandle")
            .field("url", &self.url())
            .field("open_streams", &self.open_streams())
            .field("running_calls", &self.running_calls())
            .finish_non_exhaustive()
    }
}
