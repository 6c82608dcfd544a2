//! Canned replies for the official client: the scenario of session options, whose messages arrow-flight lacks.
//!
//! Spec: <https://arrow.apache.org/docs/format/Flight.html#session-management>.

use std::collections::HashMap;

use flightsql_testkit::{Reply, Script};
use prost::{Message, Oneof};

const COOKIE: &str = "arrow_flight_session_id=1";

/// `SessionOptionValue`. Without a value, the option is removed.
#[derive(Clone, PartialEq, Message)]
struct SessionOptionValue {
    #[prost(oneof = "OptionValue", tags = "1, 2, 3, 4, 5")]
    value: Option<OptionValue>,
}

#[derive(Clone, PartialEq, Oneof)]
enum OptionValue {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(sfixed64, tag = "3")]
    Int64(i64),
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(message, tag = "5")]
    List(StringList),
}

#[derive(Clone, PartialEq, Message)]
struct StringList {
    #[prost(string, repeated, tag = "1")]
    values: Vec<String>,
}

/// `SetSessionOptionsRequest`, and `GetSessionOptionsResult`, which has the same form.
#[derive(Clone, PartialEq, Message)]
struct SessionOptions {
    #[prost(map = "string, message", tag = "1")]
    options: HashMap<String, SessionOptionValue>,
}

/// `SetSessionOptionsResult`.
#[derive(Clone, PartialEq, Message)]
struct Refused {
    #[prost(map = "string, message", tag = "1")]
    errors: HashMap<String, Value>,
}

/// `SetSessionOptionsResult.Error`, and `CloseSessionResult`, which has the same form.
#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(int32, tag = "1")]
    value: i32,
}

/// Options of four types are set, read, removed, and read again in one session.
pub(crate) fn session_options() -> Script {
    let long = ("foolong", Some(OptionValue::Int64(123)));
    let text = |text: &str| Some(OptionValue::Text(text.to_owned()));
    let values = ["a", "b", "sea", "dee", " ", "  ", "geee", "(づ｡◕‿‿◕｡)づ"];
    let kept = vec![
        ("bardouble", Some(OptionValue::Double(456.0))),
        (
            "big_ol_string_list",
            Some(OptionValue::List(StringList {
                values: values.map(str::to_owned).into(),
            })),
        ),
    ];
    let mut set = kept.clone();
    set.push(long.clone());
    let all = options(set.clone());
    set.push(("lol_invalid", text("this won't get set")));
    set.push(("key_with_invalid_value", text("lol_invalid")));
    // INVALID_NAME and INVALID_VALUE.
    let errors = [("lol_invalid", 1), ("key_with_invalid_value", 2)];
    let errors = errors.map(|(name, value)| (name.to_owned(), Value { value }));
    let refused = Refused {
        errors: errors.into(),
    };
    let closed = Value { value: 1 };
    let opened = reply(&SessionOptions::default()).header("set-cookie", COOKIE);
    Script::new()
        .do_action("GetSessionOptions", opened)
        .do_action("SetSessionOptions", to(options(set), reply(&refused)))
        .do_action("GetSessionOptions", in_session(reply(&all)))
        .do_action(
            "SetSessionOptions",
            to(options(vec![("foolong", None)]), reply(&Refused::default())),
        )
        .do_action("GetSessionOptions", in_session(reply(&options(kept))))
        .do_action("CloseSession", in_session(reply(&closed)))
}

fn options(options: Vec<(&str, Option<OptionValue>)>) -> SessionOptions {
    let options = options.into_iter();
    SessionOptions {
        options: options
            .map(|(name, value)| (name.to_owned(), SessionOptionValue { value }))
            .collect(),
    }
}

fn reply(message: &impl Message) -> Reply {
    Reply::action_bytes(message.encode_to_vec())
}

fn in_session(reply: Reply) -> Reply {
    Reply::with(move |request| {
        assert_eq!(request.header("cookie"), Some(COOKIE));
        reply.clone()
    })
}

fn to(expected: SessionOptions, reply: Reply) -> Reply {
    in_session(Reply::with(move |request| {
        assert_eq!(request.message(), Some(expected.clone()));
        reply.clone()
    }))
}
