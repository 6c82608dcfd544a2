//! Values as text, as an SQL shell shows them.

mod beyond;
mod inside;

use std::fmt;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, UInt32Array};
use arrow_buffer::i256;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::DataType;
use arrow_select::take::take;
use sqlx_core::value::{Value as _, ValueRef as _};

use self::inside::Inside;
use super::read::{self, Timestamp};
use super::{FlightSqlValue, FlightSqlValueRef};
use crate::arrow::convert::text::{DecimalText, UuidText};
use crate::arrow::convert::units::fixed_offset;
use crate::arrow::logical_type::{BOOL8_EXTENSION, OFFSET_EXTENSION, UUID_EXTENSION, decoded};

const NULL: &str = "NULL";

/// Writes the value as text: `NULL`, `42`, `2024-05-01T12:00:00Z`, bytes in hexadecimal, strings unchanged, `[1, 2]`,
/// `{x: 1, y: 2}`.
///
/// Each date and time has a text. Years beyond 0 to 9999 have a sign (`+294247-01-10`). The largest and the smallest count of
/// a type are `infinity` and `-infinity`, as in DuckDB, unless they are dates of the calendar, as with nanoseconds.
impl fmt::Display for FlightSqlValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_text())
    }
}

/// Writes the text of `Display`, with strings in quotes.
impl fmt::Debug for FlightSqlValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.info().is_text() && !self.is_null() {
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
            return NULL.to_owned();
        }
        let (array, row) = (self.array(), self.index());
        if row >= array.len() {
            return format!("<no row {row}>");
        }
        self.exact_text()
            .or_else(|| self.string())
            .unwrap_or_else(|| format!("<{}>", array.data_type()))
    }

    /// Returns the value as text that represents all of it; `None` if there is no such text. The value must not be NULL.
    pub(crate) fn exact_text(self) -> Option<String> {
        if self.info().is_text() {
            return read::text(self, "text").ok().map(str::to_owned);
        }
        let array = self.array();
        let row = self.index();
        let own = self.extension_text().or_else(|| self.digits());
        let own = own.or_else(|| beyond::out_of_range(self));
        let own = own.or_else(|| {
            formatted(&compact(
                array.slice(row, 1.min(array.len().checked_sub(row)?)),
            ))
        });
        own.or_else(|| beyond::out_of_calendar(self))
    }

    /// Writes all digits of a decimal, including digits beyond the precision of its type, which Arrow truncates.
    fn digits(self) -> Option<String> {
        if !self.info().value_type().is_decimal() {
            return None;
        }
        Some(match read::decimal(self, "text").ok()? {
            read::Decimal::Small(unscaled, scale) => {
                DecimalText(i256::from_i128(unscaled), scale).to_string()
            }
            read::Decimal::Large(unscaled, scale) => DecimalText(unscaled, scale).to_string(),
        })
    }

    /// Returns a string, with `\u{fffd}` in place of invalid UTF-8.
    fn string(self) -> Option<String> {
        if !self.info().is_text() {
            return None;
        }
        let bytes = read::bytes(self, "text").ok()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    fn extension_text(self) -> Option<String> {
        const RUST: &str = "text";
        match self.info().extension_name()? {
            UUID_EXTENSION => {
                let bytes = read::bytes(self, RUST).ok()?;
                let bytes: [u8; 16] = bytes.try_into().ok()?;
                Some(uuid_text(bytes))
            }
            BOOL8_EXTENSION => read::boolean(self, RUST)
                .ok()
                .map(|value| value.to_string()),
            OFFSET_EXTENSION => offset_text(&read::timestamp(self, RUST).ok()?),
            _ => None,
        }
    }
}

pub(crate) fn uuid_text(bytes: [u8; 16]) -> String {
    UuidText(&bytes).to_string()
}

/// Returns an instant with its own offset.
fn offset_text(timestamp: &Timestamp) -> Option<String> {
    let zone = offset_name(timestamp.offset?);
    let count: ArrayRef = Arc::new(arrow_array::Int64Array::from(vec![timestamp.count]));
    let zoned = DataType::Timestamp(timestamp.unit, Some(zone.into()));
    let text = arrow_cast::cast(&count, &zoned)
        .ok()
        .and_then(|zoned| formatted(&zoned));
    Some(text.unwrap_or_else(|| beyond::timestamp(timestamp)))
}

/// Returns an offset in seconds as `+05:30`.
fn offset_name(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn formatted(one: &ArrayRef) -> Option<String> {
    let options = FormatOptions::new()
        .with_null(NULL)
        .with_display_error(false)
        .with_formatter_factory(Some(&Inside));
    let shown = displayable(one)?;
    let shown = as_day(&shown).unwrap_or(shown);
    let formatter = ArrayFormatter::try_new(&shown, &options).ok()?;
    formatter.value(0).try_to_string().ok()
}

/// Returns a value without unrelated items: a slice of a list contains all items of the column.
fn compact(one: ArrayRef) -> ArrayRef {
    let data_type = decoded(one.data_type());
    match data_type.is_nested() && !has_lists_of_no_items(data_type) {
        true => take(&one, &UInt32Array::from(vec![0]), None).unwrap_or(one),
        false => one,
    }
}

/// Returns `true` if a part of a type is a list of the fixed size 0. `take` panics for a struct with such a list.
fn has_lists_of_no_items(data_type: &DataType) -> bool {
    match decoded(data_type) {
        DataType::FixedSizeList(item, size) => {
            *size == 0 || has_lists_of_no_items(item.data_type())
        }
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::Map(item, _) => has_lists_of_no_items(item.data_type()),
        DataType::Struct(fields) => {
            let mut types = fields.iter().map(|field| field.data_type());
            types.any(has_lists_of_no_items)
        }
        DataType::Union(fields, _) => {
            let mut types = fields.iter().map(|(_, field)| field.data_type());
            types.any(has_lists_of_no_items)
        }
        _ => false,
    }
}

/// Returns a Date64 as a day, unless it has an invalid time of day, which is then shown too.
fn as_day(one: &ArrayRef) -> Option<ArrayRef> {
    if decoded(one.data_type()) != &DataType::Date64 {
        return None;
    }
    let one = arrow_cast::cast(one, &DataType::Date64).ok()?;
    let day = arrow_cast::cast(&one, &DataType::Date32).ok()?;
    let back = arrow_cast::cast(&day, &DataType::Date64).ok()?;
    (back == one).then_some(day)
}

/// Replaces a named zone (`Europe/Paris`) with UTC, because Arrow displays only offsets without a zone database.
fn displayable(one: &ArrayRef) -> Option<ArrayRef> {
    match decoded(one.data_type()) {
        DataType::Timestamp(unit, Some(zone)) => {
            let offset = offset_name(fixed_offset(zone).unwrap_or(0));
            arrow_cast::cast(one, &DataType::Timestamp(*unit, Some(offset.into()))).ok()
        }
        _ => Some(ArrayRef::clone(one)),
    }
}
