//! Text that is not UTF-8.
//!
//! Arrow's text types require [UTF-8](https://arrow.apache.org/docs/format/Columnar.html), and some servers send other
//! bytes. The driver reports such a column as the binary type of the same layout.

use arrow_schema::{DataType, Fields};

use super::map_data_type::{map_data_type, map_fields, same_type};

/// Returns the type with bytes for each text in it, or `None` if it contains no text.
pub fn as_bytes(data_type: &DataType) -> Option<DataType> {
    map_data_type(data_type, &bytes_of)
}

pub fn fields(fields: &Fields) -> Option<Fields> {
    map_fields(fields, &bytes_of)
}

/// Returns `true` if `sent` is the type `promised` with bytes for text.
pub fn stands_in(promised: &DataType, sent: &DataType) -> bool {
    as_bytes(promised).is_some_and(|bytes| same_type(&bytes, sent))
}

fn bytes_of(text: &DataType) -> Option<DataType> {
    match text {
        DataType::Utf8 => Some(DataType::Binary),
        DataType::LargeUtf8 => Some(DataType::LargeBinary),
        DataType::Utf8View => Some(DataType::BinaryView),
        _ => None,
    }
}
