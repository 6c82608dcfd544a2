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

/// The replies of a scripted server, in order.
///
/// An RPC takes the first remaining reply for its method and, if the reply has one, its command. An RPC without a reply fails
/// with UNIMPLEMENTED and is recorded. Clones share the queue: keep one to add replies later and to end the test with
/// [`assert_used`](Self::assert_used).
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
    /// The remaining uses; `None` means no limit.
    left: Option<usize>,
    used: bool,
}

impl Script {
    /// Creates an empty script.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a reply to `Handshake`.
    pub fn handshake(self, reply: Reply) -> Self {
        self.add(Rpc::Handshake, None, reply)
    }

    /// Adds a reply to `ListFlights`.
    pub fn list_flights(self, reply: Reply) -> Self {
        self.add(Rpc::ListFlights, None, reply)
    }

    /// Adds a reply to `GetFlightInfo` with any command.
    pub fn get_flight_info(self, reply: Reply) -> Self {
        self.add(Rpc::GetFlightInfo, None, reply)
    }

    /// Adds a reply to `PollFlightInfo` with any command.
    pub fn poll_flight_info(self, reply: Reply) -> Self {
        self.add(Rpc::PollFlightInfo, None, reply)
    }

    /// Adds a reply to `GetSchema` with any command.
    pub fn get_schema(self, reply: Reply) -> Self {
        self.add(Rpc::GetSchema, None, reply)
    }

    /// Adds a reply to `DoGet` with any ticket.
    pub fn do_get(self, reply: Reply) -> Self {
        self.add(Rpc::DoGet, None, reply)
    }

    /// Adds a reply to `DoPut` with any command.
    pub fn do_put(self, reply: Reply) -> Self {
        self.add(Rpc::DoPut, None, reply)
    }

    /// Adds a reply to `DoExchange`.
    pub fn do_exchange(self, reply: Reply) -> Self {
        self.add(Rpc::DoExchange, None, reply)
    }

    /// Adds a reply to the `DoAction` of this type.
    pub fn do_action(self, action: impl Into<String>, reply: Reply) -> Self {
        self.add(Rpc::DoAction, Some(action.into()), reply)
    }

    /// Adds a reply to `ListActions`.
    pub fn list_actions(self, reply: Reply) -> Self {
        self.add(Rpc::ListActions, None, reply)
    }

    /// Adds a reply to RPCs with this [`Call::command`](crate::Call::command), such as `CommandGetTables`.
    pub fn on(self, rpc: Rpc, command: impl Into<String>, reply: Reply) -> Self {
        self.add(rpc, Some(command.into()), reply)
    }

    /// Returns the unused replies. A reply without a limit counts until its first use.
    pub fn unused(&self) -> Vec<String> {
        let shared = lock(&self.shared);
        shared.entries.iter().filter_map(Entry::unused).collect()
    }

    /// Returns the RPCs without a reply.
    pub fn unexpected(&self) -> Vec<String> {
        lock(&self.shared).unexpected.clone()
    }

    /// Fails the test if a reply is unused, or an RPC found no reply.
    ///
    /// # Panics
    /// Panics in these two cases. The message lists the replies and RPCs.
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

    /// Takes the reply for an RPC from the queue. Records an RPC without a reply.
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
