//! JSON: an array of objects, or one object a line. What JSON has no form for is text; NULL is written as null.

use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_json::WriterBuilder;
use arrow_json::writer::{JsonFormat, LineDelimited, Writer};
use arrow_schema::{ArrowError, DataType, Field, SchemaRef};

use super::plain::{Plain, any};
use super::texts::Texts;
use super::{Encoder, failed};
use crate::failure::Failure;

pub(super) struct Json<'w, F: JsonFormat> {
    plain: Plain,
    writer: Writer<&'w mut (dyn Write + Send), F>,
}

/// An array with each row on a line of its own, which ends as text files end.
#[derive(Debug, Default)]
pub(super) struct RowsOnLines;

impl JsonFormat for RowsOnLines {
    fn start_stream<W: Write>(&self, out: &mut W) -> Result<(), ArrowError> {
        Ok(out.write_all(b"[")?)
    }

    fn start_row<W: Write>(&self, out: &mut W, first: bool) -> Result<(), ArrowError> {
        let between: &[u8] = if first { b"\n" } else { b",\n" };
        Ok(out.write_all(between)?)
    }

    fn end_stream<W: Write>(&self, out: &mut W) -> Result<(), ArrowError> {
        Ok(out.write_all(b"\n]\n")?)
    }
}

impl<'w> Json<'w, RowsOnLines> {
    pub(super) fn array(
        schema: &SchemaRef,
        out: &'w mut (dyn Write + Send),
    ) -> Result<Self, Failure> {
        Self::new(schema, out)
    }
}

impl<'w> Json<'w, LineDelimited> {
    pub(super) fn lines(
        schema: &SchemaRef,
        out: &'w mut (dyn Write + Send),
    ) -> Result<Self, Failure> {
        Self::new(schema, out)
    }
}

impl<'w, F: JsonFormat> Json<'w, F> {
    fn new(schema: &SchemaRef, out: &'w mut (dyn Write + Send)) -> Result<Self, Failure> {
        let mut names = HashSet::new();
        for field in schema.fields() {
            if !names.insert(field.name()) {
                return Err(Failure::usage(format!(
                    "two columns are named {:?}, and a JSON object holds one of a name: give one another name with AS",
                    field.name()
                )));
            }
        }
        let options = WriterBuilder::new()
            .with_explicit_nulls(true)
            .with_encoder_factory(Arc::new(Texts));
        Ok(Self {
            plain: Plain::new(schema, holds),
            writer: options.build(out),
        })
    }
}

fn holds(field: &Field) -> bool {
    let missing = |data_type: &DataType| match data_type {
        DataType::Union(..) => true,
        // The keys of an object are texts.
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(parts) => !parts.first().is_some_and(|key| {
                matches!(
                    key.data_type(),
                    DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
                )
            }),
            _ => true,
        },
        _ => false,
    };
    !any(field.data_type(), &missing)
}

impl<F: JsonFormat + Send> Encoder for Json<'_, F> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let batch = self.plain.convert(batch)?;
        self.writer
            .write(&batch)
            .map_err(|error| failed("cannot write JSON", error))
    }

    fn finish(&mut self) -> Result<(), Failure> {
        self.writer
            .finish()
            .map_err(|error| failed("cannot write JSON", error))?;
        Ok(self.writer.get_mut().flush()?)
    }
}
