//! Statuses that flood, lie or ask for patience.

use flightsql_testkit::tonic::metadata::MetadataMap;
use flightsql_testkit::tonic::{Code, Status};
use flightsql_testkit::{Reply, Rpc, Script};
use prost::Message as _;

use super::perform::{Act, ints};
use super::{Attack, attack};

/// `google.rpc.Status`, and the details that a server may put into it.
#[derive(Clone, PartialEq, prost::Message)]
struct Details {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

fn retry_info(value: Vec<u8>) -> Vec<u8> {
    let type_url = "type.googleapis.com/google.rpc.RetryInfo".to_owned();
    let details = vec![Any { type_url, value }];
    Details { details }.encode_to_vec()
}

/// A delay of so many seconds: `RetryInfo { retry_delay: Duration { seconds } }`.
fn delay(seconds: i64) -> Vec<u8> {
    #[derive(Clone, PartialEq, prost::Message)]
    struct Seconds {
        #[prost(int64, tag = "1")]
        seconds: i64,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    struct Info {
        #[prost(message, optional, tag = "1")]
        delay: Option<Seconds>,
    }
    let delay = Some(Seconds { seconds });
    retry_info(Info { delay }.encode_to_vec())
}

fn plan(name: &'static str, reply: impl Fn() -> Reply + Send + Sync + 'static) -> Attack {
    attack(name, move || Script::new().get_flight_info(reply()))
}

/// A status with this code and these raw headers.
fn raw(headers: &[(&'static str, Vec<u8>)]) -> Status {
    let mut map = tonic::codegen::http::HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value[..].try_into().unwrap());
    }
    Status::with_metadata(Code::NotFound, "no table", MetadataMap::from_headers(map))
}

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        plan("status_text_of_60_kb", || {
            Reply::error(Code::NotFound, "x".repeat(60_000))
        })
        .fails("server NOT_FOUND", "xxx"),
        plan("status_text_of_300_kb", || {
            Reply::error(Code::NotFound, "x".repeat(300_000))
        })
        .fails("server NOT_FOUND", "raise `max_header_size`")
        .memory(),
        plan("status_text_of_10_mb", || {
            Reply::error(Code::NotFound, "x".repeat(10 << 20))
        })
        .fails("io ConnectionReset", "the connection was lost")
        .broken()
        .memory(),
        plan("status_text_of_control_characters", || {
            Reply::error(Code::NotFound, "\u{1b}]0;owned\u{7}\r\n\0")
        })
        .fails("server NOT_FOUND", "owned"),
        plan("status_text_that_is_not_utf8", || {
            Reply::status(raw(&[("grpc-message", b"caf\xe9".to_vec())]))
        })
        .fails("server NOT_FOUND", ""),
        plan("details_of_garbage", || {
            Reply::error(Code::Unavailable, "no").details(vec![0xff; 10_000])
        })
        .options("retries=3")
        .harmless(),
        plan("details_of_300_thousand_messages", || {
            let details = vec![Any::default(); 300_000];
            let details = Details { details }.encode_to_vec();
            Reply::error(Code::Unavailable, "no").details(details)
        })
        .fails("server UNAVAILABLE", "no")
        .memory(),
        plan("details_that_are_not_base64", || {
            Reply::status(raw(&[("grpc-status-details-bin", b"%%%".to_vec())]))
        })
        .fails("server NOT_FOUND", "is not valid base64"),
        plan("details_twice", || {
            Reply::status(raw(&[
                ("grpc-status-details-bin", b"AAAA".to_vec()),
                ("grpc-status-details-bin", b"!".to_vec()),
            ]))
        })
        .fails("server NOT_FOUND", "no table"),
        plan("retry_after_300_years", || {
            Reply::error(Code::Unavailable, "no").details(delay(9_999_999_999))
        })
        .options("retries=3")
        .fails("server UNAVAILABLE", "no"),
        plan("retry_after_the_longest_time", || {
            Reply::error(Code::Unavailable, "no").details(delay(i64::MAX))
        })
        .options("retries=3")
        .fails("server UNAVAILABLE", "no"),
        plan("retry_without_end", || {
            Reply::error(Code::Unavailable, "no")
                .details(delay(-1))
                .always()
        })
        .options("retries=3")
        .fails("server UNAVAILABLE", "no")
        .after("Err(Database("),
        plan("unauthenticated_for_ever", || {
            Reply::error(Code::Unauthenticated, "who are you?").always()
        })
        .options("token=planted-token&retries=3")
        .fails("server UNAUTHENTICATED", "who are you?")
        .broken(),
        attack("login_refused_for_ever", || {
            let refused = Reply::error(Code::Unauthenticated, "planted-password is wrong");
            Script::new().handshake(refused.always())
        })
        .act(Act::Connect)
        .options("user=ann&password=planted-password&auth=handshake&retries=3")
        .fails("server UNAUTHENTICATED", "*** is wrong")
        .after("unconnected"),
        plan("status_ok_instead_of_a_plan", || {
            Reply::status(Status::new(Code::Ok, "fine"))
        })
        .fails("server", ""),
        plan("code_beyond_the_table", || {
            Reply::status(raw(&[("grpc-status", b"4711".to_vec())]))
        })
        .fails("server", ""),
        plan("echo_of_the_token", || {
            Reply::error(Code::PermissionDenied, "Bearer planted-token may not")
        })
        .options("token=planted-token")
        .fails("server PERMISSION_DENIED", "Bearer *** may not"),
        attack("error_after_a_thousand_rows", || {
            let rows = ints(0..1000);
            Script::new()
                .get_flight_info(Reply::ticket(rows.schema(), "t"))
                .do_get(Reply::batches(rows.schema(), [rows]).then_error(Code::DataLoss, "gone"))
        })
        .fails("server DATA_LOSS", "gone"),
        attack("commit_refused_with_10_mb", || {
            let begun = flightsql_testkit::arrow_flight::sql::ActionBeginTransactionResult {
                transaction_id: "id".into(),
            };
            let refused = Reply::error(Code::Aborted, "x".repeat(10 << 20));
            Script::new()
                .on(
                    Rpc::DoAction,
                    "BeginTransaction",
                    Reply::action_result(&begun),
                )
                .on(Rpc::DoAction, "EndTransaction", refused)
        })
        .act(Act::Commit)
        .fails("io ConnectionReset", "the connection was lost")
        .broken()
        .memory(),
    ]
}
