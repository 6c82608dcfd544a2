//! Tokens revoked under a pool: one login for all connections, and no error.

use futures_util::future::try_join_all;

use super::*;

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
