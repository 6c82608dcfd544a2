//! Reads an element of an array as a value with its type. It is for code that reads few values, not for the rows of a result.

use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::{DataType, Field};

use super::convert::units::{NANOS_PER_DAY, zone_of};
use super::convert::{By, CoerceError, Plain, cells, encoded_as};
use super::logical_type::{BOOL8_EXTENSION, OFFSET_EXTENSION, UUID_EXTENSION};
use super::scalar::Scalar;

/// Returns the value of a row, through dictionaries, runs and unions. `field` describes the array. Returns `Type` if the type
/// is nested, and `Range` if there is no such row.
pub(crate) fn scalar_of(
    array: &ArrayRef,
    field: &Field,
    row: usize,
) -> Result<Scalar, CoerceError> {
    if row >= array.len() {
        return Err(CoerceError::Range);
    }
    let (array, row) = match array.data_type() {
        DataType::Dictionary(_, value) => (encoded_as(&array.slice(row, 1), value)?, 0),
        DataType::RunEndEncoded(_, value) => {
            (encoded_as(&array.slice(row, 1), value.data_type())?, 0)
        }
        DataType::Union(variants, _) => {
            let union = array.as_union_opt().ok_or(CoerceError::InvalidType)?;
            let id = union.type_id(row);
            let variant = variants.iter().find(|(own, _)| *own == id);
            let (_, variant) = variant.ok_or(CoerceError::InvalidType)?;
            return scalar_of(&union.value(row), variant, 0);
        }
        DataType::Null => return Ok(Scalar::Null(field.clone().into())),
        _ => return plain(array, field, row),
    };
    let field = field.clone().with_data_type(array.data_type().clone());
    scalar_of(&array, &field, row)
}

fn plain(array: &ArrayRef, field: &Field, row: usize) -> Result<Scalar, CoerceError> {
    if array.is_null(row) {
        return Ok(Scalar::Null(field.clone().into()));
    }
    let extension = field.extension_type_name();
    if extension == Some(OFFSET_EXTENSION) {
        return with_offset(array, row);
    }
    let cells = cells::of(array, extension, By::Type).ok_or(CoerceError::Type)?;
    Ok(match (cells.read)(row)? {
        Plain::Bool(value) => Scalar::Boolean(value),
        Plain::Integer(value) if extension == Some(BOOL8_EXTENSION) => Scalar::Boolean(value != 0),
        Plain::Integer(value) => match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => Scalar::Int64(value),
            (_, Ok(value)) => Scalar::UInt64(value),
            _ => return Err(CoerceError::Range),
        },
        Plain::Single(value) => Scalar::Float64(value.into()),
        Plain::Float(value) => Scalar::Float64(value),
        Plain::Decimal(unscaled, scale) => {
            Scalar::decimal(unscaled, scale.into()).map_err(|_| CoerceError::Range)?
        }
        Plain::Text(text) => Scalar::Text(text.to_owned()),
        Plain::Json(text) => Scalar::Json(text.to_owned()),
        Plain::Bytes(bytes) => match bytes.try_into() {
            Ok(uuid) if extension == Some(UUID_EXTENSION) => Scalar::Uuid(uuid),
            _ => Scalar::Binary(bytes.to_owned()),
        },
        Plain::Uuid(bytes) => Scalar::Uuid(*bytes),
        Plain::Date(days) => Scalar::Date(days.try_into().map_err(|_| CoerceError::Range)?),
        Plain::Time(nanos) if (0..NANOS_PER_DAY).contains(&nanos) => Scalar::Time(nanos),
        Plain::Time(_) => return Err(CoerceError::Range),
        Plain::Clock(seconds, nanos) => Scalar::Timestamp(seconds, nanos, None),
        Plain::Instant(seconds, nanos) => {
            let zone = match array.data_type() {
                DataType::Timestamp(_, Some(zone)) => zone_of(zone),
                _ => 0,
            };
            Scalar::Timestamp(seconds, nanos, Some(zone))
        }
        Plain::Duration(nanos) => Scalar::Duration(nanos),
        Plain::Interval(months, days, nanos) => Scalar::Interval {
            months,
            days,
            nanos,
        },
    })
}

/// Returns the instant of `arrow.timestamp_with_offset` with its offset in seconds.
fn with_offset(array: &ArrayRef, row: usize) -> Result<Scalar, CoerceError> {
    let parts = array.as_struct_opt().ok_or(CoerceError::Type)?;
    let part = |index: usize| {
        let (field, array) = parts.fields().get(index).zip(parts.columns().get(index))?;
        scalar_of(array, field, row).ok()
    };
    match (part(0), part(1)) {
        (Some(Scalar::Timestamp(seconds, nanos, Some(_))), Some(Scalar::Int64(minutes))) => {
            let offset = i32::try_from(minutes).ok();
            let offset = offset.and_then(|minutes| minutes.checked_mul(60));
            let offset = offset.ok_or(CoerceError::Range)?;
            Ok(Scalar::Timestamp(seconds, nanos, Some(offset)))
        }
        _ => Err(CoerceError::Type),
    }
}

#[cfg(test)]
mod tests;
