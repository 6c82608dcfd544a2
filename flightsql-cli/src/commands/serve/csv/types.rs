//! Types of the columns of a CSV file: the strings that are values of a type, and how they are read.
//!
//! A column gets a type other than text only if the type changes no value. `007`, `+5`, `1e5`, `.5`, `-0.0`,
//! `0.12345678901234567890`, and `1.9` with `1.10`, stay strings, because reading them as numbers would change them. Three
//! exceptions remain: an integer among floats gets a fraction, boolean words become lower case, and a timestamp has one
//! form.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::timezone::Tz;
use arrow_array::types::Date32Type;
use arrow_cast::parse::{Parser as _, string_to_datetime};
use arrow_schema::{DataType, TimeUnit};
use clap::ValueEnum;

/// The maximum number of digits of a decimal that SQLite stores as a number.
const DECIMAL_DIGITS: u8 = 15;

/// A type that a column can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColumnType {
    Boolean,
    Bigint,
    Double,
    /// Numbers with this many digits after the point, zeros included
    #[value(skip)]
    Decimal(u8),
    Date,
    /// Without a zone, which SQLite reads as UTC
    Timestamp,
    /// With a zone, kept as the instant in UTC
    Timestamptz,
    Text,
}

impl ColumnType {
    /// The candidate types, the narrowest first.
    pub(super) const INFERRED: [Self; 12] = [
        Self::Boolean,
        Self::Bigint,
        Self::Double,
        Self::Decimal(1),
        Self::Decimal(2),
        Self::Decimal(3),
        Self::Decimal(4),
        Self::Decimal(5),
        Self::Decimal(6),
        Self::Date,
        Self::Timestamp,
        Self::Timestamptz,
    ];

    /// Returns the name of the type in options.
    pub(super) fn name(self) -> String {
        match self.to_possible_value() {
            Some(value) => value.get_name().to_owned(),
            None => "decimal".to_owned(),
        }
    }

    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Bigint => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Decimal(scale) => DataType::Decimal128(DECIMAL_DIGITS, scale.cast_signed()),
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Timestamptz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Text => DataType::Utf8,
        }
    }

    /// Returns `true` if the string is a value of this type, and reading it changes nothing.
    pub(super) fn infers(self, text: &str) -> bool {
        match self {
            Self::Boolean => {
                text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
            }
            Self::Bigint => is_plain_number(text) && text.parse::<i64>().is_ok() && text != "-0",
            Self::Double => is_exact(text),
            Self::Decimal(scale) => decimal(text, scale).is_some(),
            Self::Date => date(text).is_some(),
            Self::Timestamp => clock(text).is_some_and(str::is_empty) && micros(text).is_some(),
            // Any other offset would be lost.
            Self::Timestamptz => {
                matches!(clock(text), Some("Z" | "+00:00")) && micros(text).is_some()
            }
            Self::Text => true,
        }
    }
}

/// Returns `true` for a number without an exponent, with digits on both sides of a point, whose first digit is zero only
/// before a point.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    !is_padded
        && digits.split('.').all(|part| !part.is_empty())
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Returns `true` if the text is a number that a float represents with all of its digits.
fn is_exact(text: &str) -> bool {
    let Some(value) = finite(text) else {
        return false;
    };
    // SQLite has no negative zero.
    if value == 0.0 && text.starts_with('-') {
        return false;
    }
    // An identifier can look like `1e5`. Only large and small floats are written with an exponent.
    if text.contains(['e', 'E']) {
        return format!("{value:?}") == text;
    }
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    is_plain_number(text)
        && !is_padded(fraction)
        && normal(text).is_some_and(|read| Some(read) == normal(&format!("{value:e}")))
}

/// Reads a float that is neither infinite nor NaN; `1e999` is too large.
fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Returns `true` if a float has fewer digits than this fraction: it is written with one zero at most.
fn is_padded(fraction: &str) -> bool {
    fraction.len() > 1 && fraction.ends_with('0')
}

/// Reads a number with exactly `scale` digits after the point as its digits.
fn decimal(text: &str, scale: u8) -> Option<i128> {
    let (integer, fraction) = text.split_once('.')?;
    let digits = integer.strip_prefix('-').unwrap_or(integer);
    let fits = !digits.is_empty() && digits.len() + fraction.len() <= DECIMAL_DIGITS.into();
    if !is_plain_number(text) || !fits || fraction.len() != usize::from(scale) {
        return None;
    }
    // A zero has no sign in a decimal.
    let number: i128 = format!("{integer}{fraction}").parse().ok()?;
    (number != 0 || !integer.starts_with('-')).then_some(number)
}

/// Returns the sign, the digits without zeros around them, and the power of ten of the first of them.
fn normal(text: &str) -> Option<(bool, String, i64)> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let digits = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (integer, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{integer}{fraction}");
    let significant = all.trim_start_matches('0');
    let zeros = i64::try_from(all.len() - significant.len()).ok()?;
    let integer = i64::try_from(integer.len()).ok()?;
    let significant = significant.trim_end_matches('0');
    let power = match significant.is_empty() {
        true => 0,
        false => integer.checked_sub(zeros)?.checked_add(exponent)?,
    };
    Some((mantissa.starts_with('-'), significant.to_owned(), power))
}

/// Reads `2024-05-01` as days since 1970-01-01.
fn date(text: &str) -> Option<i32> {
    match is_like(text, "dddd-dd-dd") {
        true => Date32Type::parse(text),
        false => None,
    }
}

/// Returns what follows the date and time: nothing, or a zone. `None` if the text begins with something else.
fn clock(text: &str) -> Option<&str> {
    let (clock, rest) = text.split_at_checked(19)?;
    let is_clock = is_like(clock, "dddd-dd-dd dd:dd:dd") || is_like(clock, "dddd-dd-ddTdd:dd:dd");
    // Arrow reads a leap second as the next one.
    if !is_clock || clock.ends_with(":60") {
        return None;
    }
    let Some(fraction) = rest.strip_prefix('.') else {
        return Some(rest);
    };
    let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    (zone.len() < fraction.len()).then_some(zone)
}

fn is_like(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(byte, form)| match form {
                b'd' => byte.is_ascii_digit(),
                other => byte == other,
            })
}

/// Reads a timestamp as microseconds since 1970-01-01, in UTC if it has no zone. `None` if it is finer.
fn micros(text: &str) -> Option<i64> {
    let utc: Tz = "+00:00".parse().ok()?;
    let instant = string_to_datetime(&utc, text).ok()?;
    // Arrow reads nine digits and drops the rest.
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let finer = fraction.get(..digits).and_then(|digits| digits.get(6..));
    if finer.is_some_and(|finer| finer.contains(|digit| digit != '0')) {
        return None;
    }
    Some(instant.timestamp_micros())
}

/// Builds the array of a column.
pub(super) enum Builder {
    Boolean(BooleanBuilder),
    Bigint(Int64Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder, u8),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Timestamptz(TimestampMicrosecondBuilder),
    Text(StringBuilder),
}

impl Builder {
    pub(super) fn new(column_type: ColumnType) -> Self {
        match column_type {
            ColumnType::Boolean => Self::Boolean(BooleanBuilder::new()),
            ColumnType::Bigint => Self::Bigint(Int64Builder::new()),
            ColumnType::Double => Self::Double(Float64Builder::new()),
            ColumnType::Decimal(scale) => {
                let builder = Decimal128Builder::new().with_data_type(column_type.data_type());
                Self::Decimal(builder, scale)
            }
            ColumnType::Date => Self::Date(Date32Builder::new()),
            ColumnType::Timestamp => Self::Timestamp(TimestampMicrosecondBuilder::new()),
            ColumnType::Timestamptz => {
                let builder = TimestampMicrosecondBuilder::new();
                Self::Timestamptz(builder.with_timezone("UTC"))
            }
            ColumnType::Text => Self::Text(StringBuilder::new()),
        }
    }

    /// Appends a value; `false` if the text is not a value of the type.
    pub(super) fn append(&mut self, text: Option<&str>) -> bool {
        fn read<T>(text: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ()> {
            match text {
                Some(text) => read(text).map(Some).ok_or(()),
                None => Ok(None),
            }
        }
        let appended = match self {
            Self::Boolean(builder) => read(text, boolean).map(|value| builder.append_option(value)),
            Self::Bigint(builder) => {
                read(text, |text| text.parse().ok()).map(|value| builder.append_option(value))
            }
            Self::Double(builder) => read(text, finite).map(|value| builder.append_option(value)),
            Self::Decimal(builder, scale) => {
                read(text, |text| decimal(text, *scale)).map(|value| builder.append_option(value))
            }
            Self::Date(builder) => read(text, date).map(|value| builder.append_option(value)),
            Self::Timestamp(builder) => read(text, |text| match clock(text) {
                Some("") => micros(text),
                _ => date(text).and_then(|_| micros(text)),
            })
            .map(|value| builder.append_option(value)),
            Self::Timestamptz(builder) => read(text, |text| match clock(text) {
                None | Some("") => None,
                Some(_) => micros(text),
            })
            .map(|value| builder.append_option(value)),
            Self::Text(builder) => {
                builder.append_option(text);
                Ok(())
            }
        };
        appended.is_ok()
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Bigint(builder) => Arc::new(builder.finish()),
            Self::Double(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder, _) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) | Self::Timestamptz(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
