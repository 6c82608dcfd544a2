//! Typed scalars: what `Encode` writes. Layer D.

use std::fmt;

use arrow_buffer::i256;
use arrow_schema::{DataType, TimeUnit};
use sqlx_core::error::BoxDynError;

use crate::type_info::FlightSqlTypeInfo;
use crate::type_name::{JSON_EXTENSION, UUID_EXTENSION};
use crate::value::temporal::{NANOS_PER_SECOND, SECONDS_PER_DAY, join};

/// Where `Encode` puts a value. A type of your own encodes by forwarding to a type that is known
/// here (see the table in [`types`](crate::types)).
///
/// `Debug` shows the types and never the values.
#[derive(Default)]
pub struct FlightSqlArgumentBuffer {
    scalars: Vec<Scalar>,
}

impl FlightSqlArgumentBuffer {
    pub(crate) fn push(&mut self, scalar: Scalar) {
        self.scalars.push(scalar);
    }

    pub(crate) fn scalars(&self) -> &[Scalar] {
        &self.scalars
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.scalars.truncate(len);
    }

    pub(crate) fn reserve(&mut self, additional: usize) {
        self.scalars.reserve(additional);
    }
}

impl fmt::Debug for FlightSqlArgumentBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlightSqlArgumentBuffer ")?;
        f.debug_list()
            .entries(self.scalars.iter().map(Scalar::info))
            .finish()
    }
}

/// One bound value with its own type. No `Debug`: values may be secret.
#[derive(Clone)]
pub(crate) enum Scalar {
    /// NULL, with the type of the Rust value that was absent.
    Null(FlightSqlTypeInfo),
    Boolean(bool),
    Int8(i8),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    UInt8(u8),
    UInt16(u16),
    UInt32(u32),
    UInt64(u64),
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
    /// Seconds since 1970-01-01 and the nanoseconds above them, and whether it is an instant.
    Timestamp(i64, u32, bool),
}

const DIGITS_128: u8 = 38;
/// What a 256-bit decimal holds; `DIGITS_128` is the same of 128 bits.
pub(crate) const DIGITS_256: u8 = 76;

impl Scalar {
    /// A decimal. A negative scale is multiplied out, because few servers know one.
    pub(crate) fn decimal(mut unscaled: i256, mut scale: i64) -> Result<Self, BoxDynError> {
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
            return Err(TOO_LONG.into());
        }
        Ok(Self::Decimal(unscaled, scale))
    }

    /// A time of day. A leap second has no place in Arrow.
    pub(crate) fn time(seconds: u32, nanos: u32) -> Result<Self, BoxDynError> {
        no_leap_second(nanos)?;
        if i64::from(seconds) >= SECONDS_PER_DAY {
            return Err("a time of day is not below 24 hours".into());
        }
        Ok(Self::Time(
            i64::from(seconds) * NANOS_PER_SECOND + i64::from(nanos),
        ))
    }

    /// A timestamp. A leap second has no place in Arrow.
    pub(crate) fn timestamp(seconds: i64, nanos: u32, instant: bool) -> Result<Self, BoxDynError> {
        no_leap_second(nanos)?;
        Ok(Self::Timestamp(seconds, nanos, instant))
    }

    /// The type that the value has when nobody asks for another.
    pub(crate) fn info(&self) -> FlightSqlTypeInfo {
        match self {
            Self::Null(info) => info.clone(),
            Self::Json(_) => FlightSqlTypeInfo::with_extension(DataType::Utf8, JSON_EXTENSION),
            Self::Uuid(_) => {
                FlightSqlTypeInfo::with_extension(DataType::FixedSizeBinary(16), UUID_EXTENSION)
            }
            plain => FlightSqlTypeInfo::new(plain.data_type()),
        }
    }

    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Self::Null(info) => info.data_type().clone(),
            Self::Boolean(_) => DataType::Boolean,
            Self::Int8(_) => DataType::Int8,
            Self::Int16(_) => DataType::Int16,
            Self::Int32(_) => DataType::Int32,
            Self::Int64(_) => DataType::Int64,
            Self::UInt8(_) => DataType::UInt8,
            Self::UInt16(_) => DataType::UInt16,
            Self::UInt32(_) => DataType::UInt32,
            Self::UInt64(_) => DataType::UInt64,
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
            Self::Timestamp(seconds, nanos, instant) => DataType::Timestamp(
                // Microseconds reach 292 000 years and are what most servers keep.
                match join(*seconds, *nanos, TimeUnit::Microsecond) {
                    Some(_) => TimeUnit::Microsecond,
                    None => TimeUnit::Nanosecond,
                },
                instant.then(|| "UTC".into()),
            ),
        }
    }
}

/// Whether a number has at most that many decimal digits.
pub(crate) fn fits_digits(unscaled: i256, digits: u8) -> bool {
    let limit = i256::from_i128(10).checked_pow(digits.into());
    match (limit, unscaled.checked_abs()) {
        (Some(limit), Some(magnitude)) => magnitude < limit,
        _ => false,
    }
}

/// chrono counts a leap second as a nanosecond part of a second or more.
fn no_leap_second(nanos: u32) -> Result<(), BoxDynError> {
    if i64::from(nanos) < NANOS_PER_SECOND {
        Ok(())
    } else {
        Err("a leap second cannot be bound: Arrow has no place for it".into())
    }
}
