//! Statements that the server rejects, and SQL that is not exactly one statement.

use flightsql::error::ErrorKind;
use flightsql::{Error, Executor, StatusCode, query, query_scalar, raw_sql};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Reply, Rpc, Script, TestServer};
use futures_util::TryStreamExt;

use super::works;
use crate::common::{connect, count, pool, server, server_error};

#[tokio::test]
async fn an_sql_error_keeps_every_field() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let result = query("SELECT id FROM nowhere")
        .fetch_one(&mut connection)
        .await;
    let error = result.unwrap_err();
    let typed = server_error(&error);
    assert_eq!(typed.status(), StatusCode::InvalidArgument);
    assert_eq!(typed.operation(), "GetFlightInfo(CommandStatementQuery)");
    assert_eq!(typed.endpoint(), None);
    assert!(!typed.is_retryable());
    let database = error.as_database_error().unwrap();
    assert_eq!(database.message(), "no such table: nowhere");
    assert_eq!(database.code().unwrap(), "INVALID_ARGUMENT");
    assert_eq!(database.kind(), ErrorKind::Other);
    assert_eq!(
        typed.to_string(),
        "no such table: nowhere (INVALID_ARGUMENT from GetFlightInfo(CommandStatementQuery))"
    );
    works(&mut connection).await;
}

#[tokio::test]
async fn every_call_of_a_statement_is_named_in_its_error() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let update = query("DELETE FROM nowhere")
        .execute(&mut connection)
        .await
        .unwrap_err();
    assert_eq!(
        server_error(&update).operation(),
        "DoPut(CommandStatementUpdate)"
    );
    let bound = query("DELETE FROM nowhere WHERE id = ?")
        .bind(1_i64)
        .execute(&mut connection)
        .await
        .unwrap_err();
    assert_eq!(
        server_error(&bound).operation(),
        "DoAction(CreatePreparedStatement)"
    );
    let late = query("SELECT json('{') FROM (SELECT 1)")
        .fetch_all(&mut connection)
        .await;
    let late = late.unwrap_err();
    assert!(
        late.as_database_error()
            .unwrap()
            .message()
            .contains("malformed JSON"),
        "{late}"
    );
    works(&mut connection).await;
    assert_eq!(server.sqlite().open_prepared(), 0);
}

#[tokio::test]
async fn violated_constraints_have_their_kind() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER CHECK (age > 0));
             INSERT INTO t VALUES (1, 'a', 1)",
        )
        .unwrap();
    let pool = pool(&server, 1).await;
    for (sql, kind, status) in [
        (
            "INSERT INTO t VALUES (1, 'b', 1)",
            ErrorKind::UniqueViolation,
            StatusCode::AlreadyExists,
        ),
        (
            "INSERT INTO t VALUES (2, NULL, 1)",
            ErrorKind::NotNullViolation,
            StatusCode::FailedPrecondition,
        ),
        (
            "INSERT INTO t VALUES (2, 'b', 0)",
            ErrorKind::CheckViolation,
            StatusCode::FailedPrecondition,
        ),
    ] {
        let error = query(sql).execute(&pool).await.unwrap_err();
        assert_eq!(server_error(&error).status(), status, "{sql}");
        assert_eq!(error.as_database_error().unwrap().kind(), kind, "{sql}");
    }
    let error = query("INSERT INTO t VALUES (?, 'b', 1)")
        .bind(1_i64)
        .execute(&pool)
        .await;
    let error = error.unwrap_err();
    let database = error.as_database_error().unwrap();
    assert!(database.is_unique_violation());
    assert_eq!(database.table(), Some("t"));
    assert_eq!(database.constraint(), Some("t.id"));
    assert_eq!(database.message(), "UNIQUE constraint failed: t.id");
    assert_eq!(
        server_error(&error).operation(),
        "DoPut(CommandPreparedStatementUpdate)"
    );
    assert_eq!(count(&pool, "t").await, 1);
}

#[tokio::test]
async fn an_empty_statement_is_refused_here() {
    let server = server().await;
    let mut connection = connect(&server).await;
    server.clear_calls();
    for sql in ["", "  \n", ";", "-- nothing\n;", "/* nothing */"] {
        let result = query(sql).execute(&mut connection).await;
        assert!(
            matches!(&result, Err(Error::InvalidArgument(text)) if text == "the statement is empty"),
            "{sql:?}: {result:?}"
        );
    }
    assert_eq!(server.count_all(), 0);
    works(&mut connection).await;
}

#[tokio::test]
async fn several_statements_in_one_query_are_refused_here() {
    let server = server().await;
    let mut connection = connect(&server).await;
    server.clear_calls();
    let result = query("SELECT 1; DROP TABLE t")
        .fetch_all(&mut connection)
        .await;
    let Err(Error::InvalidArgument(text)) = result else {
        panic!("{result:?}");
    };
    assert!(text.contains("2 statements"), "{text}");
    assert_eq!(server.count_all(), 0);
    // One statement with its semicolon, and one in a string, are one.
    let text: String = query_scalar("SELECT 'a;b' ; ")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(text, "a;b");
}

#[tokio::test]
async fn raw_sql_runs_every_statement() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    let done = raw_sql(
        "CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1), (2); -- and
         INSERT INTO t VALUES (3); UPDATE t SET id = id + 10;",
    )
    .execute(&pool)
    .await
    .unwrap();
    assert_eq!(done.rows_affected(), 2 + 1 + 3);
    assert_eq!(count(&pool, "t").await, 3);

    let mut steps = Vec::new();
    let mut stream =
        raw_sql("SELECT id FROM t; DELETE FROM t WHERE id > 11; SELECT count(*) FROM t")
            .fetch_many(&pool);
    while let Some(step) = stream.try_next().await.unwrap() {
        steps.push(match step {
            flightsql::Either::Left(done) => format!("{} changed", done.rows_affected()),
            flightsql::Either::Right(row) => {
                format!("row {}", flightsql::Row::get::<i64, _>(&row, 0))
            }
        });
    }
    assert_eq!(
        steps,
        [
            "row 11",
            "row 12",
            "row 13",
            "0 changed",
            "2 changed",
            "row 1",
            "0 changed"
        ]
    );
}

#[tokio::test]
async fn raw_sql_stops_at_the_first_error() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let result = connection
        .execute(
            "CREATE TABLE t (id INTEGER); INSERT INTO nowhere VALUES (1); INSERT INTO t VALUES (1)",
        )
        .await;
    let error = result.unwrap_err();
    assert_eq!(
        error.as_database_error().unwrap().message(),
        "no such table: nowhere"
    );
    assert_eq!(count(&mut connection, "t").await, 0);
}

#[tokio::test]
async fn empty_error_text_becomes_name_of_code() {
    let script = Script::new()
        .get_flight_info(Reply::error(Code::Internal, ""))
        .get_flight_info(Reply::error(Code::ResourceExhausted, "  "))
        .do_put(Reply::error(Code::PermissionDenied, ""));
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let mut connection = connect(&server).await;
    for (sql, status, name, retryable) in [
        ("SELECT 1", StatusCode::Internal, "INTERNAL", false),
        (
            "SELECT 1",
            StatusCode::ResourceExhausted,
            "RESOURCE_EXHAUSTED",
            true,
        ),
        (
            "DELETE FROM t",
            StatusCode::PermissionDenied,
            "PERMISSION_DENIED",
            false,
        ),
    ] {
        let error = query(sql).execute(&mut connection).await.unwrap_err();
        let typed = server_error(&error);
        assert_eq!(typed.status(), status);
        assert_eq!(error.as_database_error().unwrap().message(), name);
        assert_eq!(typed.is_retryable(), retryable);
        assert!(
            typed.to_string().starts_with(&format!("{name} (from ")),
            "{typed}"
        );
    }
    script.assert_used();
}

#[tokio::test]
async fn unimplemented_update_is_tried_once_then_queried() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (id INTEGER)")
        .unwrap();
    let fault = Fault::new(Rpc::DoPut)
        .command("CommandStatementUpdate")
        .always();
    let fault = server.fault(fault.status(Code::Unimplemented, "no updates here"));
    let pool = pool(&server, 1).await;
    for number in 1..=3 {
        query("INSERT INTO t VALUES (1)")
            .execute(&pool)
            .await
            .unwrap();
        assert_eq!(count(&pool, "t").await, number);
    }
    assert_eq!(fault.hits(), 1);
}
