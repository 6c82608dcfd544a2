//! CSV ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)) with a header line. Values without a CSV form become text.
//!
//! NULL is never quoted. A string that is empty or equals the string for NULL is always quoted, so that a reader can
//! distinguish them. Arrow's writer cannot quote single values.

use std::fmt::Write as _;
use std::io::Write;

use arrow_array::{Array as _, ArrayRef, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use flightsql::FlightSqlBatch;

use super::plain::{Plain, decoded, is_in_calendar, is_named_zone, is_shown_as_text, strings};
use super::{Encoder, failed, no_columns};
use crate::failure::Failure;

/// Large enough for few writes.
const CHUNK: usize = 1 << 16;

/// Characters that require quotes.
const SPECIAL: [char; 4] = [',', '"', '\n', '\r'];

pub(super) struct Csv<'w> {
    plain: Plain,
    null: String,
    out: &'w mut (dyn Write + Send),
    begun: bool,
}

impl<'w> Csv<'w> {
    pub(super) fn new(
        schema: &SchemaRef,
        null: &str,
        out: &'w mut (dyn Write + Send),
    ) -> Result<Self, Failure> {
        if null.contains(SPECIAL) {
            return Err(Failure::usage(
                "--null must not contain a comma, a quote or a line break, because it is written without quotes",
            ));
        }
        if schema.fields().is_empty() {
            return Err(no_columns("CSV"));
        }
        let plain = Plain::new(schema, |field| {
            let data_type = decoded(field.data_type());
            // Arrow truncates the digits of a decimal beyond its precision, and adds a time to a day.
            let otherwise = data_type.is_decimal() || data_type == &DataType::Date64;
            !otherwise
                && !data_type.is_nested()
                && !is_named_zone(data_type)
                && !is_shown_as_text(field)
        });
        Ok(Self {
            plain,
            null: null.to_owned(),
            out,
            begun: false,
        })
    }

    fn begin(&mut self) -> Result<(), Failure> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        let mut line = String::new();
        for (index, field) in self.plain.schema().fields().iter().enumerate() {
            push_comma(index, &mut line);
            line.push_str(field.name());
            quote(line.len() - field.name().len(), &self.null, &mut line);
        }
        line.push('\n');
        Ok(self.out.write_all(line.as_bytes())?)
    }
}

impl Encoder for Csv<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        self.begin()?;
        let columns = written(&self.plain.convert(batch)?)?;
        let cannot = |error: ArrowError| failed("cannot write CSV", error);
        // A value that cannot be formatted is an error and never written as text.
        let options = FormatOptions::new().with_display_error(false);
        let columns: Vec<_> = columns
            .iter()
            .map(|column| {
                let formatter = ArrayFormatter::try_new(column, &options)?;
                Ok((formatter, column.logical_nulls()))
            })
            .collect::<Result<_, _>>()
            .map_err(cannot)?;
        let mut lines = String::with_capacity(CHUNK);
        for row in 0..batch.num_rows() {
            for (index, (formatter, nulls)) in columns.iter().enumerate() {
                push_comma(index, &mut lines);
                if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                    lines.push_str(&self.null);
                    continue;
                }
                let start = lines.len();
                formatter.value(row).write(&mut lines).map_err(cannot)?;
                quote(start, &self.null, &mut lines);
            }
            lines.push('\n');
            if lines.len() >= CHUNK {
                self.out.write_all(lines.as_bytes())?;
                lines.clear();
            }
        }
        Ok(self.out.write_all(lines.as_bytes())?)
    }

    /// A result without rows still has its header.
    fn finish(&mut self) -> Result<(), Failure> {
        self.begin()
    }
}

/// Returns the columns with the driver's strings for dates and times that Arrow cannot format.
fn written(batch: &RecordBatch) -> Result<Vec<ArrayRef>, Failure> {
    let columns = batch.columns().iter().enumerate();
    let columns = columns.map(|(index, column)| match is_in_calendar(column) {
        true => Ok(ArrayRef::clone(column)),
        false => strings(&FlightSqlBatch::try_from(batch.clone())?, index),
    });
    columns.collect()
}

fn push_comma(index: usize, line: &mut String) {
    if index > 0 {
        line.push(',');
    }
}

/// Quotes the last field of the line, which begins at `start`, if that is needed.
fn quote(start: usize, null: &str, line: &mut String) {
    let field = line.get(start..).unwrap_or_default();
    // A reader removes a byte-order mark at the start of a file.
    let is_plain = !field.is_empty() && field != null && !field.starts_with('\u{feff}');
    if is_plain && !field.contains(SPECIAL) {
        return;
    }
    let doubled = field.replace('"', "\"\"");
    line.truncate(start);
    // Writing into memory cannot fail.
    let _ = write!(line, "\"{doubled}\"");
}
