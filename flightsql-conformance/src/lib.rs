//! Tests which Flight SQL features a server supports, through the `flightsql` driver.
//!
//! [`run`] executes a table of behaviors against the server: connecting, queries, parameters, updates, transactions, bulk
//! ingest, catalog metadata, types and pools. Each behavior asserts values and ends with one of four [`Outcome`]s:
//! supported, unsupported (as reported by the server), not tried, or failed. [`Quirks`] describe how an engine's SQL
//! differs from the standard. This crate is for authors of dialects and servers.
//!
//! ```
//! use flightsql_conformance::{Quirks, matrix, run};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = flightsql_testkit::TestServer::sqlite().await?;
//! # let url = server.url();
//! // The differences between your engine and standard SQL.
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
//! [`Report::to_lines`] saves a report, and [`Report::compare`] compares it with expectations. The program
//! `flightsql-conformance` does both on the command line:
//!
//! ```sh
//! cargo run -p flightsql-conformance -- list
//! cargo run -p flightsql-conformance -- run URL --quirks NAME --save report.txt
//! cargo run -p flightsql-conformance -- run URL --quirks NAME --expect report.txt
//! ```

mod behaviors;
mod context;
mod quirks;
mod report;
mod run;
mod verdict;

pub use self::behaviors::{Behavior, behaviors};
pub use self::quirks::{ExistingTable, Quirks};
pub use self::report::{
    Expectations, LineError, Matrix, Outcome, Report, UnexpectedOutcome, matrix, matrix_of_groups,
};
pub use self::run::{run, run_some};
