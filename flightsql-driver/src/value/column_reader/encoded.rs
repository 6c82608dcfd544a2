//! Columns with separate values: dictionaries and runs.

use arrow_array::cast::AsArray as _;
use arrow_array::types::*;
use arrow_array::{Array, RunArray};
use arrow_buffer::{ArrowNativeType as _, RunEndBuffer, ScalarBuffer};
use arrow_schema::DataType;

use super::Data;
use crate::arrow::convert::values;
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
    let dictionary = array.as_any_dictionary_opt()?;
    let keys = dictionary.keys();
    let keys = match key {
        DataType::Int8 => Keys::Int8(values(keys)?),
        DataType::Int16 => Keys::Int16(values(keys)?),
        DataType::Int32 => Keys::Int32(values(keys)?),
        DataType::Int64 => Keys::Int64(values(keys)?),
        DataType::UInt8 => Keys::UInt8(values(keys)?),
        DataType::UInt16 => Keys::UInt16(values(keys)?),
        DataType::UInt32 => Keys::UInt32(values(keys)?),
        DataType::UInt64 => Keys::UInt64(values(keys)?),
        _ => return None,
    };
    let values = Data::of(dictionary.values(), children)?;
    Some(Data::Dictionary(keys, Box::new(values)))
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
