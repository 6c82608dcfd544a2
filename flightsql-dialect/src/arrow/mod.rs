//! Arrow types, arrays and single values: names, comparison and exact conversion. Knows no dialect and no SQLx.
//!
//! `logical_type/` (types as dialects write them) · `type_name` (SQL names) · `map_data_type` (types inside types) ·
//! `invalid_utf8` (text that arrives as bytes) · `convert/` (exact conversions of arrays) · `scalar` (one value with its
//! type) · `coerce/` (a scalar to an array) · `scalar_of` (an element of an array to a scalar) · `cell`
//! (one value of an array, read tolerantly).

pub mod cell;
pub mod coerce;
pub mod convert;
pub mod invalid_utf8;
pub mod logical_type;
pub mod map_data_type;
pub mod scalar;
pub(crate) mod scalar_of;
pub mod type_name;
