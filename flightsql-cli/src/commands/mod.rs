//! The subcommands, one file each.

pub(crate) mod columns;
pub(crate) mod dialect;
pub(crate) mod doctor;
pub(crate) mod info;
pub(crate) mod migrate;
pub(crate) mod prepare;
pub(crate) mod query;
pub(crate) mod serve;
pub(crate) mod tables;

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};

use crate::failure::Failure;

/// Creates a batch of named columns, for any output format.
fn batch<const N: usize>(columns: [(&str, ArrayRef); N]) -> Result<RecordBatch, Failure> {
    // Otherwise the type of a column would depend on whether it contains NULL.
    let columns = columns.map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns)
        .map_err(|error| Failure::failed(error.to_string()))
}

/// Creates a string column.
fn strings<T: AsRef<str>>(values: impl IntoIterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(arrow_array::StringArray::from_iter(values))
}
