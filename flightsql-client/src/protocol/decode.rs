//! Messages as record batches (pure, no I/O).
//!
//! A message passes the [validator](super::validator), and then arrow decodes it. Columns share the body of their message.
//! A column with invalid UTF-8 becomes bytes ([`invalid_utf8`]), so that the remaining columns stay readable. Batches are
//! nullable at every depth ([`map_data_type::nullable`]), so that a NULL in a column reported as NOT NULL is not an error.

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_ipc::reader::{read_dictionary, read_record_batch};
use arrow_ipc::{DictionaryBatch, Message, MessageHeader, MetadataVersion, root_as_message};
use arrow_schema::{ArrowError, Schema, SchemaRef};

use super::frames::Frame;
use super::memory::OverBudget;
use super::schema;
use super::validator::{IpcValidator, ValidationError};
use crate::arrow::{invalid_utf8, map_data_type};

#[derive(Debug)]
pub(crate) enum Item {
    /// The columns reported by the server, with their nullability: the first item, once.
    Schema(SchemaRef),
    /// Rows, possibly none: some servers send empty batches as a sign of life. A column with invalid UTF-8 has a binary type.
    Batch(RecordBatch),
}

#[derive(Debug)]
pub(crate) enum DecodeError {
    Refused(ValidationError),
    Arrow(ArrowError),
    Panicked,
    /// The schema was sent again, and differs.
    Changed,
}

#[derive(Debug)]
pub(crate) struct Decoder {
    validator: IpcValidator,
    stream: Option<Stream>,
}

/// The state of a stream after its schema.
#[derive(Debug)]
struct Stream {
    /// The schema as the server sent it.
    reported: SchemaRef,
    /// The schema of the batches, nullable at every depth.
    schema: SchemaRef,
    dictionaries: HashMap<i64, ArrayRef>,
}

impl Decoder {
    pub(crate) fn new(validator: IpcValidator) -> Self {
        Self {
            validator,
            stream: None,
        }
    }

    /// Returns `true` if the message is part of a stream whose schema has not come.
    pub(crate) fn lacks_schema(&self, frame: &Frame) -> bool {
        let is_data = |message: Message<'_>| {
            let kind = message.header_type();
            kind == MessageHeader::RecordBatch || kind == MessageHeader::DictionaryBatch
        };
        self.stream.is_none() && root_as_message(&frame.header).is_ok_and(is_data)
    }

    /// Decodes the next message; `None` for a message without an item. After an error, nothing can be decoded.
    pub(crate) fn decode(&mut self, frame: &Frame) -> Result<Option<Item>, DecodeError> {
        let checked = self.validator.check(&frame.header, &frame.body);
        let Some(message) = checked.map_err(DecodeError::Refused)? else {
            return Ok(None);
        };
        match (message.header_type(), &mut self.stream) {
            (MessageHeader::Schema, _) => self.begin(message),
            (MessageHeader::DictionaryBatch, Some(stream)) => {
                stream.dictionary(message, frame)?;
                let id = message.header_as_dictionary_batch().map(|batch| batch.id());
                let values = id.and_then(|id| stream.dictionaries.get(&id));
                if let (Some(memory), Some(values)) = (self.validator.memory(), values) {
                    memory.claim(values).map_err(over)?;
                }
                Ok(None)
            }
            (MessageHeader::RecordBatch, Some(stream)) => {
                let batch = stream.batch(message, frame)?;
                if let Some(memory) = self.validator.memory() {
                    memory.claim_batch(&batch).map_err(over)?;
                }
                Ok(Some(Item::Batch(batch)))
            }
            // The validator passes nothing else.
            _ => Ok(None),
        }
    }

    fn begin(&mut self, message: Message<'_>) -> Result<Option<Item>, DecodeError> {
        let schema = message.header_as_schema();
        let Some(schema) = schema.map(|schema| caught(|| Ok(schema::of(schema)))) else {
            return Ok(None);
        };
        let schema = SchemaRef::new(schema?);
        match &mut self.stream {
            // Some servers send the schema again. The columns must not change, and the dictionaries are reset.
            Some(stream) if stream.reported == schema => {
                stream.dictionaries.clear();
                Ok(None)
            }
            Some(_) => Err(DecodeError::Changed),
            None => {
                self.stream = Some(Stream {
                    reported: Arc::clone(&schema),
                    schema: map_data_type::nullable_schema(&schema),
                    dictionaries: HashMap::new(),
                });
                Ok(Some(Item::Schema(schema)))
            }
        }
    }
}

impl Stream {
    fn batch(&self, message: Message<'_>, frame: &Frame) -> Result<RecordBatch, DecodeError> {
        let (schema, dictionaries) = (&self.schema, &self.dictionaries);
        let decoded = read_batch(message, frame, schema, dictionaries, None);
        let Err(DecodeError::Arrow(wrong)) = decoded else {
            return decoded;
        };
        let Some(bytes) = invalid_utf8::fields(schema.fields()) else {
            return Err(DecodeError::Arrow(wrong));
        };
        let bytes = Arc::new(Schema::new(bytes));
        // The first error of arrow is the cause.
        self.column_by_column(message, frame, &bytes)
            .map_err(|error| error.or(wrong))
    }

    /// Returns the batch with columns of invalid UTF-8 as bytes.
    fn column_by_column(
        &self,
        message: Message<'_>,
        frame: &Frame,
        bytes: &SchemaRef,
    ) -> Result<RecordBatch, DecodeError> {
        let dictionaries = dictionaries_as_bytes(&self.dictionaries)?;
        let columns = (0..bytes.fields().len()).map(|at| {
            let only = Some([at]);
            let only = only.as_ref().map(<[usize; 1]>::as_slice);
            let text = read_batch(message, frame, &self.schema, &self.dictionaries, only);
            let read = match text {
                Err(DecodeError::Arrow(_)) => {
                    read_batch(message, frame, bytes, &dictionaries, only)
                }
                read => read,
            };
            read.map(|batch| Arc::clone(batch.column(0)))
        });
        let columns = columns.collect::<Result<Vec<ArrayRef>, _>>()?;
        let fields = self.schema.fields().iter().zip(&columns);
        let fields = fields.map(|(field, column)| {
            let data_type = column.data_type().clone();
            field.as_ref().clone().with_data_type(data_type)
        });
        let schema = Schema::new(fields.collect::<Vec<_>>());
        let rows = message.header_as_record_batch().map(|batch| batch.length());
        let rows = rows.and_then(|rows| usize::try_from(rows).ok());
        let options = RecordBatchOptions::new().with_row_count(rows);
        RecordBatch::try_new_with_options(Arc::new(schema), columns, &options)
            .map_err(DecodeError::Arrow)
    }

    fn dictionary(&mut self, message: Message<'_>, frame: &Frame) -> Result<(), DecodeError> {
        let Some(batch) = message.header_as_dictionary_batch() else {
            return Ok(());
        };
        let version = message.version();
        let read = read_values(batch, frame, &self.schema, &mut self.dictionaries, version);
        let Err(DecodeError::Arrow(wrong)) = read else {
            return read;
        };
        let Some(bytes) = invalid_utf8::fields(self.schema.fields()) else {
            return Err(DecodeError::Arrow(wrong));
        };
        let mut dictionaries = dictionaries_as_bytes(&self.dictionaries)?;
        read_values(
            batch,
            frame,
            &Schema::new(bytes),
            &mut dictionaries,
            version,
        )
        .map_err(|error| error.or(wrong))?;
        let values = dictionaries.remove(&batch.id());
        let values = values.map(|values| (batch.id(), values));
        self.dictionaries.extend(values);
        Ok(())
    }
}

fn read_batch(
    message: Message<'_>,
    frame: &Frame,
    schema: &SchemaRef,
    dictionaries: &HashMap<i64, ArrayRef>,
    columns: Option<&[usize]>,
) -> Result<RecordBatch, DecodeError> {
    let batch = message.header_as_record_batch();
    let batch = batch.ok_or_else(|| DecodeError::Arrow(missing()))?;
    let schema = Arc::clone(schema);
    let version = message.version();
    caught(|| read_record_batch(&frame.body, batch, schema, dictionaries, columns, &version))
}

fn read_values(
    batch: DictionaryBatch<'_>,
    frame: &Frame,
    schema: &Schema,
    dictionaries: &mut HashMap<i64, ArrayRef>,
    version: MetadataVersion,
) -> Result<(), DecodeError> {
    caught(|| read_dictionary(&frame.body, batch, schema, dictionaries, &version))
}

fn dictionaries_as_bytes(
    dictionaries: &HashMap<i64, ArrayRef>,
) -> Result<HashMap<i64, ArrayRef>, DecodeError> {
    let all = dictionaries.iter().map(|(id, values)| {
        let values = match invalid_utf8::as_bytes(values.data_type()) {
            None => Arc::clone(values),
            Some(bytes) => caught(|| arrow_cast::cast(values, &bytes))?,
        };
        Ok((*id, values))
    });
    all.collect()
}

/// Turns a panic of arrow into an error. The validator rejects the known causes of a panic.
fn caught<T>(read: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, DecodeError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(DecodeError::Arrow),
        Err(_) => Err(DecodeError::Panicked),
    }
}

impl DecodeError {
    /// Returns the first error of arrow instead of a second one.
    fn or(self, first: ArrowError) -> Self {
        match self {
            Self::Arrow(_) => Self::Arrow(first),
            other => other,
        }
    }
}

fn over(budget: OverBudget) -> DecodeError {
    DecodeError::Refused(budget.into())
}

fn missing() -> ArrowError {
    ArrowError::IpcError("the message does not have the content that its header states".to_owned())
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Arrow(error) => error.fmt(f),
            Self::Panicked => f.write_str("a message could not be decoded"),
            Self::Changed => f.write_str("the columns changed mid-stream"),
        }
    }
}

#[cfg(test)]
mod tests;
