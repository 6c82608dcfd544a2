//! Conformance tests: the features of a Flight SQL server as seen through the `flightsql` driver.
//!
//! [`run`] goes through one table of behaviors (connecting, queries, parameters, updates, transactions, bulk ingest,
//! reflection, types, pools) on a server of your choice. Every behavior asserts values, and ends as one of four
//! [`Outcome`]s: supported, unsupported (the server says so), not tried, or failed. [`Quirks`] hold the SQL in which an
//! engine differs from the standard. For authors of dialects and of servers.
//!
//! ```
//! use flightsql_conformance::{Quirks, matrix, run};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = flightsql_testkit::TestServer::sqlite().await?;
//! # let url = server.url();
//! // Your engine: where does it differ from standard SQL?
//! let quirks = Quirks::named("sqlite")
//!     .ok_or("no such preset")?
//!     .literal("list", "ARRAY[1, 2, 3]")
//!     .skip("types.struct", "this engine has no structs");
//!
//! let report = run(&url, &quirks).await;
//! println!("{report}");
//! println!("{}", matrix(&[("my engine", &report)]));
//! # assert!(report.outcome("connect.connect").is_some_and(|outcome| outcome.is_supported()));
//! # Ok(())
//! # }
//! ```
//!
//! [`Report::to_lines`] saves a report, and [`Report::compare`] finds what is not as expected: a test of a server is a
//! file of expectations and one call. The program `flightsql-conformance` does the same from the command line.

mod behaviors;
mod context;
mod quirks;
mod report;
mod run;
mod verdict;

pub use self::behaviors::{Behavior, behaviors};
pub use self::quirks::{ExistingTable, Quirks};
pub use self::report::{
    Expectations, LineError, Matrix, Outcome, Report, Surprise, matrix, matrix_of_groups,
};
pub use self::run::{run, run_some};
