//! An Arrow Flight SQL server to embed in tests.
//!
//! Three servers in one harness:
//!
//! - [`TestServer::sqlite`]: a complete Flight SQL service over SQLite, in memory or in a file;
//! - [`TestServer::scripted`]: replies written by the test, conforming or not;
//! - [`TestServer::serve`]: any custom `FlightService`.
//!
//! The harness listens on a free port (or a Unix socket, or with TLS), checks credentials, records every RPC,
//! and injects faults. It works with any Flight SQL client.
//!
//! # A test with SQLite
//!
//! ```
//! use arrow_flight::{flight_service_client::FlightServiceClient, sql::client::FlightSqlServiceClient};
//! use flightsql_testkit::{Rpc, TestServer, arrow_flight, tonic};
//! use futures_util::TryStreamExt as _;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = TestServer::sqlite().await?;
//! server.sqlite().execute_batch("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1), (2)")?;
//!
//! // Any client; a driver would take `server.url()`, here "flightsql+tcp://127.0.0.1:PORT".
//! let channel = tonic::transport::Endpoint::from_shared(format!("http://{}", server.address()))?
//!     .connect()
//!     .await?;
//! let mut client = FlightSqlServiceClient::new_from_inner(FlightServiceClient::new(channel));
//! let info = client.execute("SELECT n FROM t".to_owned(), None).await?;
//! let ticket = info.endpoint[0].ticket.clone().ok_or("no ticket")?;
//! let batches: Vec<_> = client.do_get(ticket).await?.try_collect().await?;
//! assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 2);
//!
//! // The RPCs that the server received.
//! assert_eq!(server.count(Rpc::DoGet), 1);
//! assert_eq!(server.calls()[0].sql().as_deref(), Some("SELECT n FROM t"));
//! # Ok(())
//! # }
//! ```
//!
//! One client connection has one session, as with SQLite itself; see [`SqliteService`].
//!
//! # Faults, gates and restarts
//!
//! [`Fault`]s work with every service: errors, delays, missing responses, and streams that fail or lose their connection
//! before their end. A [`Gate`] stops RPCs at a known point, so that a test does not need to sleep.
//!
//! ```
//! use flightsql_testkit::{Fault, Rpc, TestServer, tonic::{Code, Status}};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), flightsql_testkit::TestServerError> {
//! let server = TestServer::sqlite().await?;
//! // The second DoGet from now on loses its connection after one message.
//! server.fault(Fault::new(Rpc::DoGet).nth(2).cut_after(1));
//! // Every commit fails after the server has done it.
//! let late = Status::unavailable("gone");
//! server.fault(Fault::new(Rpc::DoAction).command("EndTransaction").always().fail_after(0, late));
//!
//! // All connections break, and a new server without sessions starts on the same port.
//! server.kill().await;
//! server.restart().await?;
//! server.wait_until(|server| server.sqlite().open_transactions() == 0).await;
//! # Ok(())
//! # }
//! ```
//!
//! # A scripted server
//!
//! ```
//! use flightsql_testkit::{Reply, Script, TestServer, tonic::Code};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), flightsql_testkit::TestServerError> {
//! let script = Script::new()
//!     .do_put(Reply::update_count(-1))
//!     .do_action("BeginTransaction", Reply::error(Code::Unimplemented, "no transactions"));
//! let server = TestServer::scripted(script.clone()).await?;
//! // … run the client …
//! assert_eq!(script.unused().len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! # Authentication and TLS
//!
//! ```
//! use flightsql_testkit::{TestServer, Tls};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), flightsql_testkit::TestServerError> {
//! let server = TestServer::builder()
//!     .basic("user", "pass")
//!     .cookies(true)
//!     .tls(Tls::generated())
//!     .start()
//!     .await?;
//! assert!(server.url().starts_with("flightsql://localhost:"));
//! assert!(server.ca_pem().is_some());
//! # Ok(())
//! # }
//! ```
//!
//! # Versions
//!
//! [`arrow_flight`] and [`tonic`] are re-exported, because their types are part of this API.

mod auth;
mod cluster;
mod engine;
mod proxy;
mod record;
mod scripted;
mod server;
mod service;
mod signal;
mod stream;
mod tls;
mod token_server;

#[cfg(test)]
mod testing;

pub use self::{
    auth::TokenIn,
    cluster::Cluster,
    proxy::{ProxyReply, ProxyRequest, ProxyServer},
    record::{Call, Rpc},
    scripted::{Reply, Script, ScriptRequest, raw},
    server::{
        Fault, FaultHandle, Gate, ServerHandle, TestServer, TestServerBuilder, TestServerError,
    },
    service::{ParameterSchema, Placeholder, SqliteConfig, SqliteError, SqliteService},
    signal::stop_signal,
    tls::Tls,
    token_server::{TokenReply, TokenRequest, TokenServer},
};
pub use {arrow_flight, tonic};

/// Compiles and runs the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
