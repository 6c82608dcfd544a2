//! Handcrafted `FlightData`: valid messages, and functions that corrupt them.
//!
//! Job: create hostile IPC messages for [`Reply::raw`](crate::Reply::raw). Layer: scripted service.
//! Spec: <https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc>.

use arrow_array::RecordBatch;
use arrow_flight::{FlightData, SchemaAsIpc};
use arrow_ipc::{
    CompressionType,
    writer::{
        DictionaryHandling, DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions,
    },
};
use arrow_schema::{ArrowError, Schema};
use bytes::Bytes;

/// Returns the schema message, with which a stream begins.
pub fn schema(schema: &Schema) -> FlightData {
    SchemaAsIpc::new(schema, &IpcWriteOptions::default()).into()
}

/// Returns a complete stream: the schema, and each batch after its new dictionaries. With `deltas`, only the added values of a
/// grown dictionary are sent; otherwise the dictionary is replaced.
///
/// # Errors
/// Returns an error if Arrow cannot encode a batch.
pub fn stream(
    schema: &Schema,
    batches: &[RecordBatch],
    deltas: bool,
) -> Result<Vec<FlightData>, ArrowError> {
    let handling = match deltas {
        true => DictionaryHandling::Delta,
        false => DictionaryHandling::Resend,
    };
    let options = IpcWriteOptions::default().with_dictionary_handling(handling);
    let mut tracker = DictionaryTracker::new(false);
    let mut context = IpcWriteContext::default();
    let generator = IpcDataGenerator::default();
    let schema = generator.schema_to_bytes_with_dictionary_tracker(schema, &mut tracker, &options);
    let mut messages = vec![FlightData::from(schema)];
    for batch in batches {
        let (dictionaries, data) = generator.encode(batch, &mut tracker, &options, &mut context)?;
        messages.extend(dictionaries.into_iter().chain([data]).map(FlightData::from));
    }
    Ok(messages)
}

/// Returns the messages of one batch: its dictionaries, then the batch, without the schema.
///
/// # Errors
/// Returns an error if Arrow cannot encode the batch.
pub fn batch(batch: &RecordBatch) -> Result<Vec<FlightData>, ArrowError> {
    batch_with(batch, &IpcWriteOptions::default())
}

/// Returns the messages of one batch as [`batch()`], with compressed buffers.
///
/// # Errors
/// Returns an error if Arrow cannot encode the batch.
pub fn compressed_batch(
    batch: &RecordBatch,
    codec: CompressionType,
) -> Result<Vec<FlightData>, ArrowError> {
    let options = IpcWriteOptions::default().try_with_compression(Some(codec))?;
    batch_with(batch, &options)
}

/// Returns a compressed batch whose first buffer states an uncompressed size of `len` bytes: a decompression bomb, or a
/// negative length.
///
/// Compressed buffers begin with their uncompressed length as 8 little-endian bytes. Returns `None` if the body of the last
/// message is too short.
///
/// # Errors
/// Returns an error if Arrow cannot encode the batch.
pub fn claim_uncompressed(
    batch: &RecordBatch,
    codec: CompressionType,
    len: i64,
) -> Result<Option<Vec<FlightData>>, ArrowError> {
    let mut messages = compressed_batch(batch, codec)?;
    let Some(last) = messages.last_mut() else {
        return Ok(None);
    };
    let mut body = last.data_body.to_vec();
    // The first buffer is the validity bitmap. If it is empty, the first length belongs to the values.
    let Some(claim) = body.get_mut(..8) else {
        return Ok(None);
    };
    claim.copy_from_slice(&len.to_le_bytes());
    last.data_body = body.into();
    Ok(Some(messages))
}

/// Returns a message with only `app_metadata`, which is valid anywhere in a stream.
pub fn app_metadata(app_metadata: impl Into<Bytes>) -> FlightData {
    FlightData::new().with_app_metadata(app_metadata)
}

/// Returns a message with these bytes as header and body.
pub fn message(header: impl Into<Bytes>, body: impl Into<Bytes>) -> FlightData {
    FlightData::new()
        .with_data_header(header)
        .with_data_body(body)
}

/// Truncates the body of a message to at most `len` bytes.
pub fn truncate_body(mut data: FlightData, len: usize) -> FlightData {
    data.data_body.truncate(len);
    data
}

/// Truncates the header of a message to at most `len` bytes.
pub fn truncate_header(mut data: FlightData, len: usize) -> FlightData {
    data.data_header.truncate(len);
    data
}

/// Replaces one byte of the header of a message. An index out of range changes nothing.
pub fn patch_header(mut data: FlightData, at: usize, byte: u8) -> FlightData {
    let mut header = data.data_header.to_vec();
    if let Some(place) = header.get_mut(at) {
        *place = byte;
    }
    data.data_header = header.into();
    data
}

/// Replaces one byte of the body of a message. An index out of range changes nothing.
pub fn patch_body(mut data: FlightData, at: usize, byte: u8) -> FlightData {
    let mut body = data.data_body.to_vec();
    if let Some(place) = body.get_mut(at) {
        *place = byte;
    }
    data.data_body = body.into();
    data
}

fn batch_with(
    batch: &RecordBatch,
    options: &IpcWriteOptions,
) -> Result<Vec<FlightData>, ArrowError> {
    let mut tracker = DictionaryTracker::new(false);
    let mut compression = IpcWriteContext::default();
    let generator = IpcDataGenerator::default();
    let (dictionaries, data) = generator.encode(batch, &mut tracker, options, &mut compression)?;
    Ok(dictionaries
        .into_iter()
        .chain([data])
        .map(FlightData::from)
        .collect())
}
