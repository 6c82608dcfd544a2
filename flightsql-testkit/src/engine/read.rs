//! Conversion of SQLite values to Arrow arrays, with one builder per result column.
//!
//! Layer: engine. Storage forms: the table in `types.rs`. A value that does not fit the reported type is an error
//! that names the column. Nothing is truncated. Only two values are rounded: a double in a `FLOAT` column, and a real in a
//! decimal column after its 15th digit.

use std::fmt::Display;
use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Decimal256Builder,
    FixedSizeBinaryBuilder, Float32Builder, Float64Builder, Int8Builder, Int16Builder,
    Int32Builder, Int64Builder, StringBuilder, Time64MicrosecondBuilder,
    TimestampMicrosecondBuilder, UInt8Builder, UInt16Builder, UInt32Builder, UInt64Builder,
};
use arrow_array::{ArrayRef, NullArray};
use arrow_buffer::i256;
use rusqlite::types::ValueRef;

use super::calendar;
use super::decimal;
use super::error::{Kind, Result, SqliteError};
use super::types::ColType;

/// Collects the values of one column.
#[derive(Debug)]
pub(crate) enum Builder {
    Null(usize),
    Bool(BooleanBuilder),
    Int8(Int8Builder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    UInt8(UInt8Builder),
    UInt16(UInt16Builder),
    UInt32(UInt32Builder),
    UInt64(UInt64Builder),
    Float32(Float32Builder),
    Float64(Float64Builder),
    Text(StringBuilder),
    Blob(BinaryBuilder),
    Uuid(FixedSizeBinaryBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Decimal128(Decimal128Builder, u8, i8),
    Decimal256(Decimal256Builder, u8, i8),
}

impl Builder {
    pub(crate) fn new(ty: ColType) -> Result<Self> {
        Ok(match ty {
            ColType::Null => Self::Null(0),
            ColType::Bool => Self::Bool(BooleanBuilder::new()),
            ColType::Int8 => Self::Int8(Int8Builder::new()),
            ColType::Int16 => Self::Int16(Int16Builder::new()),
            ColType::Int32 => Self::Int32(Int32Builder::new()),
            ColType::Int64 => Self::Int64(Int64Builder::new()),
            ColType::UInt8 => Self::UInt8(UInt8Builder::new()),
            ColType::UInt16 => Self::UInt16(UInt16Builder::new()),
            ColType::UInt32 => Self::UInt32(UInt32Builder::new()),
            ColType::UInt64 => Self::UInt64(UInt64Builder::new()),
            ColType::Float32 => Self::Float32(Float32Builder::new()),
            ColType::Float64 => Self::Float64(Float64Builder::new()),
            ColType::Text | ColType::Json => Self::Text(StringBuilder::new()),
            ColType::Blob => Self::Blob(BinaryBuilder::new()),
            ColType::Uuid => Self::Uuid(FixedSizeBinaryBuilder::new(16)),
            ColType::Date => Self::Date(Date32Builder::new()),
            ColType::Time => Self::Time(Time64MicrosecondBuilder::new()),
            ColType::Timestamp => Self::Timestamp(TimestampMicrosecondBuilder::new()),
            ColType::TimestampTz => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
            }
            ColType::Decimal(p, s) if p <= 38 => Self::Decimal128(
                Decimal128Builder::new().with_precision_and_scale(p, s)?,
                p,
                s,
            ),
            ColType::Decimal(p, s) => Self::Decimal256(
                Decimal256Builder::new().with_precision_and_scale(p, s)?,
                p,
                s,
            ),
        })
    }

    /// Appends one value, and returns its approximate size in bytes. `column` is the name in errors.
    pub(crate) fn append(&mut self, value: ValueRef<'_>, column: &str) -> Result<usize> {
        if value == ValueRef::Null {
            self.append_null();
            return Ok(1);
        }
        let bad = |wanted: &str| unfit(value, column, wanted);
        match self {
            Self::Null(_) => {
                return Err(bad(
                    "NULL: its type was unknown when the result was announced",
                ));
            }
            Self::Bool(b) => b.append_value(boolean(value).ok_or_else(|| bad("BOOLEAN"))?),
            Self::Int8(b) => b.append_value(integer(value).ok_or_else(|| bad("TINYINT"))?),
            Self::Int16(b) => b.append_value(integer(value).ok_or_else(|| bad("SMALLINT"))?),
            Self::Int32(b) => b.append_value(integer(value).ok_or_else(|| bad("INT"))?),
            Self::Int64(b) => b.append_value(integer(value).ok_or_else(|| bad("BIGINT"))?),
            Self::UInt8(b) => b.append_value(integer(value).ok_or_else(|| bad("UTINYINT"))?),
            Self::UInt16(b) => b.append_value(integer(value).ok_or_else(|| bad("USMALLINT"))?),
            Self::UInt32(b) => b.append_value(integer(value).ok_or_else(|| bad("UINT"))?),
            Self::UInt64(b) => b.append_value(unsigned(value).ok_or_else(|| bad("UBIGINT"))?),
            Self::Float32(b) => b.append_value(float32(value).ok_or_else(|| bad("FLOAT"))?),
            Self::Float64(b) => b.append_value(float64(value).ok_or_else(|| bad("DOUBLE"))?),
            Self::Text(b) => return text(b, value).ok_or_else(|| bad("TEXT")),
            Self::Blob(b) => {
                let bytes = value.as_bytes().map_err(|_| bad("BLOB"))?;
                b.append_value(bytes);
                return Ok(bytes.len());
            }
            Self::Uuid(b) => b.append_value(uuid(value).ok_or_else(|| bad("UUID"))?)?,
            Self::Date(b) => b.append_value(date(value).ok_or_else(|| bad("DATE"))?),
            Self::Time(b) => b.append_value(time(value).ok_or_else(|| bad("TIME"))?),
            Self::Timestamp(b) => b.append_value(timestamp(value).ok_or_else(|| bad("TIMESTAMP"))?),
            Self::Decimal128(b, p, s) => {
                let wide = decimal(value, *p, *s).and_then(i256::to_i128);
                b.append_value(wide.ok_or_else(|| bad(&format!("DECIMAL({p},{s})")))?);
            }
            Self::Decimal256(b, p, s) => {
                b.append_value(
                    decimal(value, *p, *s).ok_or_else(|| bad(&format!("DECIMAL({p},{s})")))?,
                );
            }
        }
        Ok(16)
    }

    fn append_null(&mut self) {
        match self {
            Self::Null(count) => *count += 1,
            Self::Bool(b) => b.append_null(),
            Self::Int8(b) => b.append_null(),
            Self::Int16(b) => b.append_null(),
            Self::Int32(b) => b.append_null(),
            Self::Int64(b) => b.append_null(),
            Self::UInt8(b) => b.append_null(),
            Self::UInt16(b) => b.append_null(),
            Self::UInt32(b) => b.append_null(),
            Self::UInt64(b) => b.append_null(),
            Self::Float32(b) => b.append_null(),
            Self::Float64(b) => b.append_null(),
            Self::Text(b) => b.append_null(),
            Self::Blob(b) => b.append_null(),
            Self::Uuid(b) => b.append_null(),
            Self::Date(b) => b.append_null(),
            Self::Time(b) => b.append_null(),
            Self::Timestamp(b) => b.append_null(),
            Self::Decimal128(b, ..) => b.append_null(),
            Self::Decimal256(b, ..) => b.append_null(),
        }
    }

    /// Returns the values and resets the builder.
    pub(crate) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Null(count) => Arc::new(NullArray::new(std::mem::take(count))),
            Self::Bool(b) => Arc::new(b.finish()),
            Self::Int8(b) => Arc::new(b.finish()),
            Self::Int16(b) => Arc::new(b.finish()),
            Self::Int32(b) => Arc::new(b.finish()),
            Self::Int64(b) => Arc::new(b.finish()),
            Self::UInt8(b) => Arc::new(b.finish()),
            Self::UInt16(b) => Arc::new(b.finish()),
            Self::UInt32(b) => Arc::new(b.finish()),
            Self::UInt64(b) => Arc::new(b.finish()),
            Self::Float32(b) => Arc::new(b.finish()),
            Self::Float64(b) => Arc::new(b.finish()),
            Self::Text(b) => Arc::new(b.finish()),
            Self::Blob(b) => Arc::new(b.finish()),
            Self::Uuid(b) => Arc::new(b.finish()),
            Self::Date(b) => Arc::new(b.finish()),
            Self::Time(b) => Arc::new(b.finish()),
            Self::Timestamp(b) => Arc::new(b.finish()),
            Self::Decimal128(b, ..) => Arc::new(b.finish()),
            Self::Decimal256(b, ..) => Arc::new(b.finish()),
        }
    }
}

fn unfit(value: ValueRef<'_>, column: &str, wanted: impl Display) -> SqliteError {
    let stored = value.data_type();
    SqliteError::new(
        Kind::Data,
        format!(
            "column {column}: a stored {stored} value does not fit {wanted}; select it with CAST to a type that holds all values"
        ),
    )
}

/// Returns text, or the text in a blob, such as a large number or JSON.
fn as_text(value: ValueRef<'_>) -> Option<&str> {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

fn integer<T: TryFrom<i64> + std::str::FromStr>(value: ValueRef<'_>) -> Option<T> {
    match value {
        ValueRef::Integer(number) => T::try_from(number).ok(),
        ValueRef::Real(number) => T::try_from(integral(number)?).ok(),
        other => as_text(other)?.trim().parse().ok(),
    }
}

fn unsigned(value: ValueRef<'_>) -> Option<u64> {
    integer(value)
}

/// Returns a real as an integer if it is one, within the range of exact reals.
fn integral(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let fits = number.fract() == 0.0 && number.abs() <= EXACT;
    // The shortest text of an integral real has no fraction, so it parses as an integer.
    fits.then(|| format!("{number:.0}").parse().ok()).flatten()
}

fn boolean(value: ValueRef<'_>) -> Option<bool> {
    match value {
        ValueRef::Integer(0) => Some(false),
        ValueRef::Integer(1) => Some(true),
        other => match as_text(other)?.trim() {
            t if t.eq_ignore_ascii_case("true") || t == "1" => Some(true),
            t if t.eq_ignore_ascii_case("false") || t == "0" => Some(false),
            _ => None,
        },
    }
}

fn float64(value: ValueRef<'_>) -> Option<f64> {
    match value {
        ValueRef::Real(number) => Some(number),
        ValueRef::Integer(number) => exact_float(number),
        other => as_text(other)?.trim().parse().ok(),
    }
}

/// Converts an integer to a float unless it exceeds 2^53 and would be rounded.
fn exact_float(number: i64) -> Option<f64> {
    const LIMIT: u64 = 1 << 53;
    (number.unsigned_abs() <= LIMIT)
        .then(|| format!("{number}").parse().ok())
        .flatten()
}

/// Rounds to the nearest 32-bit value, because SQLite stores doubles in `FLOAT` columns.
fn float32(value: ValueRef<'_>) -> Option<f32> {
    let wide = float64(value)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounding is what FLOAT means; overflow is refused below"
    )]
    let narrow = wide as f32;
    (narrow.is_finite() || !wide.is_finite()).then_some(narrow)
}

fn text(builder: &mut StringBuilder, value: ValueRef<'_>) -> Option<usize> {
    match value {
        ValueRef::Integer(number) => append_text(builder, &number.to_string()),
        ValueRef::Real(number) => append_text(builder, &format!("{number:?}")),
        other => append_text(builder, as_text(other)?),
    }
}

fn append_text(builder: &mut StringBuilder, text: &str) -> Option<usize> {
    builder.append_value(text);
    Some(text.len())
}

fn uuid(value: ValueRef<'_>) -> Option<[u8; 16]> {
    match value {
        ValueRef::Blob(bytes) if bytes.len() == 16 => bytes.try_into().ok(),
        other => parse_uuid(as_text(other)?),
    }
}

/// Parses a UUID, with or without hyphens, as 16 bytes.
pub(crate) fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let hex: Vec<u8> = text.trim().bytes().filter(|byte| *byte != b'-').collect();
    if hex.len() != 32 {
        return None;
    }
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        if !pair.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

fn date(value: ValueRef<'_>) -> Option<i32> {
    let days = match value {
        ValueRef::Text(_) => calendar::parse_date(as_text(value)?)?,
        other => calendar::parse_far(other, 1)?,
    };
    i32::try_from(days).ok()
}

fn time(value: ValueRef<'_>) -> Option<i64> {
    calendar::parse_time(as_text(value)?.trim())
}

fn timestamp(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Text(_) => calendar::parse_timestamp(as_text(value)?).map(|(micros, _)| micros),
        other => calendar::parse_far(other, calendar::DAY_US),
    }
}

fn decimal(value: ValueRef<'_>, precision: u8, scale: i8) -> Option<i256> {
    match value {
        ValueRef::Integer(number) => decimal::parse(&number.to_string(), precision, scale),
        // A real is exact only to this many digits. Later digits are rounding errors.
        ValueRef::Real(number) => {
            let digits = format!("{number:.0$e}", decimal::REAL_DIGITS - 1);
            let units = decimal::parse(&digits, precision, scale)?;
            // Zeros of the scale lose nothing: 1.5 is exact with twenty of them. With fewer digits than a real preserves, the
            // value is not a sum that lost digits.
            let shortest = format!("{number:e}");
            let mantissa = shortest
                .split_once('e')
                .map_or("", |(mantissa, _)| mantissa);
            let own = decimal::significant_digits(mantissa)?;
            let is_short = own + 3 <= decimal::REAL_DIGITS && number.abs() < 1e15;
            (is_short || decimal::digit_count(units) <= decimal::REAL_DIGITS).then_some(units)
        }
        other => decimal::parse(as_text(other)?, precision, scale),
    }
}
