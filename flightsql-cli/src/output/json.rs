//! JSON: an array of objects, or one object a line. Values without a JSON form become text, and NULL becomes null.

use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_json::WriterBuilder;
use arrow_json::writer::{JsonFormat, LineDelimited, Writer};
use arrow_schema::{ArrowError, DataType, Field, Fields, SchemaRef};
use flightsql::{FlightSqlBatch, FlightSqlValueRef, Row as _, ValueRef as _};

use super::plain::{Plain, any, decoded};
use super::strings::Strings;
use super::{Encoder, failed};
use crate::failure::Failure;

pub(super) struct Json<'w, F: JsonFormat> {
    plain: Plain,
    writer: Writer<&'w mut (dyn Write + Send), F>,
}

/// An array with one row per line, and a line break at the end.
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
        if let Some(name) = repeated(schema.fields()) {
            return Err(Failure::usage(format!(
                "two columns are named {name:?}, but the keys of a JSON object must be unique; rename one with AS"
            )));
        }
        for field in schema.fields().iter().filter(|field| holds(field)) {
            let names_twice = |data_type: &DataType| match data_type {
                DataType::Struct(fields) => repeated(fields).is_some(),
                _ => false,
            };
            if any(field.data_type(), &names_twice) {
                return Err(Failure::usage(format!(
                    "a struct in column {:?} has two fields of one name, but the keys of a JSON object must be unique; rename one \
                     in the SQL, or use --format csv or arrow",
                    field.name()
                )));
            }
        }
        let options = WriterBuilder::new()
            .with_explicit_nulls(true)
            .with_encoder_factory(Arc::new(Strings));
        Ok(Self {
            plain: Plain::new(schema, holds),
            writer: options.build(out),
        })
    }
}

/// Returns a name that two fields share.
fn repeated(fields: &Fields) -> Option<&str> {
    let mut names = HashSet::new();
    let mut fields = fields.iter();
    fields
        .find(|field| !names.insert(field.name()))
        .map(|field| field.name().as_str())
}

/// Returns an error if a map in the batch has a duplicate key.
fn check_keys(batch: &RecordBatch) -> Result<(), Failure> {
    let is_map = |data_type: &DataType| matches!(data_type, DataType::Map(..));
    let fields = batch.schema_ref().fields().iter().enumerate();
    let maps: Vec<_> = fields
        .filter(|(_, field)| any(field.data_type(), &is_map))
        .collect();
    if maps.is_empty() {
        return Ok(());
    }
    let values = FlightSqlBatch::try_from(batch.clone())?;
    for row in values.rows() {
        for (index, field) in &maps {
            if repeats_key(row.try_get_raw(*index)?)? {
                return Err(Failure::failed(format!(
                    "a map in column {:?} has a duplicate key, but the keys of a JSON object must be unique; CAST it to text in \
                     the SQL, or use --format csv or arrow",
                    field.name()
                )));
            }
        }
    }
    Ok(())
}

fn repeats_key(value: FlightSqlValueRef<'_>) -> Result<bool, flightsql::Error> {
    if value.is_null() {
        return Ok(false);
    }
    let info = value.type_info();
    let mut keys = HashSet::new();
    let decode = flightsql::Error::Decode;
    match decoded(info.data_type()) {
        DataType::Map(..) => {
            for entry in value.items().map_err(decode)? {
                let entry = entry.structure().map_err(decode)?;
                let mut fields = entry.fields().map(|(_, field)| field);
                if let (Some(key), Some(value)) = (fields.next(), fields.next())
                    && (!keys.insert(key.to_string()) || repeats_key(value)?)
                {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        DataType::Struct(_) => {
            let fields = value.structure().map_err(decode)?;
            some(fields.fields().map(|(_, field)| repeats_key(field)))
        }
        nested if nested.is_nested() => some(value.items().map_err(decode)?.map(repeats_key)),
        _ => Ok(false),
    }
}

fn some(
    mut found: impl Iterator<Item = Result<bool, flightsql::Error>>,
) -> Result<bool, flightsql::Error> {
    found
        .find(|found| !matches!(found, Ok(false)))
        .unwrap_or(Ok(false))
}

fn holds(field: &Field) -> bool {
    let missing = |data_type: &DataType| match data_type {
        DataType::Union(..) => true,
        // The keys of a JSON object are strings.
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
        check_keys(&batch)?;
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
