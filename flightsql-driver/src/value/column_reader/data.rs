//! The typed values of a column.

use arrow_array::cast::AsArray as _;
use arrow_array::{
    Array, BinaryArray, BinaryViewArray, FixedSizeBinaryArray, LargeBinaryArray, LargeStringArray,
    StringArray, StringViewArray,
};
use arrow_buffer::{BooleanBuffer, IntervalDayTime, IntervalMonthDayNano, ScalarBuffer, i256};
use arrow_schema::{DataType, IntervalUnit, TimeUnit};

use super::ColumnReader;
use super::encoded::{self, Keys, Runs};
use super::nested::{self, Ranges, Tags};
use crate::arrow::convert::numbers::Half;
use crate::arrow::convert::units::zone_of;
use crate::arrow::convert::values;
use crate::type_info::FlightSqlTypeInfo;

/// The values of a column. A read dispatches on the type with one match.
#[cfg_attr(
    not(any(feature = "chrono", feature = "jiff", feature = "time")),
    allow(
        dead_code,
        reason = "the units of times are read by the types of these features"
    )
)]
pub(crate) enum Data {
    Boolean(BooleanBuffer),
    Int8(ScalarBuffer<i8>),
    Int16(ScalarBuffer<i16>),
    Int32(ScalarBuffer<i32>),
    Int64(ScalarBuffer<i64>),
    UInt8(ScalarBuffer<u8>),
    UInt16(ScalarBuffer<u16>),
    UInt32(ScalarBuffer<u32>),
    UInt64(ScalarBuffer<u64>),
    Float16(ScalarBuffer<Half>),
    Float32(ScalarBuffer<f32>),
    Float64(ScalarBuffer<f64>),
    Decimal32(ScalarBuffer<i32>, i8),
    Decimal64(ScalarBuffer<i64>, i8),
    Decimal128(ScalarBuffer<i128>, i8),
    Decimal256(ScalarBuffer<i256>, i8),
    Utf8(StringArray),
    LargeUtf8(LargeStringArray),
    Utf8View(StringViewArray),
    Binary(BinaryArray),
    LargeBinary(LargeBinaryArray),
    BinaryView(BinaryViewArray),
    FixedSizeBinary(FixedSizeBinaryArray),
    /// Days since 1970-01-01.
    Date32(ScalarBuffer<i32>),
    /// Milliseconds since 1970-01-01.
    Date64(ScalarBuffer<i64>),
    Time32(ScalarBuffer<i32>, TimeUnit),
    Time64(ScalarBuffer<i64>, TimeUnit),
    /// The last field is the zone's offset from UTC in seconds, if there is a zone.
    Timestamp(ScalarBuffer<i64>, TimeUnit, Option<i32>),
    Duration(ScalarBuffer<i64>, TimeUnit),
    /// Months.
    YearMonth(ScalarBuffer<i32>),
    DayTime(ScalarBuffer<IntervalDayTime>),
    MonthDayNano(ScalarBuffer<IntervalMonthDayNano>),
    /// Any list, and a map as the list of its entries.
    List(Ranges, Box<ColumnReader>),
    Struct(Vec<ColumnReader>),
    Union(Tags, Vec<ColumnReader>),
    Dictionary(Keys, Box<Data>),
    Runs(Runs, Box<Data>),
    /// Only NULLs.
    Null,
}

impl Data {
    /// Downcasts an array; `None` if its layout differs from its type. `children` are the types inside.
    pub(super) fn of(array: &dyn Array, children: &[FlightSqlTypeInfo]) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Boolean => Self::Boolean(array.as_boolean_opt()?.values().clone()),
            DataType::Int8 => Self::Int8(values(array)?),
            DataType::Int16 => Self::Int16(values(array)?),
            DataType::Int32 => Self::Int32(values(array)?),
            DataType::Int64 => Self::Int64(values(array)?),
            DataType::UInt8 => Self::UInt8(values(array)?),
            DataType::UInt16 => Self::UInt16(values(array)?),
            DataType::UInt32 => Self::UInt32(values(array)?),
            DataType::UInt64 => Self::UInt64(values(array)?),
            DataType::Float16 => Self::Float16(values(array)?),
            DataType::Float32 => Self::Float32(values(array)?),
            DataType::Float64 => Self::Float64(values(array)?),
            DataType::Decimal32(_, s) => Self::Decimal32(values(array)?, *s),
            DataType::Decimal64(_, s) => Self::Decimal64(values(array)?, *s),
            DataType::Decimal128(_, s) => Self::Decimal128(values(array)?, *s),
            DataType::Decimal256(_, s) => Self::Decimal256(values(array)?, *s),
            DataType::Utf8 => Self::Utf8(array.as_string_opt()?.clone()),
            DataType::LargeUtf8 => Self::LargeUtf8(array.as_string_opt()?.clone()),
            DataType::Utf8View => Self::Utf8View(array.as_string_view_opt()?.clone()),
            DataType::Binary => Self::Binary(array.as_binary_opt()?.clone()),
            DataType::LargeBinary => Self::LargeBinary(array.as_binary_opt()?.clone()),
            DataType::BinaryView => Self::BinaryView(array.as_binary_view_opt()?.clone()),
            DataType::FixedSizeBinary(_) => {
                Self::FixedSizeBinary(array.as_fixed_size_binary_opt()?.clone())
            }
            DataType::Date32 => Self::Date32(values(array)?),
            DataType::Date64 => Self::Date64(values(array)?),
            DataType::Time32(unit) => Self::Time32(values(array)?, *unit),
            DataType::Time64(unit) => Self::Time64(values(array)?, *unit),
            DataType::Timestamp(unit, zone) => {
                Self::Timestamp(values(array)?, *unit, zone.as_deref().map(zone_of))
            }
            DataType::Duration(unit) => Self::Duration(values(array)?, *unit),
            DataType::Interval(unit) => match unit {
                IntervalUnit::YearMonth => Self::YearMonth(values(array)?),
                IntervalUnit::DayTime => Self::DayTime(values(array)?),
                IntervalUnit::MonthDayNano => Self::MonthDayNano(values(array)?),
            },
            DataType::Dictionary(key, _) => encoded::dictionary(array, key, children)?,
            DataType::RunEndEncoded(ends, _) => encoded::runs(array, ends.data_type(), children)?,
            DataType::Null => Self::Null,
            DataType::List(_)
            | DataType::LargeList(_)
            | DataType::FixedSizeList(..)
            | DataType::ListView(_)
            | DataType::LargeListView(_)
            | DataType::Map(..) => nested::list(array, children)?,
            DataType::Struct(_) => nested::structure(array, children)?,
            DataType::Union(..) => nested::union(array, children)?,
        })
    }

    /// Returns the variant of a union for a row, and the row in the variant, in any encoding.
    pub(super) fn variant(&self, row: usize) -> Option<(&ColumnReader, usize)> {
        match self.behind_encodings(row)? {
            (Self::Union(tags, variants), row) => {
                let (variant, row) = tags.get(row)?;
                Some((variants.get(variant)?, row))
            }
            _ => None,
        }
    }

    /// Resolves dictionaries and runs: returns the data and the row in it; `None` if there is no such row.
    pub(crate) fn behind_encodings(&self, row: usize) -> Option<(&Self, usize)> {
        let (mut data, mut row) = (self, row);
        loop {
            (data, row) = match data {
                Self::Dictionary(keys, values) => (&**values, keys.get(row)?),
                Self::Runs(runs, values) => (&**values, runs.get(row)?),
                plain => return Some((plain, row)),
            };
        }
    }
}
