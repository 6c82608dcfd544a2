//! Text that is not UTF-8.
//!
//! Arrow's text types promise [UTF-8](https://arrow.apache.org/docs/format/Columnar.html), and some servers break the
//! promise. Such a column is not lost: its bytes come as the binary type of the same layout.

use arrow_schema::{DataType, Fields};

use super::map_data_type::{map_data_type, map_fields, same_type};

/// The type with every text in it as bytes; `None` when there is no text in it.
pub fn as_bytes(data_type: &DataType) -> Option<DataType> {
    map_data_type(data_type, &bytes_of)
}

/// The fields with every text in them as bytes; `None` when there is none.
pub fn fields(fields: &Fields) -> Option<Fields> {
    map_fields(fields, &bytes_of)
}

/// Whether the array type holds the bytes of what `promised` calls text.
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
