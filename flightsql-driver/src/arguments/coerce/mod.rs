//! One typed value to the Arrow type that the server wants: exactly, or not at all. Layer D.
//!
//! `number` · `text` (with bytes and UUIDs) · `temporal` · `nested` (lists, maps, structs) · `null` · `array` (whole
//! columns).

mod array;
mod nested;
mod null;
mod number;
mod temporal;
mod text;

use std::fmt;
use std::sync::Arc;

use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{ArrayRef, BooleanArray, PrimitiveArray};
use arrow_schema::DataType;

pub(crate) use self::array::coerce_array;
pub(crate) use self::nested::column;
use super::Scalar;

/// Why a value cannot be bound as the announced type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There is no conversion between the two types.
    Type,
    /// The value is beyond the range of the type.
    Range,
    /// The type cannot hold the value exactly.
    Inexact,
    /// The length is not the type's.
    Length,
    /// A struct has another number of fields.
    Fields,
    /// NULL where the type allows none.
    Null,
    /// A wall-clock reading where an instant is wanted.
    NotAnInstant,
    /// An instant where a wall-clock reading is wanted.
    Instant,
    /// The announced type makes no sense, or would take too much memory.
    Announced,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Type => "there is no conversion; bind another Rust type or cast in the SQL",
            Self::Range => "the value is out of range",
            Self::Inexact => "the value would lose precision; round it before binding",
            Self::Length => "the length differs",
            Self::Fields => "the number of fields differs",
            Self::Null => "it holds a NULL, and the type allows none there",
            Self::NotAnInstant => "the value has no time zone; convert it, as with `.and_utc()`",
            Self::Instant => "the value has a time zone; convert it, as with `.naive_utc()`",
            Self::Announced => "the announced type is not usable",
        })
    }
}

/// An array of one element, of exactly the wanted type.
pub(crate) fn coerce(scalar: &Scalar, wanted: &DataType) -> Result<ArrayRef, Refused> {
    match (scalar, wanted) {
        (Scalar::Null(_), _) => null::nulls(wanted, 1),
        (Scalar::Array(array), _) => coerce_array(array, wanted),
        (_, DataType::Dictionary(_, value)) => encoded(scalar, value, wanted),
        (_, DataType::RunEndEncoded(_, value)) => encoded(scalar, value.data_type(), wanted),
        (Scalar::Boolean(value), DataType::Boolean) => {
            Ok(Arc::new(BooleanArray::from(vec![*value])))
        }
        (Scalar::Int8(value), _) => number::integer((*value).into(), wanted),
        (Scalar::Int16(value), _) => number::integer((*value).into(), wanted),
        (Scalar::Int32(value), _) => number::integer((*value).into(), wanted),
        (Scalar::Int64(value), _) => number::integer((*value).into(), wanted),
        (Scalar::UInt8(value), _) => number::integer((*value).into(), wanted),
        (Scalar::UInt16(value), _) => number::integer((*value).into(), wanted),
        (Scalar::UInt32(value), _) => number::integer((*value).into(), wanted),
        (Scalar::UInt64(value), _) => number::integer((*value).into(), wanted),
        (Scalar::Float16(value), _) => number::float((*value).into(), wanted),
        (Scalar::Float32(value), _) => number::float((*value).into(), wanted),
        (Scalar::Float64(value), _) => number::float(*value, wanted),
        (Scalar::Decimal(unscaled, scale), _) => number::decimal(*unscaled, *scale, wanted),
        (Scalar::Text(value) | Scalar::Json(value), _) => text::text(value, wanted),
        (Scalar::Binary(value) | Scalar::FixedSizeBinary(value, _), _) => {
            match nested::item(wanted) {
                // What some servers call bytes.
                Some(DataType::UInt8) => {
                    let bytes: Vec<_> = value.iter().copied().map(Scalar::UInt8).collect();
                    nested::list(&bytes, wanted)
                }
                _ => text::bytes(value, wanted),
            }
        }
        (Scalar::Uuid(value), _) => text::uuid(value, wanted),
        (Scalar::Date(days), _) => temporal::date(*days, wanted),
        (Scalar::Time(nanos), _) => temporal::time(*nanos, wanted),
        (Scalar::Timestamp(seconds, nanos, offset), _) => {
            temporal::timestamp(*seconds, *nanos, *offset, wanted)
        }
        (Scalar::Duration(nanos), _) => temporal::duration(*nanos, wanted),
        (
            Scalar::Interval {
                months,
                days,
                nanos,
            },
            _,
        ) => temporal::interval(*months, *days, *nanos, wanted),
        (Scalar::List(_, items), _) => nested::list(items, wanted),
        (Scalar::Struct(fields), _) => nested::record(fields, wanted),
        (Scalar::Map(_, _, entries), _) => nested::map(entries, wanted),
        (Scalar::Boolean(_), _) => Err(Refused::Type),
    }
}

fn one<T: ArrowPrimitiveType>(value: T::Native) -> PrimitiveArray<T> {
    PrimitiveArray::from_iter_values([value])
}

/// Through the value type into a dictionary or a run of one.
fn encoded(scalar: &Scalar, value: &DataType, wanted: &DataType) -> Result<ArrayRef, Refused> {
    let plain = coerce(scalar, value)?;
    match arrow_cast::cast(&plain, wanted) {
        Ok(array) if array.data_type() == wanted => Ok(array),
        _ => Err(Refused::Announced),
    }
}

#[cfg(test)]
mod tests;
