//! A value with its type, to bind or from an array.

#[cfg(not(test))]
use std::fmt;
use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef};
use arrow_buffer::i256;
use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field, FieldRef, IntervalUnit, TimeUnit};

use super::convert::numbers::{DIGITS_128, DIGITS_256, Half, fits_digits};
use super::convert::units::{NANOS_PER_SECOND, SECONDS_PER_DAY, is_leap_second, join};
use super::logical_type::{JSON_EXTENSION, UUID_EXTENSION, server_type_name};
use super::type_name::sql_name;

#[derive(Clone)]
pub enum Scalar {
    /// NULL, with a field of the type of the absent value.
    Null(FieldRef),
    Boolean(bool),
    Int8(i8),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    UInt8(u8),
    UInt16(u16),
    UInt32(u32),
    UInt64(u64),
    Float16(Half),
    Float32(f32),
    Float64(f64),
    /// At most 76 digits and a scale of 0 to 76.
    Decimal(i256, i8),
    Text(String),
    Json(String),
    Binary(Vec<u8>),
    FixedSizeBinary(Vec<u8>, i32),
    Uuid([u8; 16]),
    /// Days since 1970-01-01.
    Date(i32),
    /// Nanoseconds since midnight.
    Time(i64),
    /// Seconds since 1970-01-01 and the nanoseconds above them. An instant has the offset that it was written with,
    /// in seconds east of UTC; a wall-clock reading has none.
    Timestamp(i64, u32, Option<i32>),
    /// Nanoseconds, negative ones too.
    Duration(i128),
    /// Months, days and nanoseconds, none of which makes another.
    Interval {
        months: i32,
        days: i32,
        nanos: i64,
    },
    /// The field of the items, and the items.
    List(FieldRef, Vec<Scalar>),
    Struct(Vec<(Arc<str>, Scalar)>),
    /// The fields of keys and values, and the entries in order.
    Map(FieldRef, FieldRef, Vec<(Scalar, Scalar)>),
    /// Any value as an array of one element.
    Array(ArrayRef),
}

/// The error for a leap second, which Arrow cannot represent.
pub const LEAP_SECOND: &str = "a leap second cannot be bound: Arrow cannot represent it";

/// Shows the type and never the value, which may be secret. Property tests show it.
#[cfg(not(test))]
impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scalar").field(&self.data_type()).finish()
    }
}

impl Scalar {
    /// A decimal. A negative scale is multiplied out, because few servers know one.
    pub fn decimal(mut unscaled: i256, mut scale: i64) -> Result<Self, &'static str> {
        const TOO_LONG: &str =
            "a decimal has more digits than an Arrow decimal can hold (76); round it first";
        let ten = i256::from_i128(10);
        if unscaled == i256::ZERO {
            // Zero has no digits to lose; its scale may be anything.
            scale = scale.clamp(0, DIGITS_256.into());
        }
        // Bounded: 10^77 leaves the range, and a fraction of more than 76 digits is an error.
        while scale < 0 {
            unscaled = unscaled.checked_mul(ten).ok_or(TOO_LONG)?;
            scale += 1;
        }
        while scale > DIGITS_256.into() && unscaled.wrapping_rem(ten) == i256::ZERO {
            unscaled = unscaled.wrapping_div(ten);
            scale -= 1;
        }
        let scale = i8::try_from(scale).map_err(|_| TOO_LONG)?;
        if i64::from(scale) > DIGITS_256.into() || !fits_digits(unscaled, DIGITS_256) {
            return Err(TOO_LONG);
        }
        Ok(Self::Decimal(unscaled, scale))
    }

    /// A time of day. A leap second has no place in Arrow.
    pub fn time(seconds: u32, nanos: u32) -> Result<Self, &'static str> {
        if is_leap_second(nanos) {
            return Err(LEAP_SECOND);
        }
        if i64::from(seconds) >= SECONDS_PER_DAY {
            return Err("a time of day is not below 24 hours");
        }
        Ok(Self::Time(
            i64::from(seconds) * NANOS_PER_SECOND + i64::from(nanos),
        ))
    }

    /// A timestamp. A leap second has no place in Arrow.
    pub fn timestamp(seconds: i64, nanos: u32, offset: Option<i32>) -> Result<Self, &'static str> {
        if is_leap_second(nanos) {
            return Err(LEAP_SECOND);
        }
        Ok(Self::Timestamp(seconds, nanos, offset))
    }

    pub(crate) fn is_null(&self) -> bool {
        match self {
            Self::Null(_) => true,
            Self::Array(array) => array.logical_null_count() > 0,
            _ => false,
        }
    }

    /// Returns a nullable field of the type that the value has if no other type is expected.
    pub fn field(&self, name: &str) -> Field {
        let field = Field::new(name, self.data_type(), true);
        match self.extension() {
            None => field,
            Some(extension) => field
                .with_metadata([(EXTENSION_TYPE_NAME_KEY.to_owned(), extension.to_owned())].into()),
        }
    }

    pub(crate) fn type_name(&self) -> String {
        let own = match self {
            Self::Null(field) => server_type_name(field),
            _ => None,
        };
        own.unwrap_or_else(|| sql_name(&self.data_type(), self.extension()).into_owned())
    }

    fn extension(&self) -> Option<&str> {
        match self {
            Self::Null(field) => field.extension_type_name(),
            Self::Json(_) => Some(JSON_EXTENSION),
            Self::Uuid(_) => Some(UUID_EXTENSION),
            _ => None,
        }
    }

    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Self::Null(field) => field.data_type().clone(),
            Self::Boolean(_) => DataType::Boolean,
            Self::Int8(_) => DataType::Int8,
            Self::Int16(_) => DataType::Int16,
            Self::Int32(_) => DataType::Int32,
            Self::Int64(_) => DataType::Int64,
            Self::UInt8(_) => DataType::UInt8,
            Self::UInt16(_) => DataType::UInt16,
            Self::UInt32(_) => DataType::UInt32,
            Self::UInt64(_) => DataType::UInt64,
            Self::Float16(_) => DataType::Float16,
            Self::Float32(_) => DataType::Float32,
            Self::Float64(_) => DataType::Float64,
            Self::Decimal(unscaled, scale) => {
                if scale.unsigned_abs() <= DIGITS_128 && fits_digits(*unscaled, DIGITS_128) {
                    DataType::Decimal128(DIGITS_128, *scale)
                } else {
                    DataType::Decimal256(DIGITS_256, *scale)
                }
            }
            Self::Text(_) | Self::Json(_) => DataType::Utf8,
            Self::Binary(_) => DataType::Binary,
            Self::FixedSizeBinary(_, size) => DataType::FixedSizeBinary(*size),
            Self::Uuid(_) => DataType::FixedSizeBinary(16),
            Self::Date(_) => DataType::Date32,
            Self::Time(nanos) => DataType::Time64(if nanos % 1_000 == 0 {
                TimeUnit::Microsecond
            } else {
                TimeUnit::Nanosecond
            }),
            Self::Timestamp(seconds, nanos, offset) => {
                timestamp_type(*seconds, *nanos, offset.map(|_| "UTC".into()))
            }
            Self::Duration(nanos) => DataType::Duration(duration_unit(*nanos)),
            Self::Interval { .. } => DataType::Interval(IntervalUnit::MonthDayNano),
            Self::List(item, items) => DataType::List(common(item, items.iter())),
            Self::Struct(fields) => {
                let fields = fields.iter().map(|(name, value)| value.field(name));
                DataType::Struct(fields.collect())
            }
            Self::Map(key, value, entries) => map_type(
                &common(key, entries.iter().map(|(key, _)| key)),
                &common(value, entries.iter().map(|(_, value)| value)),
            ),
            Self::Array(array) => array.data_type().clone(),
        }
    }
}

/// Returns the Arrow map of keys and values with the usual names of its parts.
pub fn map_type(key: &Field, value: &Field) -> DataType {
    let pair = [
        key.clone().with_name("key").with_nullable(false),
        value.clone().with_name("value"),
    ];
    let entries = DataType::Struct(pair.into_iter().collect());
    DataType::Map(Arc::new(Field::new("entries", entries, false)), false)
}

/// Returns a field for all of the values, or `declared` if all of them are NULL.
fn common<'a>(declared: &FieldRef, values: impl Iterator<Item = &'a Scalar>) -> FieldRef {
    let mut fields = values
        .filter(|value| !matches!(value, Scalar::Null(_)))
        .map(|value| value.field(""));
    let Some(first) = fields.next() else {
        return Arc::clone(declared);
    };
    let common = fields.fold(first, |common, field| {
        match wider(common.data_type(), field.data_type()) {
            None => common,
            Some(wider) => Field::new("", wider, true),
        }
    });
    Arc::new(common.with_name(declared.name()))
}

/// A type for values of both types, where it is not `a`. Without one, the first value that does not fit is an error.
fn wider(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::{Decimal128, Decimal256, Duration, List, Map, Struct, Time64, Timestamp};
    if a == b {
        return None;
    }
    let field = |a: &Field, b: &Field| {
        wider(a.data_type(), b.data_type())
            .map_or_else(|| a.clone(), |wider| a.clone().with_data_type(wider))
    };
    Some(match (a, b) {
        (
            Decimal128(_, a_scale) | Decimal256(_, a_scale),
            Decimal128(_, b_scale) | Decimal256(_, b_scale),
        ) => Decimal256(DIGITS_256, *a_scale.max(b_scale)),
        (Time64(_), Time64(_)) => Time64(TimeUnit::Nanosecond),
        (Timestamp(_, a_zone), Timestamp(_, b_zone)) if a_zone == b_zone => {
            Timestamp(TimeUnit::Nanosecond, a_zone.clone())
        }
        (Duration(_), Duration(_)) => Duration(TimeUnit::Nanosecond),
        (List(a), List(b)) => List(Arc::new(field(a, b))),
        (Map(a, sorted), Map(b, _)) => Map(Arc::new(field(a, b)), *sorted),
        (Struct(a), Struct(b)) if a.len() == b.len() => {
            Struct(a.iter().zip(b).map(|(a, b)| field(a, b)).collect())
        }
        _ => return None,
    })
}

/// Microseconds reach 292 000 years and are what most servers keep.
fn timestamp_type(seconds: i64, nanos: u32, zone: Option<Arc<str>>) -> DataType {
    let unit = match join(seconds, nanos, TimeUnit::Microsecond) {
        Some(_) => TimeUnit::Microsecond,
        None => TimeUnit::Nanosecond,
    };
    DataType::Timestamp(unit, zone)
}

/// Microseconds where they are exact and reach, as for timestamps; else the unit that can hold the value.
fn duration_unit(nanos: i128) -> TimeUnit {
    let fits = |per_unit: i128| nanos % per_unit == 0 && i64::try_from(nanos / per_unit).is_ok();
    [
        (1_000, TimeUnit::Microsecond),
        (1, TimeUnit::Nanosecond),
        (1_000_000, TimeUnit::Millisecond),
    ]
    .into_iter()
    .find_map(|(per_unit, unit)| fits(per_unit).then_some(unit))
    .unwrap_or(TimeUnit::Second)
}
