//! Replies to updates, binds and ingests.

use flightsql_testkit::arrow_flight::PutResult;
use flightsql_testkit::arrow_flight::sql::DoPutUpdateResult;
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, Script};
use prost::Message as _;

use super::perform::{Act, ints};
use super::{Attack, attack};

const MIB: usize = 1 << 20;

fn update(name: &'static str, reply: impl Fn() -> Reply + Send + Sync + 'static) -> Attack {
    attack(name, move || Script::new().do_put(reply())).act(Act::Update)
}

/// A case in which the bind of a query has this reply.
fn bind(name: &'static str, reply: impl Fn() -> Reply + Send + Sync + 'static) -> Attack {
    let script = move || {
        Script::new()
            .do_action(
                "CreatePreparedStatement",
                Reply::prepared("handle", Some(&ints([]).schema()), None),
            )
            .on(Rpc::DoPut, "CommandPreparedStatementQuery", reply())
    };
    attack(name, script).act(Act::Bound)
}

fn ingest(name: &'static str, reply: impl Fn() -> Reply + Send + Sync + 'static) -> Attack {
    attack(name, move || {
        Script::new().on(Rpc::DoPut, "CommandStatementIngest", reply())
    })
    .act(Act::Ingest)
}

fn counts(counts: impl IntoIterator<Item = i64>) -> Reply {
    let result = |record_count| PutResult {
        app_metadata: DoPutUpdateResult { record_count }.encode_to_vec().into(),
    };
    Reply::put_results(counts.into_iter().map(result))
}

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        update("least_row_count", || Reply::update_count(i64::MIN))
            .says("the server sent the row count -9223372036854775808"),
        update("row_count_of_minus_two", || Reply::update_count(-2))
            .says("the server sent the row count -2"),
        update("greatest_row_count", || Reply::update_count(i64::MAX)).harmless(),
        update("row_count_of_garbage", || Reply::put_result(vec![0xff; 90]))
            .says("DoPut(CommandStatementUpdate): "),
        update("row_count_of_20_mb", || {
            Reply::put_result(vec![0xff; 20 * MIB])
        })
        .says("DoPut(CommandStatementUpdate): "),
        update("no_row_count", Reply::empty).says("may not have run"),
        update("second_row_count_is_illegal", || counts([1, i64::MIN]))
            .says("the server sent the row count"),
        update("row_counts_without_end", || {
            Reply::update_count(1).then_repeat()
        })
        .says("the server sent more than 1024 replies to one RPC")
        .memory(),
        update("row_counts_of_1_mb_without_end", || {
            Reply::put_result(vec![0; MIB]).then_repeat()
        })
        .says("the server sent more than")
        .memory(),
        update("row_count_and_then_silence", || {
            Reply::update_count(1).then_hang()
        })
        .options("update_timeout=300ms")
        .fails("io TimedOut", "update_timeout"),
        update("row_count_and_then_an_error", || {
            Reply::update_count(1).then_error(Code::DataLoss, "rolled back")
        })
        .fails("server DATA_LOSS", "rolled back"),
        update("row_count_of_another_message", || {
            Reply::put_result(vec![0x12; 2])
        })
        .says("DoPut(CommandStatementUpdate): "),
        bind("handle_of_garbage", || Reply::put_result(vec![0xff; 90]))
            .says("DoPut(CommandPreparedStatementQuery): "),
        bind("binds_without_end", || {
            Reply::put_result(vec![0; MIB]).then_repeat()
        })
        .says("the server sent more than")
        .memory(),
        bind("bind_that_is_never_answered", Reply::hang)
            .options("query_timeout=300ms")
            .fails("io TimedOut", "query_timeout"),
        bind("bind_that_is_answered_early", || {
            Reply::error(Code::Aborted, "enough").early()
        })
        .fails("server ABORTED", "enough"),
        attack("prepared_update_of_the_least_count", || {
            Script::new()
                .do_action(
                    "CreatePreparedStatement",
                    Reply::prepared("handle", None, None),
                )
                .do_put(Reply::update_count(i64::MIN))
        })
        .act(Act::BoundUpdate)
        .says("the server sent the row count"),
        ingest("ingest_of_the_least_count", || {
            Reply::update_count(i64::MIN)
        })
        .says("the server sent the row count"),
        ingest("ingest_of_replies_without_end", || {
            Reply::put_result(vec![0; MIB]).then_repeat()
        })
        .says("the server sent more than")
        .memory(),
        ingest("ingest_that_ends_before_the_rows", || {
            Reply::update_count(1).early()
        })
        .harmless(),
        ingest("ingest_that_is_never_answered", Reply::hang)
            .options("update_timeout=300ms")
            .fails("io TimedOut", "update_timeout"),
    ]
}
