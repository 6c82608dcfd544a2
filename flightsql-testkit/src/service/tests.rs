//! Tests of the service over loopback with arrow-flight's Flight SQL client.

mod actions;
mod apart;
mod computed;
mod concurrency;
mod exact;
mod hostile;
mod ingest;
mod instants;
mod keeper;
mod metadata;
mod outcome;
mod prepared;
mod session;
mod session_end;
mod statement;
mod support;
mod transaction;
mod types;
