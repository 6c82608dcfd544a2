//! Instants that keep the offset they were written with.

use arrow_array::ArrayRef;
use arrow_schema::{DataType, Fields};

use super::{coerce, nested};
use crate::arrow::convert::{By, CoerceError};
use crate::arrow::scalar::Scalar;

/// The storage of `arrow.timestamp_with_offset`: an instant and an offset in minutes.
pub(super) fn instant(
    seconds: i64,
    nanos: u32,
    offset: i32,
    (fields, wanted): (&Fields, &DataType),
    by: By,
) -> Result<ArrayRef, CoerceError> {
    let [instant, minutes] = &**fields else {
        return Err(CoerceError::Type);
    };
    if offset % 60 != 0 {
        return Err(CoerceError::Inexact);
    }
    let parts = vec![
        coerce(
            &Scalar::Timestamp(seconds, nanos, Some(offset)),
            instant.data_type(),
            by,
        )?,
        coerce(&Scalar::Int32(offset / 60), minutes.data_type(), by)?,
    ];
    nested::struct_of(wanted, parts)
}
