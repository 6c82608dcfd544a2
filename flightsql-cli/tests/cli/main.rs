//! The command line tool against test servers: one binary, one module per subject.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod catalog;
mod common;
mod csv_files;
mod dialect;
mod doctor;
mod doctor_lies;
mod formats;
mod migrate;
mod printing;
mod profile;
mod program;
mod query;
mod serve;
mod type_map;
mod wrong;
