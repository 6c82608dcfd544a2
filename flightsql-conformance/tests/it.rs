//! The kit against the embedded server, whole and limited.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use flightsql_conformance::{Quirks, run};
use flightsql_testkit::TestServer;

#[tokio::test]
async fn t() {
    let server = TestServer::sqlite().await.unwrap();
    let report = run(&server.url(), &Quirks::named("sqlite").unwrap()).await;
    println!("{report}");
}
