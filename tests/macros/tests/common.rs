//! A server with the table that the statements are about.

use flightsql_testkit::TestServer;

/// The server, and its URL for the macros.
pub(crate) async fn server() -> (TestServer, String) {
    let server = TestServer::sqlite().await.unwrap();
    server
        .sqlite()
        .execute_batch(
            "CREATE TABLE flights (
                 id INTEGER PRIMARY KEY NOT NULL, origin TEXT NOT NULL, delay BIGINT, type TEXT, departs TIMESTAMP
             );
             INSERT INTO flights VALUES (1, 'ZRH', 10, 'a', '2026-02-28 12:30:00'), (2, 'GVA', NULL, NULL, NULL);",
        )
        .unwrap();
    let url = format!("sqlite+{}", server.url());
    (server, url)
}
