//! Formatting of values as text, in one canonical form each.
//!
//! `1.50` · `true` · `0.1` · `2026-01-31` · `23:59:59.25` · `2026-01-31 23:59:59.25` · `2026-01-31 23:59:59.25+00:00` ·
//! a UUID as 8-4-4-4-12 hexadecimal digits in lower case. The forms are those of SQL literals, which engines read.

use std::fmt::{self, Write as _};

use arrow_buffer::i256;

use super::temporal::{clock_text, date};
use super::units::{NANOS_PER_SECOND, SECONDS_PER_DAY};
use super::{CoerceError, Plain};

pub(super) fn write(value: Plain<'_>, out: &mut String) -> Result<(), CoerceError> {
    match value {
        Plain::Text(text) | Plain::Json(text) => out.push_str(text),
        Plain::Bool(value) => put(out, value),
        Plain::Integer(value) => put(out, value),
        Plain::Single(value) => match named(value.into()) {
            Some(name) => out.push_str(name),
            None => put(out, format_args!("{value:?}")),
        },
        Plain::Float(value) => match named(value) {
            Some(name) => out.push_str(name),
            None => put(out, format_args!("{value:?}")),
        },
        Plain::Decimal(unscaled, scale) => put(out, DecimalText(unscaled, scale)),
        Plain::Uuid(bytes) => put(out, UuidText(bytes)),
        Plain::Date(days) => put(out, date(days)?),
        Plain::Time(nanos) => put(out, clock_text(nanos)?),
        Plain::Clock(seconds, nanos) => timestamp(seconds, nanos, "", out)?,
        Plain::Instant(seconds, nanos) => timestamp(seconds, nanos, "+00:00", out)?,
        Plain::Bytes(_) | Plain::Duration(_) | Plain::Interval(..) => {
            return Err(CoerceError::Type);
        }
    }
    Ok(())
}

/// Returns the name that SQL engines read for NaN or an infinity.
fn named(value: f64) -> Option<&'static str> {
    match value {
        value if value.is_nan() => Some("NaN"),
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ => None,
    }
}

fn timestamp(seconds: i64, nanos: u32, zone: &str, out: &mut String) -> Result<(), CoerceError> {
    let day = date(seconds.div_euclid(SECONDS_PER_DAY))?;
    let of_day = seconds.rem_euclid(SECONDS_PER_DAY) * NANOS_PER_SECOND;
    let time = clock_text(of_day + i64::from(nanos))?;
    put(out, format_args!("{day} {time}{zone}"));
    Ok(())
}

pub(crate) fn put(out: &mut String, text: impl fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{text}");
}

/// Appends all digits of a decimal, with the fraction digits of its scale.
#[derive(Debug)]
pub struct DecimalText(pub i256, pub i8);

impl fmt::Display for DecimalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(unscaled, scale) = *self;
        let signed = match unscaled.to_i128() {
            Some(small) => small.to_string(),
            None => unscaled.to_string(),
        };
        let (sign, digits) = match signed.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", &*signed),
        };
        let places = usize::from(scale.unsigned_abs());
        if scale <= 0 {
            let zeros = if digits == "0" { 0 } else { places };
            return write!(f, "{sign}{digits}{:0<zeros$}", "");
        }
        // Writes at least one digit before the point.
        let digits = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

/// Displays a UUID as 8-4-4-4-12 hexadecimal digits in lower case.
#[derive(Debug)]
pub struct UuidText<'a>(pub &'a [u8; 16]);

impl fmt::Display for UuidText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}
