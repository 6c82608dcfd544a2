//! Display of values inside lists, structs, maps and unions, in the same form as in a column of their type.

use std::fmt::{self, Write};
use std::sync::Arc;

use arrow_array::{Array, RecordBatch, make_array};
use arrow_cast::display::{
    ArrayFormatter, ArrayFormatterFactory, DisplayIndex, FormatOptions, FormatResult,
};
use arrow_schema::{ArrowError, DataType, Field, Schema};

use crate::arrow::logical_type::{BOOL8_EXTENSION, OFFSET_EXTENSION, UUID_EXTENSION, decoded};
use crate::value::{Batch, Columns, FlightSqlValueRef};

/// Replaces Arrow's strings with those of [`FlightSqlValueRef`] where the two differ.
#[derive(Debug)]
pub(super) struct Inside;

impl ArrayFormatterFactory for Inside {
    fn create_array_formatter<'f>(
        &self,
        array: &'f dyn Array,
        options: &FormatOptions<'f>,
        field: Option<&'f Field>,
    ) -> Result<Option<ArrayFormatter<'f>>, ArrowError> {
        let metadata = field.map(Field::metadata).cloned().unwrap_or_default();
        let field = Field::new("", array.data_type().clone(), true).with_metadata(metadata);
        if !has_own_text(&field) {
            return Ok(None);
        }
        let schema = Arc::new(Schema::new(vec![field]));
        let record = RecordBatch::try_new(Arc::clone(&schema), vec![make_array(array.to_data())])?;
        let values = Batch::new(Columns::plain(schema), record)
            .map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
        Ok(Some(ArrayFormatter::new(
            Box::new(Values(values)),
            options.safe(),
        )))
    }
}

/// Returns `true` for types that `FlightSqlValueRef` formats itself.
fn has_own_text(field: &Field) -> bool {
    let data_type = decoded(field.data_type());
    let is_interval = matches!(data_type, DataType::Interval(_));
    let extension = field.extension_type_name();
    data_type.is_decimal()
        || data_type.is_temporal() && !is_interval
        || matches!(
            extension,
            Some(UUID_EXTENSION | BOOL8_EXTENSION | OFFSET_EXTENSION)
        )
}

struct Values(Arc<Batch>);

impl DisplayIndex for Values {
    fn write(&self, index: usize, out: &mut dyn Write) -> FormatResult {
        let row = u32::try_from(index).map_err(|_| fmt::Error)?;
        let value = FlightSqlValueRef::new(&self.0, 0, row).ok_or(fmt::Error)?;
        Ok(write!(out, "{value}")?)
    }
}
