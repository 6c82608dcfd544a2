//! A server that repeats each request, and what it knows of the client, in any response.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use flightsql::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use flightsql::arrow::schema::{DataType, Field, Schema, SchemaRef};
use flightsql_testkit::arrow_flight::FlightEndpoint;
use flightsql_testkit::arrow_flight::sql::{
    ActionBeginSavepointResult, ActionBeginTransactionResult,
};
use flightsql_testkit::tonic::metadata::MetadataMap;
use flightsql_testkit::tonic::{Code, Status};
use flightsql_testkit::{Reply, Rpc, Script, ScriptRequest};

use super::planted::{COOKIE, ISSUED, ROTATED_BY_HEADER, ROTATED_BY_TRAILER, SESSION_COOKIE};

/// The place of an error in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Instead of a response.
    Head,
    /// After the headers, before any message.
    Headers,
    /// After some of the messages.
    Middle,
    /// In the trailers, after all messages.
    Trailers,
    /// Not an error, but a location with the text.
    Location,
}

/// The response that fails.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stage {
    pub(super) rpc: Rpc,
    pub(super) place: Place,
    pub(super) code: Code,
}

/// The state of the server.
#[derive(Clone, Default)]
pub(super) struct Echo {
    state: Arc<Mutex<State>>,
    hits: Arc<AtomicUsize>,
}

#[derive(Default)]
struct State {
    stage: Option<Stage>,
    /// The failures left.
    left: usize,
    /// The secrets that the server got in another way.
    known: String,
}

const ACTIONS: [&str; 10] = [
    "CreatePreparedStatement",
    "ClosePreparedStatement",
    "BeginTransaction",
    "EndTransaction",
    "BeginSavepoint",
    "EndSavepoint",
    "CancelFlightInfo",
    "SetSessionOptions",
    "GetSessionOptions",
    "CloseSession",
];

impl Echo {
    pub(super) fn script(&self) -> Script {
        let reply = |rpc: Rpc| {
            let echo = self.clone();
            Reply::with(move |request| echo.reply(rpc, request)).always()
        };
        let script = Script::new()
            .handshake(reply(Rpc::Handshake))
            .get_flight_info(reply(Rpc::GetFlightInfo))
            .get_schema(reply(Rpc::GetSchema))
            .do_get(reply(Rpc::DoGet))
            .do_put(reply(Rpc::DoPut));
        ACTIONS.iter().fold(script, |script, action| {
            script.do_action(*action, reply(Rpc::DoAction))
        })
    }

    /// Repeats these secrets too.
    pub(super) fn know(&self, secrets: &[&str]) {
        self.state().known = secrets.join(", ");
    }

    /// Lets the next responses at this place fail.
    pub(super) fn fail(&self, stage: Stage, times: usize) {
        let mut state = self.state();
        state.stage = Some(stage);
        state.left = times;
        self.hits.store(0, Ordering::SeqCst);
    }

    /// Lets no response fail, and returns the number of failures.
    pub(super) fn recover(&self) -> usize {
        self.state().stage = None;
        self.hits.load(Ordering::SeqCst)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn stage(&self, rpc: Rpc) -> Option<Stage> {
        let mut state = self.state();
        let stage = state.stage.filter(|stage| stage.rpc == rpc)?;
        state.left = state.left.checked_sub(1)?;
        self.hits.fetch_add(1, Ordering::SeqCst);
        Some(stage)
    }

    fn reply(&self, rpc: Rpc, request: &ScriptRequest) -> Reply {
        let rotated = format!("Bearer {ROTATED_BY_HEADER}");
        let token = match rpc {
            Rpc::Handshake => format!("Bearer {ISSUED}"),
            _ => rotated,
        };
        let text = self.text(rpc, request);
        let Some(stage) = self.stage(rpc) else {
            let reply = valid(rpc, request).header("authorization", token);
            return cookies(reply.header("x-echo", ascii(&text)));
        };
        let reply = match stage.place {
            Place::Head => {
                let error = Reply::error(stage.code, &text).details(details(&text));
                return cookies(error.header("x-echo", ascii(&text)));
            }
            Place::Location => {
                let secret = ascii(&text).replace(' ', "/");
                let ticket = flightsql_testkit::arrow_flight::Ticket::new("t");
                let endpoint = FlightEndpoint::new().with_ticket(ticket);
                let endpoint = endpoint.with_location(format!("grpc+tcp://elsewhere/{secret}"));
                Reply::info(ints(), [endpoint])
            }
            Place::Headers => Reply::empty().then_status(status(stage.code, &text)),
            Place::Middle => {
                Reply::batches(ints(), [batch()]).then_status(status(stage.code, &text))
            }
            Place::Trailers => valid(rpc, request).then_status(status(stage.code, &text)),
        };
        cookies(
            reply
                .header("authorization", token)
                .header("x-echo", ascii(&text)),
        )
    }

    /// Returns the request's headers and payload, and the other secrets.
    fn text(&self, rpc: Rpc, request: &ScriptRequest) -> String {
        let headers: Vec<String> = request
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        // The payload of other RPCs has no secret, but the text of the statement.
        let payload = match rpc {
            Rpc::Handshake | Rpc::DoAction => String::from_utf8_lossy(request.payload()),
            _ => "".into(),
        };
        let known = self.state().known.clone();
        format!("{}; {known}; {payload}", headers.join(", "))
    }
}

/// A response as the protocol has it.
fn valid(rpc: Rpc, request: &ScriptRequest) -> Reply {
    let command = request.command().unwrap_or_default();
    match (rpc, command) {
        (Rpc::Handshake, _) => Reply::handshake(""),
        (Rpc::GetFlightInfo, _) => Reply::ticket(ints(), "t"),
        (Rpc::GetSchema, _) => Reply::schema(ints()),
        (Rpc::DoGet, _) => Reply::batches(ints(), [batch(), batch()])
            .trailer("authorization", format!("Bearer {ROTATED_BY_TRAILER}")),
        (Rpc::DoPut, "CommandPreparedStatementQuery") => Reply::empty(),
        (Rpc::DoPut, _) => Reply::update_count(1),
        (_, "CreatePreparedStatement") => {
            let parameter = Field::new("1", DataType::Utf8, true);
            let update = request.sql().is_some_and(|sql| !sql.starts_with("SELECT"));
            let result = (!update).then(ints);
            let parameters = Schema::new(vec![parameter]);
            Reply::prepared("handle", result.as_deref(), Some(&parameters))
        }
        (_, "BeginTransaction") => Reply::action_result(&ActionBeginTransactionResult {
            transaction_id: "id".into(),
        }),
        (_, "BeginSavepoint") => Reply::action_result(&ActionBeginSavepointResult {
            savepoint_id: "id".into(),
        }),
        (_, "SetSessionOptions" | "GetSessionOptions" | "CloseSession") => Reply::action_bytes(""),
        _ => Reply::empty(),
    }
}

fn cookies(reply: Reply) -> Reply {
    reply
        .header("set-cookie", format!("route={COOKIE}; Path=/"))
        .header(
            "set-cookie",
            format!("arrow_flight_session_id={SESSION_COOKIE}; Path=/"),
        )
}

fn status(code: Code, text: &str) -> Status {
    let mut metadata = MetadataMap::new();
    metadata.insert("x-echo", ascii(text).parse().unwrap());
    metadata.insert(
        "authorization",
        format!("Bearer {ROTATED_BY_TRAILER}").parse().unwrap(),
    );
    Status::with_details_and_metadata(code, text, details(text).into(), metadata)
}

/// A `google.rpc.Status` with the text as an `ErrorInfo`, and as a detail of an unknown type.
fn details(text: &str) -> Vec<u8> {
    let info = [field(1, text), field(2, text)].concat();
    let known = [field(1, "t/google.rpc.ErrorInfo"), field(2, info)].concat();
    let other = [field(1, "t/other"), field(2, text)].concat();
    [field(2, text), field(3, known), field(3, other)].concat()
}

/// A field of bytes in a protobuf message.
fn field(tag: u8, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    let mut field = vec![tag << 3 | 2];
    let mut rest = value.len();
    while rest >= 0x80 {
        field.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
        rest >>= 7;
    }
    field.push(u8::try_from(rest).unwrap());
    field.extend_from_slice(value);
    field
}

/// The text as a header's value.
fn ascii(text: &str) -> String {
    let printable = |c: char| {
        if c == ' ' || c.is_ascii_graphic() {
            c
        } else {
            '.'
        }
    };
    text.chars().map(printable).collect()
}

pub(super) fn ints() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]))
}

pub(super) fn batch() -> RecordBatch {
    let values: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    RecordBatch::try_new(ints(), vec![values]).unwrap()
}
