//! The driver against the embedded server: one binary, one module per subject.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod auth;
mod common;
mod connect;
mod query;
mod transaction;
