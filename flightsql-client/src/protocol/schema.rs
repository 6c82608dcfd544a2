//! Schemas in responses: `FlightInfo.schema`, `dataset_schema`, `parameter_schema`.
//!
//! They are [encapsulated IPC messages](https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format)
//! from an untrusted server, and only hints: the schema of the `DoGet` stream is binding.

use arrow_ipc::convert::fb_to_schema;
use arrow_schema::{
    DECIMAL32_MAX_PRECISION, DECIMAL64_MAX_PRECISION, DECIMAL128_MAX_PRECISION,
    DECIMAL256_MAX_PRECISION, DataType, Schema, SchemaRef,
};
use prost::bytes::Bytes;

use super::frames::Frame;
use super::validator::{IpcValidator, ValidatorLimits};
use crate::arrow::map_data_type::map_fields;
use crate::error::{Error, Result};
use crate::options::Limits;

/// The marker before the length of an encapsulated message, since Arrow 0.15.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Returns the schema in these bytes; `None` if there are none.
pub(crate) fn read(
    operation: &'static str,
    bytes: &Bytes,
    limits: &Limits,
) -> Result<Option<SchemaRef>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let bad =
        |why: String| Error::protocol(operation, format!("the server's schema is bad: {why}"));
    let header = message(bytes).ok_or_else(|| bad("it is truncated".to_owned()))?;
    let checked = validator(limits).check(&header, &[]);
    let schema = checked
        .map_err(|error| bad(error.to_string()))?
        .and_then(|message| message.header_as_schema())
        .ok_or_else(|| bad("the message contains no schema".to_owned()))?;
    Ok(Some(of(schema).into()))
}

/// Returns the schema in these bytes as a message of a stream.
pub(super) fn frame(bytes: &Bytes) -> Option<Frame> {
    let header = message(bytes)?.into();
    Some(Frame {
        header,
        ..Frame::default()
    })
}

/// Returns the schema of a validated message, with each decimal's precision lowered to the digits of its type.
pub(super) fn of(schema: arrow_ipc::Schema<'_>) -> Schema {
    let schema = fb_to_schema(schema);
    match map_fields(schema.fields(), &representable) {
        Some(fields) => Schema::new_with_metadata(fields, schema.metadata),
        None => schema,
    }
}

fn representable(decimal: &DataType) -> Option<DataType> {
    use DataType::{Decimal32, Decimal64, Decimal128, Decimal256};
    Some(match decimal {
        Decimal32(precision, scale) => Decimal32((*precision).min(DECIMAL32_MAX_PRECISION), *scale),
        Decimal64(precision, scale) => Decimal64((*precision).min(DECIMAL64_MAX_PRECISION), *scale),
        Decimal128(precision, scale) => {
            Decimal128((*precision).min(DECIMAL128_MAX_PRECISION), *scale)
        }
        Decimal256(precision, scale) => {
            Decimal256((*precision).min(DECIMAL256_MAX_PRECISION), *scale)
        }
        _ => return None,
    })
}

pub(crate) fn validator(limits: &Limits) -> IpcValidator {
    let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    IpcValidator::new(ValidatorLimits {
        max_batch_rows: u64::from(limits.max_batch_rows),
        max_schema_fields: size(limits.max_schema_fields),
        max_nesting: size(limits.max_nesting),
        max_decompressed_size: limits.max_decompressed_size,
        // Dictionaries live as long as their stream. All of them together may be as large as one message.
        max_dictionary_size: limits.max_decompressed_size,
    })
}

/// Returns the flatbuffer after the continuation marker and the length; older messages have no marker.
fn message(bytes: &Bytes) -> Option<Bytes> {
    let start = if bytes.starts_with(&CONTINUATION) {
        4
    } else {
        0
    };
    let length: [u8; 4] = bytes.get(start..start + 4)?.try_into().ok()?;
    let length = usize::try_from(i32::from_le_bytes(length)).ok()?;
    let (from, to) = (start + 4, (start + 4).checked_add(length)?);
    (to <= bytes.len()).then(|| bytes.slice(from..to))
}
