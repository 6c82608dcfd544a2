//! Rust types against kinds of Arrow types, for the compiler: the other types that a checked statement may name or bind.
//!
//! The facade compares with them where `query!` expands.

pub mod fits;
pub mod kinds;

#[cfg(feature = "bigdecimal")]
mod bigdecimal;
#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "half")]
mod half;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "uuid")]
mod uuid;

#[cfg(all(
    test,
    feature = "chrono",
    feature = "time",
    feature = "jiff",
    feature = "bigdecimal",
    feature = "rust_decimal",
    feature = "half",
    feature = "json",
    feature = "uuid"
))]
mod tests;
