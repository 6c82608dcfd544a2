//! `FlightData` by hand: valid messages to start from, and ways to corrupt them.
//!
//! Job: craft hostile IPC for [`Reply::raw`](crate::Reply::raw). Layer: scripted service.
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

/// The schema message a stream begins with.
pub fn schema(schema: &Schema) -> FlightData {
    SchemaAsIpc::new(schema, &IpcWriteOptions::default()).into()
}

/// A whole stream: the schema, and each batch behind the dictionaries that it needs and that did not come yet. With
/// `deltas`, a dictionary that only grew is sent as what was added; else it is replaced.
///
/// # Errors
/// If arrow cannot encode a batch.
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

/// The messages of one batch: its dictionaries, if it has any, then the batch. No schema.
///
/// # Errors
/// If arrow cannot encode the batch.
pub fn batch(batch: &RecordBatch) -> Result<Vec<FlightData>, ArrowError> {
    batch_with(batch, &IpcWriteOptions::default())
}

/// As [`batch()`], with its buffers compressed.
///
/// # Errors
/// If arrow cannot encode the batch.
pub fn compressed_batch(
    batch: &RecordBatch,
    codec: CompressionType,
) -> Result<Vec<FlightData>, ArrowError> {
    let options = IpcWriteOptions::default().try_with_compression(Some(codec))?;
    batch_with(batch, &options)
}

/// A compressed batch whose first buffer claims to hold `len` bytes uncompressed: a decompression bomb, or a
/// negative length.
///
/// Compressed buffers begin with their uncompressed length as 8 little-endian bytes. `None` if the last message
/// of the batch has no body that long.
///
/// # Errors
/// If arrow cannot encode the batch.
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
    // The first buffer is the validity bitmap, which may be empty: the first length is then the values'.
    let Some(claim) = body.get_mut(..8) else {
        return Ok(None);
    };
    claim.copy_from_slice(&len.to_le_bytes());
    last.data_body = body.into();
    Ok(Some(messages))
}

/// A message with only `app_metadata`, which is legal anywhere in a stream.
pub fn app_metadata(app_metadata: impl Into<Bytes>) -> FlightData {
    FlightData::new().with_app_metadata(app_metadata)
}

/// A message with these bytes as header and body, whatever they are.
pub fn message(header: impl Into<Bytes>, body: impl Into<Bytes>) -> FlightData {
    FlightData::new()
        .with_data_header(header)
        .with_data_body(body)
}

/// The message with its body cut to at most `len` bytes.
pub fn truncate_body(mut data: FlightData, len: usize) -> FlightData {
    data.data_body.truncate(len);
    data
}

/// The message with its header cut to at most `len` bytes.
pub fn truncate_header(mut data: FlightData, len: usize) -> FlightData {
    data.data_header.truncate(len);
    data
}

/// The message with one byte of its header replaced. Out of range, nothing is replaced.
pub fn patch_header(mut data: FlightData, at: usize, byte: u8) -> FlightData {
    let mut header = data.data_header.to_vec();
    if let Some(place) = header.get_mut(at) {
        *place = byte;
    }
    data.data_header = header.into();
    data
}

/// The message with one byte of its body replaced. Out of range, nothing is replaced.
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
