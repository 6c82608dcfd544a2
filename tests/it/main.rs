//! The driver against the embedded server: one binary, one module per subject.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod all_logs;
#[cfg(feature = "any")]
mod any;
mod arrow;
mod attacks;
mod auth;
mod bad_input;
mod beside_sqlx;
#[cfg(all(
    feature = "chrono",
    feature = "uuid",
    feature = "json",
    feature = "rust_decimal"
))]
mod binding;
mod builder;
mod cancel;
mod catalog;
mod channels;
#[cfg(unix)]
mod commands;
mod common;
mod connect;
#[cfg(feature = "json")]
mod derives;
mod dialects;
#[cfg(all(feature = "chrono", feature = "rust_decimal"))]
mod differential;
#[cfg(all(
    feature = "chrono",
    feature = "json",
    feature = "uuid",
    feature = "rust_decimal"
))]
mod engines;
mod faults;
mod hostile;
mod hosts;
mod hygiene;
mod ingest;
mod literal;
mod locations;
#[cfg(all(
    feature = "macros",
    feature = "testkit",
    feature = "chrono",
    feature = "json",
    feature = "uuid",
    feature = "rust_decimal"
))]
mod macros;
#[cfg(feature = "migrate")]
mod migrate;
#[cfg(feature = "oauth")]
mod oauth;
mod per_statement;
mod pool;
#[cfg(feature = "tls")]
mod proxy;
mod public_paths;
mod query;
mod relay;
mod response_headers;
mod restart;
mod retries;
mod secrets;
mod sessions;
mod sqlx_suite;
#[cfg(all(feature = "macros", feature = "testkit"))]
mod test_attribute;
#[cfg(feature = "testkit")]
mod testing;
mod tokens;
mod transaction;
#[cfg(all(feature = "uuid", feature = "rust_decimal"))]
mod type_map;
mod types;
