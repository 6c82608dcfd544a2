//! A single value without its column, and the table of kinds that convert.

use arrow_buffer::i256;
use arrow_schema::{DataType, TimeUnit};

use super::{By, CoerceError, shares_layout};
use crate::arrow::logical_type::{Encoding, LogicalType};

/// A value that is not NULL. No `Debug`: values may be secret.
#[derive(Clone, Copy)]
pub(crate) enum Plain<'a> {
    Bool(bool),
    Integer(i128),
    Single(f32),
    Float(f64),
    /// An unscaled number and its scale.
    Decimal(i256, i8),
    Text(&'a str),
    Json(&'a str),
    Bytes(&'a [u8]),
    Uuid(&'a [u8; 16]),
    /// Days since 1970-01-01.
    Date(i64),
    /// Nanoseconds since midnight.
    Time(i64),
    /// A wall-clock reading: seconds since 1970-01-01 and additional nanoseconds.
    Clock(i64, u32),
    /// An instant: seconds since 1970-01-01 in UTC and additional nanoseconds.
    Instant(i64, u32),
    /// Signed nanoseconds.
    Duration(i128),
    /// Months, days and nanoseconds.
    Interval(i32, i32, i64),
}

/// The kind of a value, which decides what it converts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Integer,
    Float,
    Decimal,
    Text,
    Json,
    Bytes,
    Uuid,
    Date,
    Time,
    Clock,
    Instant,
    Duration,
    Interval,
}

impl Plain<'_> {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Bool(_) => Kind::Bool,
            Self::Integer(_) => Kind::Integer,
            Self::Single(_) | Self::Float(_) => Kind::Float,
            Self::Decimal(..) => Kind::Decimal,
            Self::Text(_) => Kind::Text,
            Self::Json(_) => Kind::Json,
            Self::Bytes(_) => Kind::Bytes,
            Self::Uuid(_) => Kind::Uuid,
            Self::Date(_) => Kind::Date,
            Self::Time(_) => Kind::Time,
            Self::Clock(..) => Kind::Clock,
            Self::Instant(..) => Kind::Instant,
            Self::Duration(_) => Kind::Duration,
            Self::Interval(..) => Kind::Interval,
        }
    }
}

/// The kind of a type that is neither nested nor encoded.
pub fn kind(data_type: &DataType) -> Option<Kind> {
    use DataType::{
        Binary, BinaryView, Boolean, Date32, Date64, Decimal32, Decimal64, Decimal128, Decimal256,
        Duration, FixedSizeBinary, Float16, Float32, Float64, Int8, Int16, Int32, Int64, Interval,
        LargeBinary, LargeUtf8, Time32, Time64, Timestamp, UInt8, UInt16, UInt32, UInt64, Utf8,
        Utf8View,
    };
    Some(match data_type {
        Boolean => Kind::Bool,
        Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 => Kind::Integer,
        Float16 | Float32 | Float64 => Kind::Float,
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => Kind::Decimal,
        Utf8 | LargeUtf8 | Utf8View => Kind::Text,
        FixedSizeBinary(16) => Kind::Uuid,
        Binary | LargeBinary | BinaryView | FixedSizeBinary(_) => Kind::Bytes,
        Date32 | Date64 => Kind::Date,
        Time32(_) | Time64(_) => Kind::Time,
        Timestamp(_, None) => Kind::Clock,
        Timestamp(_, Some(_)) => Kind::Instant,
        Duration(_) => Kind::Duration,
        Interval(_) => Kind::Interval,
        _ => return None,
    })
}

/// Checks that values of one kind convert to the other. Returns the reason if they do not convert.
pub(crate) fn pair(from: Kind, to: Kind, by: By) -> Result<(), CoerceError> {
    use Kind::{
        Bool, Bytes, Clock, Date, Decimal, Duration, Float, Instant, Integer, Interval, Json, Text,
        Time, Uuid,
    };
    let by_rule = matches!(by, By::Rule(_));
    if let By::Rule(encoding) = by
        && encoding != Encoding::Value
    {
        return match (from, to) {
            (Bytes | Uuid, Decimal | Integer) | (Decimal | Integer, Bytes | Uuid) => Ok(()),
            _ => Err(CoerceError::Type),
        };
    }
    match (from, to) {
        (own, other) if own == other => Ok(()),
        (Bool, Integer | Text)
        | (Integer, Bool | Float | Decimal | Text)
        | (Float, Integer | Decimal | Text)
        | (Decimal, Integer | Float | Text)
        | (Text, Bool | Integer | Float | Decimal | Uuid | Date | Time | Clock | Instant)
        | (Json, Text | Bytes)
        | (Bytes, Uuid)
        | (Uuid, Bytes | Text)
        | (Date, Clock | Text)
        | (Clock, Date | Text)
        | (Instant | Time, Text)
        | (Duration, Interval)
        | (Interval, Duration) => Ok(()),
        (Clock | Date, Instant) | (Instant, Clock | Date) if by_rule => Ok(()),
        // The bytes contain text.
        (Bytes, Text | Bool | Integer | Float | Decimal | Date | Time | Clock | Instant)
            if by_rule =>
        {
            Ok(())
        }
        (Clock, Instant) => Err(CoerceError::NotAnInstant),
        (Instant, Clock | Date) => Err(CoerceError::Instant),
        _ => Err(CoerceError::Type),
    }
}

/// Returns `true` if a rule may read columns of the type `sent` as `means`: [`convert`](super::convert) has a conversion
/// for at least one pair of their Arrow types.
pub(crate) fn converts(sent: &LogicalType, means: &LogicalType, encoding: Encoding) -> bool {
    // The text form of a number or a time is not JSON.
    let is_text = matches!(
        sent,
        LogicalType::Any | LogicalType::Text | LogicalType::Json | LogicalType::Binary(_)
    );
    if *means == LogicalType::Json && !is_text && !matches!(sent, LogicalType::Arrow(_)) {
        return false;
    }
    let by = By::Rule(encoding);
    let (from, to) = (types(sent), types(means));
    let (Some(from), Some(to)) = (from, to) else {
        // A pattern for every type matches columns that convert. Children decide for nested types.
        let nested = matches!(
            means,
            LogicalType::List | LogicalType::Struct | LogicalType::Map | LogicalType::Union
        );
        return *means != LogicalType::Any
            && (*sent == LogicalType::Any || (nested && sent == means));
    };
    from.iter().any(|from| {
        to.iter().any(|to| {
            (encoding == Encoding::Value && shares_layout(from, to))
                || matches!((kind(from), kind(to)), (Some(from), Some(to)) if pair(from, to, by).is_ok())
        })
    })
}

/// The Arrow types of a logical type that is neither nested nor a pattern for every type.
fn types(logical: &LogicalType) -> Option<Vec<DataType>> {
    const UNITS: [TimeUnit; 4] = [
        TimeUnit::Second,
        TimeUnit::Millisecond,
        TimeUnit::Microsecond,
        TimeUnit::Nanosecond,
    ];
    let each = |unit: &Option<TimeUnit>, of: &dyn Fn(TimeUnit) -> DataType| match unit {
        Some(unit) => vec![of(*unit)],
        None => UNITS.map(of).into(),
    };
    Some(match logical {
        LogicalType::Decimal(_) => vec![DataType::Decimal128(38, 0)],
        LogicalType::Text | LogicalType::Json => vec![DataType::Utf8],
        LogicalType::Uuid => vec![DataType::FixedSizeBinary(16)],
        LogicalType::Binary(None) => vec![DataType::Binary],
        LogicalType::Binary(Some(length)) => vec![DataType::FixedSizeBinary(*length)],
        LogicalType::Date => vec![DataType::Date32],
        LogicalType::Time(unit) => each(unit, &|unit| match unit {
            TimeUnit::Second | TimeUnit::Millisecond => DataType::Time32(unit),
            unit => DataType::Time64(unit),
        }),
        LogicalType::Timestamp(unit) => each(unit, &|unit| DataType::Timestamp(unit, None)),
        LogicalType::Instant(unit) => {
            each(unit, &|unit| DataType::Timestamp(unit, Some("UTC".into())))
        }
        LogicalType::Duration(unit) => each(unit, &DataType::Duration),
        LogicalType::Interval => {
            vec![DataType::Interval(arrow_schema::IntervalUnit::MonthDayNano)]
        }
        LogicalType::Arrow(data_type) => vec![DataType::clone(data_type)],
        simple => vec![simple.simple()?],
    })
}
