//! Sessions: the state between the RPCs of one client.
//!
//! Layer: service. A session contains options (`options`) and, from the first statement that needs it, a connection of SQLite.
//! It ends with `CloseSession`, or after [`IDLE`] without an RPC.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tonic::Status;

use super::caller::{Caller, Id};
use super::options::Options;
use crate::engine::{self, Database, lock};

/// The lifetime of a session without an RPC, equal to the idle time of pooled connections.
const IDLE: Duration = Duration::from_secs(30 * 60);
/// The interval between searches for idle sessions.
const SWEEP: Duration = Duration::from_secs(60);
/// Maximum number of sessions.
const MAX_SESSIONS: usize = 10_000;
/// Maximum number of sessions with a connection, each of which has two open files.
const MAX_CONNECTIONS: usize = 256;

/// A session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) options: Mutex<Options>,
    pub(crate) conn: Arc<engine::Session>,
    /// The id of the last transaction that used its connection.
    transaction: Mutex<Option<Bytes>>,
    used: Mutex<Instant>,
}

/// All sessions by id.
#[derive(Debug)]
pub(crate) struct Sessions {
    database: Arc<Database>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    open: HashMap<String, Arc<Session>>,
    /// The sessions with a connection or a slot for one.
    connected: Vec<Arc<Session>>,
    /// Sessions that ended without a report to their client, and whether they had more than numbers.
    ended: VecDeque<(String, bool)>,
    swept: Instant,
}

impl Sessions {
    pub(crate) fn new(database: &Arc<Database>) -> Self {
        let state = State {
            open: HashMap::new(),
            connected: Vec::new(),
            ended: VecDeque::new(),
            swept: Instant::now(),
        };
        Self {
            database: Arc::clone(database),
            state: Mutex::new(state),
        }
    }

    /// Returns the session that the RPC names, if it exists. Does not start a session.
    ///
    /// # Errors
    /// Returns an error, once, if the session ended with a transaction, temporary objects or settings.
    pub(crate) fn of(&self, caller: &Caller) -> Result<Option<Arc<Session>>, Status> {
        let now = Instant::now();
        let mut state = lock(&self.state);
        if now.saturating_duration_since(state.swept) > SWEEP {
            state.sweep(now);
        }
        let Some(id) = caller.id() else {
            return Ok(None);
        };
        if let Some(session) = state.open.get(&id.text) {
            *lock(&session.used) = now;
            return Ok(Some(Arc::clone(session)));
        }
        match state.was_stateful(&id.text) {
            Some(true) => Err(Status::failed_precondition(
                "the session ended, since no call named it for 30 minutes: its transaction was rolled back, and its \
                 temporary tables and settings are gone; the next call begins a new session",
            )),
            _ => Ok(None),
        }
    }

    /// Returns the session that the RPC names, or starts one.
    pub(crate) fn open(&self, caller: &Caller) -> Result<Arc<Session>, Status> {
        if let Some(session) = self.of(caller)? {
            return Ok(session);
        }
        let mut state = lock(&self.state);
        if state.open.len() >= MAX_SESSIONS {
            state.make_room()?;
        }
        let (id, lost) = match caller.id() {
            Some(Id { text, ours }) => (text.clone(), *ours || state.forget(text)),
            None => (caller.offer(), false),
        };
        let session = Arc::new(Session {
            options: Mutex::default(),
            conn: Arc::new(engine::Session::new(&self.database, lost)),
            transaction: Mutex::default(),
            used: Mutex::new(Instant::now()),
        });
        state.open.insert(id, Arc::clone(&session));
        Ok(session)
    }

    /// Reserves a connection for a session. If there are too many, the session that was idle for longest loses its connection.
    pub(crate) fn connect(&self, session: &Arc<Session>) -> Result<(), Status> {
        if session.conn.is_connected() {
            return Ok(());
        }
        let mut state = lock(&self.state);
        let connected = &mut state.connected;
        connected.retain(|other| other.conn.is_connected());
        // Another RPC of the session may have reserved it.
        if session.conn.is_connected() {
            return Ok(());
        }
        if connected.len() >= MAX_CONNECTIONS {
            connected.sort_by_key(|other| *lock(&other.used));
            // A session whose statement failed before it ran has an unused slot.
            let idle = connected.iter().position(|other| other.conn.reclaim());
            let at = idle.or_else(|| connected.iter().position(|other| other.conn.give_up()));
            let at = at.ok_or_else(|| {
                Status::resource_exhausted(format!(
                    "{MAX_CONNECTIONS} sessions have transactions, temporary tables or settings: close some"
                ))
            })?;
            connected.remove(at);
        }
        session.conn.reserve();
        connected.push(Arc::clone(session));
        Ok(())
    }

    /// Removes the session that the RPC names. The caller closes its connection.
    pub(crate) fn remove(&self, caller: &Caller) -> Option<Arc<Session>> {
        let id = caller.id()?;
        let mut state = lock(&self.state);
        state.forget(&id.text);
        let session = state.open.remove(&id.text)?;
        state
            .connected
            .retain(|other| !Arc::ptr_eq(other, &session));
        Some(session)
    }

    /// Returns the number of open sessions.
    pub(crate) fn len(&self) -> usize {
        lock(&self.state).open.len()
    }

    /// Ends the sessions that were idle for too long at `now`.
    #[cfg(test)]
    pub(crate) fn sweep(&self, now: Instant) {
        lock(&self.state).sweep(now);
    }
}

impl Session {
    /// Records the transaction that uses the connection.
    pub(crate) fn lent_to(&self, id: &Bytes) {
        *lock(&self.transaction) = Some(id.clone());
    }

    /// Returns the transaction that may use the connection.
    pub(crate) fn transaction(&self) -> Option<Bytes> {
        lock(&self.transaction).clone()
    }
}

impl State {
    fn sweep(&mut self, now: Instant) {
        self.swept = now;
        let idle = |session: &Session| now.saturating_duration_since(*lock(&session.used)) > IDLE;
        let late: Vec<String> = self
            .open
            .iter()
            .filter(|(_, session)| idle(session))
            .map(|(id, _)| id.clone())
            .collect();
        for id in late {
            self.end(id);
        }
    }

    /// Ends a session unless it is in use.
    fn end(&mut self, id: String) -> bool {
        let stateful = self.open.get(&id).map(|session| session.conn.end_if_idle());
        let Some(Some(stateful)) = stateful else {
            return false;
        };
        self.open.remove(&id);
        self.connected.retain(|session| session.conn.is_connected());
        if self.ended.len() >= MAX_SESSIONS {
            self.ended.pop_front();
        }
        self.ended.push_back((id, stateful));
        true
    }

    /// Ends the session without state that was idle for longest.
    fn make_room(&mut self) -> Result<(), Status> {
        let idle = self.open.iter().filter(|(_, session)| {
            let conn = &session.conn;
            !conn.is_stateful() && !conn.is_in_transaction() && lock(&session.options).is_empty()
        });
        let oldest = idle.min_by_key(|(_, session)| *lock(&session.used));
        let oldest = oldest.map(|(id, _)| id.clone());
        match oldest.is_some_and(|id| self.end(id)) {
            true => Ok(()),
            false => Err(Status::resource_exhausted(format!(
                "{MAX_SESSIONS} sessions are open: close some"
            ))),
        }
    }

    /// Returns, once, whether a session that ended on its own had more than numbers.
    fn was_stateful(&mut self, id: &str) -> Option<bool> {
        let ended = self.ended.iter_mut().find(|(other, _)| other == id)?;
        Some(std::mem::take(&mut ended.1))
    }

    /// Removes the record of an ended session. Returns whether there was one.
    fn forget(&mut self, id: &str) -> bool {
        let before = self.ended.len();
        self.ended.retain(|(other, _)| other != id);
        self.ended.len() < before
    }
}
