//! Streams of `FlightData`: encoded as a server does, decoded as the driver does.

use std::sync::Arc;

use arrow_array::{Array, RecordBatch, RecordBatchOptions};
use arrow_buffer::Buffer;
use arrow_flight::FlightData;
use arrow_flight::encode::{DictionaryHandling as FlightHandling, FlightDataEncoderBuilder};
use arrow_ipc::writer::{
    DictionaryHandling, DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions,
};
use arrow_ipc::{CompressionType, MetadataVersion};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use futures_util::{FutureExt, StreamExt, stream};

use super::arrays::{Random, data_type, sliced};
use super::{IpcValidator, limits};
use crate::protocol::decode::{DecodeError, Decoder, Item};
use crate::protocol::frames::Frame;

/// A schema of random columns, each up to three levels deep.
pub(super) fn schema(random: &mut Random) -> SchemaRef {
    let columns = random.below(4);
    let types = (0..columns).map(|_| data_type(random, 4)).collect();
    schema_of(types)
}

pub(super) fn schema_of(types: Vec<DataType>) -> SchemaRef {
    let fields = types.into_iter().enumerate();
    let fields = fields.map(|(index, held)| Field::new(format!("c{index}"), held, true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A random batch of a schema.
pub(super) fn batch(random: &mut Random, schema: &SchemaRef, rows: usize) -> RecordBatch {
    let columns = schema.fields().iter();
    let columns = columns.map(|field| sliced(random, field.data_type(), rows));
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), columns.collect(), &options).unwrap()
}

/// The ways to write a stream. A codec that arrow was built without is left out.
pub(super) fn all_options() -> Vec<IpcWriteOptions> {
    let codecs = [CompressionType::LZ4_FRAME, CompressionType::ZSTD];
    let compressed = codecs.into_iter().map(|codec| {
        let options = IpcWriteOptions::default();
        options.try_with_compression(Some(codec)).unwrap()
    });
    let sample = batch(&mut Random(1), &schema_of(vec![DataType::Int64]), 100);
    compressed
        .filter(|options| encode(std::slice::from_ref(&sample), options).is_ok())
        .chain([
            IpcWriteOptions::default(),
            IpcWriteOptions::default().with_dictionary_handling(DictionaryHandling::Delta),
            IpcWriteOptions::try_new(8, false, MetadataVersion::V4).unwrap(),
        ])
        .collect()
}

/// A stream as arrow-flight's own server side writes it.
pub(super) fn served(batches: &[RecordBatch], options: &IpcWriteOptions) -> Vec<FlightData> {
    FlightDataEncoderBuilder::new()
        .with_options(options.clone())
        .with_dictionary_handling(FlightHandling::Resend)
        .with_schema(batches[0].schema())
        .build(stream::iter(batches.to_vec()).map(Ok))
        .map(Result::unwrap)
        .collect()
        .now_or_never()
        .unwrap()
}

/// A stream written batch by batch, with all that the options say.
pub(super) fn encode(
    batches: &[RecordBatch],
    options: &IpcWriteOptions,
) -> Result<Vec<FlightData>, ArrowError> {
    let generator = IpcDataGenerator::default();
    let mut tracker = DictionaryTracker::new(false);
    let mut context = IpcWriteContext::default();
    let schema = batches[0].schema();
    let schema = generator.schema_to_bytes_with_dictionary_tracker(&schema, &mut tracker, options);
    let mut messages = vec![FlightData::from(schema)];
    for batch in batches {
        let (dictionaries, batch) = generator.encode(batch, &mut tracker, options, &mut context)?;
        messages.extend(dictionaries.into_iter().map(FlightData::from));
        messages.push(batch.into());
    }
    Ok(messages)
}

/// Decodes a stream that has passed the validator.
pub(super) fn decode(messages: &[FlightData]) -> Result<Vec<RecordBatch>, DecodeError> {
    let mut decoder = Decoder::new(IpcValidator::new(limits()));
    let mut batches = Vec::new();
    for message in messages {
        let frame = Frame {
            header: message.data_header.to_vec(),
            body: Buffer::from(&message.data_body[..]),
        };
        if let Some(Item::Batch(batch)) = decoder.decode(&frame)? {
            for column in batch.columns() {
                column.logical_nulls();
            }
            batches.push(batch);
        }
    }
    Ok(batches)
}
