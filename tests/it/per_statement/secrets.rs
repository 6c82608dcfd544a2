//! Header values of a statement: no error shows them.

use flightsql::options::StatementOptions;
use flightsql::query;
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Rpc};

use super::{HUNDRED, ID, batched};
use crate::common::connect;

const SECRET: &str = "swordfish-7f3a";

#[tokio::test]
async fn server_that_repeats_header_does_not_reveal_it() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let echo = format!("no route for {SECRET}");
    for rpc in [Rpc::GetFlightInfo, Rpc::DoGet] {
        server.fault(Fault::new(rpc).status(Code::Internal, echo.clone()));
        let query = query(HUNDRED).header(ID, SECRET);
        let error = query.fetch_all(&mut connection).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(SECRET), "{shown}");
        assert!(shown.contains("no route for ***"), "{shown}");
    }
    // A later statement does not carry the value, so the server's text is its own.
    server.fault(Fault::new(Rpc::GetFlightInfo).status(Code::Internal, echo.clone()));
    let error = query(HUNDRED).fetch_all(&mut connection).await.unwrap_err();
    assert!(error.to_string().contains(&echo), "{error}");
}

#[test]
fn debug_shows_no_value() {
    let options = StatementOptions::new().header(ID, SECRET);
    let query = query("SELECT ?").bind(SECRET).options(options.clone());
    let shown = format!("{options:?} {query:?}");
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(shown.contains(ID), "{shown}");
}
