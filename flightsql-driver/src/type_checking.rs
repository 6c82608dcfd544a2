//! Rust types and kinds of Arrow types, for comparison by the compiler: the other types that a checked statement may name or
//! bind. The expansion of `query!` compares them.

pub mod fits;
pub mod kinds;

#[cfg(feature = "json")]
mod json;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
mod temporal;

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
