//! Creation of an array of the target type from the values of a column.

use std::cell::RefCell;
use std::sync::Arc;

use arrow_array::builder::{
    BinaryViewBuilder, GenericBinaryBuilder, GenericStringBuilder, StringViewBuilder,
};
use arrow_array::types::*;
use arrow_array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, FixedSizeBinaryArray, OffsetSizeTrait,
    PrimitiveArray,
};
use arrow_buffer::{BooleanBuffer, IntervalDayTime, IntervalMonthDayNano, NullBuffer, i256};
use arrow_schema::{DataType, IntervalUnit};

use super::cells::Read;
use super::numbers::{DIGITS_256, Half};
use super::plain::Kind;
use super::{
    By, CoerceError, Converted, Plain, binary, nulls, numbers, parse, plain, temporal, text, view,
};
use crate::arrow::logical_type::Encoding;

/// The values of a column, and the refused rows.
pub(super) struct Rows<'r, 'a> {
    read: &'r Read<'a>,
    nulls: Option<NullBuffer>,
    len: usize,
    by: By,
    refused: Vec<usize>,
    why: Option<CoerceError>,
}

impl<'r, 'a> Rows<'r, 'a> {
    pub(super) fn new(read: &'r Read<'a>, nulls: Option<NullBuffer>, len: usize, by: By) -> Self {
        Self {
            read,
            nulls,
            len,
            by,
            refused: Vec::new(),
            why: None,
        }
    }

    /// Returns the values as an array of the type, which is neither nested nor encoded. Returns `InvalidType` if the type is
    /// not valid, or `Range` if its offsets cannot count the bytes of all values.
    pub(super) fn build(mut self, to: &DataType) -> Result<Converted, CoerceError> {
        let array = self.array(to)?;
        let refused = (!self.refused.is_empty()).then(|| {
            let mut bits = arrow_buffer::BooleanBufferBuilder::new(self.len);
            bits.append_n(self.len, false);
            self.refused.iter().for_each(|row| bits.set_bit(*row, true));
            bits.finish()
        });
        Ok(Converted {
            array,
            refused,
            why: self.why,
        })
    }

    fn array(&mut self, to: &DataType) -> Result<ArrayRef, CoerceError> {
        let by = self.by;
        match to {
            DataType::Boolean => {
                let values: BooleanArray = self.each(to, parse::boolean).collect();
                Ok(Arc::new(values))
            }
            DataType::Int8 => self.integers::<Int8Type>(to),
            DataType::Int16 => self.integers::<Int16Type>(to),
            DataType::Int32 => self.integers::<Int32Type>(to),
            DataType::Int64 => self.integers::<Int64Type>(to),
            DataType::UInt8 => self.integers::<UInt8Type>(to),
            DataType::UInt16 => self.integers::<UInt16Type>(to),
            DataType::UInt32 => self.integers::<UInt32Type>(to),
            DataType::UInt64 => self.integers::<UInt64Type>(to),
            DataType::Float64 => self.primitive::<Float64Type>(to, numbers::float),
            DataType::Float32 => self.primitive::<Float32Type>(to, numbers::single),
            DataType::Float16 => self.primitive::<Float16Type>(to, half),
            DataType::Decimal32(precision, scale) => {
                self.decimals::<Decimal32Type>(to, *precision, *scale, narrowed)
            }
            DataType::Decimal64(precision, scale) => {
                self.decimals::<Decimal64Type>(to, *precision, *scale, narrowed)
            }
            DataType::Decimal128(precision, scale) => {
                self.decimals::<Decimal128Type>(to, *precision, *scale, i256::to_i128)
            }
            DataType::Decimal256(precision, scale) => {
                self.decimals::<Decimal256Type>(to, *precision, *scale, Some)
            }
            DataType::Utf8 => self.texts::<i32>(to),
            DataType::LargeUtf8 => self.texts::<i64>(to),
            DataType::Utf8View => self.text_views(to),
            DataType::Binary => self.binaries::<i32>(to),
            DataType::LargeBinary => self.binaries::<i64>(to),
            DataType::BinaryView => self.binary_views(to),
            DataType::FixedSizeBinary(size) => self.fixed(to, *size),
            DataType::Date32 => self.primitive::<Date32Type>(to, |value| {
                i32::try_from(temporal::days(value, by)?).map_err(|_| CoerceError::Range)
            }),
            DataType::Date64 => self.primitive::<Date64Type>(to, |value| {
                const MILLIS_PER_DAY: i64 = super::units::SECONDS_PER_DAY * 1_000;
                let days = temporal::days(value, by)?;
                days.checked_mul(MILLIS_PER_DAY).ok_or(CoerceError::Range)
            }),
            DataType::Time32(unit) => self.counts::<Int32Type>(to, |value| {
                i32::try_from(temporal::time(value, *unit, by)?).map_err(|_| CoerceError::Range)
            }),
            DataType::Time64(unit) => {
                self.counts::<Int64Type>(to, |value| temporal::time(value, *unit, by))
            }
            DataType::Timestamp(unit, zone) => self.counts::<Int64Type>(to, |value| {
                temporal::timestamp(value, *unit, zone.is_some(), by)
            }),
            DataType::Duration(unit) => self.counts::<Int64Type>(to, |value| {
                temporal::count(temporal::duration(value)?, *unit)
            }),
            DataType::Interval(unit) => self.intervals(to, *unit),
            _ => Err(CoerceError::Type),
        }
    }

    /// Returns the values in order; `None` for a NULL or refused row.
    fn each<'s, T: 's>(
        &'s mut self,
        to: &DataType,
        write: impl Fn(Plain<'_>) -> Result<T, CoerceError> + 's,
    ) -> impl Iterator<Item = Option<T>> + 's {
        let as_text = matches!(self.by, By::Rule(Encoding::Value))
            && !matches!(plain::kind(to), Some(Kind::Bytes | Kind::Uuid));
        let as_number = match self.by {
            By::Rule(Encoding::Value) | By::Type | By::Truncated => None,
            By::Rule(encoding) => Some(encoding),
        };
        (0..self.len).map(move |row| {
            if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                return None;
            }
            let value = (self.read)(row).and_then(|value| match (value, as_number) {
                (Plain::Bytes(bytes), None) if as_text => {
                    let text = std::str::from_utf8(bytes).map_err(|_| CoerceError::Malformed)?;
                    write(Plain::Text(text))
                }
                (Plain::Bytes(bytes), Some(encoding)) => {
                    write(Plain::Decimal(binary::decode(bytes, encoding)?, 0))
                }
                (Plain::Uuid(bytes), Some(encoding)) => {
                    write(Plain::Decimal(binary::decode(bytes, encoding)?, 0))
                }
                (value, _) => write(value),
            });
            match value {
                Ok(value) => Some(value),
                Err(why) => {
                    self.refused.push(row);
                    self.why.get_or_insert(why);
                    None
                }
            }
        })
    }

    fn primitive<T: ArrowPrimitiveType>(
        &mut self,
        to: &DataType,
        write: impl Fn(Plain<'_>) -> Result<T::Native, CoerceError>,
    ) -> Result<ArrayRef, CoerceError> {
        let values: PrimitiveArray<T> = self.each(to, write).collect();
        Ok(Arc::new(values))
    }

    fn integers<T: ArrowPrimitiveType>(&mut self, to: &DataType) -> Result<ArrayRef, CoerceError>
    where
        T::Native: TryFrom<i128>,
    {
        self.primitive::<T>(to, |value| {
            T::Native::try_from(numbers::integer(value)?).map_err(|_| CoerceError::Range)
        })
    }

    fn decimals<T: DecimalType>(
        &mut self,
        to: &DataType,
        precision: u8,
        scale: i8,
        narrow: impl Fn(i256) -> Option<T::Native>,
    ) -> Result<ArrayRef, CoerceError> {
        if precision > DIGITS_256 {
            return Err(CoerceError::InvalidType);
        }
        let values: PrimitiveArray<T> = self
            .each(to, |value| {
                narrow(numbers::decimal(value, precision, scale)?).ok_or(CoerceError::Range)
            })
            .collect();
        match values.with_precision_and_scale(precision, scale) {
            Ok(values) => Ok(Arc::new(values)),
            Err(_) => Err(CoerceError::InvalidType),
        }
    }

    /// Returns the counts of the unit of a temporal type.
    fn counts<T: ArrowPrimitiveType>(
        &mut self,
        to: &DataType,
        count: impl Fn(Plain<'_>) -> Result<T::Native, CoerceError>,
    ) -> Result<ArrayRef, CoerceError> {
        let counts = self.primitive::<T>(to, count)?;
        view(&counts, to).ok_or(CoerceError::InvalidType)
    }

    fn intervals(&mut self, to: &DataType, unit: IntervalUnit) -> Result<ArrayRef, CoerceError> {
        const NANOS_PER_MILLI: i64 = 1_000_000;
        match unit {
            IntervalUnit::MonthDayNano => self.primitive::<IntervalMonthDayNanoType>(to, |value| {
                let (months, days, nanos) = temporal::interval(value)?;
                Ok(IntervalMonthDayNano::new(months, days, nanos))
            }),
            IntervalUnit::DayTime => self.primitive::<IntervalDayTimeType>(to, |value| {
                let (months, days, nanos) = temporal::interval(value)?;
                if months != 0 || nanos % NANOS_PER_MILLI != 0 {
                    return Err(CoerceError::Inexact);
                }
                let millis =
                    i32::try_from(nanos / NANOS_PER_MILLI).map_err(|_| CoerceError::Range)?;
                Ok(IntervalDayTime::new(days, millis))
            }),
            IntervalUnit::YearMonth => self.primitive::<IntervalYearMonthType>(to, |value| {
                match temporal::interval(value)? {
                    (months, 0, 0) => Ok(months),
                    _ => Err(CoerceError::Inexact),
                }
            }),
        }
    }

    fn texts<O: OffsetSizeTrait>(&mut self, to: &DataType) -> Result<ArrayRef, CoerceError> {
        let mut builder = GenericStringBuilder::<O>::with_capacity(self.len, 0);
        let mut left = O::MAX_OFFSET;
        self.written(to, text_of, |value: Option<&String>| {
            left = left.checked_sub(value.map_or(0, String::len))?;
            builder.append_option(value);
            Some(())
        })?;
        Ok(Arc::new(builder.finish()))
    }

    fn text_views(&mut self, to: &DataType) -> Result<ArrayRef, CoerceError> {
        let mut builder = StringViewBuilder::with_capacity(self.len);
        self.written(to, text_of, |value: Option<&String>| {
            // The length of a view has 32 bits.
            u32::try_from(value.map_or(0, String::len)).ok()?;
            builder.append_option(value);
            Some(())
        })?;
        Ok(Arc::new(builder.finish()))
    }

    fn binaries<O: OffsetSizeTrait>(&mut self, to: &DataType) -> Result<ArrayRef, CoerceError> {
        let mut builder = GenericBinaryBuilder::<O>::with_capacity(self.len, 0);
        let mut left = O::MAX_OFFSET;
        self.written(to, bytes_of(None, self.by), |value| {
            left = left.checked_sub(value.map_or(0, Vec::len))?;
            builder.append_option(value);
            Some(())
        })?;
        Ok(Arc::new(builder.finish()))
    }

    fn binary_views(&mut self, to: &DataType) -> Result<ArrayRef, CoerceError> {
        let mut builder = BinaryViewBuilder::with_capacity(self.len);
        self.written(to, bytes_of(None, self.by), |value| {
            u32::try_from(value.map_or(0, Vec::len)).ok()?;
            builder.append_option(value);
            Some(())
        })?;
        Ok(Arc::new(builder.finish()))
    }

    fn fixed(&mut self, to: &DataType, size: i32) -> Result<ArrayRef, CoerceError> {
        let width = usize::try_from(size).map_err(|_| CoerceError::Length)?;
        // One value may be long. For many values, the server's type determines the allocation.
        if self.len != 1 && !nulls::fits(width, self.len) {
            return Err(CoerceError::InvalidType);
        }
        let (mut bytes, mut valid) = (Vec::new(), Vec::with_capacity(self.len));
        self.written(to, bytes_of(Some(width), self.by), |value| {
            match value {
                Some(value) => bytes.extend(value),
                None if nulls::fits(width, 1) => bytes.resize(bytes.len() + width, 0),
                None => return None,
            }
            valid.push(value.is_some());
            Some(())
        })?;
        // The validity states the number of values, which zero bytes do not.
        let valid = NullBuffer::new(BooleanBuffer::from(valid));
        FixedSizeBinaryArray::try_new(size, bytes.into(), Some(valid))
            .map(|array| Arc::new(array) as ArrayRef)
            .map_err(|_| CoerceError::InvalidType)
    }

    /// Writes each value into one buffer and passes it to `append`, which returns `None` if the array is full.
    fn written<B: Default + AsRef<[u8]>>(
        &mut self,
        to: &DataType,
        write: impl Fn(Plain<'_>, &mut B) -> Result<(), CoerceError>,
        mut append: impl FnMut(Option<&B>) -> Option<()>,
    ) -> Result<(), CoerceError> {
        // Views of a server may have one long value in common, which each row would copy.
        let mut left = match self.by {
            By::Rule(_) => nulls::MAX_BYTES,
            By::Type | By::Truncated => usize::MAX,
        };
        let buffer = RefCell::new(B::default());
        for value in self.each(to, |value| write(value, &mut buffer.borrow_mut())) {
            let buffer = buffer.borrow();
            let len = value.as_ref().map_or(0, |()| buffer.as_ref().len());
            left = left.checked_sub(len).ok_or(CoerceError::Range)?;
            append(value.map(|()| &*buffer)).ok_or(CoerceError::Range)?;
        }
        Ok(())
    }
}

fn narrowed<T: TryFrom<i128>>(value: i256) -> Option<T> {
    value.to_i128()?.try_into().ok()
}

fn text_of(value: Plain<'_>, out: &mut String) -> Result<(), CoerceError> {
    out.clear();
    text::write(value, out)
}

fn bytes_of(
    width: Option<usize>,
    by: By,
) -> impl Fn(Plain<'_>, &mut Vec<u8>) -> Result<(), CoerceError> {
    move |value, out| {
        out.clear();
        binary::write(value, width, by, out)
    }
}

fn half(value: Plain<'_>) -> Result<Half, CoerceError> {
    let wide = numbers::float(value)?;
    let half = Half::from_f64(wide);
    if !matches!(value, Plain::Text(_)) {
        numbers::same(wide, half.into())?;
    } else if half.is_infinite() && wide.is_finite() {
        return Err(CoerceError::Range);
    } else if half.to_f64() == 0.0 && wide != 0.0 {
        return Err(CoerceError::Inexact);
    }
    Ok(half)
}
