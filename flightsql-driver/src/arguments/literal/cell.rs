//! A cell of an Arrow column as a value with its own type. Layer D.

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, RecordBatch};
use arrow_buffer::i256;
use arrow_schema::{DataType, Field, Schema};
use sqlx_core::error::BoxDynError;
use sqlx_core::value::ValueRef as _;

use crate::arguments::Scalar;
use crate::convert::units::split;
use crate::type_name::{BOOL8_EXTENSION, OFFSET_EXTENSION, UUID_EXTENSION};
use crate::value::read::{self, Decimal};
use crate::value::{Batch, FlightSqlValueRef, Meta};

/// For the errors of typed reads, which name what they read as.
const LITERAL: &str = "an SQL literal";

/// The value of a cell, looked for through dictionaries, runs and unions.
///
/// # Errors
/// When the type is nested, which no literal is.
pub(super) fn scalar(value: FlightSqlValueRef<'_>) -> Result<Scalar, BoxDynError> {
    use DataType::*;
    let info = value.info();
    if value.is_null() {
        return Ok(Scalar::Null(info.clone()));
    }
    match info.extension_name() {
        Some(BOOL8_EXTENSION) => return read::boolean(value, LITERAL).map(Scalar::Boolean),
        Some(OFFSET_EXTENSION) => return timestamp(value),
        _ => {}
    }
    Ok(match info.value_type() {
        Boolean => Scalar::Boolean(read::boolean(value, LITERAL)?),
        Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 => integer(value)?,
        Float16 | Float32 | Float64 => Scalar::Float64(read::float(value, LITERAL)?),
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => {
            match read::decimal(value, LITERAL)? {
                Decimal::Small(unscaled, scale) => {
                    Scalar::decimal(i256::from_i128(unscaled), scale.into())?
                }
                Decimal::Large(unscaled, scale) => Scalar::decimal(unscaled, scale.into())?,
            }
        }
        Utf8 | LargeUtf8 | Utf8View => Scalar::Text(read::text(value, LITERAL)?.to_owned()),
        Binary | LargeBinary | BinaryView | FixedSizeBinary(_) => {
            let bytes = read::bytes(value, LITERAL)?;
            match bytes.try_into() {
                Ok(uuid) if info.extension_name() == Some(UUID_EXTENSION) => Scalar::Uuid(uuid),
                _ => Scalar::Binary(bytes.to_owned()),
            }
        }
        Date32 | Date64 => Scalar::Date(
            i32::try_from(read::date(value, LITERAL)?)
                .map_err(|_| read::does_not_fit(value, LITERAL))?,
        ),
        Time32(_) | Time64(_) => Scalar::Time(read::time_of_day(value, LITERAL)?),
        Timestamp(..) => timestamp(value)?,
        Duration(_) => Scalar::Duration(read::duration(value, LITERAL)?),
        Interval(_) => {
            let read::Interval {
                months,
                days,
                nanos,
            } = read::interval(value, LITERAL)?;
            Scalar::Interval {
                months,
                days,
                nanos,
            }
        }
        _ => return Err(read::mismatch(info, LITERAL)),
    })
}

/// The one value of an array.
pub(super) fn only(array: &ArrayRef) -> Result<Scalar, BoxDynError> {
    let field = Field::new("", array.data_type().clone(), true);
    let schema = Arc::new(Schema::new(vec![field]));
    let record = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::clone(array)])?;
    let batch = Batch::new(Meta::plain(schema), record)?;
    let value = FlightSqlValueRef::new(&batch, 0, 0).ok_or_else(read::outside)?;
    scalar(value)
}

fn integer(value: FlightSqlValueRef<'_>) -> Result<Scalar, BoxDynError> {
    let number = read::integer(value, LITERAL)?;
    match (i64::try_from(number), u64::try_from(number)) {
        (Ok(number), _) => Ok(Scalar::Int64(number)),
        (_, Ok(number)) => Ok(Scalar::UInt64(number)),
        _ => Err(read::does_not_fit(value, LITERAL)),
    }
}

fn timestamp(value: FlightSqlValueRef<'_>) -> Result<Scalar, BoxDynError> {
    let read::Timestamp {
        count,
        unit,
        offset,
    } = read::timestamp(value, LITERAL)?;
    let (seconds, nanos) = split(count, unit);
    Ok(Scalar::Timestamp(seconds, nanos, offset))
}
