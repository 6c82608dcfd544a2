//! Fuzz targets: functions of bytes that panic if a property does not hold.
//!
//! `cargo fuzz` (`fuzz/libfuzzer`) and the test `fuzz_smoke`, which needs stable Rust only, run the same functions on
//! the same corpora. CONTRIBUTING.md explains how to run them.

mod arrays;
mod cookies;
mod input;
mod literals;
mod messages;
mod runner;
mod seeds;
mod sql_text;
mod types;
mod url_options;
mod values;

pub use cookies::cookies;
pub use literals::literals;
pub use messages::messages;
pub use runner::{Report, run};
pub use seeds::streams;
pub use sql_text::sql_text;
pub use url_options::url_options;
pub use values::values;

/// A fuzz target: its name, which is the name of its corpus, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("cookies", cookies),
    ("literals", literals),
    ("messages", messages),
    ("sql_text", sql_text),
    ("url_options", url_options),
    ("values", values),
];
