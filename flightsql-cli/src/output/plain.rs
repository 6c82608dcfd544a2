//! Columns that a text format cannot hold, turned into the text that an SQL shell shows.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use flightsql::{FlightSqlBatch, Row as _, ValueRef as _};

use crate::failure::Failure;

/// Extension types whose storage means nothing to a reader of text.
const SHOWN_AS_TEXT: [&str; 3] = ["arrow.uuid", "arrow.bool8", "arrow.timestamp_with_offset"];

/// Which columns become text, and the schema after that.
pub(super) struct Plain {
    as_text: Vec<usize>,
    schema: SchemaRef,
}

impl Plain {
    /// `holds` says whether the format has the type of a column.
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
                let texts = values.rows().map(|row| {
                    let value = row.try_get_raw(*index)?;
                    Ok((!value.is_null()).then(|| value.to_string()))
                });
                let texts: StringArray = texts.collect::<Result<_, flightsql::Error>>()?;
                columns[*index] = Arc::new(texts);
            }
        }
        RecordBatch::try_new(SchemaRef::clone(&self.schema), columns)
            .map_err(|error| super::failed("the columns of the result changed on the way", error))
    }
}

pub(super) fn is_shown_as_text(field: &Field) -> bool {
    let extension = field.metadata().get("ARROW:extension:name");
    extension.is_some_and(|name| SHOWN_AS_TEXT.contains(&name.as_str()))
}

/// Returns `true` if a type is a timestamp whose zone has a name, which arrow's writers cannot format.
pub(super) fn is_named_zone(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(_, Some(zone)) => !zone.starts_with(['+', '-']),
        _ => false,
    }
}

/// The type of the values of a dictionary or of runs.
pub(super) fn decoded(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, value) => decoded(value),
        DataType::RunEndEncoded(_, value) => decoded(value.data_type()),
        plain => plain,
    }
}

/// Whether `what` is true of a type or of one inside it.
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
