//! Exact conversions between values of Arrow types, for both directions.
//!
//! A column that the server sent becomes the type that it means, and a bound value or column becomes the type that the server
//! expects. A value that the target cannot hold is *refused*: it becomes NULL in the converted array. `arrow_cast` rounds such
//! values, so it only changes encodings here.

mod binary;
mod build;
pub(crate) mod cells;
mod nested;
mod nulls;
pub mod numbers;
pub(crate) mod parse;
pub mod plain;
mod shared;
pub mod temporal;
pub mod text;
pub mod units;

use std::fmt;

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, ArrayRef, make_array};
use arrow_buffer::{ArrowNativeType, BooleanBuffer, ScalarBuffer};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{DataType, TimeUnit};

pub(crate) use self::nulls::nulls;
pub(crate) use self::plain::Plain;
pub(crate) use crate::arrow::logical_type::Encoding;

/// A converted array, and the rows that could not be converted.
#[derive(Debug)]
pub struct Converted {
    pub array: ArrayRef,
    /// Set for each row that is NULL now and was not NULL before; `None` if there is no such row.
    pub refused: Option<BooleanBuffer>,
    pub(crate) why: Option<CoerceError>,
}

impl Converted {
    pub(crate) fn whole(array: ArrayRef) -> Self {
        Self {
            array,
            refused: None,
            why: None,
        }
    }
}

/// The reason why a value, or a whole type, cannot be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoerceError {
    Type,
    Range,
    Inexact,
    Malformed,
    Length,
    Finer,
    Fields,
    Null,
    /// The value is a wall-clock reading, and the type expects an instant.
    NotAnInstant,
    /// The value is an instant, and the type expects a wall-clock reading.
    Instant,
    /// The target type is not valid, or would take too much memory.
    InvalidType,
}

impl fmt::Display for CoerceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Type => "unsupported conversion; use another Rust type or cast in the SQL",
            Self::Range => "the value is out of range",
            Self::Inexact => "the value would lose precision; round it before binding",
            Self::Malformed => "the text is not a valid value of that type",
            Self::Finer => {
                "it is finer than the unit of that type; drop the rest, as with chrono's `trunc_subsecs(6)`, or set \
                 datetime_precision=truncate"
            }
            Self::Length => "the length differs",
            Self::Fields => "the number of fields differs",
            Self::Null => "the value contains a NULL that the type does not allow",
            Self::NotAnInstant => "the value has no time zone; convert it, as with `.and_utc()`",
            Self::Instant => "the value has a time zone; convert it, as with `.naive_utc()`",
            Self::InvalidType => "the reported type is not valid",
        })
    }
}

/// The authority for a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The types alone: the kind of a value must not change.
    Type,
    /// The types alone, with timestamps and times of day truncated to the unit of the target.
    Truncated,
    /// A rule of the dialect, which states what the value means. A number can be a date, a wall-clock reading an instant
    /// in UTC, bytes a text or a UUID.
    Rule(Encoding),
}

/// Returns the same buffers as an array of the type `to`, in constant time; `None` if the two types do not share a layout.
///
/// A view changes what the values mean: a number becomes a date, a wall-clock reading an instant, one zone another.
pub(crate) fn view(array: &ArrayRef, to: &DataType) -> Option<ArrayRef> {
    let from = array.data_type();
    if from == to {
        return Some(ArrayRef::clone(array));
    }
    if let (DataType::Dictionary(own_key, _), DataType::Dictionary(key, value)) = (from, to) {
        let dictionary = array.as_any_dictionary_opt()?;
        let values = view(dictionary.values(), value)?;
        return (own_key == key).then(|| dictionary.with_values(values));
    }
    if !shares_layout(from, to) {
        return None;
    }
    let data = array.to_data().into_builder().data_type(to.clone());
    data.build().ok().map(make_array)
}

/// Returns the values of an array of a primitive type, in any unit; `None` if a value does not have the size of `T`.
pub fn values<T: ArrowNativeType>(array: &dyn Array) -> Option<ScalarBuffer<T>> {
    if array.data_type().primitive_width() != Some(size_of::<T>()) {
        return None;
    }
    let data = array.to_data();
    let buffer = data.buffers().first()?.clone();
    Some(ScalarBuffer::new(buffer, data.offset(), data.len()))
}

/// Returns `true` if [`view`] supports the pair: zones of a timestamp, and integers as temporal types of the same width.
pub(crate) fn shares_layout(from: &DataType, to: &DataType) -> bool {
    use DataType::{Date32, Date64, Duration, Int32, Int64, Time32, Time64, Timestamp};
    let small = |temporal: &DataType| {
        matches!(
            temporal,
            Date32 | Time32(TimeUnit::Second | TimeUnit::Millisecond)
        )
    };
    let large = |temporal: &DataType| {
        matches!(
            temporal,
            Date64
                | Time64(TimeUnit::Microsecond | TimeUnit::Nanosecond)
                | Timestamp(..)
                | Duration(_)
        )
    };
    match (from, to) {
        (Timestamp(own, _), Timestamp(unit, _)) => own == unit,
        (Int32, other) | (other, Int32) => small(other),
        (Int64, other) | (other, Int64) => large(other),
        _ => from == to,
    }
}

/// Converts the array to the type `to` by a rule of the dialect; `None` if the types have no conversion.
pub(crate) fn convert(array: &ArrayRef, to: &DataType, encoding: Encoding) -> Option<Converted> {
    converted(array, None, to, By::Rule(encoding)).ok()
}

/// Converts the array to the type `to`. `extension` is the extension name of the array's own field. Returns the reason if no
/// value of the array's type can be converted, or if the array cannot be built.
pub(crate) fn converted(
    array: &ArrayRef,
    extension: Option<&str>,
    to: &DataType,
    by: By,
) -> Result<Converted, CoerceError> {
    let from = array.data_type();
    if from == to {
        return Ok(Converted::whole(ArrayRef::clone(array)));
    }
    if by == By::Rule(Encoding::Value)
        && let Some(array) = view(array, to)
    {
        return Ok(Converted::whole(array));
    }
    match (from, to) {
        (DataType::Null, _) => nulls(to, array.len()).map(Converted::whole),
        (DataType::Dictionary(..) | DataType::RunEndEncoded(..), _) => {
            shared::converted(array, extension, to, by)
        }
        (_, DataType::Dictionary(_, value)) => encoded(converted(array, extension, value, by)?, to),
        (_, DataType::RunEndEncoded(_, value)) => {
            encoded(converted(array, extension, value.data_type(), by)?, to)
        }
        _ if from.is_nested() || to.is_nested() => nested::converted(array, to, by),
        _ => {
            let cells = cells::of(array, extension, by).ok_or(CoerceError::Type)?;
            plain::pair(cells.kind, plain::kind(to).ok_or(CoerceError::Type)?, by)?;
            let rows = build::Rows::new(&*cells.read, array.logical_nulls(), array.len(), by);
            rows.build(to)
        }
    }
}

/// Converts one value to an array of one element. Returns the reason if the value cannot be converted.
pub(crate) fn one(value: Plain<'_>, to: &DataType, by: By) -> Result<ArrayRef, CoerceError> {
    plain::pair(value.kind(), plain::kind(to).ok_or(CoerceError::Type)?, by)?;
    let read = |_| Ok(value);
    let made = build::Rows::new(&read, None, 1, by).build(to)?;
    match made.why {
        Some(why) => Err(why),
        None => Ok(made.array),
    }
}

fn encoded(converted: Converted, to: &DataType) -> Result<Converted, CoerceError> {
    Ok(Converted {
        array: encoded_as(&converted.array, to)?,
        ..converted
    })
}

/// Returns the same values in another layout: a dictionary or runs as plain values and back, a list as another list.
pub(crate) fn encoded_as(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, CoerceError> {
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    match cast_with_options(array, to, &strict) {
        Ok(array) if array.data_type() == to => Ok(array),
        _ => Err(CoerceError::InvalidType),
    }
}

#[cfg(test)]
mod tests;
