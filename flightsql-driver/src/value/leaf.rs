//! A column downcast once per batch, to the buffers its values are read from. Layer D.
//!
//! These are the only downcasts of the driver. Layouts:
//! <https://arrow.apache.org/docs/format/Columnar.html>.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::*;
use arrow_array::{
    Array, BinaryArray, BinaryViewArray, DictionaryArray, FixedSizeBinaryArray, LargeBinaryArray,
    LargeStringArray, RunArray, StringArray, StringViewArray,
};
use arrow_buffer::{ArrowNativeType as _, BooleanBuffer, NullBuffer, RunEndBuffer, ScalarBuffer};
use arrow_schema::{DataType, TimeUnit};

use sqlx_core::column::Column as _;

use super::temporal::zone_of;
use crate::column::FlightSqlColumn;
use crate::type_info::FlightSqlTypeInfo;

/// One column of one batch: its logical nulls, its typed data, and what a lookup needs.
pub(crate) struct Leaf {
    nulls: Option<NullBuffer>,
    data: Data,
    info: FlightSqlTypeInfo,
    /// `None` when an earlier column has the same name.
    name: Option<Arc<str>>,
    ordinal: u32,
}

impl Leaf {
    /// `None` when the array is not of the column's type.
    pub(crate) fn new(
        column: &FlightSqlColumn,
        array: &dyn Array,
        named_first: bool,
    ) -> Option<Self> {
        if column.info().data_type() != array.data_type() {
            return None;
        }
        Some(Self {
            // Logical: a dictionary or a run may hold the null in its values.
            nulls: array.logical_nulls().filter(|nulls| nulls.null_count() > 0),
            data: Data::of(array)?,
            info: column.info().clone(),
            name: named_first.then(|| Arc::clone(column.shared_name())),
            ordinal: u32::try_from(column.ordinal()).ok()?,
        })
    }

    #[inline]
    pub(crate) fn is_null(&self, row: usize) -> bool {
        match &self.nulls {
            None => false,
            // A row beyond the batch is answered by the read, with an error.
            Some(nulls) => row < nulls.len() && nulls.is_null(row),
        }
    }

    #[inline]
    pub(crate) fn data(&self) -> &Data {
        &self.data
    }

    #[inline]
    pub(crate) fn info(&self) -> &FlightSqlTypeInfo {
        &self.info
    }

    #[inline]
    pub(crate) fn is_named(&self, name: &str) -> bool {
        matches!(&self.name, Some(own) if same_bytes(own.as_bytes(), name.as_bytes()))
    }

    pub(crate) fn ordinal(&self) -> usize {
        self.ordinal as usize
    }

    pub(crate) fn ordinal_u32(&self) -> u32 {
        self.ordinal
    }
}

/// Equality of short strings without the call to `memcmp`, which costs more than the comparison.
#[inline]
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // Two reads that overlap cover every length between one chunk and two.
    match (a.first_chunk::<8>(), b.first_chunk::<8>()) {
        (Some(a_first), Some(b_first)) if a.len() <= 16 => {
            a_first == b_first && a.last_chunk::<8>() == b.last_chunk::<8>()
        }
        (None, None) => match (a.first_chunk::<4>(), b.first_chunk::<4>()) {
            (Some(a_first), Some(b_first)) => {
                a_first == b_first && a.last_chunk::<4>() == b.last_chunk::<4>()
            }
            _ => a.iter().eq(b),
        },
        _ => a == b,
    }
}

/// The values of a column. A match on this is the whole type dispatch of a read.
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
    Float16(ScalarBuffer<<Float16Type as ArrowPrimitiveType>::Native>),
    Float32(ScalarBuffer<f32>),
    Float64(ScalarBuffer<f64>),
    Decimal32(ScalarBuffer<i32>, i8),
    Decimal64(ScalarBuffer<i64>, i8),
    Decimal128(ScalarBuffer<i128>, i8),
    Decimal256(ScalarBuffer<arrow_buffer::i256>, i8),
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
    /// With the zone's offset from UTC in seconds, when there is a zone.
    Timestamp(ScalarBuffer<i64>, TimeUnit, Option<i32>),
    Dictionary(Keys, Box<Data>),
    Runs(Runs, Box<Data>),
    /// All null, or of a type that no Rust type here reads.
    Other,
}

/// The keys of a dictionary-encoded column.
pub(crate) enum Keys {
    Int8(ScalarBuffer<i8>),
    Int16(ScalarBuffer<i16>),
    Int32(ScalarBuffer<i32>),
    Int64(ScalarBuffer<i64>),
    UInt8(ScalarBuffer<u8>),
    UInt16(ScalarBuffer<u16>),
    UInt32(ScalarBuffer<u32>),
    UInt64(ScalarBuffer<u64>),
}

impl Keys {
    /// The key of a row; `None` when there is no such row or the key is negative.
    pub(crate) fn get(&self, row: usize) -> Option<usize> {
        match self {
            Self::Int8(keys) => keys.get(row)?.to_usize(),
            Self::Int16(keys) => keys.get(row)?.to_usize(),
            Self::Int32(keys) => keys.get(row)?.to_usize(),
            Self::Int64(keys) => keys.get(row)?.to_usize(),
            Self::UInt8(keys) => keys.get(row)?.to_usize(),
            Self::UInt16(keys) => keys.get(row)?.to_usize(),
            Self::UInt32(keys) => keys.get(row)?.to_usize(),
            Self::UInt64(keys) => keys.get(row)?.to_usize(),
        }
    }
}

/// The ends of the runs of a run-end-encoded column.
pub(crate) enum Runs {
    Int16(RunEndBuffer<i16>),
    Int32(RunEndBuffer<i32>),
    Int64(RunEndBuffer<i64>),
}

impl Runs {
    /// The run that holds a row; `None` when there is no such row.
    pub(crate) fn get(&self, row: usize) -> Option<usize> {
        match self {
            Self::Int16(ends) => (row < ends.len()).then(|| ends.get_physical_index(row)),
            Self::Int32(ends) => (row < ends.len()).then(|| ends.get_physical_index(row)),
            Self::Int64(ends) => (row < ends.len()).then(|| ends.get_physical_index(row)),
        }
    }
}

impl Data {
    /// `None` when an array does not have the layout its own type says.
    fn of(array: &dyn Array) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Boolean => Self::Boolean(array.as_boolean_opt()?.values().clone()),
            DataType::Int8 => Self::Int8(values::<Int8Type>(array)?),
            DataType::Int16 => Self::Int16(values::<Int16Type>(array)?),
            DataType::Int32 => Self::Int32(values::<Int32Type>(array)?),
            DataType::Int64 => Self::Int64(values::<Int64Type>(array)?),
            DataType::UInt8 => Self::UInt8(values::<UInt8Type>(array)?),
            DataType::UInt16 => Self::UInt16(values::<UInt16Type>(array)?),
            DataType::UInt32 => Self::UInt32(values::<UInt32Type>(array)?),
            DataType::UInt64 => Self::UInt64(values::<UInt64Type>(array)?),
            DataType::Float16 => Self::Float16(values::<Float16Type>(array)?),
            DataType::Float32 => Self::Float32(values::<Float32Type>(array)?),
            DataType::Float64 => Self::Float64(values::<Float64Type>(array)?),
            DataType::Decimal32(_, s) => Self::Decimal32(values::<Decimal32Type>(array)?, *s),
            DataType::Decimal64(_, s) => Self::Decimal64(values::<Decimal64Type>(array)?, *s),
            DataType::Decimal128(_, s) => Self::Decimal128(values::<Decimal128Type>(array)?, *s),
            DataType::Decimal256(_, s) => Self::Decimal256(values::<Decimal256Type>(array)?, *s),
            DataType::Utf8 => Self::Utf8(array.as_string_opt()?.clone()),
            DataType::LargeUtf8 => Self::LargeUtf8(array.as_string_opt()?.clone()),
            DataType::Utf8View => Self::Utf8View(array.as_string_view_opt()?.clone()),
            DataType::Binary => Self::Binary(array.as_binary_opt()?.clone()),
            DataType::LargeBinary => Self::LargeBinary(array.as_binary_opt()?.clone()),
            DataType::BinaryView => Self::BinaryView(array.as_binary_view_opt()?.clone()),
            DataType::FixedSizeBinary(_) => {
                Self::FixedSizeBinary(array.as_fixed_size_binary_opt()?.clone())
            }
            DataType::Date32 => Self::Date32(values::<Date32Type>(array)?),
            DataType::Date64 => Self::Date64(values::<Date64Type>(array)?),
            DataType::Time32(unit) => Self::Time32(time32(array, *unit)?, *unit),
            DataType::Time64(unit) => Self::Time64(time64(array, *unit)?, *unit),
            DataType::Timestamp(unit, zone) => Self::Timestamp(
                timestamps(array, *unit)?,
                *unit,
                zone.as_deref().map(zone_of),
            ),
            DataType::Dictionary(key, _) => dictionary(array, key)?,
            DataType::RunEndEncoded(ends, _) => runs(array, ends.data_type())?,
            _ => Self::Other,
        })
    }
}

fn values<T: ArrowPrimitiveType>(array: &dyn Array) -> Option<ScalarBuffer<T::Native>> {
    Some(array.as_primitive_opt::<T>()?.values().clone())
}

fn time32(array: &dyn Array, unit: TimeUnit) -> Option<ScalarBuffer<i32>> {
    match unit {
        TimeUnit::Second => values::<Time32SecondType>(array),
        TimeUnit::Millisecond => values::<Time32MillisecondType>(array),
        TimeUnit::Microsecond | TimeUnit::Nanosecond => None,
    }
}

fn time64(array: &dyn Array, unit: TimeUnit) -> Option<ScalarBuffer<i64>> {
    match unit {
        TimeUnit::Microsecond => values::<Time64MicrosecondType>(array),
        TimeUnit::Nanosecond => values::<Time64NanosecondType>(array),
        TimeUnit::Second | TimeUnit::Millisecond => None,
    }
}

fn timestamps(array: &dyn Array, unit: TimeUnit) -> Option<ScalarBuffer<i64>> {
    match unit {
        TimeUnit::Second => values::<TimestampSecondType>(array),
        TimeUnit::Millisecond => values::<TimestampMillisecondType>(array),
        TimeUnit::Microsecond => values::<TimestampMicrosecondType>(array),
        TimeUnit::Nanosecond => values::<TimestampNanosecondType>(array),
    }
}

fn dictionary(array: &dyn Array, key: &DataType) -> Option<Data> {
    fn parts<K: ArrowDictionaryKeyType>(
        array: &dyn Array,
        keys: impl FnOnce(ScalarBuffer<K::Native>) -> Keys,
    ) -> Option<Data> {
        let array: &DictionaryArray<K> = array.as_dictionary_opt()?;
        let values = Data::of(array.values())?;
        Some(Data::Dictionary(
            keys(array.keys().values().clone()),
            Box::new(values),
        ))
    }
    match key {
        DataType::Int8 => parts::<Int8Type>(array, Keys::Int8),
        DataType::Int16 => parts::<Int16Type>(array, Keys::Int16),
        DataType::Int32 => parts::<Int32Type>(array, Keys::Int32),
        DataType::Int64 => parts::<Int64Type>(array, Keys::Int64),
        DataType::UInt8 => parts::<UInt8Type>(array, Keys::UInt8),
        DataType::UInt16 => parts::<UInt16Type>(array, Keys::UInt16),
        DataType::UInt32 => parts::<UInt32Type>(array, Keys::UInt32),
        DataType::UInt64 => parts::<UInt64Type>(array, Keys::UInt64),
        _ => None,
    }
}

fn runs(array: &dyn Array, ends: &DataType) -> Option<Data> {
    fn parts<R: RunEndIndexType>(
        array: &dyn Array,
        ends: impl FnOnce(RunEndBuffer<R::Native>) -> Runs,
    ) -> Option<Data> {
        let array: &RunArray<R> = array.as_run_opt()?;
        let values = Data::of(array.values())?;
        Some(Data::Runs(ends(array.run_ends().clone()), Box::new(values)))
    }
    match ends {
        DataType::Int16 => parts::<Int16Type>(array, Runs::Int16),
        DataType::Int32 => parts::<Int32Type>(array, Runs::Int32),
        DataType::Int64 => parts::<Int64Type>(array, Runs::Int64),
        _ => None,
    }
}
