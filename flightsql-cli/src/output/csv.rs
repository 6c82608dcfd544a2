//! CSV ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)) with a header line. What CSV has no form for is text.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_csv::{Writer, WriterBuilder};
use arrow_schema::{DataType, SchemaRef};

use super::plain::{Plain, decoded, is_named_zone, is_shown_as_text};
use super::{Encoder, failed};
use crate::failure::Failure;

pub(super) struct Csv<'w> {
    plain: Plain,
    writer: Writer<&'w mut (dyn Write + Send)>,
    begun: bool,
}

impl<'w> Csv<'w> {
    pub(super) fn new(schema: &SchemaRef, null: &str, out: &'w mut (dyn Write + Send)) -> Self {
        let plain = Plain::new(schema, |field| {
            let data_type = decoded(field.data_type());
            // Arrow truncates the digits of a decimal beyond its precision, and writes a day with a time.
            let otherwise = data_type.is_decimal() || data_type == &DataType::Date64;
            !otherwise
                && !data_type.is_nested()
                && !is_named_zone(data_type)
                && !is_shown_as_text(field)
        });
        Self {
            plain,
            writer: WriterBuilder::new().with_null(null.to_owned()).build(out),
            begun: false,
        }
    }
}

impl Encoder for Csv<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        self.begun = true;
        let batch = self.plain.convert(batch)?;
        self.writer
            .write(&batch)
            .map_err(|error| failed("cannot write CSV", error))
    }

    /// A result without rows still has its header.
    fn finish(&mut self) -> Result<(), Failure> {
        if !self.begun {
            let none = RecordBatch::new_empty(SchemaRef::clone(self.plain.schema()));
            self.writer
                .write(&none)
                .map_err(|error| failed("cannot write CSV", error))?;
        }
        Ok(())
    }
}
