//! Text, bytes and UUIDs to the wanted type. Layer D.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, BinaryViewArray, FixedSizeBinaryArray, LargeBinaryArray,
    LargeStringArray, StringArray, StringViewArray,
};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use super::Refused;
use crate::value::display::uuid_text;

pub(super) fn text(value: &str, wanted: &DataType) -> Result<ArrayRef, Refused> {
    match wanted {
        DataType::Utf8 => Ok(Arc::new(StringArray::from_iter_values([value]))),
        DataType::LargeUtf8 => Ok(Arc::new(LargeStringArray::from_iter_values([value]))),
        DataType::Utf8View => Ok(Arc::new(StringViewArray::from_iter_values([value]))),
        _ => Err(Refused::Type),
    }
}

pub(super) fn bytes(value: &[u8], wanted: &DataType) -> Result<ArrayRef, Refused> {
    match wanted {
        DataType::Binary => Ok(Arc::new(BinaryArray::from_iter_values([value]))),
        DataType::LargeBinary => Ok(Arc::new(LargeBinaryArray::from_iter_values([value]))),
        DataType::BinaryView => Ok(Arc::new(BinaryViewArray::from_iter_values([value]))),
        DataType::FixedSizeBinary(size) => {
            if usize::try_from(*size) != Ok(value.len()) {
                return Err(Refused::Length);
            }
            // The validity says that there is one value, which zero bytes do not.
            let valid = Some(NullBuffer::new_valid(1));
            FixedSizeBinaryArray::try_new(*size, value.to_vec().into(), valid)
                .map(|array| Arc::new(array) as ArrayRef)
                .map_err(|_| Refused::Announced)
        }
        _ => Err(Refused::Type),
    }
}

/// As 16 bytes, or as text in the usual form of 8-4-4-4-12 lower-case hexadecimal digits.
pub(super) fn uuid(value: &[u8; 16], wanted: &DataType) -> Result<ArrayRef, Refused> {
    match wanted {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            text(&uuid_text(*value), wanted)
        }
        _ => bytes(value, wanted),
    }
}
