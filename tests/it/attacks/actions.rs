//! Replies to actions: prepared statements, transactions, session options and the login.

use std::sync::Arc;

use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql_testkit::arrow_flight::sql::{
    ActionBeginTransactionResult, ActionCreatePreparedStatementResult, ProstMessageExt as _,
};
use flightsql_testkit::{Reply, Rpc, Script};
use prost::Message as _;

use super::perform::{Act, ints};
use super::{Attack, attack};

const MIB: usize = 1 << 20;

/// A case in which an action has this reply.
fn action(
    name: &'static str,
    action: &'static str,
    reply: impl Fn() -> Reply + Send + Sync + 'static,
) -> Attack {
    attack(name, move || Script::new().do_action(action, reply()))
}

/// A case in which a statement is prepared with this reply.
fn prepared(name: &'static str, reply: impl Fn() -> Reply + Send + Sync + 'static) -> Attack {
    action(name, "CreatePreparedStatement", reply).act(Act::Bound)
}

fn parameters(schema: &Schema) -> Reply {
    Reply::prepared("handle", Some(&ints([]).schema()), Some(schema))
}

fn begun() -> Reply {
    Reply::action_result(&ActionBeginTransactionResult {
        transaction_id: "id".into(),
    })
}

/// The messages of session options. An entry of a map is a message with a key and a value.
#[derive(Clone, PartialEq, prost::Message)]
struct Options {
    #[prost(message, repeated, tag = "1")]
    entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Entry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

fn entries(count: u32, value: &[u8]) -> Reply {
    let entry = |n: u32| Entry {
        key: format!("{n:x}"),
        value: value.to_vec(),
    };
    let entries = (0..count).map(entry).collect();
    Reply::action_bytes(Options { entries }.encode_to_vec())
}

/// One option whose value is a list of so many empty strings.
fn empty_texts(count: usize) -> Reply {
    let list = [0x0a, 0].repeat(count);
    let mut value = vec![0x2a];
    prost::encoding::encode_varint(u64::try_from(list.len()).unwrap(), &mut value);
    value.extend(list);
    let key = "a".to_owned();
    let entries = vec![Entry { key, value }];
    Reply::action_bytes(Options { entries }.encode_to_vec())
}

pub(super) fn attacks() -> Vec<Attack> {
    [statements(), transactions(), options(), logins()]
        .into_iter()
        .flatten()
        .collect()
}

fn statements() -> Vec<Attack> {
    vec![
        prepared("parameters_of_200_thousand_fields", || {
            let field = Arc::new(Field::new("p", DataType::Int64, true));
            parameters(&Schema::new(vec![field; 200_000]))
        })
        .says("the server's schema is bad")
        .memory(),
        prepared("parameters_of_nine_thousand_fields", || {
            let field = Arc::new(Field::new("p", DataType::Int64, true));
            parameters(&Schema::new(vec![field; 9000]))
        })
        .fails("argument", "9000"),
        prepared("parameters_of_garbage", || {
            let result = ActionCreatePreparedStatementResult {
                prepared_statement_handle: "handle".into(),
                parameter_schema: vec![0xff; 1000].into(),
                ..Default::default()
            };
            Reply::action_result(&result)
        })
        .says("the server's schema is bad"),
        prepared("parameter_of_a_nested_type", || {
            let mut deep = DataType::Int64;
            for _ in 0..200 {
                deep = DataType::List(Arc::new(Field::new("item", deep, true)));
            }
            parameters(&Schema::new(vec![Field::new("p", deep, true)]))
        })
        .says("the server's schema is bad"),
        prepared("parameter_of_null_type", || {
            parameters(&Schema::new(vec![Field::new("p", DataType::Null, true)]))
        })
        .fails("server", ""),
        prepared("dataset_of_garbage", || {
            let result = ActionCreatePreparedStatementResult {
                prepared_statement_handle: "handle".into(),
                dataset_schema: vec![0, 0, 0, 0x7f].into(),
                ..Default::default()
            };
            Reply::action_result(&result)
        })
        .says("the server's schema is bad"),
        prepared("handle_of_20_mb", || {
            Reply::prepared(vec![b'h'; 20 * MIB], Some(&ints([]).schema()), None)
        })
        .fails("server", ""),
        prepared("handle_of_nothing", || Reply::prepared("", None, None))
            .says("the server replied with an empty handle"),
        prepared("prepared_by_two_replies", || {
            let result = ActionCreatePreparedStatementResult::default();
            let bytes = result.as_any().encode_to_vec();
            Reply::action_bytes(bytes).then_repeat()
        })
        .says("the server sent more than 1024 replies to one RPC")
        .memory(),
        prepared("prepared_by_replies_of_1_mb", || {
            Reply::action_bytes(vec![b'x'; MIB]).then_repeat()
        })
        .says("raise that option")
        .memory(),
        prepared("prepared_by_one_reply_of_65_mb", || {
            Reply::action_bytes(vec![b'x'; 65 * MIB])
        })
        .says("raise `max_message_size`")
        .memory(),
        prepared("prepared_by_an_any_of_another_type", begun)
            .says("DoAction(CreatePreparedStatement): "),
        prepared("prepared_by_nothing", Reply::empty).says("without a reply"),
        prepared("prepared_never", Reply::hang)
            .options("query_timeout=300ms")
            .fails("io TimedOut", "query_timeout"),
        action(
            "describes_200_thousand_columns",
            "CreatePreparedStatement",
            || {
                let field = Arc::new(Field::new("c", DataType::Int64, true));
                Reply::prepared("h", Some(&Schema::new(vec![field; 200_000])), None)
            },
        )
        .act(Act::Describe)
        .says("the server's schema is bad")
        .memory(),
        action(
            "prepares_a_schema_without_little_endian",
            "CreatePreparedStatement",
            || {
                let result = ActionCreatePreparedStatementResult {
                    prepared_statement_handle: "handle".into(),
                    dataset_schema: vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff].into(),
                    ..Default::default()
                };
                Reply::action_result(&result)
            },
        )
        .act(Act::Prepare)
        .says("the server's schema is bad"),
    ]
}

fn transactions() -> Vec<Attack> {
    vec![
        action("transaction_without_an_id", "BeginTransaction", || {
            Reply::action_result(&ActionBeginTransactionResult::default())
        })
        .act(Act::Begin)
        .says("the server answered an empty id"),
        action(
            "transaction_of_an_endless_reply",
            "BeginTransaction",
            || Reply::action_bytes(vec![0; 100]).then_repeat(),
        )
        .act(Act::Begin)
        .says("the server sent more than")
        .memory(),
        action("transaction_id_of_20_mb", "BeginTransaction", || {
            Reply::action_result(&ActionBeginTransactionResult {
                transaction_id: vec![1; 20 * MIB].into(),
            })
        })
        .act(Act::Begin)
        .harmless(),
        attack("commit_that_is_never_answered", || {
            Script::new()
                .do_action("BeginTransaction", begun())
                .do_action("EndTransaction", Reply::hang())
        })
        .act(Act::Commit)
        .options("update_timeout=300ms&close_timeout=300ms")
        .fails("io TimedOut", "_timeout")
        .broken(),
        attack("commit_of_an_endless_reply", || {
            Script::new()
                .do_action("BeginTransaction", begun())
                .do_action(
                    "EndTransaction",
                    Reply::action_bytes(vec![0; MIB]).then_repeat(),
                )
        })
        .act(Act::Commit)
        .says("the server sent more than")
        .broken()
        .memory(),
        attack("savepoint_of_garbage", || {
            Script::new().do_action("BeginTransaction", begun()).on(
                Rpc::DoAction,
                "BeginSavepoint",
                Reply::action_bytes("garbage"),
            )
        })
        .act(Act::Savepoint)
        .says("DoAction(BeginSavepoint): "),
        attack("savepoint_without_an_id", || {
            let empty = flightsql_testkit::arrow_flight::sql::ActionBeginSavepointResult::default();
            Script::new()
                .do_action("BeginTransaction", begun())
                .do_action("BeginSavepoint", Reply::action_result(&empty))
        })
        .act(Act::Savepoint)
        .says("the server answered an empty id"),
    ]
}

fn options() -> Vec<Attack> {
    const SET: &str = "SetSessionOptions";
    const GET: &str = "GetSessionOptions";
    vec![
        action("rejects_80_thousand_options", SET, || {
            entries(80_000, &[8, 1])
        })
        .act(Act::SetOption)
        .says("rejected session options that it was not sent")
        .memory(),
        action("rejects_an_option_that_was_not_sent", SET, || {
            let key = "x".repeat(300);
            let value = vec![8, 1];
            let entries = vec![Entry { key, value }];
            Reply::action_bytes(Options { entries }.encode_to_vec())
        })
        .act(Act::SetOption)
        .says("rejected session options that it was not sent"),
        action("rejects_options_with_garbage", SET, || {
            Reply::action_bytes(vec![0xff; 90])
        })
        .act(Act::SetOption)
        .says("the server's reply is malformed"),
        action("sets_options_without_a_reply", SET, Reply::empty)
            .act(Act::SetOption)
            .says("without a reply"),
        action("80_thousand_options", GET, || entries(80_000, &[0x10, 1]))
            .act(Act::Options)
            .harmless()
            .memory(),
        action("option_of_500_thousand_empty_texts", GET, || {
            empty_texts(500_000)
        })
        .act(Act::Options)
        .harmless()
        .memory(),
        action("300_thousand_options", GET, || entries(300_000, &[0x10, 1]))
            .act(Act::Options)
            .says("the server's reply has more than 1048576 bytes")
            .memory(),
        action("option_of_two_million_empty_texts", GET, || {
            empty_texts(2_000_000)
        })
        .act(Act::Options)
        .says("the server's reply has more than")
        .memory(),
        action("options_of_5_mb", GET, || {
            Reply::action_bytes(vec![0; 5 * MIB])
        })
        .act(Act::Options)
        .says("the server's reply has more than"),
        action("option_of_an_unknown_type", GET, || entries(1, &[0x3a, 0]))
            .act(Act::Options)
            .says("a value of an unknown type"),
        action("option_that_is_not_utf8", GET, || {
            entries(1, &[0x0a, 1, 0xff])
        })
        .act(Act::Options)
        .says("the server's reply is malformed"),
    ]
}

fn logins() -> Vec<Attack> {
    let login = |name: &'static str, reply: fn() -> Reply| {
        attack(name, move || Script::new().handshake(reply()))
            .act(Act::Connect)
            .options("user=ann&password=planted-password&auth=handshake")
            .after("unconnected")
    };
    vec![
        login("login_of_an_endless_reply", || {
            Reply::handshake(vec![b'x'; MIB]).then_repeat()
        })
        .says("does not end its answer")
        .memory(),
        login("token_of_1_mb_by_the_login", || {
            Reply::handshake(vec![b'x'; MIB])
        })
        .fails("protocol", "token"),
        login("token_of_control_characters_by_the_login", || {
            Reply::handshake("a\r\nb: c\0")
        })
        .harmless()
        .after("usable"),
        login("login_that_is_never_answered", Reply::hang)
            .options("user=ann&password=planted-password&auth=handshake&connect_timeout=300ms")
            .fails("io TimedOut", "connect_timeout"),
        login("login_without_a_token", Reply::empty)
            .fails("fine", "")
            .after("usable"),
    ]
}
