//! Arrow types, arrays and single values. Knows no dialect and no SQLx.
//!
//! `cell` (one value of an array, for code that reads few values).

pub(crate) mod cell;
