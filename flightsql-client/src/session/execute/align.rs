//! Batches of later endpoints, with the columns of the first one.

use arrow_array::{Array as _, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, FieldRef, Schema, SchemaRef};

use crate::arrow::map_data_type;
use crate::error::{Error, Result};

/// Returns a batch with the columns of the first endpoint, unless they are its own.
pub(super) fn aligned(first: Option<&SchemaRef>, batch: RecordBatch) -> Result<RecordBatch> {
    let Some(first) = first else {
        return Ok(batch);
    };
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let columns = first.fields().iter().zip(batch.columns());
    let columns = columns.map(|(field, column)| {
        // Text that is not UTF-8 remains bytes.
        match map_data_type::same_type(field.data_type(), column.data_type()) {
            true => Some((
                FieldRef::clone(field),
                map_data_type::relabel(column, field.data_type())?,
            )),
            false => {
                let bytes = Field::clone(field).with_data_type(column.data_type().clone());
                Some((FieldRef::new(bytes), ArrayRef::clone(column)))
            }
        }
    });
    let columns: Option<(Vec<_>, Vec<_>)> = columns.collect();
    let (fields, columns) = columns.ok_or_else(different_columns)?;
    let schema = Schema::new_with_metadata(fields, first.metadata().clone());
    RecordBatch::try_new_with_options(SchemaRef::new(schema), columns, &rows)
        .map_err(|_| different_columns())
}

/// Returns `true` if the names and types are equal. Nullability, metadata and the name of a fixed zone may differ.
pub(super) fn same_columns(a: &Schema, b: &Schema) -> bool {
    let same = |(a, b): (&FieldRef, &FieldRef)| {
        a.name() == b.name() && map_data_type::same_type(a.data_type(), b.data_type())
    };
    a.fields().len() == b.fields().len() && a.fields().iter().zip(b.fields()).all(same)
}

pub(super) fn different_columns() -> Error {
    Error::protocol(
        "DoGet",
        "the endpoints of one result have different columns",
    )
}
