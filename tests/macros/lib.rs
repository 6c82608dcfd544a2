//! Tests only: `tests/ui.rs` and `tests/crates.rs`.
