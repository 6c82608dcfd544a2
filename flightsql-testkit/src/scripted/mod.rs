//! A server that sends exactly the replies of a test, including nonconforming ones.
//!
//! Job: [`Script`], the queue of replies. Layer: a service for [`crate::server`], like the SQLite one.
//! `reply` builds replies, `service` plays them, `raw` makes `FlightData` by hand.

mod item;
pub mod raw;
mod reply;
mod request;
mod service;

use std::sync::{Arc, Mutex};

use self::item::Item;
use crate::{engine::lock, record::Rpc};

pub(crate) use self::service::ScriptedService;
pub use self::{reply::Reply, request::ScriptRequest};

/// The replies of a scripted server, in the order in which they are given out.
///
/// A call takes the first reply left for its method and, if the reply was given one, its command. A call that
/// finds none is answered UNIMPLEMENTED and remembered. Clones share the queue: keep one to add replies later
/// and to end the test with [`assert_used`](Self::assert_used).
///
/// ```
/// use flightsql_testkit::{Reply, Script, tonic::Code};
///
/// let script = Script::new()
///     .do_action("BeginTransaction", Reply::error(Code::Unavailable, "not now"))
///     .do_put(Reply::update_count(1).times(3));
/// assert_eq!(script.unused(), ["DoAction BeginTransaction", "DoPut (3 times)"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Script {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    entries: Vec<Entry>,
    unexpected: Vec<String>,
}

#[derive(Debug)]
struct Entry {
    rpc: Rpc,
    command: Option<String>,
    reply: Reply,
    /// `None`: without end.
    left: Option<usize>,
    used: bool,
}

impl Script {
    /// An empty script.
    pub fn new() -> Self {
        Self::default()
    }

    /// A reply to `Handshake`.
    pub fn handshake(self, reply: Reply) -> Self {
        self.add(Rpc::Handshake, None, reply)
    }

    /// A reply to `ListFlights`.
    pub fn list_flights(self, reply: Reply) -> Self {
        self.add(Rpc::ListFlights, None, reply)
    }

    /// A reply to `GetFlightInfo`, whatever its command.
    pub fn get_flight_info(self, reply: Reply) -> Self {
        self.add(Rpc::GetFlightInfo, None, reply)
    }

    /// A reply to `PollFlightInfo`, whatever its command.
    pub fn poll_flight_info(self, reply: Reply) -> Self {
        self.add(Rpc::PollFlightInfo, None, reply)
    }

    /// A reply to `GetSchema`, whatever its command.
    pub fn get_schema(self, reply: Reply) -> Self {
        self.add(Rpc::GetSchema, None, reply)
    }

    /// A reply to `DoGet`, whatever its ticket.
    pub fn do_get(self, reply: Reply) -> Self {
        self.add(Rpc::DoGet, None, reply)
    }

    /// A reply to `DoPut`, whatever its command.
    pub fn do_put(self, reply: Reply) -> Self {
        self.add(Rpc::DoPut, None, reply)
    }

    /// A reply to `DoExchange`.
    pub fn do_exchange(self, reply: Reply) -> Self {
        self.add(Rpc::DoExchange, None, reply)
    }

    /// A reply to the `DoAction` of this type.
    pub fn do_action(self, action: impl Into<String>, reply: Reply) -> Self {
        self.add(Rpc::DoAction, Some(action.into()), reply)
    }

    /// A reply to `ListActions`.
    pub fn list_actions(self, reply: Reply) -> Self {
        self.add(Rpc::ListActions, None, reply)
    }

    /// A reply to calls with this [`Call::command`](crate::Call::command), such as `CommandGetTables`.
    pub fn on(self, rpc: Rpc, command: impl Into<String>, reply: Reply) -> Self {
        self.add(rpc, Some(command.into()), reply)
    }

    /// Returns the unused replies; one that may be used without end counts until its first use.
    pub fn unused(&self) -> Vec<String> {
        let shared = lock(&self.shared);
        shared.entries.iter().filter_map(Entry::unused).collect()
    }

    /// The calls that found no reply.
    pub fn unexpected(&self) -> Vec<String> {
        lock(&self.shared).unexpected.clone()
    }

    /// Fails the test if a reply is left, or if a call found none.
    ///
    /// # Panics
    /// In those two cases; the text lists them.
    #[track_caller]
    pub fn assert_used(&self) {
        let (unused, unexpected) = (self.unused(), self.unexpected());
        assert!(
            unused.is_empty() && unexpected.is_empty(),
            "flightsql-testkit: unused replies: {unused:?}; calls without a reply: {unexpected:?}"
        );
    }

    fn add(self, rpc: Rpc, command: Option<String>, reply: Reply) -> Self {
        let entry = Entry {
            rpc,
            command,
            left: reply.uses(),
            reply,
            used: false,
        };
        lock(&self.shared).entries.push(entry);
        self
    }

    /// The reply for a call, taken from the queue; without one the call is remembered.
    fn take(&self, rpc: Rpc, command: Option<&str>) -> Option<Reply> {
        let mut shared = lock(&self.shared);
        let found = shared.entries.iter_mut().find(|entry| {
            entry.rpc == rpc
                && entry.left != Some(0)
                && (entry.command.is_none() || entry.command.as_deref() == command)
        });
        if let Some(entry) = found {
            entry.used = true;
            entry.left = entry.left.map(|left| left - 1);
            return Some(entry.reply.clone());
        }
        shared.unexpected.push(name(rpc, command));
        None
    }
}

impl Entry {
    fn unused(&self) -> Option<String> {
        let name = name(self.rpc, self.command.as_deref());
        match self.left {
            Some(0) => None,
            Some(1) => Some(name),
            Some(left) => Some(format!("{name} ({left} times)")),
            None => (!self.used).then_some(name),
        }
    }
}

fn name(rpc: Rpc, command: Option<&str>) -> String {
    match command {
        Some(command) => format!("{rpc} {command}"),
        None => rpc.to_string(),
    }
}

#[cfg(test)]
mod tests;
