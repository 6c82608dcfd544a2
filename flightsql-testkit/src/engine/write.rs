//! Conversion of Arrow values to SQLite values, for binds and bulk ingest.
//!
//! Layer: engine. Storage forms: the table in `types.rs`. `hint` is the type of the target column, if it is known. The
//! value is checked against it first, because SQLite would store any value.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use rusqlite::types::Value;

use super::calendar;
use super::decimal;
use super::error::{Kind, Result, SqliteError};
use super::read::parse_uuid;
use super::types::ColType;

/// Expands dictionary and run-end encodings, and returns other arrays unchanged.
pub(crate) fn normalize(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::Dictionary(_, values) => Ok(arrow_cast::cast(array, values)?),
        DataType::RunEndEncoded(_, values) => Ok(arrow_cast::cast(array, values.data_type())?),
        _ => Ok(Arc::clone(array)),
    }
}

/// Returns the SQLite value of one element of a normalized array.
///
/// # Errors
/// Returns an error if SQLite cannot store the type, or the value does not fit `hint`.
pub(crate) fn value(array: &dyn Array, row: usize, hint: Option<ColType>) -> Result<Value> {
    if array.is_null(row) || *array.data_type() == DataType::Null {
        return Ok(Value::Null);
    }
    let value = convert(array, row, hint)?;
    match hint {
        Some(hint) => fit(value, hint),
        None => Ok(value),
    }
}

fn convert(array: &dyn Array, row: usize, hint: Option<ColType>) -> Result<Value> {
    Ok(match array.data_type() {
        DataType::Boolean => Value::Integer(i64::from(array.as_boolean().value(row))),
        DataType::Int8 => Value::Integer(get::<Int8Type>(array, row).into()),
        DataType::Int16 => Value::Integer(get::<Int16Type>(array, row).into()),
        DataType::Int32 => Value::Integer(get::<Int32Type>(array, row).into()),
        DataType::Int64 => Value::Integer(get::<Int64Type>(array, row)),
        DataType::UInt8 => Value::Integer(get::<UInt8Type>(array, row).into()),
        DataType::UInt16 => Value::Integer(get::<UInt16Type>(array, row).into()),
        DataType::UInt32 => Value::Integer(get::<UInt32Type>(array, row).into()),
        DataType::UInt64 => unsigned(get::<UInt64Type>(array, row)),
        DataType::Float16 => real(get::<Float16Type>(array, row).into()),
        DataType::Float32 => real(get::<Float32Type>(array, row).into()),
        DataType::Float64 => real(get::<Float64Type>(array, row)),
        DataType::Utf8 => text(array.as_string::<i32>().value(row), hint)?,
        DataType::LargeUtf8 => text(array.as_string::<i64>().value(row), hint)?,
        DataType::Utf8View => text(array.as_string_view().value(row), hint)?,
        DataType::Binary => Value::Blob(array.as_binary::<i32>().value(row).to_vec()),
        DataType::LargeBinary => Value::Blob(array.as_binary::<i64>().value(row).to_vec()),
        DataType::BinaryView => Value::Blob(array.as_binary_view().value(row).to_vec()),
        DataType::FixedSizeBinary(_) => {
            Value::Blob(array.as_fixed_size_binary().value(row).to_vec())
        }
        DataType::Decimal32(..) => number(
            &array.as_primitive::<Decimal32Type>().value_as_string(row),
            hint,
        )?,
        DataType::Decimal64(..) => number(
            &array.as_primitive::<Decimal64Type>().value_as_string(row),
            hint,
        )?,
        DataType::Decimal128(..) => number(
            &array.as_primitive::<Decimal128Type>().value_as_string(row),
            hint,
        )?,
        DataType::Decimal256(..) => number(
            &array.as_primitive::<Decimal256Type>().value_as_string(row),
            hint,
        )?,
        DataType::Duration(unit) => Value::Integer(match unit {
            TimeUnit::Second => get::<DurationSecondType>(array, row),
            TimeUnit::Millisecond => get::<DurationMillisecondType>(array, row),
            TimeUnit::Microsecond => get::<DurationMicrosecondType>(array, row),
            TimeUnit::Nanosecond => get::<DurationNanosecondType>(array, row),
        }),
        DataType::Date32 => date(get::<Date32Type>(array, row).into(), hint)?,
        DataType::Date64 => timestamp(i128::from(get::<Date64Type>(array, row)) * 1_000_000, hint)?,
        DataType::Time32(_) | DataType::Time64(_) => time(array, row, hint)?,
        DataType::Timestamp(unit, _) => timestamp(instant(array, row, *unit), hint)?,
        other => {
            return Err(SqliteError::invalid(format!(
                "a value of Arrow type {other} cannot be stored in SQLite; it can only be selected as it is: SELECT ?"
            )));
        }
    })
}

fn get<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> T::Native {
    array.as_primitive::<T>().value(row)
}

/// Converts to an integer, or above `i64::MAX` to a blob of 20 digits, which sorts after every integer.
fn unsigned(number: u64) -> Value {
    match i64::try_from(number) {
        Ok(number) => Value::Integer(number),
        Err(_) => Value::Blob(format!("{number:020}").into_bytes()),
    }
}

/// Stores a NaN as text, because SQLite converts it to NULL.
fn real(number: f64) -> Value {
    if number.is_nan() {
        Value::Text("NaN".to_owned())
    } else {
        Value::Real(number)
    }
}

/// Returns a decimal in the form that a numeric column stores, so that it compares with undeclared values. For a text column,
/// returns text.
fn number(text: &str, hint: Option<ColType>) -> Result<Value> {
    match hint {
        Some(ColType::Text | ColType::Json) => return Ok(Value::Text(text.to_owned())),
        Some(ColType::Decimal(p, s)) if decimal::parse(text, p, s).is_none() => {
            return Err(unfit(text, ColType::Decimal(p, s)));
        }
        _ => {}
    }
    // Trailing zeros do not change the number.
    let short = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    };
    if decimal::significant_digits(short).is_none_or(|digits| digits > decimal::REAL_DIGITS) {
        return Ok(Value::Blob(short.as_bytes().to_vec()));
    }
    Ok(match (short.parse(), short.parse()) {
        (Ok(integer), _) => Value::Integer(integer),
        (_, Ok(real)) => Value::Real(real),
        _ => Value::Text(short.to_owned()),
    })
}

/// Converts text to its stored form. The numeric affinity of a `JSON` or `DECIMAL` column would change numeric text, and a
/// date or time has one form.
fn text(text: &str, hint: Option<ColType>) -> Result<Value> {
    if let Some(spelled) = hint.and_then(|ty| calendar::respell(text, ty)) {
        return Ok(Value::Text(spelled));
    }
    Ok(match hint {
        Some(ColType::Json) if text.trim().parse::<f64>().is_ok() => {
            Value::Blob(text.as_bytes().to_vec())
        }
        Some(ColType::Decimal(..)) if decimal::significant_digits(text).is_some() => {
            return number(text, hint);
        }
        Some(ColType::UInt64) if text.parse::<u64>().is_ok() => text
            .parse()
            .map_or_else(|_| Value::Text(text.to_owned()), unsigned),
        _ => Value::Text(text.to_owned()),
    })
}

/// Returns the SQL literal of a string in the stored form of a type, or `None` if the string is already in that form.
pub(crate) fn literal(text: &str, ty: ColType) -> Option<String> {
    let stored = match ty {
        ColType::Json | ColType::Bool => return None,
        _ => self::text(text, Some(ty)).and_then(|value| fit(value, ty)),
    };
    match stored.ok()? {
        Value::Text(new) if new != text => Some(format!("'{new}'")),
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(format!("{number:?}")),
        Value::Blob(bytes) => {
            let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Some(format!("x'{}'", hex.concat()))
        }
        Value::Text(_) | Value::Null => None,
    }
}

fn date(days: i64, hint: Option<ColType>) -> Result<Value> {
    if matches!(hint, Some(ColType::Timestamp | ColType::TimestampTz)) {
        return timestamp(
            i128::from(days) * i128::from(calendar::DAY_US) * 1_000,
            hint,
        );
    }
    Ok(calendar::format_date(days).map_or_else(|| calendar::far(days), Value::Text))
}

fn time(array: &dyn Array, row: usize, hint: Option<ColType>) -> Result<Value> {
    let nanos = match array.data_type() {
        DataType::Time32(TimeUnit::Second) => {
            i128::from(get::<Time32SecondType>(array, row)) * 1_000_000_000
        }
        DataType::Time32(_) => i128::from(get::<Time32MillisecondType>(array, row)) * 1_000_000,
        DataType::Time64(TimeUnit::Microsecond) => {
            i128::from(get::<Time64MicrosecondType>(array, row)) * 1_000
        }
        _ => i128::from(get::<Time64NanosecondType>(array, row)),
    };
    if hint == Some(ColType::Time) && nanos % 1_000 != 0 {
        return Err(below_micros("TIME"));
    }
    let text = calendar::format_time(nanos);
    text.map(Value::Text)
        .ok_or_else(|| SqliteError::new(Kind::OutOfRange, "a time of day outside 00:00 to 24:00"))
}

fn instant(array: &dyn Array, row: usize, unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => i128::from(get::<TimestampSecondType>(array, row)) * 1_000_000_000,
        TimeUnit::Millisecond => {
            i128::from(get::<TimestampMillisecondType>(array, row)) * 1_000_000
        }
        TimeUnit::Microsecond => i128::from(get::<TimestampMicrosecondType>(array, row)) * 1_000,
        TimeUnit::Nanosecond => i128::from(get::<TimestampNanosecondType>(array, row)),
    }
}

/// Formats a timestamp. An instant and a time without a zone have one form in UTC, so that they compare.
fn timestamp(nanos: i128, hint: Option<ColType>) -> Result<Value> {
    let known = matches!(hint, Some(ColType::Timestamp | ColType::TimestampTz));
    if known && nanos % 1_000 != 0 {
        return Err(below_micros("TIMESTAMP"));
    }
    let days = nanos.div_euclid(calendar::DAY_NS);
    if hint == Some(ColType::Date) && nanos == days * calendar::DAY_NS {
        return date(i64::try_from(days).unwrap_or(i64::MAX), hint);
    }
    if let Some(text) = calendar::format_timestamp(nanos) {
        return Ok(Value::Text(text));
    }
    let micros = i64::try_from(nanos / 1_000)
        .ok()
        .filter(|_| nanos % 1_000 == 0);
    micros.map(calendar::far).ok_or_else(|| {
        SqliteError::new(
            Kind::OutOfRange,
            "a timestamp outside the years 0 to 9999 that is not a 64-bit number of microseconds",
        )
    })
}

fn below_micros(target: &str) -> SqliteError {
    SqliteError::new(
        Kind::OutOfRange,
        format!("the value has digits below a microsecond, which {target} cannot hold"),
    )
}

/// Checks a value against the type of its column, and converts it to the storage form of the column.
fn fit(value: Value, hint: ColType) -> Result<Value> {
    let out = |what: String| unfit(what, hint);
    match (&value, hint) {
        (Value::Integer(number), _) => match integer_range(hint) {
            Some((low, high)) if !(low..=high).contains(number) => Err(out(format!("{number}"))),
            _ => Ok(value),
        },
        (Value::Blob(digits), ColType::Int8 | ColType::Int16 | ColType::Int32 | ColType::Int64)
        | (Value::Blob(digits), ColType::UInt8 | ColType::UInt16 | ColType::UInt32) => {
            Err(out(String::from_utf8_lossy(digits).into_owned()))
        }
        (Value::Text(text), ColType::Date) if calendar::parse_timestamp(text).is_some() => {
            match calendar::parse_date(text) {
                Some(_) => Ok(value),
                None => Err(out(format!("the timestamp {text}"))),
            }
        }
        (Value::Text(text), ColType::Uuid) => match parse_uuid(text) {
            Some(bytes) => Ok(Value::Blob(bytes.to_vec())),
            None => Err(out(format!("the text {text:?}"))),
        },
        (Value::Blob(bytes), ColType::Uuid) if bytes.len() != 16 => {
            Err(out(format!("{} bytes", bytes.len())))
        }
        (Value::Text(text), ColType::Decimal(p, s)) => match decimal::parse(text, p, s) {
            Some(_) => Ok(value),
            None => Err(out(text.clone())),
        },
        (Value::Blob(bytes), ColType::Decimal(p, s)) => {
            let text = String::from_utf8_lossy(bytes);
            match decimal::parse(&text, p, s) {
                Some(_) => Ok(value),
                None => Err(out(text.into_owned())),
            }
        }
        _ => Ok(value),
    }
}

fn unfit(what: impl std::fmt::Display, hint: ColType) -> SqliteError {
    SqliteError::new(
        Kind::OutOfRange,
        format!("{what} does not fit {}", hint.decl()),
    )
}

fn integer_range(hint: ColType) -> Option<(i64, i64)> {
    Some(match hint {
        ColType::Bool => (0, 1),
        ColType::Int8 => (i8::MIN.into(), i8::MAX.into()),
        ColType::Int16 => (i16::MIN.into(), i16::MAX.into()),
        ColType::Int32 => (i32::MIN.into(), i32::MAX.into()),
        ColType::UInt8 => (0, u8::MAX.into()),
        ColType::UInt16 => (0, u16::MAX.into()),
        ColType::UInt32 => (0, u32::MAX.into()),
        ColType::UInt64 => (0, i64::MAX),
        _ => return None,
    })
}
