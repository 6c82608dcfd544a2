//! Parsing of text into values; the complete text must match.
//!
//! Spaces around a value are not part of any form. Dates and times are in `temporal`.

use std::str::FromStr;

use arrow_buffer::i256;

use super::{CoerceError, Plain};

/// Parses a number with a sign, a point and an exponent into an unscaled number and its scale.
pub(crate) fn number(text: &str) -> Result<(i256, i64), CoerceError> {
    let (is_negative, digits) = sign(text);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, power(exponent)?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) {
        return Err(CoerceError::Malformed);
    }
    // Zeros at the end of a fraction are beyond the digits of a number, and there may be many.
    let fraction = fraction.trim_end_matches('0');
    let whole = whole.trim_start_matches('0');
    let unscaled = unscaled(whole, fraction)?;
    let scale = i64::try_from(fraction.len()).map_err(|_| CoerceError::Range)? - exponent;
    Ok((
        if is_negative {
            unscaled.wrapping_neg()
        } else {
            unscaled
        },
        scale,
    ))
}

/// Returns the digits of both parts as one number.
fn unscaled(whole: &str, fraction: &str) -> Result<i256, CoerceError> {
    // 10^38 is below the end of 128 bits, and 10^76 below that of 256.
    const SMALL: usize = 38;
    const LARGE: usize = 76;
    let digits = || {
        whole
            .bytes()
            .chain(fraction.bytes())
            .map(|byte| byte - b'0')
    };
    let count = whole
        .len()
        .checked_add(fraction.len())
        .ok_or(CoerceError::Range)?;
    if count <= SMALL {
        let number = digits().fold(0_i128, |number, digit| number * 10 + i128::from(digit));
        return Ok(i256::from_i128(number));
    }
    if count > LARGE {
        // Leading zeros of a fraction are not significant.
        let significant = digits().skip_while(|digit| *digit == 0).count();
        if significant > LARGE {
            return Err(if whole.is_empty() {
                CoerceError::Inexact
            } else {
                CoerceError::Range
            });
        }
    }
    let ten = i256::from_i128(10);
    Ok(digits().fold(i256::ZERO, |number, digit| {
        number
            .wrapping_mul(ten)
            .wrapping_add(i256::from_i128(digit.into()))
    }))
}

fn sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// Parses an exponent of at most four digits; longer exponents do not fit any type.
fn power(text: &str) -> Result<i64, CoerceError> {
    let (is_negative, digits) = sign(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CoerceError::Malformed);
    }
    let digits = digits.trim_start_matches('0');
    if digits.len() > 4 {
        return Err(if is_negative {
            CoerceError::Inexact
        } else {
            CoerceError::Range
        });
    }
    let power = digits
        .bytes()
        .fold(0, |power, digit| power * 10 + i64::from(digit - b'0'));
    Ok(if is_negative { -power } else { power })
}

/// Parses text to the nearest float. `NaN`, `inf` and `Infinity` are read in any case.
pub(super) fn float<F: FromStr + Copy + Into<f64>>(text: &str) -> Result<F, CoerceError> {
    let value: F = text.parse().map_err(|_| CoerceError::Malformed)?;
    let wide: f64 = value.into();
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let has_digits = mantissa.bytes().any(|byte| byte.is_ascii_digit());
    if wide.is_infinite() && has_digits {
        return Err(CoerceError::Range);
    }
    if wide == 0.0 && mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
        return Err(CoerceError::Inexact);
    }
    Ok(value)
}

/// Converts a value to a boolean: its names in any case, or 0 and 1.
pub(super) fn boolean(value: Plain<'_>) -> Result<bool, CoerceError> {
    match value {
        Plain::Bool(value) => Ok(value),
        Plain::Integer(0) => Ok(false),
        Plain::Integer(1) => Ok(true),
        Plain::Integer(_) => Err(CoerceError::Range),
        Plain::Text(text) => {
            let is = |name: &str| text.eq_ignore_ascii_case(name);
            match text {
                "1" => Ok(true),
                "0" => Ok(false),
                _ if is("true") || is("t") => Ok(true),
                _ if is("false") || is("f") => Ok(false),
                _ => Err(CoerceError::Malformed),
            }
        }
        _ => Err(CoerceError::Type),
    }
}

/// Parses a UUID: 32 hexadecimal digits, with hyphens in their usual places or without, in braces, or after `urn:uuid:`.
pub(super) fn uuid(text: &str) -> Result<[u8; 16], CoerceError> {
    let plain = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}').ok_or(CoerceError::Malformed)?,
        None => text.strip_prefix("urn:uuid:").unwrap_or(text),
    };
    let hyphens = match plain.len() {
        32 => false,
        36 => true,
        _ => return Err(CoerceError::Malformed),
    };
    let mut number = 0_u128;
    for (index, byte) in plain.bytes().enumerate() {
        if hyphens && matches!(index, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return Err(CoerceError::Malformed);
            }
            continue;
        }
        let digit = char::from(byte)
            .to_digit(16)
            .ok_or(CoerceError::Malformed)?;
        number = number << 4 | u128::from(digit);
    }
    Ok(number.to_be_bytes())
}
