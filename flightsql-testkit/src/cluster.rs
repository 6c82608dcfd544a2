//! A cluster: a server that plans statements, and two servers that serve their rows.
//!
//! Job: three scripted servers with their own ports and certificates. Layer: above [`crate::server`].

use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_flight::{FlightEndpoint, Ticket};
use arrow_schema::{DataType, Field, Schema};
use tonic::Code;

use crate::{
    record::Rpc,
    scripted::{Reply, Script, ScriptRequest},
    server::{TestServer, TestServerBuilder, TestServerError},
};

/// A front that plans statements, and two nodes that serve the rows of its plans.
///
/// Each server has its own port and, with TLS, its own certificate. Every result has one column `n` of type `Int64`. An endpoint
/// has one row: its number in the plan, plus 100 from the first node and 200 from the second node. The nodes send a token and a
/// cookie with each row, which no other server may receive.
///
/// ```
/// use flightsql_testkit::{Cluster, TestServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), flightsql_testkit::TestServerError> {
/// let builder = || TestServer::builder();
/// let cluster = Cluster::start(builder(), [builder(), builder()]).await?;
/// // The next statement has two endpoints: row 100 is on the first node, row 201 on the second.
/// cluster.plan([vec![cluster.location(0)], vec![cluster.location(1)]]);
/// // … run the client with `cluster.front().url()` …
/// assert_eq!(cluster.reads(), [0, 0, 0]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Cluster {
    front: TestServer,
    nodes: [TestServer; 2],
    script: Script,
}

impl Cluster {
    /// Starts the servers. The builders set TLS and authentication; their services are replaced.
    ///
    /// # Errors
    /// Returns the error of the first server that cannot start.
    pub async fn start(
        front: TestServerBuilder,
        nodes: [TestServerBuilder; 2],
    ) -> Result<Self, TestServerError> {
        // A client may cancel a result that it does not read to its end.
        let script = Script::new()
            .do_action("CancelFlightInfo", Reply::empty().always())
            .do_get(Reply::with(|request| row(0, request)).always());
        let serving = |base: i64| {
            let reply = Reply::with(move |request| {
                row(base, request)
                    .header("authorization", "Bearer token-of-a-node")
                    .header("set-cookie", "cookie=value-of-a-node; Path=/")
            });
            Script::new().do_get(reply.always())
        };
        let [first, second] = nodes;
        Ok(Self {
            front: front.scripted(script.clone()).start().await?,
            nodes: [
                first.scripted(serving(100)).start().await?,
                second.scripted(serving(200)).start().await?,
            ],
            script,
        })
    }

    /// Returns the server that clients connect to.
    pub fn front(&self) -> &TestServer {
        &self.front
    }

    /// Returns a server that serves rows.
    ///
    /// # Panics
    /// Panics if `index` is not 0 or 1.
    #[track_caller]
    pub fn node(&self, index: usize) -> &TestServer {
        &self.nodes[index]
    }

    /// Returns the replies of the front.
    pub fn script(&self) -> Script {
        self.script.clone()
    }

    /// Returns the location of a node, as a Flight server reports it: `grpc+tcp://127.0.0.1:PORT`, or with TLS
    /// `grpc+tls://localhost:PORT`.
    ///
    /// # Panics
    /// Panics if `index` is not 0 or 1.
    #[track_caller]
    pub fn location(&self, index: usize) -> String {
        let url = self.node(index).url();
        url.replace("flightsql+tcp://", "grpc+tcp://")
            .replace("flightsql://", "grpc+tls://")
    }

    /// Adds a plan to the replies of the front: one endpoint for each list of locations.
    pub fn plan<L, T>(&self, endpoints: L)
    where
        L: IntoIterator<Item = T>,
        T: IntoIterator<Item: Into<String>>,
    {
        let endpoints = endpoints
            .into_iter()
            .enumerate()
            .map(|(number, locations)| {
                let endpoint = FlightEndpoint::new().with_ticket(Ticket::new(number.to_string()));
                locations.into_iter().fold(endpoint, |endpoint, location| {
                    endpoint.with_location(location)
                })
            });
        let plan = Reply::info(schema(), endpoints.collect::<Vec<_>>());
        _ = self.script().get_flight_info(plan);
    }

    /// Returns the number of `DoGet` that each server received: the front, the first node, the second node.
    pub fn reads(&self) -> [usize; 3] {
        let [first, second] = &self.nodes;
        [&self.front, first, second].map(|server| server.count(Rpc::DoGet))
    }
}

fn schema() -> Schema {
    Schema::new(vec![Field::new("n", DataType::Int64, true)])
}

/// Returns the row of a ticket.
fn row(base: i64, request: &ScriptRequest) -> Reply {
    let text = String::from_utf8_lossy(request.payload());
    let Ok(number) = text.parse::<i64>() else {
        return Reply::error(Code::NotFound, "the ticket is not one of this cluster");
    };
    let values = Arc::new(Int64Array::from_iter_values([base + number]));
    match RecordBatch::try_new(Arc::new(schema()), vec![values]) {
        Ok(batch) => Reply::batches(schema(), [batch]),
        Err(error) => Reply::error(Code::Internal, error.to_string()),
    }
}
