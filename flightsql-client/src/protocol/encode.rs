//! Record batches as the messages of a `DoPut`.
//!
//! The encoder of arrow-flight sends a `LargeList` as a `List`, drops the nullability of a union, and omits batches without
//! rows. Messages are therefore encoded with arrow-ipc.
//! Spec: <https://arrow.apache.org/docs/format/Flight.html#uploading-data>.

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_flight::{FlightData, FlightDescriptor};
use arrow_ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};

use crate::arrow::map_data_type::{map_data_type, map_fields};
use crate::arrow::size_of_rows;

/// Bytes of rows in one message: half of the 4 MiB that servers built on tonic or gRPC accept by default.
const MESSAGE_BYTES: usize = 2 << 20;

pub(crate) struct Encoder {
    generator: IpcDataGenerator,
    dictionaries: DictionaryTracker,
    options: IpcWriteOptions,
    context: IpcWriteContext,
}

impl Encoder {
    /// Creates the encoder, and the first message: the schema and the descriptor.
    pub(crate) fn new(schema: &Schema, descriptor: FlightDescriptor) -> (Self, FlightData) {
        let mut encoder = Self {
            generator: IpcDataGenerator::default(),
            // A batch may replace a dictionary.
            dictionaries: DictionaryTracker::new(false),
            options: IpcWriteOptions::default(),
            context: IpcWriteContext::default(),
        };
        let first = encoder.generator.schema_to_bytes_with_dictionary_tracker(
            schema,
            &mut encoder.dictionaries,
            &encoder.options,
        );
        let first = FlightData::from(first).with_descriptor(descriptor);
        (encoder, first)
    }

    /// Returns the messages of a batch, in parts that a server accepts. A batch without rows is one message.
    pub(crate) fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<FlightData>, ArrowError> {
        let (rows, step) = (batch.num_rows(), rows_per_message(batch));
        let mut messages = Vec::new();
        let mut from = 0;
        loop {
            let part = batch.slice(from, step.min(rows - from));
            let (dictionaries, data) = self.generator.encode(
                &part,
                &mut self.dictionaries,
                &self.options,
                &mut self.context,
            )?;
            messages.extend(dictionaries.into_iter().map(FlightData::from));
            messages.push(data.into());
            from += step;
            if from >= rows {
                return Ok(messages);
            }
        }
    }
}

fn rows_per_message(batch: &RecordBatch) -> usize {
    let messages = size_of_rows(batch).div_ceil(MESSAGE_BYTES).max(1);
    batch.num_rows().div_ceil(messages).max(1)
}

/// Returns the schema with the values in place of dictionaries, which few servers accept.
pub(crate) fn without_dictionaries(schema: &SchemaRef) -> SchemaRef {
    match map_fields(schema.fields(), &plain_type) {
        None => Arc::clone(schema),
        Some(fields) => Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())),
    }
}

/// Returns the batch with the columns of [`without_dictionaries`].
pub(crate) fn in_plain(schema: &SchemaRef, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
    if batch.schema_ref() == schema {
        return Ok(batch);
    }
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(
            |(column, field)| match column.data_type() == field.data_type() {
                true => Ok(ArrayRef::clone(column)),
                false => arrow_cast::cast(column, field.data_type()),
            },
        )
        .collect::<Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

fn plain_type(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Dictionary(_, value) => {
            map_data_type(value, &plain_type).or_else(|| Some(DataType::clone(value)))
        }
        // Arrow casts no dictionary inside these types. A server that accepts them accepts dictionaries.
        DataType::Union(..)
        | DataType::RunEndEncoded(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => Some(data_type.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
