//! Converts columns that a text format does not support to the text that an SQL shell shows.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::temporal_conversions::{
    as_datetime, try_duration_ms_to_duration, try_duration_s_to_duration,
};
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use flightsql::{FlightSqlBatch, Row as _, ValueRef as _};

use crate::failure::Failure;

/// Extension types whose storage is not readable as text.
const SHOWN_AS_TEXT: [&str; 3] = ["arrow.uuid", "arrow.bool8", "arrow.timestamp_with_offset"];

/// The columns that become strings, and the resulting schema.
pub(super) struct Plain {
    as_text: Vec<usize>,
    schema: SchemaRef,
}

impl Plain {
    /// `holds` returns `true` if the format supports the type of a column.
    pub(super) fn new(schema: &SchemaRef, holds: impl Fn(&Field) -> bool) -> Self {
        let mut as_text = Vec::new();
        let fields: Vec<FieldRef> = schema
            .fields()
            .iter()
            .enumerate()
            .map(|(index, field)| match holds(field) {
                true => FieldRef::clone(field),
                false => {
                    as_text.push(index);
                    Arc::new(Field::new(field.name(), DataType::Utf8, true))
                }
            })
            .collect();
        Self {
            as_text,
            schema: Arc::new(Schema::new(fields)),
        }
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(super) fn convert(&self, batch: &RecordBatch) -> Result<RecordBatch, Failure> {
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        if !self.as_text.is_empty() {
            let values = FlightSqlBatch::try_from(batch.clone())?;
            for index in &self.as_text {
                columns[*index] = strings(&values, *index)?;
            }
        }
        let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(SchemaRef::clone(&self.schema), columns, &rows).map_err(
            |error| super::failed("the columns of the result changed between batches", error),
        )
    }
}

/// Returns a column of the strings that a table shows.
pub(super) fn strings(values: &FlightSqlBatch, index: usize) -> Result<ArrayRef, Failure> {
    let strings = values.rows().map(|row| {
        let value = row.try_get_raw(index)?;
        Ok((!value.is_null()).then(|| value.to_string()))
    });
    let strings: StringArray = strings.collect::<Result<_, flightsql::Error>>()?;
    Ok(Arc::new(strings))
}

/// Returns `true` if Arrow formats all values of the array correctly. For a date or time that Arrow cannot format, it writes an
/// error, `<invalid>`, or another time of day.
pub(super) fn is_in_calendar(array: &dyn Array) -> bool {
    /// Formatting fails only at the ends of the range, so the smallest and the largest value suffice.
    fn both<T: ArrowPrimitiveType>(array: &dyn Array, fits: impl Fn(i64) -> bool) -> bool
    where
        T::Native: Into<i64> + Ord,
    {
        let counts = array.as_primitive::<T>().values();
        let mut both = counts.iter().min().into_iter().chain(counts.iter().max());
        both.all(|count| fits((*count).into()))
    }
    let of_day = |per_second: i64| move |count| (0..86_400 * per_second).contains(&count);
    match array.data_type() {
        DataType::Dictionary(..) => is_in_calendar(array.as_any_dictionary().values()),
        DataType::Date32 => {
            both::<Date32Type>(array, |count| as_datetime::<Date32Type>(count).is_some())
        }
        DataType::Date64 => {
            both::<Date64Type>(array, |count| as_datetime::<Date64Type>(count).is_some())
        }
        DataType::Timestamp(TimeUnit::Second, _) => both::<TimestampSecondType>(array, |count| {
            as_datetime::<TimestampSecondType>(count).is_some()
        }),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            both::<TimestampMillisecondType>(array, |count| {
                as_datetime::<TimestampMillisecondType>(count).is_some()
            })
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            both::<TimestampMicrosecondType>(array, |count| {
                as_datetime::<TimestampMicrosecondType>(count).is_some()
            })
        }
        DataType::Time32(TimeUnit::Second) => both::<Time32SecondType>(array, of_day(1)),
        DataType::Time32(_) => both::<Time32MillisecondType>(array, of_day(1_000)),
        DataType::Time64(TimeUnit::Microsecond) => {
            both::<Time64MicrosecondType>(array, of_day(1_000_000))
        }
        DataType::Time64(_) => both::<Time64NanosecondType>(array, of_day(1_000_000_000)),
        DataType::Duration(TimeUnit::Second) => {
            both::<DurationSecondType>(array, |count| try_duration_s_to_duration(count).is_some())
        }
        DataType::Duration(TimeUnit::Millisecond) => {
            both::<DurationMillisecondType>(array, |count| {
                try_duration_ms_to_duration(count).is_some()
            })
        }
        // The driver formats runs of these types, which are rare.
        DataType::RunEndEncoded(_, value) => !value.data_type().is_temporal(),
        _ => true,
    }
}

pub(super) fn is_shown_as_text(field: &Field) -> bool {
    let extension = field.metadata().get("ARROW:extension:name");
    extension.is_some_and(|name| SHOWN_AS_TEXT.contains(&name.as_str()))
}

/// Returns `true` for a timestamp with a named zone, which Arrow's writers cannot format.
pub(super) fn is_named_zone(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(_, Some(zone)) => !zone.starts_with(['+', '-']),
        _ => false,
    }
}

/// Returns the type of the values of a dictionary or of runs.
pub(super) fn decoded(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, value) => decoded(value),
        DataType::RunEndEncoded(_, value) => decoded(value.data_type()),
        plain => plain,
    }
}

/// Returns `true` if `what` is true for a type or for a type inside it.
pub(super) fn any(data_type: &DataType, what: &dyn Fn(&DataType) -> bool) -> bool {
    if what(data_type) {
        return true;
    }
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _)
        | DataType::RunEndEncoded(_, item) => any(item.data_type(), what),
        DataType::Struct(fields) => fields.iter().any(|field| any(field.data_type(), what)),
        DataType::Union(fields, _) => fields.iter().any(|(_, field)| any(field.data_type(), what)),
        DataType::Dictionary(_, value) => any(value, what),
        _ => false,
    }
}
