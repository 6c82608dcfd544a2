//! The record of received RPCs: method, Flight SQL command, headers.
//!
//! Job: convert a gRPC request to a [`Call`] for assertions. Layer: harness, below [`crate::server`].
//! Spec: <https://arrow.apache.org/docs/format/Flight.html#rpc-methods> (methods) and
//! <https://arrow.apache.org/docs/format/FlightSql.html> (commands wrapped in `google.protobuf.Any`).

mod describe;

use std::{
    fmt,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use tonic::metadata::{KeyAndValueRef, MetadataMap};

use crate::engine::lock;

pub(crate) use describe::{Describe, Description};

/// A method of the gRPC service `arrow.flight.protocol.FlightService`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rpc {
    /// `Handshake`: authentication.
    Handshake,
    /// `ListFlights`.
    ListFlights,
    /// `GetFlightInfo`: plan a query, get its endpoints.
    GetFlightInfo,
    /// `PollFlightInfo`: plan a long query step by step.
    PollFlightInfo,
    /// `GetSchema`: the schema of a query without running it.
    GetSchema,
    /// `DoGet`: read the batches of one endpoint.
    DoGet,
    /// `DoPut`: updates, bound parameters and bulk ingest.
    DoPut,
    /// `DoExchange`: not used by Flight SQL.
    DoExchange,
    /// `DoAction`: prepared statements, transactions, sessions, cancel.
    DoAction,
    /// `ListActions`.
    ListActions,
}

impl Rpc {
    /// All methods, in the order of the proto file.
    pub const ALL: [Rpc; 10] = [
        Rpc::Handshake,
        Rpc::ListFlights,
        Rpc::GetFlightInfo,
        Rpc::PollFlightInfo,
        Rpc::GetSchema,
        Rpc::DoGet,
        Rpc::DoPut,
        Rpc::DoExchange,
        Rpc::DoAction,
        Rpc::ListActions,
    ];

    /// Returns `true` if the reply is a stream of messages, and `false` if it is exactly one message.
    pub fn is_streaming(self) -> bool {
        !matches!(
            self,
            Rpc::GetFlightInfo | Rpc::PollFlightInfo | Rpc::GetSchema
        )
    }
}

impl fmt::Display for Rpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A received RPC, before authentication, gates and faults.
///
/// `Debug` hides the values of `authorization`, `cookie` and other credential headers.
#[derive(Clone)]
pub struct Call {
    rpc: Rpc,
    description: Description,
    headers: Vec<(String, String)>,
    connection: u64,
}

impl Call {
    pub(crate) fn new(
        rpc: Rpc,
        description: Description,
        metadata: &MetadataMap,
        connection: u64,
    ) -> Self {
        Self {
            rpc,
            description,
            headers: headers_of(metadata),
            connection,
        }
    }

    /// Returns the method.
    pub fn rpc(&self) -> Rpc {
        self.rpc
    }

    /// Returns the name of the Flight SQL message in the descriptor or ticket
    /// (`CommandStatementQuery`), the action's type (`BeginTransaction`), or a descriptor's path
    /// joined with `/`. `None` for a handshake and for tickets without an `Any` message.
    pub fn command(&self) -> Option<&str> {
        self.description.name.as_deref()
    }

    /// Returns the bytes of that message, without its `Any` wrapper, or the unchanged bytes of an opaque ticket or action.
    pub fn payload(&self) -> &Bytes {
        &self.description.payload
    }

    /// Returns the SQL of the RPC, if it runs or prepares a statement.
    pub fn sql(&self) -> Option<String> {
        self.description.sql()
    }

    /// Returns the first value of a header, whose name is not case-sensitive.
    ///
    /// Values of `-bin` headers are base64, as sent.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header_values(name).first().copied()
    }

    /// Returns all values of a header, in the received order.
    pub fn header_values(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// Returns all headers: lower-case name and value.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// Returns the number of the connection (TCP or Unix) of the RPC, counted from 1.
    pub fn connection(&self) -> u64 {
        self.connection
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), visible(name, value)))
            .collect();
        f.debug_struct("Call")
            .field("rpc", &self.rpc)
            .field("command", &self.command())
            .field("payload_len", &self.payload().len())
            .field("headers", &headers)
            .field("connection", &self.connection)
            .finish()
    }
}

/// Recorded RPCs, and counters that stay exact even without recorded RPCs.
#[derive(Debug)]
pub(crate) struct Recorder {
    keep: bool,
    calls: Mutex<Vec<Call>>,
    counts: [AtomicUsize; Rpc::ALL.len()],
}

impl Recorder {
    pub(crate) fn new(keep: bool) -> Self {
        Self {
            keep,
            calls: Mutex::default(),
            counts: Default::default(),
        }
    }

    /// Whether RPCs are recorded. A long-running server only counts them.
    pub(crate) fn keeps_calls(&self) -> bool {
        self.keep
    }

    pub(crate) fn count_one(&self, rpc: Rpc) {
        self.counts[rpc as usize].fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn keep(&self, call: Call) {
        lock(&self.calls).push(call);
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        lock(&self.calls).clone()
    }

    pub(crate) fn count(&self, rpc: Rpc) -> usize {
        self.counts[rpc as usize].load(Ordering::SeqCst)
    }

    pub(crate) fn clear(&self) {
        lock(&self.calls).clear();
        for count in &self.counts {
            count.store(0, Ordering::SeqCst);
        }
    }
}

fn headers_of(metadata: &MetadataMap) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    metadata
        .iter()
        .map(|entry| match entry {
            KeyAndValueRef::Ascii(key, value) => (key.to_string(), text(value.as_encoded_bytes())),
            KeyAndValueRef::Binary(key, value) => (key.to_string(), text(value.as_encoded_bytes())),
        })
        .collect()
}

/// Returns a header value for `Debug`, without credentials.
fn visible<'a>(name: &str, value: &'a str) -> &'a str {
    let secret = ["auth", "cookie", "token", "key", "secret", "password"]
        .iter()
        .any(|word| name.contains(word));
    if secret { "***" } else { value }
}

#[cfg(test)]
mod tests {
    use arrow_flight::{Action, FlightDescriptor, Ticket};
    use bytes::Bytes;
    use prost::Message as _;
    use tonic::metadata::MetadataMap;

    use super::{Call, Describe, Description, Recorder, Rpc};
    use crate::testing::query;

    #[test]
    fn an_opaque_ticket_has_no_command() {
        for bytes in [&b"plain text"[..], b"", b"\x0a\x03a/b", b"\xff\xff"] {
            let about = Ticket::new(bytes.to_vec()).describe();
            let expected = (bytes == b"\x0a\x03a/b").then_some("b");
            assert_eq!(about.name.as_deref(), expected, "{bytes:?}");
        }
        assert_eq!(Ticket::new("plain").describe().payload, "plain");
    }

    #[test]
    fn a_type_url_that_is_no_name_is_opaque() {
        let any = arrow_flight::sql::Any {
            type_url: "x/not a name\n".to_owned(),
            value: Bytes::new(),
        };
        assert_eq!(Ticket::new(any.encode_to_vec()).describe().name, None);
    }

    #[test]
    fn actions_and_paths_are_named() {
        let about = Action::new("BeginTransaction", Vec::new()).describe();
        assert_eq!(about.name.as_deref(), Some("BeginTransaction"));
        let path = FlightDescriptor::new_path(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(path.describe().name.as_deref(), Some("a/b"));
    }

    #[test]
    fn debug_hides_credentials() {
        let mut metadata = MetadataMap::new();
        for (name, value) in [
            ("authorization", "Bearer s3cret"),
            ("cookie", "session=s3cret"),
            ("x-api-key", "s3cret"),
            ("user-agent", "me"),
        ] {
            metadata.append(name, value.parse().unwrap());
        }
        let call = Call::new(Rpc::DoGet, query("x").describe(), &metadata, 1);
        let text = format!("{call:?}");
        assert!(!text.contains("s3cret"), "{text}");
        assert!(text.contains("user-agent") && text.contains("me"), "{text}");
        assert_eq!(call.header("authorization"), Some("Bearer s3cret"));
    }

    #[test]
    fn counts_are_kept_without_calls() {
        let recorder = Recorder::new(false);
        recorder.count_one(Rpc::DoPut);
        recorder.count_one(Rpc::DoPut);
        assert_eq!(
            (recorder.count(Rpc::DoPut), recorder.count(Rpc::DoGet)),
            (2, 0)
        );
        assert!(!recorder.keeps_calls());
        recorder.clear();
        assert_eq!(recorder.count(Rpc::DoPut), 0);
    }

    #[test]
    fn every_method_has_a_counter_of_its_own() {
        for (place, rpc) in Rpc::ALL.into_iter().enumerate() {
            assert_eq!(rpc as usize, place);
        }
        let call = Call::new(
            Rpc::Handshake,
            Description::default(),
            &MetadataMap::new(),
            0,
        );
        assert_eq!((call.command(), call.sql()), (None, None));
    }
}
