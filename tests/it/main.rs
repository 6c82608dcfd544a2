//! The driver against the embedded server: one binary, one module per subject.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod arrow;
mod auth;
mod beside_sqlx;
mod builder;
mod channels;
mod common;
mod connect;
mod ingest;
mod pool;
mod query;
mod transaction;
mod types;
