//! Conversion of one typed value, or of a column, to the Arrow type that the server expects: exact, or an error.
//!
//! `convert` defines the conversions, by the types alone.

mod nested;

use arrow_array::ArrayRef;
use arrow_schema::DataType;

pub use self::nested::column;
use super::convert::{self, By, CoerceError, Plain};
use super::map_data_type::list_item;
use super::scalar::Scalar;

/// The same values as an array of exactly the type `wanted`.
pub fn coerce_array(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, CoerceError> {
    coerce_column(array, None, wanted, By::Type)
}

/// Converts a column whose field has an extension type: UUIDs and JSON convert to more types than bytes and text do.
pub(crate) fn coerce_column(
    array: &ArrayRef,
    extension: Option<&str>,
    wanted: &DataType,
    by: By,
) -> Result<ArrayRef, CoerceError> {
    let converted = convert::converted(array, extension, wanted, by)?;
    match converted.why {
        None => Ok(converted.array),
        Some(why) => Err(why),
    }
}

/// An array of one element, of exactly the type `wanted`.
pub(crate) fn coerce(scalar: &Scalar, wanted: &DataType, by: By) -> Result<ArrayRef, CoerceError> {
    match (scalar, wanted) {
        (Scalar::Null(_), _) => convert::nulls(wanted, 1),
        (Scalar::Array(array), _) => coerce_column(array, None, wanted, by),
        (_, DataType::Dictionary(_, value)) => {
            convert::encoded_as(&coerce(scalar, value, by)?, wanted)
        }
        (_, DataType::RunEndEncoded(_, value)) => {
            convert::encoded_as(&coerce(scalar, value.data_type(), by)?, wanted)
        }
        (Scalar::List(_, items), _) => nested::list(items, wanted, by),
        (Scalar::Struct(fields), _) => nested::structure(fields, wanted, by),
        (Scalar::Map(_, _, entries), _) => nested::map(entries, wanted, by),
        (Scalar::Timestamp(seconds, nanos, Some(offset)), DataType::Struct(fields)) => {
            nested::instant(*seconds, *nanos, *offset, (fields, wanted), by)
        }
        (Scalar::Binary(bytes) | Scalar::FixedSizeBinary(bytes, _), _)
            if list_item(wanted).is_some_and(|item| *item.data_type() == DataType::UInt8) =>
        {
            // Some servers report this type for bytes.
            let bytes: Vec<_> = bytes.iter().copied().map(Scalar::UInt8).collect();
            nested::list(&bytes, wanted, by)
        }
        _ => match plain(scalar) {
            Some(value) => convert::one(value, wanted, by),
            None => Err(CoerceError::Type),
        },
    }
}

/// The value without its Rust type; `None` for NULL, arrays and nested values.
pub(crate) fn plain(scalar: &Scalar) -> Option<Plain<'_>> {
    Some(match scalar {
        Scalar::Boolean(value) => Plain::Bool(*value),
        Scalar::Int8(value) => Plain::Integer((*value).into()),
        Scalar::Int16(value) => Plain::Integer((*value).into()),
        Scalar::Int32(value) => Plain::Integer((*value).into()),
        Scalar::Int64(value) => Plain::Integer((*value).into()),
        Scalar::UInt8(value) => Plain::Integer((*value).into()),
        Scalar::UInt16(value) => Plain::Integer((*value).into()),
        Scalar::UInt32(value) => Plain::Integer((*value).into()),
        Scalar::UInt64(value) => Plain::Integer((*value).into()),
        Scalar::Float16(value) => Plain::Single((*value).into()),
        Scalar::Float32(value) => Plain::Single(*value),
        Scalar::Float64(value) => Plain::Float(*value),
        Scalar::Decimal(unscaled, scale) => Plain::Decimal(*unscaled, *scale),
        Scalar::Text(text) => Plain::Text(text),
        Scalar::Json(text) => Plain::Json(text),
        Scalar::Binary(bytes) | Scalar::FixedSizeBinary(bytes, _) => Plain::Bytes(bytes),
        Scalar::Uuid(bytes) => Plain::Uuid(bytes),
        Scalar::Date(days) => Plain::Date((*days).into()),
        Scalar::Time(nanos) => Plain::Time(*nanos),
        Scalar::Timestamp(seconds, nanos, None) => Plain::Clock(*seconds, *nanos),
        Scalar::Timestamp(seconds, nanos, Some(_)) => Plain::Instant(*seconds, *nanos),
        Scalar::Duration(nanos) => Plain::Duration(*nanos),
        Scalar::Interval {
            months,
            days,
            nanos,
        } => Plain::Interval(*months, *days, *nanos),
        Scalar::Null(_)
        | Scalar::List(..)
        | Scalar::Struct(_)
        | Scalar::Map(..)
        | Scalar::Array(_) => return None,
    })
}

#[cfg(test)]
mod tests;
