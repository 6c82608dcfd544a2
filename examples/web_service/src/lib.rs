//! A web service over a Flight SQL server: pages, JSON and streamed exports from one pool of the `flightsql` driver.
//!
//! `config` (the environment) · `data` (the embedded server and its tables) · `state` (the pools) · `queries` (all SQL,
//! checked while this crate compiles) · `routes` (HTTP in and out) · `export` (results as bodies, batch by batch) ·
//! `error` (failed requests) · `serve` (start and stop).

mod config;
mod data;
mod error;
mod export;
mod queries;
mod routes;
mod serve;
mod state;

pub use self::config::{Config, ConfigError};
pub use self::data::{DataError, embedded, load};
pub use self::error::ApiError;
pub use self::queries::{Delay, Flight};
pub use self::routes::{Page, router};
pub use self::serve::serve;
pub use self::state::Service;
