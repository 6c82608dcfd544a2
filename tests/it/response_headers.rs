//! Response headers and trailers of results and errors, and the details of errors.

mod details;
mod errors;
mod results;

use std::sync::Arc;

use flightsql::arrow::RecordBatch;
use flightsql::arrow::array::Int64Array;
use flightsql::response::ResponseHeaders;
use flightsql::{Connection as _, FlightSqlConnection};
use flightsql_testkit::{Reply, Script, TestServer};

/// A result of one column and two batches.
fn batches() -> Vec<RecordBatch> {
    let batch = |n| {
        let column = Arc::new(Int64Array::from(vec![n]));
        RecordBatch::try_from_iter([("n", column as _)]).unwrap()
    };
    vec![batch(1), batch(2)]
}

fn plan() -> Reply {
    Reply::ticket(&*batches()[0].schema(), "ticket")
}

fn rows() -> Reply {
    Reply::batches(&*batches()[0].schema(), batches())
}

/// A server with this script, and a connection with these keys.
async fn scripted(script: &Script, keys: &str) -> (TestServer, FlightSqlConnection) {
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let url = format!("{}?{keys}", server.url());
    let connection = FlightSqlConnection::connect(&url).await.unwrap();
    (server, connection)
}

/// The operations, names and texts, in their order.
fn texts(headers: &ResponseHeaders) -> Vec<(&'static str, &str, &str)> {
    let headers = headers.iter();
    headers
        .map(|header| {
            let text = header.text().unwrap_or("?");
            (header.operation(), header.name(), text)
        })
        .collect()
}

const PLAN: &str = "GetFlightInfo(CommandStatementQuery)";
const UPDATE: &str = "DoPut(CommandStatementUpdate)";
