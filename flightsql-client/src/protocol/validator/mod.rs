//! Checks each message of a DoGet stream before arrow decodes it, without I/O.
//!
//! A server is not trusted. arrow-ipc panics on an illegal schema or buffer table and allocates what a compressed buffer
//! claims, and an allocation abort cannot be caught. The validator walks the message as the decoder does, and rejects such a
//! message first. Arrow itself validates UTF-8, offsets and dictionary keys.
//! Spec: <https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format>

mod batch;
mod compression;
mod dictionary;
mod error;
mod schema;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow_ipc::{Message, MessageHeader, MetadataVersion};

use self::batch::Walk;
use self::dictionary::Dictionaries;
pub(crate) use self::error::ValidationError;
use self::schema::Shape;
use super::memory::QueryMemory;

/// The limits of what a server may send, set by options of the connection.
#[derive(Debug, Clone)]
pub(crate) struct ValidatorLimits {
    /// Rows of one batch, also of nested columns that cost no bytes per row.
    pub(crate) max_batch_rows: u64,
    /// Fields of the schema, nested ones included.
    pub(crate) max_schema_fields: usize,
    /// Nesting of fields; a flat column has depth 1.
    pub(crate) max_nesting: usize,
    /// Bytes one message unpacks to when its body is compressed.
    pub(crate) max_decompressed_size: u64,
    /// Bytes kept for all dictionaries of a stream. Not an option of its own: errors name
    /// `max_decompressed_size`, which sets it.
    pub(crate) max_dictionary_size: u64,
}

/// Maximum size of a message header, which contains no row data. A batch of 100 000 buffers needs 2 MiB.
const MAX_HEADER_SIZE: usize = 16 << 20;

/// Maximum size of a header without sharing, as arrow copies it. The verifier counts some bytes more than once, hence the
/// factor.
const MAX_EXPANDED_HEADER_SIZE: usize = 4 * MAX_HEADER_SIZE;
/// Maximum nesting of tables for the verifier; `max_nesting` is checked afterwards, with a better error.
const MAX_TABLE_DEPTH: usize = 256;

/// Checks the messages of one DoGet stream, in order.
#[derive(Debug)]
pub(crate) struct IpcValidator {
    limits: ValidatorLimits,
    /// The memory of the result that the stream is a part of, if that is limited.
    memory: Option<Arc<QueryMemory>>,
    stream: Option<Stream>,
}

/// The state of a stream after its schema.
#[derive(Debug)]
struct Stream {
    shape: Shape,
    dictionaries: Dictionaries,
}

impl IpcValidator {
    pub(crate) fn new(limits: ValidatorLimits) -> Self {
        Self {
            limits,
            memory: None,
            stream: None,
        }
    }

    /// Checks that the messages fit into the memory of their result, before anything is allocated for them.
    pub(crate) fn within(mut self, memory: Option<Arc<QueryMemory>>) -> Self {
        self.memory = memory;
        self
    }

    /// Returns the memory that counts what is decoded.
    pub(crate) fn memory(&self) -> Option<&QueryMemory> {
        self.memory.as_deref()
    }

    /// Checks the next message, and gives it to decode. After an error the stream must not be read any further.
    ///
    /// The body must begin at a multiple of 64 bytes in memory, which arrow calls aligned.
    ///
    /// A message with an empty header carries only `app_metadata`, and one of no type carries nothing: there is
    /// nothing to decode.
    pub(crate) fn check<'h>(
        &mut self,
        header: &'h [u8],
        body: &[u8],
    ) -> Result<Option<Message<'h>>, ValidationError> {
        if header.is_empty() {
            return match body.is_empty() {
                true => Ok(None),
                false => Err(ValidationError::broken("it has a body but no header")),
            };
        }
        let message = verify(header)?;
        match message.header_type() {
            MessageHeader::NONE => return Ok(None),
            MessageHeader::Schema => self.check_schema(message)?,
            MessageHeader::DictionaryBatch => self.check_dictionary(message, body)?,
            MessageHeader::RecordBatch => self.check_batch(message, body)?,
            other => {
                return Err(ValidationError::unsupported(format_args!(
                    "a message of type {}",
                    other.variant_name().unwrap_or("unknown")
                )));
            }
        }
        Ok(Some(message))
    }

    /// Checks a schema. A repeated schema resets the dictionaries, as in the decoder, which also compares it with the first.
    fn check_schema(&mut self, message: Message<'_>) -> Result<(), ValidationError> {
        let schema = message.header_as_schema().ok_or_else(missing_header)?;
        let shape = Shape::read(schema, &self.limits)?;
        let dictionaries = Dictionaries::of(&shape)?;
        self.stream = Some(Stream {
            shape,
            dictionaries,
        });
        Ok(())
    }

    fn check_dictionary(
        &mut self,
        message: Message<'_>,
        body: &[u8],
    ) -> Result<(), ValidationError> {
        let stream = self.stream.as_mut().ok_or_else(no_schema)?;
        let dictionary = message
            .header_as_dictionary_batch()
            .ok_or_else(missing_header)?;
        let version = message.version();
        let (shape, dictionaries) = (&stream.shape, &mut stream.dictionaries);
        let needed = dictionaries.check(dictionary, shape, &self.limits, version, body)?;
        self.check_memory(needed)
    }

    fn check_batch(&self, message: Message<'_>, body: &[u8]) -> Result<(), ValidationError> {
        let stream = self.stream.as_ref().ok_or_else(no_schema)?;
        let batch = message
            .header_as_record_batch()
            .ok_or_else(missing_header)?;
        ValidationError::limit(
            "rows in a batch",
            count(batch.length(), "row count")?,
            self.limits.max_batch_rows,
            "max_batch_rows",
        )?;
        let unpacked = Walk::over(
            &mut [],
            batch,
            &self.limits,
            &stream.shape.slots,
            message.version(),
            body,
            |walk, rows| walk.columns(rows),
        )?;
        // Buffers that are not compressed keep the whole body alive.
        self.check_memory(unpacked.max(wide(body.len())))
    }

    fn check_memory(&self, needed: u64) -> Result<(), ValidationError> {
        match &self.memory {
            Some(memory) => Ok(memory.check(needed)?),
            None => Ok(()),
        }
    }
}

/// Returns the message of a header whose flatbuffer and version are valid.
fn verify(header: &[u8]) -> Result<Message<'_>, ValidationError> {
    if header.len() > MAX_HEADER_SIZE {
        return Err(ValidationError::broken(format_args!(
            "its header has {} bytes, more than {MAX_HEADER_SIZE}",
            header.len()
        )));
    }
    let mut options = default_options(arrow_ipc::root_as_message_with_opts);
    options.max_depth = MAX_TABLE_DEPTH;
    options.max_apparent_size = MAX_EXPANDED_HEADER_SIZE;
    let message = arrow_ipc::root_as_message_with_opts(&options, header).map_err(|error| {
        ValidationError::broken(format_args!("its header is malformed: {error}"))
    })?;
    // Older versions have other buffers, and newer ones are unknown.
    match message.version() {
        MetadataVersion::V4 | MetadataVersion::V5 => Ok(message),
        other => Err(ValidationError::unsupported(format_args!(
            "Arrow metadata version {}",
            other.variant_name().unwrap_or("unknown")
        ))),
    }
}

/// Returns the default verifier options of a function. arrow-ipc does not export their type.
fn default_options<O: Default, R>(_: fn(&'static O, &'static [u8]) -> R) -> O {
    O::default()
}

fn missing_header() -> ValidationError {
    ValidationError::broken("its header does not have the content that its type states")
}

fn no_schema() -> ValidationError {
    ValidationError::broken("it came before the schema")
}

/// Returns a number of the message that counts something, and therefore must not be negative.
fn count(number: i64, what: &'static str) -> Result<u64, ValidationError> {
    u64::try_from(number)
        .map_err(|_| ValidationError::broken(format_args!("its {what} is negative ({number})")))
}

/// Returns a count in memory as a count of a message.
fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
