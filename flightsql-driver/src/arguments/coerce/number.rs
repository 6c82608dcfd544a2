//! Integers, floats and decimals to the wanted type. Layer D.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::types::*;
use arrow_buffer::i256;
use arrow_schema::DataType;

use super::{Refused, one};
use crate::arguments::scalar::{DIGITS_256, fits_digits};

pub(super) fn integer(value: i128, wanted: &DataType) -> Result<ArrayRef, Refused> {
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

pub(super) fn float(value: f64, wanted: &DataType) -> Result<ArrayRef, Refused> {
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

pub(super) fn decimal(unscaled: i256, scale: i8, wanted: &DataType) -> Result<ArrayRef, Refused> {
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
