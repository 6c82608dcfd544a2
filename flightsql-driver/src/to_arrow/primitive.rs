//! Columns of booleans and numbers.

use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::{ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray};
use arrow_schema::DataType;
use sqlx_core::error::BoxDynError;

use super::{arrow_columns, fit};

pub(crate) fn numbers<T: ArrowPrimitiveType>(
    values: impl Iterator<Item = Option<T::Native>>,
    wanted: &DataType,
) -> Result<ArrayRef, BoxDynError> {
    let array: PrimitiveArray<T> = values.collect();
    fit(Arc::new(array), wanted)
}

fn booleans(
    values: impl Iterator<Item = Option<bool>>,
    wanted: &DataType,
) -> Result<ArrayRef, BoxDynError> {
    let array: BooleanArray = values.collect();
    fit(Arc::new(array), wanted)
}

arrow_columns! {
    bool: |value| *value, booleans;
    i8: |value| *value, numbers::<Int8Type>;
    i16: |value| *value, numbers::<Int16Type>;
    i32: |value| *value, numbers::<Int32Type>;
    i64: |value| *value, numbers::<Int64Type>;
    u8: |value| *value, numbers::<UInt8Type>;
    u16: |value| *value, numbers::<UInt16Type>;
    u32: |value| *value, numbers::<UInt32Type>;
    u64: |value| *value, numbers::<UInt64Type>;
    f32: |value| *value, numbers::<Float32Type>;
    f64: |value| *value, numbers::<Float64Type>;
}
