//! Invalid responses to updates, binds, prepares and transactions.

use flightsql::{Connection, Error, query};
use flightsql_testkit::arrow_flight::sql::{
    ActionBeginTransactionResult, DoPutPreparedStatementResult, ProstMessageExt,
};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc};

use super::{Hostile, int_batch, ints, protocol_error};

async fn update(hostile: &mut Hostile, reply: Reply) -> Result<Option<u64>, Error> {
    let script = hostile.script.clone();
    script.do_put(reply);
    let done = query("DELETE FROM t")
        .execute(&mut hostile.connection)
        .await?;
    Ok(done.known_rows_affected())
}

#[tokio::test]
async fn row_counts() {
    let mut hostile = Hostile::new().await;
    for (reply, count) in [
        (Reply::update_count(3), Some(3)),
        (Reply::update_count(i64::MAX), Some(i64::MAX.unsigned_abs())),
        (Reply::put_result(""), Some(0)),
        (Reply::update_count(-1), None),
    ] {
        let what = format!("{reply:?} {count:?}");
        assert_eq!(update(&mut hostile, reply).await.unwrap(), count, "{what}");
    }
    let error = protocol_error(update(&mut hostile, Reply::put_result(vec![0xff; 9])).await);
    assert!(
        error.starts_with("DoPut(CommandStatementUpdate): "),
        "{error}"
    );
    for count in [-2, i64::MIN] {
        let error = protocol_error(update(&mut hostile, Reply::update_count(count)).await);
        assert!(error.contains(&format!("row count {count};")), "{error}");
    }
    let error = protocol_error(update(&mut hostile, Reply::empty()).await);
    assert!(error.contains("may not have run"), "{error}");
    hostile.works().await;
}

#[tokio::test]
async fn an_answer_before_the_request_ended() {
    let mut hostile = Hostile::new().await;
    let count = update(&mut hostile, Reply::update_count(5).early()).await;
    assert_eq!(count.unwrap(), Some(5));
    hostile.works().await;
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let mut hostile = Hostile::new().await;
    let reply = Reply::endless(&int_batch([1]));
    hostile
        .script
        .clone()
        .on(Rpc::DoPut, "CommandStatementUpdate", reply);
    let result = query("DELETE FROM t")
        .execute(&mut hostile.connection)
        .await;
    // The scripted server cannot send a batch here, and returns an ordinary error.
    assert!(matches!(result, Err(Error::Database(_))), "{result:?}");
    hostile.works().await;
}

#[tokio::test]
async fn prepared_statements_that_are_no_message() {
    let mut hostile = Hostile::new().await;
    for reply in [
        Reply::action_bytes("garbage"),
        Reply::action_bytes(vec![0xff; 40]),
        Reply::empty(),
    ] {
        let script = hostile.script.clone();
        script.do_action("CreatePreparedStatement", reply);
        let result = query("SELECT ?")
            .bind(1_i64)
            .fetch_one(&mut hostile.connection)
            .await;
        let error = protocol_error(result);
        assert!(
            error.starts_with("DoAction(CreatePreparedStatement): "),
            "{error}"
        );
    }
    hostile.works().await;
}

#[tokio::test]
async fn a_bind_may_answer_nothing_emptiness_or_a_handle() {
    let mut hostile = Hostile::new().await;
    let named = DoPutPreparedStatementResult {
        prepared_statement_handle: Some("other".into()),
    };
    let script = hostile.script.clone();
    script.do_action(
        "CreatePreparedStatement",
        Reply::prepared("first", Some(&ints()), None),
    );
    for reply in [
        Reply::empty(),
        Reply::put_result(""),
        Reply::put_result(prost_bytes(&named)),
        Reply::put_result(named.as_any().value),
    ] {
        let plan = Reply::ticket(ints(), "t");
        let script = hostile.script.clone();
        script
            .on(Rpc::DoPut, "CommandPreparedStatementQuery", reply)
            .get_flight_info(plan)
            .do_get(Reply::batches(ints(), [int_batch([1])]));
        let row = query("SELECT ? AS n")
            .bind(1_i64)
            .fetch_one(&mut hostile.connection)
            .await;
        assert_eq!(flightsql::Row::get::<i64, _>(&row.unwrap(), "n"), 1);
    }
    let infos = hostile.server.calls_of(Rpc::GetFlightInfo);
    let last = infos.last().unwrap().payload().clone();
    assert!(last.windows(5).any(|part| part == b"other"), "{last:?}");
    let script = hostile.script.clone();
    script.on(
        Rpc::DoPut,
        "CommandPreparedStatementQuery",
        Reply::put_result(vec![0xff; 9]),
    );
    let row = query("SELECT ? AS n")
        .bind(1_i64)
        .fetch_one(&mut hostile.connection)
        .await;
    let error = protocol_error(row);
    assert!(
        error.starts_with("DoPut(CommandPreparedStatementQuery): "),
        "{error}"
    );
    hostile.works().await;
}

fn prost_bytes(message: &DoPutPreparedStatementResult) -> Vec<u8> {
    message.as_any().value.to_vec()
}

#[tokio::test]
async fn transactions_without_an_id() {
    let mut hostile = Hostile::new().await;
    let empty = ActionBeginTransactionResult::default();
    let script = hostile.script.clone();
    script.do_action("BeginTransaction", Reply::action_result(&empty));
    let error = protocol_error(hostile.connection.begin().await.map(drop));
    assert_eq!(
        error,
        "DoAction(BeginTransaction): the server answered an empty id"
    );
    let script = hostile.script.clone();
    script.do_action("BeginTransaction", Reply::error(Code::Unimplemented, ""));
    let error = hostile.connection.begin().await.map(drop).unwrap_err();
    assert!(crate::common::server_error(&error).is_unsupported());
    assert!(
        error
            .to_string()
            .contains("does not support transactions; run the statements"),
        "{error}"
    );
    hostile.works().await;
}
