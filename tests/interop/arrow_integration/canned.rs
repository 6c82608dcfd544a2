//! Canned replies for the official client: the scenarios of Flight, without SQL.

use std::sync::Arc;

use arrow_array::{Int32Array, RecordBatch, UInt32Array};
use arrow_flight::{
    BasicAuth, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightDescriptor,
    FlightEndpoint, FlightInfo, PollInfo, RenewFlightEndpointRequest, Ticket,
};
use arrow_schema::Schema;
use flightsql_testkit::{Reply, Rpc, Script, ScriptRequest, tonic::Code};
use prost::Message;

/// The value of the header `auth-token-bin`: `arrow`, the name of the user, in base64.
const TOKEN: &str = "YXJyb3c";

/// Seconds since 1970. The client compares expirations with each other, and not with the clock.
const EXPIRES: i64 = 4_000_000_000;

/// Returns the scenarios in the order of the official list.
pub(crate) fn scripts() -> Vec<(&'static str, Script)> {
    let expiring = || Script::new().get_flight_info(expiring_info());
    vec![
        ("auth:basic_proto", basic_auth()),
        ("middleware", middleware()),
        ("ordered", ordered(true, 1)),
        ("expiration_time:do_get", expiring_rows()),
        (
            "expiration_time:list_actions",
            Script::new().list_actions(Reply::action_types([
                "RenewFlightEndpoint",
                "CancelFlightInfo",
            ])),
        ),
        ("expiration_time:cancel_flight_info", cancelled(expiring())),
        ("expiration_time:renew_flight_endpoint", renewed(expiring())),
        ("location:reuse_connection", reused()),
        ("poll_flight_info", polled()),
        ("app_metadata_flight_info_endpoint", metadata()),
    ]
}

/// The login by a message in the handshake, which returns a token.
fn basic_auth() -> Script {
    let login = |request: &ScriptRequest| {
        let sent: Option<BasicAuth> = request.message();
        let arrow = BasicAuth {
            username: "arrow".to_owned(),
            password: "flight".to_owned(),
        };
        assert_eq!(sent, Some(arrow));
        Reply::handshake("arrow")
    };
    let action = |request: &ScriptRequest| {
        assert_eq!(request.header("auth-token-bin"), Some(TOKEN));
        Reply::action_bytes("arrow")
    };
    Script::new()
        .do_action("", Reply::error(Code::Unauthenticated, "no token"))
        .handshake(Reply::with(login))
        .do_action("", Reply::with(action))
}

/// The header of the request comes back, also before an error.
fn middleware() -> Script {
    let echo = |reply: fn() -> Reply| {
        Reply::with(move |request| {
            let header = request.header("x-middleware").unwrap();
            reply().header("x-middleware", header)
        })
    };
    Script::new()
        .get_flight_info(echo(|| Reply::empty().then_error(Code::Unknown, "unknown")))
        .get_flight_info(echo(|| Reply::ticket(Schema::empty(), "foo")))
}

/// Three endpoints in an order, which the info states or not.
pub(crate) fn ordered(stated: bool, attempts: usize) -> Script {
    let batch = |values: [i32; 3]| {
        let values = Arc::new(Int32Array::from(values.to_vec()));
        RecordBatch::try_from_iter_with_nullable([("number", values as _, false)]).unwrap()
    };
    let schema = batch([0; 3]).schema();
    let info = info(&schema, ["1", "2", "3"].map(endpoint)).with_ordered(stated);
    let rows = [[1, 2, 3], [10, 20, 30], [100, 200, 300]];
    let info = Reply::flight_info(info).times(attempts);
    rows.into_iter()
        .fold(Script::new().get_flight_info(info), |script, rows| {
            script.do_get(Reply::batches(schema.clone(), [batch(rows)]))
        })
}

/// The first of three endpoints has no expiration.
fn expiring_info() -> Reply {
    let endpoints = ["0", "1", "2"].map(|ticket| match ticket {
        "0" => endpoint(ticket),
        _ => expiring_at(endpoint(ticket), EXPIRES),
    });
    Reply::flight_info(info(&number(0).schema(), endpoints))
}

fn expiring_rows() -> Script {
    let script = Script::new().get_flight_info(expiring_info());
    (0..3).fold(script, |script, index| {
        let batch = number(index);
        script.do_get(Reply::batches(batch.schema(), [batch]))
    })
}

fn cancelled(script: Script) -> Script {
    let cancel = |request: &ScriptRequest| {
        let sent: CancelFlightInfoRequest = request.message().unwrap();
        assert_eq!(sent.info.unwrap().endpoint.len(), 3);
        let result = CancelFlightInfoResult::new(CancelStatus::Cancelled);
        Reply::action_bytes(result.encode_to_vec())
    };
    let gone = Reply::error(Code::InvalidArgument, "Invalid flight: cancelled");
    script
        .do_action("CancelFlightInfo", Reply::with(cancel))
        .do_get(gone.times(3))
}

/// Only the two endpoints with an expiration are renewed.
fn renewed(script: Script) -> Script {
    let renew = |request: &ScriptRequest| {
        let sent: RenewFlightEndpointRequest = request.message().unwrap();
        let endpoint = sent.endpoint.unwrap();
        assert_eq!(endpoint.expiration_time.unwrap().seconds, EXPIRES);
        Reply::action_bytes(expiring_at(endpoint, EXPIRES + 10).encode_to_vec())
    };
    script.do_action("RenewFlightEndpoint", Reply::with(renew).times(2))
}

/// The client reads no rows here.
fn reused() -> Script {
    let here = FlightEndpoint::new()
        .with_ticket(Ticket::new("reuse"))
        .with_location("arrow-flight-reuse-connection://?");
    Script::new().get_flight_info(Reply::info(Schema::empty(), [here]))
}

/// A poll in progress names its successor and its expiration; a finished one has neither.
fn polled() -> Script {
    let poll = |next: Option<&'static str>, progress| {
        let expires = expiring_at(FlightEndpoint::new(), EXPIRES).expiration_time;
        Reply::poll_info(PollInfo {
            info: Some(info(&number(0).schema(), [endpoint("long-running query")])),
            flight_descriptor: next.map(FlightDescriptor::new_cmd),
            progress: Some(progress),
            expiration_time: expires.filter(|_| next.is_some()),
        })
    };
    let asked = |payload: &'static str, reply: Reply| {
        Reply::with(move |request| {
            assert_eq!(request.rpc(), Rpc::PollFlightInfo);
            assert_eq!(request.payload(), payload);
            reply.clone()
        })
    };
    Script::new()
        .poll_flight_info(asked("heavy query", poll(Some("poll"), 0.1)))
        .poll_flight_info(asked("poll", poll(None, 1.0)))
}

/// The command comes back as metadata. Its endpoint has no ticket.
fn metadata() -> Script {
    let reply = |request: &ScriptRequest| {
        let command = request.payload().clone();
        assert_eq!(command, "foobar");
        let endpoint = FlightEndpoint::new().with_app_metadata(command.clone());
        let info = info(&number(0).schema(), [endpoint]);
        Reply::flight_info(info.with_app_metadata(command))
    };
    Script::new().get_flight_info(Reply::with(reply))
}

fn info(schema: &Schema, endpoints: impl IntoIterator<Item = FlightEndpoint>) -> FlightInfo {
    FlightInfo::new()
        .with_endpoints(endpoints.into_iter().collect())
        .try_with_schema(schema)
        .unwrap()
}

fn endpoint(ticket: &'static str) -> FlightEndpoint {
    FlightEndpoint::new().with_ticket(Ticket::new(ticket))
}

fn expiring_at(mut endpoint: FlightEndpoint, seconds: i64) -> FlightEndpoint {
    let time = endpoint.expiration_time.get_or_insert_default();
    time.seconds = seconds;
    endpoint
}

fn number(value: u32) -> RecordBatch {
    let values = Arc::new(UInt32Array::from(vec![value]));
    RecordBatch::try_from_iter_with_nullable([("number", values as _, false)]).unwrap()
}
