//! [`Decoded`]: columns without the dictionaries and runs that a file format does not support.

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_cast::cast;
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use super::failed;
use crate::failure::Failure;

/// The schema of a file, and the conversion of batches to it.
pub(super) struct Decoded {
    schema: SchemaRef,
}

impl Decoded {
    /// `keeps` returns `true` for a dictionary or run-end type that the format supports.
    pub(super) fn new(schema: &SchemaRef, keeps: impl Fn(&DataType) -> bool) -> Self {
        let fields: Fields = schema
            .fields()
            .iter()
            .map(|field| stored_field(field, &keeps))
            .collect();
        Self {
            schema: Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())),
        }
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Returns the batch with the schema of the file, because some servers change the metadata between batches.
    pub(super) fn convert(&self, batch: &RecordBatch) -> Result<RecordBatch, Failure> {
        let fields = self.schema.fields().iter();
        let columns = fields.zip(batch.columns()).map(|(field, column)| {
            match column.data_type() == field.data_type() {
                true => Ok(ArrayRef::clone(column)),
                false => cast(column, field.data_type()),
            }
        });
        let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let columns = columns.collect::<Result<Vec<_>, _>>();
        columns
            .and_then(|columns| {
                RecordBatch::try_new_with_options(SchemaRef::clone(&self.schema), columns, &rows)
            })
            .map_err(|error| failed("the columns of the result changed between batches", error))
    }
}

fn stored_field(field: &FieldRef, keeps: &dyn Fn(&DataType) -> bool) -> FieldRef {
    let data_type = stored_type(field.data_type(), keeps);
    Arc::new(Field::clone(field).with_data_type(data_type))
}

fn stored_type(data_type: &DataType, keeps: &dyn Fn(&DataType) -> bool) -> DataType {
    let stored = |field| stored_field(field, keeps);
    match data_type {
        DataType::Dictionary(_, value) if !keeps(data_type) => stored_type(value, keeps),
        DataType::RunEndEncoded(_, value) if !keeps(data_type) => {
            stored_type(value.data_type(), keeps)
        }
        DataType::List(item) => DataType::List(stored(item)),
        DataType::LargeList(item) => DataType::LargeList(stored(item)),
        DataType::ListView(item) => DataType::ListView(stored(item)),
        DataType::LargeListView(item) => DataType::LargeListView(stored(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(stored(item), *size),
        DataType::Map(entries, sorted) => DataType::Map(stored(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(stored).collect()),
        other => other.clone(),
    }
}
