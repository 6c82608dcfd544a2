//! Async client for [Arrow Flight SQL](https://arrow.apache.org/docs/format/FlightSql.html) that exchanges record batches.
//!
//! A statement is SQL text with values, and its result is a stream of Arrow record batches. For rows, pools and
//! compile-time checked queries, use the crate `flightsql`, which is an SQLx driver over this client.
//!
//! ```
//! # use flightsql_testkit::TestServer;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = TestServer::sqlite().await?;
//! # let url = server.url();
//! use std::sync::Arc;
//! use arrow_array::{ArrayRef, Int64Array, RecordBatch};
//! use flightsql_client::{IngestMode, StatementRequest, connect};
//! use futures_util::TryStreamExt as _;
//!
//! // Such as "flightsql+tcp://localhost:31337".
//! let mut session = connect(&url).await?;
//! let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
//! let numbers = RecordBatch::try_from_iter([("n", column)])?;
//! session.ingest("t").mode(IngestMode::Create).batches(vec![numbers.clone()]).await?;
//!
//! // Values are columns: one for each placeholder.
//! let query = StatementRequest::new("SELECT n FROM t WHERE n > ?").bind(numbers.slice(0, 1));
//! let mut batches = session.query(query).await?;
//! while let Some(batch) = batches.try_next().await? {
//!     println!("{} rows", batch.num_rows());
//! }
//! drop(batches);
//!
//! let mut transaction = session.begin().await?;
//! transaction.execute("DELETE FROM t").await?;
//! transaction.commit().await?;
//! session.close().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Sessions
//!
//! [`connect`] opens a [`Session`] with a [`Client`] of its own. A [`Client`] has a few HTTP/2 connections to one server, and
//! its sessions share them. A session has its own transaction and its own prepared statements, and runs
//! one statement at a time; for more at once, open more sessions of one client.
//!
//! # Statements
//!
//! | method of [`Session`] | use |
//! |---|---|
//! | [`query`](Session::query) | returns the result as a [`BatchStream`] |
//! | [`execute`](Session::execute) | reads the result to the end, and returns the number of changed rows |
//! | [`execute_script`](Session::execute_script) | runs several statements in their order |
//! | [`describe`](Session::describe) | returns the columns and parameters without running the statement |
//! | [`prepare`](Session::prepare) | keeps a [`PreparedStatement`] for many runs |
//! | [`begin`](Session::begin) | begins a [`Transaction`], or sets a savepoint inside one |
//! | [`ingest`](Session::ingest) | sends record batches into a table |
//! | [`catalog`](Session::catalog) | lists catalogs, schemas, tables, columns and keys |
//!
//! [`StatementOptions`] set headers, timeouts and limits for one statement, an ingest or a catalog query.
//!
//! # Results
//!
//! A result is complete or an error: the client reads every endpoint in the server's order, and returns errors that the server
//! sends after the last batch. The client validates every batch before decoding it.
//!
//! # Cancellation
//!
//! Dropping a future or a stream leaves the session usable. The client cancels the statement if the server supports it, closes
//! handles and rolls back dropped transactions in the background; the next statement waits for a rollback. The exception is
//! [`Transaction::commit`]: if its future is dropped, the outcome is unknown and the session is broken.
//!
//! # Errors and logs
//!
//! [`Error`] contains no secrets, even if the server's message repeats them. Statements are logged with the target
//! `flightsql::query`, at the levels that [`ConnectOptions::log_statements`] and [`ConnectOptions::log_slow_statements`] set. Bound values are
//! not logged.
//!
//! # Dialects
//!
//! A [`dialect`] describes how one engine differs from the protocol: its placeholders, its types and its limits. The URL
//! selects one, as in `datafusion+flightsql://host`.

pub mod catalog;
#[doc(hidden)]
pub mod error;
#[doc(hidden)]
pub mod fuzzing;
#[doc(hidden)]
pub mod lock;
mod observe;
#[doc(hidden)]
pub mod options;
#[doc(hidden)]
pub mod protocol;
mod query_result;
mod response_headers;
#[doc(hidden)]
pub mod session;
mod session_option;
#[doc(hidden)]
pub mod transport;

pub use error::{
    BoxError, Error, ErrorDetail, FieldViolation, HelpLink, PreconditionViolation, QuotaViolation,
    Result, ServerError, StatusCode, TlsCause,
};
pub use flightsql_dialect::dialect;
pub use observe::{
    ChannelMetrics, ChannelState, ConnectionEvent, HeaderHook, Observer, OperationEvent, RpcHeaders,
};
pub use options::{
    Binds, ClientAuth, ConnectOptions, DatetimePrecision, HostOrder, LocationCredentials,
    LockedOptions, Login, OAuth, OptionsError, Placeholders, StatementOptions, TlsRoots, TlsVerify,
    Token, TokenProvider,
};
pub use query_result::QueryResult;
pub use response_headers::{ResponseHeader, ResponseHeaderValue, ResponseHeaders};
pub use session::catalog::{Catalog, CatalogQuery};
pub use session::{
    BatchStream, Client, Description, Ingest, IngestMode, PreparedStatement, Session,
    StatementRequest, Transaction, connect,
};
pub use session_option::{SessionOptionProblem, SessionOptionValue, SessionOptionsError};

pub(crate) use flightsql_dialect::{arrow, bind, dialect_file, result_schema, sql};
