//! Values as text, as an SQL shell shows them. Layer D.

use std::fmt;

use arrow_array::{Array, ArrayRef};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::DataType;

use super::temporal::fixed_offset;
use super::{FlightSqlValue, FlightSqlValueRef};
use sqlx_core::value::{Value as _, ValueRef as _};

/// The value as text: `NULL`, `42`, `2024-05-01T12:00:00Z`, bytes in hexadecimal, strings as they
/// are.
impl fmt::Display for FlightSqlValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_text())
    }
}

/// As `Display`, with strings in quotes.
impl fmt::Debug for FlightSqlValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let string = matches!(
            self.info().value_type(),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        );
        if string && !self.is_null() {
            fmt::Debug::fmt(&self.to_text(), f)
        } else {
            f.write_str(&self.to_text())
        }
    }
}

impl fmt::Display for FlightSqlValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_ref(), f)
    }
}

impl fmt::Debug for FlightSqlValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_ref(), f)
    }
}

impl FlightSqlValueRef<'_> {
    fn to_text(self) -> String {
        if self.is_null() {
            return "NULL".to_owned();
        }
        let (array, row) = (self.array(), self.index());
        if row >= array.len() {
            return format!("<no row {row}>");
        }
        formatted(array, row).unwrap_or_else(|| format!("<{}>", array.data_type()))
    }
}

fn formatted(array: &ArrayRef, row: usize) -> Option<String> {
    let options = FormatOptions::new().with_null("NULL");
    let in_utc = displayable(&array.slice(row, 1))?;
    let formatter = ArrayFormatter::try_new(&in_utc, &options).ok()?;
    formatter.value(0).try_to_string().ok()
}

/// A zone that is no offset (`Europe/Paris`) has no display in arrow without a zone database: the
/// instant is shown in UTC.
fn displayable(array: &ArrayRef) -> Option<ArrayRef> {
    match array.data_type() {
        DataType::Timestamp(unit, Some(zone)) if fixed_offset(zone).is_none() => {
            let utc = DataType::Timestamp(*unit, Some("+00:00".into()));
            arrow_cast::cast(array, &utc).ok()
        }
        _ => Some(ArrayRef::clone(array)),
    }
}
