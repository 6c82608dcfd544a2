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

use arrow_array::{Array as _, RecordBatch};

/// Returns the bytes of the rows: a slice of a large batch keeps the buffers of the complete batch.
pub fn size_of_rows(batch: &RecordBatch) -> usize {
    let columns = batch.columns().iter().map(|column| {
        let rows = column.to_data().get_slice_memory_size();
        rows.unwrap_or_else(|_| column.get_buffer_memory_size())
    });
    columns.sum()
}
