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
    match decoded(field.data_type()) {
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..)
        | DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(..)
        | DataType::Duration(_) => true,
        _ => matches!(
            field.extension_type_name(),
            Some(UUID_EXTENSION | BOOL8_EXTENSION | OFFSET_EXTENSION)
        ),
    }
}

struct Values(Arc<Batch>);

impl DisplayIndex for Values {
    fn write(&self, index: usize, out: &mut dyn Write) -> FormatResult {
        let row = u32::try_from(index).map_err(|_| fmt::Error)?;
        let value = FlightSqlValueRef::new(&self.0, 0, row).ok_or(fmt::Error)?;
        Ok(write!(out, "{value}")?)
    }
}
