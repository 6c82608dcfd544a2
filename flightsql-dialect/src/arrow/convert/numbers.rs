//! Exact arithmetic between integers, floats and decimals.

use arrow_array::types::{ArrowPrimitiveType, Float16Type};
use arrow_buffer::i256;

use super::{CoerceError, Plain, parse};

/// `half::f16`, as arrow-array re-exports it.
pub type Half = <Float16Type as ArrowPrimitiveType>::Native;

pub(crate) const DIGITS_128: u8 = 38;
pub(crate) const DIGITS_256: u8 = 76;

pub(super) fn integer(value: Plain<'_>) -> Result<i128, CoerceError> {
    match value {
        Plain::Integer(value) => Ok(value),
        Plain::Bool(value) => Ok(value.into()),
        Plain::Single(value) => whole(value.into()),
        Plain::Float(value) => whole(value),
        Plain::Decimal(unscaled, scale) => rescaled(unscaled, scale.into(), 0)?
            .to_i128()
            .ok_or(CoerceError::Range),
        Plain::Text(text) => {
            let (unscaled, scale) = parse::number(text)?;
            rescaled(unscaled, scale, 0)?
                .to_i128()
                .ok_or(CoerceError::Range)
        }
        _ => Err(CoerceError::Type),
    }
}

fn whole(value: f64) -> Result<i128, CoerceError> {
    // 2^127 is the first float beyond the range; the minimum of the range is a float.
    const END: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;
    if !value.is_finite() || !(-END..END).contains(&value) {
        return Err(CoerceError::Range);
    }
    if value.fract() != 0.0 {
        return Err(CoerceError::Inexact);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number within the range of 128 bits"
    )]
    Ok(value as i128)
}

pub(super) fn float(value: Plain<'_>) -> Result<f64, CoerceError> {
    match value {
        Plain::Float(value) => Ok(value),
        Plain::Single(value) => Ok(value.into()),
        Plain::Integer(value) => integer_float(value),
        Plain::Decimal(unscaled, scale) => decimal_float(unscaled, scale),
        Plain::Text(text) => parse::float(text),
        _ => Err(CoerceError::Type),
    }
}

pub(super) fn single(value: Plain<'_>) -> Result<f32, CoerceError> {
    match value {
        Plain::Single(value) => Ok(value),
        // Parsed as 32 bits, because a conversion through 64 bits would round twice.
        Plain::Text(text) => parse::float(text),
        other => narrow(float(other)?),
    }
}

pub fn narrow(value: f64) -> Result<f32, CoerceError> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "compared after the way back"
    )]
    let single = value as f32;
    same(value, single.into())?;
    Ok(single)
}

/// Checks that a float is unchanged after a conversion to a narrower type and back.
pub(super) fn same(value: f64, back: f64) -> Result<(), CoerceError> {
    if back == value || (value.is_nan() && back.is_nan()) {
        Ok(())
    } else if back.is_infinite() {
        Err(CoerceError::Range)
    } else {
        Err(CoerceError::Inexact)
    }
}

pub fn integer_float(value: i128) -> Result<f64, CoerceError> {
    exact_float(i256::from_i128(value), 0)
}

fn decimal_float(mut unscaled: i256, scale: i8) -> Result<f64, CoerceError> {
    if scale <= 0 {
        return exact_float(rescaled(unscaled, scale.into(), 0)?, 0);
    }
    // A decimal fraction is a binary fraction only if the factors of five cancel: n / 10^s = (n / 5^s) / 2^s.
    let five = i256::from_i128(5);
    for _ in 0..scale {
        if unscaled.wrapping_rem(five) != i256::ZERO {
            return Err(CoerceError::Inexact);
        }
        unscaled = unscaled.wrapping_div(five);
    }
    exact_float(unscaled, -i32::from(scale))
}

/// `value * 2^power`, for a power of -127 to 0.
fn exact_float(value: i256, power: i32) -> Result<f64, CoerceError> {
    if value == i256::ZERO {
        return Ok(0.0);
    }
    // Stripped of its factors of two it must fit into the 53 bits of a float; each step after that is exact.
    let zeros = trailing_zeros(value);
    let odd = (value >> zeros).to_i128();
    let odd = odd.and_then(|odd| i64::try_from(odd).ok());
    let Some(odd) = odd.filter(|odd| odd.unsigned_abs() < 1 << f64::MANTISSA_DIGITS) else {
        return Err(CoerceError::Inexact);
    };
    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    let odd = odd as f64;
    Ok(odd * f64::from(2).powi(i32::from(zeros) + power))
}

fn trailing_zeros(value: i256) -> u8 {
    let (low, high) = value.to_parts();
    let zeros = match low {
        0 => 128 + high.trailing_zeros(),
        low => low.trailing_zeros(),
    };
    // At most 255 for a number that is not zero.
    u8::try_from(zeros).unwrap_or(u8::MAX)
}

/// Converts a value to an unscaled decimal of that precision and scale.
pub(super) fn decimal(value: Plain<'_>, precision: u8, scale: i8) -> Result<i256, CoerceError> {
    let unscaled = match value {
        Plain::Decimal(unscaled, own) => rescaled(unscaled, own.into(), scale.into()),
        Plain::Integer(value) => rescaled(i256::from_i128(value), 0, scale.into()),
        Plain::Single(value) => float_decimal(value.into(), scale),
        Plain::Float(value) => float_decimal(value, scale),
        Plain::Text(text) => {
            let (unscaled, own) = parse::number(text)?;
            rescaled(unscaled, own, scale.into())
        }
        _ => Err(CoerceError::Type),
    }?;
    match fits_digits(unscaled, precision) {
        true => Ok(unscaled),
        false => Err(CoerceError::Range),
    }
}

/// Converts a float to an unscaled decimal with all digits of its value, which is a binary fraction.
fn float_decimal(value: f64, scale: i8) -> Result<i256, CoerceError> {
    if !value.is_finite() {
        return Err(CoerceError::Range);
    }
    let (mut whole, mut power) = parts(value);
    if whole == 0 {
        return Ok(i256::ZERO);
    }
    let zeros = whole.trailing_zeros();
    whole >>= zeros;
    power += i32::try_from(zeros).map_err(|_| CoerceError::Range)?;
    let signed = match value.is_sign_negative() {
        true => -i128::from(whole),
        false => i128::from(whole),
    };
    let odd = i256::from_i128(signed);
    if power >= 0 {
        let factor = u32::try_from(power)
            .ok()
            .and_then(|power| i256::from_i128(2).checked_pow(power));
        let number = factor
            .and_then(|factor| odd.checked_mul(factor))
            .ok_or(CoerceError::Range)?;
        return rescaled(number, 0, scale.into());
    }
    // An odd number over 2^n has exactly n digits after the point: it is (odd * 5^n) / 10^n.
    let digits = power.unsigned_abs();
    if i64::from(digits) > i64::from(scale) {
        return Err(CoerceError::Inexact);
    }
    let factor = i256::from_i128(5).checked_pow(digits);
    let number = factor
        .and_then(|factor| odd.checked_mul(factor))
        .ok_or(CoerceError::Range)?;
    rescaled(number, digits.into(), scale.into())
}

/// Returns a finite number without its sign as `whole * 2^power`.
pub(crate) fn parts(value: f64) -> (u64, i32) {
    const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    let bits = value.abs().to_bits();
    let exponent = i32::try_from(bits >> FRACTION_BITS).unwrap_or(0);
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    match exponent {
        // Subnormal numbers have no hidden bit, and the exponent of the smallest normal numbers.
        0 => (fraction, -1074),
        exponent => (fraction | (1 << FRACTION_BITS), exponent - 1075),
    }
}

pub fn rescaled(unscaled: i256, scale: i64, wanted: i64) -> Result<i256, CoerceError> {
    if unscaled == i256::ZERO || scale == wanted {
        return Ok(unscaled);
    }
    let digits = u32::try_from(wanted.abs_diff(scale)).unwrap_or(u32::MAX);
    let beyond = if wanted > scale {
        CoerceError::Range
    } else {
        CoerceError::Inexact
    };
    // 128 bits suffice for most numbers and are many times faster.
    if let Some(small) = unscaled.to_i128()
        && let Some(factor) = 10_i128.checked_pow(digits)
    {
        if wanted < scale {
            return match small % factor {
                0 => Ok(i256::from_i128(small / factor)),
                _ => Err(beyond),
            };
        }
        if let Some(product) = small.checked_mul(factor) {
            return Ok(i256::from_i128(product));
        }
    }
    // 10^77 is beyond 256 bits, so only zero can gain or lose that many digits.
    let factor = (digits <= DIGITS_256.into())
        .then(|| i256::from_i128(10).checked_pow(digits))
        .flatten()
        .ok_or(beyond)?;
    if wanted > scale {
        return unscaled.checked_mul(factor).ok_or(beyond);
    }
    match unscaled.wrapping_rem(factor) == i256::ZERO {
        true => Ok(unscaled.wrapping_div(factor)),
        false => Err(beyond),
    }
}

pub(crate) fn fits_digits(unscaled: i256, digits: u8) -> bool {
    if let Some(limit) = 10_i128.checked_pow(digits.into()) {
        let small = unscaled.to_i128();
        return small.is_some_and(|value| value.unsigned_abs() < limit.unsigned_abs());
    }
    let limit = i256::from_i128(10).checked_pow(digits.into());
    match (limit, unscaled.checked_abs()) {
        (Some(limit), Some(magnitude)) => magnitude < limit,
        _ => false,
    }
}
