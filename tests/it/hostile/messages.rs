//! Responses to actions that contain another message, or none.

use flightsql::{Connection as _, Error, FlightSqlConnection, FlightSqlPoolOptions, query};
use flightsql_testkit::arrow_flight::sql::{
    ActionBeginSavepointResult, ActionBeginTransactionResult, ActionCreatePreparedStatementResult,
    Any, DoPutPreparedStatementResult, ProstMessageExt as _,
};
use flightsql_testkit::{Reply, Rpc, Script, TestServer};
use prost::Message as _;

use super::{Hostile, ints, protocol_error};

const CREATE: &str = "CreatePreparedStatement";

fn prepared() -> ActionCreatePreparedStatementResult {
    ActionCreatePreparedStatementResult {
        prepared_statement_handle: "handle".into(),
        ..Default::default()
    }
}

fn begun() -> ActionBeginTransactionResult {
    ActionBeginTransactionResult {
        transaction_id: "id".into(),
    }
}

async fn bound(hostile: &mut Hostile) -> String {
    let row = query("SELECT ?").bind(1_i64);
    protocol_error(row.fetch_one(&mut hostile.connection).await)
}

#[tokio::test]
async fn a9_prepare_reply_without_a_statement_is_refused() {
    let mut hostile = Hostile::new().await;
    let mut elsewhere = prepared().as_any();
    elsewhere.type_url = elsewhere.type_url.replace("sql.", "sql.other.");
    let mut nameless = prepared().as_any();
    nameless.type_url.clear();
    for reply in [
        Reply::action_bytes(""),
        Reply::action_bytes(prepared().encode_to_vec()),
        Reply::action_bytes(Any::default().encode_to_vec()),
        Reply::action_bytes(elsewhere.encode_to_vec()),
        Reply::action_bytes(nameless.encode_to_vec()),
        Reply::action_result(&begun()),
        Reply::prepared("", Some(&ints()), None),
    ] {
        let script = hostile.script.clone();
        script.do_action(CREATE, reply.times(3));
        for error in [
            bound(&mut hostile).await,
            protocol_error(
                hostile
                    .connection
                    .fetch_arrow(query("SELECT ?").bind(1_i64))
                    .await
                    .map(drop),
            ),
            protocol_error(flightsql::Executor::describe(&mut hostile.connection, sql()).await),
        ] {
            assert!(
                error.starts_with("DoAction(CreatePreparedStatement): "),
                "{error}"
            );
        }
    }
    hostile.works().await;
}

fn sql() -> flightsql::SqlStr {
    flightsql::SqlSafeStr::into_sql_str("SELECT n")
}

#[tokio::test]
async fn a9_prepare_reply_may_use_another_type_prefix() {
    let mut hostile = Hostile::new().await;
    let mut any = prepared().as_any();
    any.type_url = any.type_url.replace("type.googleapis.com", "types.example");
    let script = hostile.script.clone();
    script
        .do_action(CREATE, Reply::action_bytes(any.encode_to_vec()))
        .do_put(Reply::update_count(3));
    let done = query("DELETE FROM t WHERE n = ?")
        .bind(1_i64)
        .execute(&mut hostile.connection)
        .await
        .unwrap();
    assert_eq!(done.known_rows_affected(), Some(3));
}

#[tokio::test]
async fn a9_bind_reply_of_another_message_is_no_handle() {
    let mut hostile = Hostile::new().await;
    let script = hostile.script.clone();
    script.do_action(CREATE, Reply::prepared("first", Some(&ints()), None));
    for wrong in [
        begun().as_any().encode_to_vec(),
        prepared().as_any().encode_to_vec(),
    ] {
        let script = hostile.script.clone();
        let reply = Reply::put_result(wrong);
        script.on(Rpc::DoPut, "CommandPreparedStatementQuery", reply);
        let error = bound(&mut hostile).await;
        assert!(
            error.starts_with("DoPut(CommandPreparedStatementQuery): "),
            "{error}"
        );
    }
    // Wrapped and bare are both in use.
    let named = DoPutPreparedStatementResult {
        prepared_statement_handle: Some("other".into()),
    };
    for right in [named.encode_to_vec(), named.as_any().encode_to_vec()] {
        let script = hostile.script.clone();
        script
            .on(
                Rpc::DoPut,
                "CommandPreparedStatementQuery",
                Reply::put_result(right),
            )
            .get_flight_info(Reply::info(ints(), []));
        let rows = query("SELECT ?").bind(1_i64);
        assert!(
            rows.fetch_all(&mut hostile.connection)
                .await
                .unwrap()
                .is_empty()
        );
    }
    let infos = hostile.server.calls_of(Rpc::GetFlightInfo);
    for info in infos {
        assert!(info.payload().windows(5).any(|part| part == b"other"));
    }
}

#[tokio::test]
async fn d6_begin_reply_of_another_action_is_refused() {
    let mut hostile = Hostile::new().await;
    for reply in [
        Reply::action_result(&prepared()),
        Reply::action_result(&ActionBeginSavepointResult {
            savepoint_id: "id".into(),
        }),
        Reply::action_bytes(begun().encode_to_vec()),
        Reply::action_bytes(""),
    ] {
        let script = hostile.script.clone();
        script.do_action("BeginTransaction", reply);
        let error = protocol_error(hostile.connection.begin().await.map(drop));
        assert!(
            error.starts_with("DoAction(BeginTransaction): the server's reply"),
            "{error}"
        );
    }
    hostile.works().await;
}

#[tokio::test]
async fn d6_savepoint_reply_of_another_action_is_refused() {
    let mut hostile = Hostile::new().await;
    let script = hostile.script.clone();
    script
        .do_action("BeginTransaction", Reply::action_result(&begun()))
        .do_action("BeginSavepoint", Reply::action_result(&begun()))
        .do_action("EndTransaction", Reply::empty());
    let mut transaction = hostile.connection.begin().await.unwrap();
    let error = protocol_error(transaction.begin().await.map(drop));
    assert!(
        error.starts_with("DoAction(BeginSavepoint): the server's reply"),
        "{error}"
    );
    transaction.rollback().await.unwrap();
    hostile.works().await;
}

#[tokio::test]
async fn d6_commit_reply_of_another_action_leaves_the_outcome_unknown() {
    let hostile = Hostile::new().await;
    hostile
        .script
        .clone()
        .do_action("BeginTransaction", Reply::action_result(&begun()).times(2))
        .do_action("EndTransaction", Reply::action_result(&prepared()))
        .do_action("EndTransaction", Reply::action_bytes("").always());
    // Through a pool, which must not hand the connection out again.
    let pool = FlightSqlPoolOptions::new().max_connections(1);
    let pool = pool.connect(&hostile.server.url()).await.unwrap();
    let transaction = pool.begin().await.unwrap();
    let error: Error = transaction.commit().await.unwrap_err();
    assert!(
        protocol_error::<()>(Err(error))
            .starts_with("DoAction(EndTransaction): the server's reply")
    );
    // An empty result is what some servers send.
    pool.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn d6_session_reply_of_another_action_is_refused() {
    let script = Script::new();
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let url = format!("{}?session.a=b", server.url());
    for reply in [Reply::action_result(&prepared()), Reply::empty()] {
        let script = script.clone();
        script.do_action("SetSessionOptions", reply);
        let error = protocol_error(FlightSqlConnection::connect(&url).await.map(drop));
        assert!(
            error.starts_with("DoAction(SetSessionOptions): "),
            "{error}"
        );
    }
}
