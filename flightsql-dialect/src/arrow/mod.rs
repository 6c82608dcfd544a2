//! Arrow types, arrays and single values: names, comparison and exact conversion. Knows no dialect and no SQLx.

pub mod cell;
pub mod coerce;
pub mod convert;
pub mod invalid_utf8;
pub mod logical_type;
pub mod map_data_type;
pub mod scalar;
pub(crate) mod scalar_of;
pub mod type_name;
