//! Columns with separate values: dictionaries and runs.

use arrow_array::cast::AsArray as _;
use arrow_array::types::*;
use arrow_array::{Array, DictionaryArray, RunArray};
use arrow_buffer::{ArrowNativeType as _, RunEndBuffer, ScalarBuffer};
use arrow_schema::DataType;

use super::Data;
use crate::type_info::FlightSqlTypeInfo;

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
    /// Returns the key of a row; `None` if there is no such row or the key is negative.
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
    /// Returns the run of a row; `None` if there is no such row.
    pub(crate) fn get(&self, row: usize) -> Option<usize> {
        match self {
            Self::Int16(ends) => (row < ends.len()).then(|| ends.get_physical_index(row)),
            Self::Int32(ends) => (row < ends.len()).then(|| ends.get_physical_index(row)),
            Self::Int64(ends) => (row < ends.len()).then(|| ends.get_physical_index(row)),
        }
    }
}

pub(super) fn dictionary(
    array: &dyn Array,
    key: &DataType,
    children: &[FlightSqlTypeInfo],
) -> Option<Data> {
    fn parts<K: ArrowDictionaryKeyType>(
        array: &dyn Array,
        children: &[FlightSqlTypeInfo],
        keys: impl FnOnce(ScalarBuffer<K::Native>) -> Keys,
    ) -> Option<Data> {
        let array: &DictionaryArray<K> = array.as_dictionary_opt()?;
        let values = Data::of(array.values(), children)?;
        Some(Data::Dictionary(
            keys(array.keys().values().clone()),
            Box::new(values),
        ))
    }
    match key {
        DataType::Int8 => parts::<Int8Type>(array, children, Keys::Int8),
        DataType::Int16 => parts::<Int16Type>(array, children, Keys::Int16),
        DataType::Int32 => parts::<Int32Type>(array, children, Keys::Int32),
        DataType::Int64 => parts::<Int64Type>(array, children, Keys::Int64),
        DataType::UInt8 => parts::<UInt8Type>(array, children, Keys::UInt8),
        DataType::UInt16 => parts::<UInt16Type>(array, children, Keys::UInt16),
        DataType::UInt32 => parts::<UInt32Type>(array, children, Keys::UInt32),
        DataType::UInt64 => parts::<UInt64Type>(array, children, Keys::UInt64),
        _ => None,
    }
}

pub(super) fn runs(
    array: &dyn Array,
    ends: &DataType,
    children: &[FlightSqlTypeInfo],
) -> Option<Data> {
    fn parts<R: RunEndIndexType>(
        array: &dyn Array,
        children: &[FlightSqlTypeInfo],
        ends: impl FnOnce(RunEndBuffer<R::Native>) -> Runs,
    ) -> Option<Data> {
        let array: &RunArray<R> = array.as_run_opt()?;
        let values = Data::of(array.values(), children)?;
        Some(Data::Runs(ends(array.run_ends().clone()), Box::new(values)))
    }
    match ends {
        DataType::Int16 => parts::<Int16Type>(array, children, Runs::Int16),
        DataType::Int32 => parts::<Int32Type>(array, children, Runs::Int32),
        DataType::Int64 => parts::<Int64Type>(array, children, Runs::Int64),
        _ => None,
    }
}
