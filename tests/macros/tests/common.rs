//! A server with the table that the statements are about.

use flightsql_testkit::TestServer;

/// The server, and its URL for the macros.
pub(crate) async fn server() -> (TestServer, String) {
    let server = TestServer::sqlite().await.unwrap();
    server
        .sqlite()
        .execute_batch(
            "CREATE TABLE flights (
                 id INTEGER PRIMARY KEY NOT NULL, origin TEXT NOT NULL, delay BIGINT, type TEXT
             );
             INSERT INTO flights VALUES (1, 'ZRH', 10, 'a'), (2, 'GVA', NULL, NULL);",
        )
        .unwrap();
    let url = format!("sqlite+{}", server.url());
    (server, url)
}
