//! JSON encoding of values with the driver's strings, at every depth, where Arrow's own encoder would differ from a table.

use std::fmt;
use std::io::Write as _;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float16Type, Float32Type, Float64Type};
use arrow_array::{Array, RecordBatch, make_array};
use arrow_json::writer::{Encoder, EncoderFactory, EncoderOptions, NullableEncoder};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema};
use flightsql::{FlightSqlBatch, FlightSqlRow, Row as _};

use super::plain::{decoded, is_in_calendar, is_named_zone, is_shown_as_text};

/// Encodes decimals, days, zones with a name, extension types, and the dates, times and floats that Arrow's encoder replaces
/// with an error or with null.
#[derive(Debug)]
pub(super) struct Strings;

impl EncoderFactory for Strings {
    fn make_default_encoder<'a>(
        &self,
        field: &'a FieldRef,
        array: &'a dyn Array,
        _: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        let own = own_field(field, array.data_type());
        let metadata = own.map(|field| field.metadata().clone());
        let field = Field::new("", array.data_type().clone(), true)
            .with_metadata(metadata.unwrap_or_default());
        let Some(form) = form(&field, array) else {
            return Ok(None);
        };
        let schema = Arc::new(Schema::new(vec![field]));
        let record = RecordBatch::try_new(schema, vec![make_array(array.to_data())])?;
        let values = FlightSqlBatch::try_from(record)
            .map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
        let values = Values {
            rows: values.rows().collect(),
            form,
        };
        let nulls = array.logical_nulls();
        Ok(Some(NullableEncoder::new(Box::new(values), nulls)))
    }
}

/// Returns the field of an array. Arrow passes the field of the column or of a struct on to the items of lists and maps.
fn own_field<'a>(field: &'a FieldRef, array: &DataType) -> Option<&'a FieldRef> {
    if decoded(field.data_type()) == decoded(array) {
        return Some(field);
    }
    match field.data_type() {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::RunEndEncoded(_, item) => own_field(item, array),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(parts) => own_field(parts.last()?, array),
            _ => None,
        },
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum Form {
    /// A number, or `true` and `false`.
    Bare,
    Quoted,
    /// A number; NaN and the infinities in quotes, since JSON has no numbers for them.
    Float,
}

fn form(field: &Field, array: &dyn Array) -> Option<Form> {
    let data_type = decoded(field.data_type());
    match data_type {
        // `arrow.bool8`.
        DataType::Int8 if is_shown_as_text(field) => Some(Form::Bare),
        _ if is_shown_as_text(field) => Some(Form::Quoted),
        _ if data_type.is_decimal() => Some(Form::Bare),
        DataType::Date64 => Some(Form::Quoted),
        _ if is_named_zone(data_type) || !is_in_calendar(array) => Some(Form::Quoted),
        _ if data_type.is_floating() && !is_finite(array) => Some(Form::Float),
        _ => None,
    }
}

/// Returns `true` if no value is NaN or infinite.
fn is_finite(array: &dyn Array) -> bool {
    match array.data_type() {
        DataType::Float16 => {
            let mut values = array.as_primitive::<Float16Type>().values().iter();
            values.all(|value| value.is_finite())
        }
        DataType::Float32 => {
            let mut values = array.as_primitive::<Float32Type>().values().iter();
            values.all(|value| value.is_finite())
        }
        DataType::Float64 => {
            let mut values = array.as_primitive::<Float64Type>().values().iter();
            values.all(|value| value.is_finite())
        }
        // Arrow encodes the values of dictionaries and runs as arrays of their own.
        _ => true,
    }
}

struct Values {
    rows: Vec<FlightSqlRow>,
    form: Form,
}

impl Encoder for Values {
    fn encode(&mut self, index: usize, out: &mut Vec<u8>) {
        let value = self.rows.get(index).and_then(|row| row.try_get_raw(0).ok());
        let text = value.map(|value| value.to_string()).unwrap_or_default();
        let is_bare = match self.form {
            Form::Bare => true,
            Form::Quoted => false,
            Form::Float => text.ends_with(|last: char| last.is_ascii_digit()),
        };
        // Writing into memory cannot fail.
        let _: fmt::Result = match is_bare {
            true => out.write_all(text.as_bytes()).map_err(|_| fmt::Error),
            false => serde_json::to_writer(out, &text).map_err(|_| fmt::Error),
        };
    }
}
