//! This crate contains only tests, in `tests/`.
