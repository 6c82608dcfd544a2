//! One scalar to one Arrow type, exactly or not at all. Layer D.

use std::fmt;
use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray,
    LargeBinaryArray, LargeStringArray, PrimitiveArray, StringArray, StringViewArray,
    new_null_array,
};
use arrow_buffer::{NullBuffer, i256};
use arrow_schema::{DataType, TimeUnit};

use super::Scalar;
use super::buffer::{DIGITS_256, fits_digits};
use crate::value::temporal::{NANOS_PER_SECOND, SECONDS_PER_DAY, join, per_second};

/// Why a value cannot be bound as the announced type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// There is no conversion between the two types.
    Type,
    /// The value is beyond the range of the type.
    Range,
    /// The type cannot hold the value exactly.
    Inexact,
    /// The byte length is not the type's.
    Length,
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
            Self::Length => "the number of bytes differs",
            Self::NotAnInstant => "the value has no time zone; convert it, as with `.and_utc()`",
            Self::Instant => "the value has a time zone; convert it, as with `.naive_utc()`",
            Self::Announced => "the announced type is not usable",
        })
    }
}

/// An array of one element, of exactly the wanted type.
pub(super) fn coerce(scalar: &Scalar, wanted: &DataType) -> Result<ArrayRef, Refused> {
    match (scalar, wanted) {
        (Scalar::Null(_), _) => null(wanted),
        (_, DataType::Dictionary(_, value)) => encoded(scalar, value, wanted),
        (_, DataType::RunEndEncoded(_, value)) => encoded(scalar, value.data_type(), wanted),
        (Scalar::Boolean(value), DataType::Boolean) => {
            Ok(Arc::new(BooleanArray::from(vec![*value])))
        }
        (Scalar::Int8(value), _) => integer((*value).into(), wanted),
        (Scalar::Int16(value), _) => integer((*value).into(), wanted),
        (Scalar::Int32(value), _) => integer((*value).into(), wanted),
        (Scalar::Int64(value), _) => integer((*value).into(), wanted),
        (Scalar::UInt8(value), _) => integer((*value).into(), wanted),
        (Scalar::UInt16(value), _) => integer((*value).into(), wanted),
        (Scalar::UInt32(value), _) => integer((*value).into(), wanted),
        (Scalar::UInt64(value), _) => integer((*value).into(), wanted),
        (Scalar::Float32(value), _) => float((*value).into(), wanted),
        (Scalar::Float64(value), _) => float(*value, wanted),
        (Scalar::Decimal(unscaled, scale), _) => decimal(*unscaled, *scale, wanted),
        (Scalar::Text(value) | Scalar::Json(value), _) => text(value, wanted),
        (Scalar::Binary(value) | Scalar::FixedSizeBinary(value, _), _) => bytes(value, wanted),
        (Scalar::Uuid(value), _) => uuid(value, wanted),
        (Scalar::Date(days), _) => date(*days, wanted),
        (Scalar::Time(nanos), _) => time(*nanos, wanted),
        (Scalar::Timestamp(seconds, nanos, instant), DataType::Timestamp(unit, zone)) => {
            match (instant, zone) {
                (false, Some(_)) => Err(Refused::NotAnInstant),
                (true, None) => Err(Refused::Instant),
                _ => timestamp(*seconds, *nanos, *unit, zone.clone()),
            }
        }
        _ => Err(Refused::Type),
    }
}

fn one<T: ArrowPrimitiveType>(value: T::Native) -> PrimitiveArray<T> {
    PrimitiveArray::from_iter_values([value])
}

fn integer(value: i128, wanted: &DataType) -> Result<ArrayRef, Refused> {
    fn fit<T: ArrowPrimitiveType>(value: i128) -> Result<ArrayRef, Refused>
    where
        T::Native: TryFrom<i128>,
    {
        let value = T::Native::try_from(value).map_err(|_| Refused::Range)?;
        Ok(Arc::new(one::<T>(value)))
    }
    match wanted {
        DataType::Int8 => fit::<Int8Type>(value),
        DataType::Int16 => fit::<Int16Type>(value),
        DataType::Int32 => fit::<Int32Type>(value),
        DataType::Int64 => fit::<Int64Type>(value),
        DataType::UInt8 => fit::<UInt8Type>(value),
        DataType::UInt16 => fit::<UInt16Type>(value),
        DataType::UInt32 => fit::<UInt32Type>(value),
        DataType::UInt64 => fit::<UInt64Type>(value),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            // Up to 2^53 a 64-bit float counts every integer; above, the way back tells.
            #[expect(clippy::cast_precision_loss, reason = "compared after the way back")]
            let near = value as f64;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "integers of 65 bits at most"
            )]
            let back = near as i128;
            if back == value {
                float(near, wanted)
            } else {
                Err(Refused::Inexact)
            }
        }
        _ => decimal(i256::from_i128(value), 0, wanted),
    }
}

fn float(value: f64, wanted: &DataType) -> Result<ArrayRef, Refused> {
    match wanted {
        DataType::Float64 => Ok(Arc::new(one::<Float64Type>(value))),
        DataType::Float32 => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "compared after the way back"
            )]
            let single = value as f32;
            same(value, single.into())?;
            Ok(Arc::new(one::<Float32Type>(single)))
        }
        DataType::Float16 => {
            let half = <Float16Type as ArrowPrimitiveType>::Native::from_f64(value);
            same(value, half.into())?;
            Ok(Arc::new(one::<Float16Type>(half)))
        }
        _ => Err(Refused::Type),
    }
}

fn same(value: f64, back: f64) -> Result<(), Refused> {
    if back == value || (value.is_nan() && back.is_nan()) {
        Ok(())
    } else if back.is_infinite() {
        Err(Refused::Range)
    } else {
        Err(Refused::Inexact)
    }
}

fn decimal(unscaled: i256, scale: i8, wanted: &DataType) -> Result<ArrayRef, Refused> {
    fn sized<T: DecimalType>(
        value: Option<T::Native>,
        precision: u8,
        scale: i8,
    ) -> Result<ArrayRef, Refused> {
        one::<T>(value.ok_or(Refused::Range)?)
            .with_precision_and_scale(precision, scale)
            .map(|array| Arc::new(array) as ArrayRef)
            .map_err(|_| Refused::Announced)
    }
    let (DataType::Decimal32(precision, wanted_scale)
    | DataType::Decimal64(precision, wanted_scale)
    | DataType::Decimal128(precision, wanted_scale)
    | DataType::Decimal256(precision, wanted_scale)) = wanted
    else {
        return Err(Refused::Type);
    };
    let (precision, wanted_scale) = (*precision, *wanted_scale);
    if precision > DIGITS_256 {
        return Err(Refused::Announced);
    }
    let value = rescaled(unscaled, scale.into(), wanted_scale.into())?;
    if !fits_digits(value, precision) {
        return Err(Refused::Range);
    }
    let small = value.to_i128();
    match wanted {
        DataType::Decimal32(..) => sized::<Decimal32Type>(
            small.and_then(|value| value.try_into().ok()),
            precision,
            wanted_scale,
        ),
        DataType::Decimal64(..) => sized::<Decimal64Type>(
            small.and_then(|value| value.try_into().ok()),
            precision,
            wanted_scale,
        ),
        DataType::Decimal128(..) => sized::<Decimal128Type>(small, precision, wanted_scale),
        _ => sized::<Decimal256Type>(Some(value), precision, wanted_scale),
    }
}

/// The same number at another scale.
fn rescaled(mut unscaled: i256, mut scale: i32, wanted: i32) -> Result<i256, Refused> {
    let ten = i256::from_i128(10);
    if unscaled == i256::ZERO {
        return Ok(unscaled);
    }
    while scale < wanted {
        unscaled = unscaled.checked_mul(ten).ok_or(Refused::Range)?;
        scale += 1;
    }
    while scale > wanted {
        if unscaled.wrapping_rem(ten) != i256::ZERO {
            return Err(Refused::Inexact);
        }
        unscaled = unscaled.wrapping_div(ten);
        scale -= 1;
    }
    Ok(unscaled)
}

fn text(value: &str, wanted: &DataType) -> Result<ArrayRef, Refused> {
    match wanted {
        DataType::Utf8 => Ok(Arc::new(StringArray::from_iter_values([value]))),
        DataType::LargeUtf8 => Ok(Arc::new(LargeStringArray::from_iter_values([value]))),
        DataType::Utf8View => Ok(Arc::new(StringViewArray::from_iter_values([value]))),
        _ => Err(Refused::Type),
    }
}

fn bytes(value: &[u8], wanted: &DataType) -> Result<ArrayRef, Refused> {
    match wanted {
        DataType::Binary => Ok(Arc::new(BinaryArray::from_iter_values([value]))),
        DataType::LargeBinary => Ok(Arc::new(LargeBinaryArray::from_iter_values([value]))),
        DataType::BinaryView => Ok(Arc::new(BinaryViewArray::from_iter_values([value]))),
        DataType::FixedSizeBinary(size) => {
            if usize::try_from(*size) != Ok(value.len()) {
                return Err(Refused::Length);
            }
            // The validity says that there is one value, which zero bytes do not.
            let valid = Some(NullBuffer::new_valid(1));
            FixedSizeBinaryArray::try_new(*size, value.to_vec().into(), valid)
                .map(|array| Arc::new(array) as ArrayRef)
                .map_err(|_| Refused::Announced)
        }
        _ => Err(Refused::Type),
    }
}

/// As 16 bytes, or as text in the usual form of 8-4-4-4-12 lower-case hexadecimal digits.
fn uuid(value: &[u8; 16], wanted: &DataType) -> Result<ArrayRef, Refused> {
    match wanted {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let number = u128::from_be_bytes(*value);
            let digits = format!("{number:032x}");
            let parts = [
                &digits[..8],
                &digits[8..12],
                &digits[12..16],
                &digits[16..20],
                &digits[20..],
            ];
            text(&parts.join("-"), wanted)
        }
        _ => bytes(value, wanted),
    }
}

fn date(days: i32, wanted: &DataType) -> Result<ArrayRef, Refused> {
    match wanted {
        DataType::Date32 => Ok(Arc::new(one::<Date32Type>(days))),
        DataType::Date64 => {
            let millis = i64::from(days) * SECONDS_PER_DAY * 1_000;
            Ok(Arc::new(one::<Date64Type>(millis)))
        }
        _ => Err(Refused::Type),
    }
}

fn time(nanos: i64, wanted: &DataType) -> Result<ArrayRef, Refused> {
    let (DataType::Time32(unit) | DataType::Time64(unit)) = wanted else {
        return Err(Refused::Type);
    };
    let nanos_per_unit = NANOS_PER_SECOND / per_second(*unit);
    if nanos % nanos_per_unit != 0 {
        return Err(Refused::Inexact);
    }
    let count = nanos / nanos_per_unit;
    let small = || i32::try_from(count).map_err(|_| Refused::Range);
    match wanted {
        DataType::Time32(TimeUnit::Second) => Ok(Arc::new(one::<Time32SecondType>(small()?))),
        DataType::Time32(TimeUnit::Millisecond) => {
            Ok(Arc::new(one::<Time32MillisecondType>(small()?)))
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            Ok(Arc::new(one::<Time64MicrosecondType>(count)))
        }
        DataType::Time64(TimeUnit::Nanosecond) => Ok(Arc::new(one::<Time64NanosecondType>(count))),
        _ => Err(Refused::Announced),
    }
}

fn timestamp(
    seconds: i64,
    nanos: u32,
    unit: TimeUnit,
    zone: Option<Arc<str>>,
) -> Result<ArrayRef, Refused> {
    fn of<T: ArrowTimestampType>(count: i64, zone: Option<Arc<str>>) -> ArrayRef {
        Arc::new(one::<T>(count).with_timezone_opt(zone))
    }
    let nanos_per_unit = NANOS_PER_SECOND / per_second(unit);
    if i64::from(nanos) % nanos_per_unit != 0 {
        return Err(Refused::Inexact);
    }
    let count = join(seconds, nanos, unit).ok_or(Refused::Range)?;
    Ok(match unit {
        TimeUnit::Second => of::<TimestampSecondType>(count, zone),
        TimeUnit::Millisecond => of::<TimestampMillisecondType>(count, zone),
        TimeUnit::Microsecond => of::<TimestampMicrosecondType>(count, zone),
        TimeUnit::Nanosecond => of::<TimestampNanosecondType>(count, zone),
    })
}

/// Through the value type into a dictionary or a run of one.
fn encoded(scalar: &Scalar, value: &DataType, wanted: &DataType) -> Result<ArrayRef, Refused> {
    let plain = coerce(scalar, value)?;
    match arrow_cast::cast(&plain, wanted) {
        Ok(array) if array.data_type() == wanted => Ok(array),
        _ => Err(Refused::Announced),
    }
}

fn null(wanted: &DataType) -> Result<ArrayRef, Refused> {
    // Arrow allocates the whole width of a fixed-size null and panics on senseless types.
    if null_width(wanted).is_some_and(|width| width <= MAX_NULL_BYTES) {
        Ok(new_null_array(wanted, 1))
    } else {
        Err(Refused::Announced)
    }
}

/// More than any real type needs, and small enough to allocate on a server's word.
const MAX_NULL_BYTES: usize = 1 << 20;

/// An upper bound of the bytes of a NULL, `None` when there is none or the type is senseless.
fn null_width(data_type: &DataType) -> Option<usize> {
    const ANY_OTHER: usize = 64;
    match data_type {
        DataType::FixedSizeBinary(size) => usize::try_from(*size).ok(),
        DataType::FixedSizeList(item, size) => {
            null_width(item.data_type())?.checked_mul(usize::try_from(*size).ok()?)
        }
        DataType::Struct(fields) => fields.iter().try_fold(ANY_OTHER, |sum, field| {
            sum.checked_add(null_width(field.data_type())?)
        }),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item) => null_width(item.data_type()),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => null_width(entries.data_type()),
            _ => None,
        },
        DataType::Dictionary(key, value) if key.is_dictionary_key_type() => null_width(value),
        DataType::RunEndEncoded(ends, value) if ends.data_type().is_run_ends_type() => {
            null_width(value.data_type())
        }
        DataType::Dictionary(..) | DataType::RunEndEncoded(..) | DataType::Union(..) => None,
        DataType::Time32(TimeUnit::Microsecond | TimeUnit::Nanosecond)
        | DataType::Time64(TimeUnit::Second | TimeUnit::Millisecond) => None,
        _ => Some(ANY_OTHER),
    }
}

#[cfg(test)]
mod tests;
