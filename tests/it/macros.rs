//! `query!` and its family against the embedded server.
//!
//! The statements are checked by the files in `.sqlx`. A new or changed statement needs them made again, from the root:
//!
//! ```sh
//! sqlite3 macros.db < tests/it/macros/schema.sql
//! flightsql serve --listen 127.0.0.1:31950 macros.db &
//! cargo flightsql prepare -D flightsql+tcp://127.0.0.1:31950 -- --test it --all-features
//! ```
//!
//! The URL has no dialect, as the tests' connections have none: under `sqlite` a timestamp is in UTC.

#[macro_use]
mod arguments;
mod columns;
mod files;
mod inference;
mod overrides;
mod records;
mod types;

use flightsql_testkit::TestServer;

use crate::common::server;

/// A server with the tables that the statements were checked against, and rows.
pub(crate) async fn with_rows() -> TestServer {
    let server = server().await;
    let sqlite = server.sqlite();
    sqlite
        .execute_batch(include_str!("macros/schema.sql"))
        .unwrap();
    sqlite
        .execute_batch(
            "INSERT INTO tweet VALUES (1, '#sqlx is pretty cool!', TRUE, 1), (2, 'later', FALSE, NULL);
             INSERT INTO accounts VALUES (1, 'Herp Derpinson', TRUE, 'user'), (2, NULL, FALSE, 'admin');",
        )
        .unwrap();
    server
}
