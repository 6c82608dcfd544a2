//! Tokens revoked under a pool: one login for all connections, and no error.

use flightsql::StatusCode;
use flightsql_testkit::Fault;
use flightsql_testkit::tonic::Code;
use futures_util::future::try_join_all;

use super::*;
use crate::common::server_error;

async fn b10(server: &TestServer, options: &FlightSqlConnectOptions) {
    let pool = pool(options, 8).await;
    let run = async || {
        let tasks = (0..8).map(|task| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let sql = AssertSqlSafe(format!("SELECT {task}"));
                let got: i64 = query_scalar(sql).fetch_one(&pool).await?;
                assert_eq!(got, task);
                Ok::<_, Error>(())
            })
        });
        for outcome in try_join_all(tasks).await.unwrap() {
            outcome.unwrap();
        }
    };
    run().await;
    server.revoke_tokens();
    run().await;
    run().await;
}

#[tokio::test]
async fn b10_logs_in_once_for_a_pool_with_a_shared_login() {
    let server = secured(TestServer::builder().basic("ann", "pass")).await;
    b10(&server, &trusting(&server, "ann:pass@", "?login=shared")).await;
    assert_eq!(server.count(Rpc::Handshake), 2);
}

#[tokio::test]
async fn b10_requests_one_token_for_a_pool_with_a_provider() {
    let server = server().await;
    let issuer = Issuer::new(&server, None);
    b10(
        &server,
        &trusting(&server, "", "").token_provider(issuer.clone()),
    )
    .await;
    assert_eq!(issuer.count(), 2);
}

#[tokio::test]
async fn b10_logs_in_once_per_connection_without_a_shared_login() {
    let server = secured(TestServer::builder().basic("ann", "pass")).await;
    b10(&server, &trusting(&server, "ann:pass@", "")).await;
    let handshakes = server.count(Rpc::Handshake);
    assert!(handshakes <= 16, "{handshakes} handshakes");
}

/// A change before does not count as a part of the call.
#[tokio::test]
async fn b10_calls_run_again_after_an_earlier_change() {
    let server = secured(TestServer::builder().basic("ann", "pass")).await;
    let mut connection = connect(&trusting(&server, "ann:pass@", "")).await;
    query("CREATE TABLE t (n BIGINT)")
        .execute(&mut connection)
        .await
        .unwrap();
    for step in 0..4 {
        let insert = query("INSERT INTO t VALUES (?)").bind(1_i64);
        insert.execute(&mut connection).await.unwrap();
        server.revoke_tokens();
        let sql = flightsql::SqlSafeStr::into_sql_str("SELECT n FROM t");
        match step {
            0 => connection.begin().await.unwrap().commit().await.unwrap(),
            1 => drop(connection.describe(sql).await.unwrap()),
            2 => drop(connection.prepare(sql).await.unwrap()),
            _ => drop(connection.catalog().tables().fetch_all().await.unwrap()),
        }
    }
    assert_eq!(server.count(Rpc::Handshake), 1 + 4);
}

/// A server may run a statement when it plans it, so a refusal of the rows does not prove that nothing has run.
#[tokio::test]
async fn b10_a_change_whose_rows_are_refused_runs_once() {
    let server = secured(TestServer::builder().basic("ann", "pass")).await;
    let mut connection = connect(&trusting(&server, "ann:pass@", "")).await;
    query("CREATE TABLE t (n BIGINT)")
        .execute(&mut connection)
        .await
        .unwrap();
    let run = async |connection: &mut FlightSqlConnection| {
        // The word `call` makes it a statement that may change something.
        let may_change = query("SELECT n AS call FROM t WHERE n > ?").bind(0_i64);
        may_change.fetch_all(connection).await
    };
    run(&mut connection).await.unwrap();
    server.clear_calls();
    server.fault(Fault::new(Rpc::DoGet).status(Code::Unauthenticated, "expired"));
    let error = run(&mut connection).await.unwrap_err();
    assert_eq!(server_error(&error).status(), StatusCode::Unauthenticated);
    assert_eq!(server.count(Rpc::GetFlightInfo), 1);
}
