//! The text form of a [`LogicalType`].

use std::fmt;
use std::str::FromStr;

use arrow_schema::{DataType, TimeUnit};

use super::LogicalType;

/// Names without a parameter.
const PLAIN: &[(&str, LogicalType)] = &[
    ("any", LogicalType::Any),
    ("null", LogicalType::Null),
    ("bool", LogicalType::Bool),
    ("int8", LogicalType::Int8),
    ("int16", LogicalType::Int16),
    ("int32", LogicalType::Int32),
    ("int64", LogicalType::Int64),
    ("uint8", LogicalType::UInt8),
    ("uint16", LogicalType::UInt16),
    ("uint32", LogicalType::UInt32),
    ("uint64", LogicalType::UInt64),
    ("float32", LogicalType::Float32),
    ("float64", LogicalType::Float64),
    ("decimal", LogicalType::Decimal(None)),
    ("text", LogicalType::Text),
    ("json", LogicalType::Json),
    ("uuid", LogicalType::Uuid),
    ("binary", LogicalType::Binary(None)),
    ("date", LogicalType::Date),
    ("time", LogicalType::Time(None)),
    ("timestamp", LogicalType::Timestamp(None)),
    ("timestamptz", LogicalType::Instant(None)),
    ("duration", LogicalType::Duration(None)),
    ("interval", LogicalType::Interval),
    ("list", LogicalType::List),
    ("struct", LogicalType::Struct),
    ("map", LogicalType::Map),
    ("union", LogicalType::Union),
];

/// The maximum length of a type's text, in bytes. Nested Arrow types of real schemas are much shorter.
const MAX_TEXT: usize = 4096;

/// Text that is not a valid [`LogicalType`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownType {
    text: String,
}

impl fmt::Display for UnknownType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = PLAIN.iter().map(|(name, _)| *name).collect();
        write!(
            f,
            "unknown type {:?}; use one of {}, a parameter as in `decimal(12,2)`, `timestamp(us)` or `binary(16)`, \
             or an Arrow type such as `Decimal256(76, 0)`",
            self.text,
            names.join(", ")
        )
    }
}

impl std::error::Error for UnknownType {}

impl FromStr for LogicalType {
    type Err = UnknownType;

    fn from_str(text: &str) -> Result<Self, UnknownType> {
        parse(text.trim()).ok_or_else(|| UnknownType {
            text: text.chars().take(64).collect(),
        })
    }
}

fn parse(text: &str) -> Option<LogicalType> {
    if text.len() > MAX_TEXT {
        return None;
    }
    if text.starts_with(|c: char| c.is_ascii_uppercase()) {
        let data_type = DataType::from_str(text).ok()?;
        return Some(LogicalType::Arrow(Box::new(data_type)));
    }
    if let Some((_, plain)) = PLAIN.iter().find(|(name, _)| *name == text) {
        return Some(plain.clone());
    }
    let (name, rest) = text.split_once('(')?;
    let parameter = rest.strip_suffix(')')?.trim();
    Some(match name.trim_end() {
        "decimal" => LogicalType::Decimal(Some(digits(parameter)?)),
        "binary" => LogicalType::Binary(Some(parameter.parse().ok().filter(|n| *n >= 0)?)),
        "time" => LogicalType::Time(Some(unit(parameter)?)),
        "timestamp" => LogicalType::Timestamp(Some(unit(parameter)?)),
        "timestamptz" => LogicalType::Instant(Some(unit(parameter)?)),
        "duration" => LogicalType::Duration(Some(unit(parameter)?)),
        _ => return None,
    })
}

/// Parses `12,2`, within the limits of an Arrow decimal.
pub(super) fn digits(text: &str) -> Option<(u8, i8)> {
    const MAX_PRECISION: u8 = 76;
    let (precision, scale) = text.split_once(',').unwrap_or((text, "0"));
    let precision: u8 = precision.trim().parse().ok()?;
    let scale: i8 = scale.trim().parse().ok()?;
    let fits = (1..=MAX_PRECISION).contains(&precision) && scale.unsigned_abs() <= precision;
    fits.then_some((precision, scale))
}

fn unit(text: &str) -> Option<TimeUnit> {
    Some(match text {
        "s" => TimeUnit::Second,
        "ms" => TimeUnit::Millisecond,
        "us" | "µs" => TimeUnit::Microsecond,
        "ns" => TimeUnit::Nanosecond,
        _ => return None,
    })
}

fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

impl fmt::Display for LogicalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = PLAIN.iter().find(|(_, plain)| plain == self);
        match (plain, self) {
            (Some((name, _)), _) => f.pad(name),
            (_, Self::Decimal(Some((precision, scale)))) => {
                write!(f, "decimal({precision},{scale})")
            }
            (_, Self::Binary(Some(length))) => write!(f, "binary({length})"),
            (_, Self::Time(Some(unit))) => write!(f, "time({})", unit_name(*unit)),
            (_, Self::Timestamp(Some(unit))) => write!(f, "timestamp({})", unit_name(*unit)),
            (_, Self::Instant(Some(unit))) => write!(f, "timestamptz({})", unit_name(*unit)),
            (_, Self::Duration(Some(unit))) => write!(f, "duration({})", unit_name(*unit)),
            (_, Self::Arrow(data_type)) => write!(f, "{data_type}"),
            // Every variant without a parameter is in the table.
            (None, other) => write!(f, "{other:?}"),
        }
    }
}

impl TryFrom<String> for LogicalType {
    type Error = UnknownType;

    fn try_from(text: String) -> Result<Self, UnknownType> {
        text.parse()
    }
}

impl From<LogicalType> for String {
    fn from(logical: LogicalType) -> Self {
        logical.to_string()
    }
}
