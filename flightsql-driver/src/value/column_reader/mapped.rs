//! Columns that a dialect converts, once per batch, when the first value is read.
//!
//! A value that the meant type cannot hold keeps its sent type, as a value of a union has the type of its variant.

use std::sync::{Arc, OnceLock};

use arrow_array::cast::AsArray as _;
use arrow_array::{
    Array as _, ArrayRef, BinaryViewArray, GenericStringArray, OffsetSizeTrait, StringViewArray,
};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::DataType;
use sqlx_core::column::Column as _;

use super::{ColumnReader, Data, Elsewhere, Found, Nulls};
use crate::arrow::convert::Converted;
use crate::arrow::invalid_utf8;
use crate::arrow::map_data_type::same_type;
use crate::column::FlightSqlColumn;
use crate::result_schema::{self, Mapping};
use crate::type_info::FlightSqlTypeInfo;

/// A column that is converted when its first value is read.
pub(super) struct Mapped {
    sent: ColumnReader,
    mapping: Mapping,
    read: OnceLock<Read>,
}

struct Read {
    reader: Option<ColumnReader>,
    /// The rows whose value the meant type cannot hold.
    refused: Option<BooleanBuffer>,
}

/// Returns the column as meant; `None` if the array does not have the sent type. A view of the same buffers is created
/// immediately.
pub(super) fn reader(
    column: &FlightSqlColumn,
    array: &ArrayRef,
    name: Option<Arc<str>>,
    mapping: &Mapping,
) -> Option<ColumnReader> {
    let (info, ordinal, to) = (column.info(), column.ordinal(), mapping.to.data_type());
    let reported = column.field().data_type();
    let as_bytes = !same_type(reported, array.data_type());
    if as_bytes && !invalid_utf8::stands_in(reported, array.data_type()) {
        return None;
    }
    if !as_bytes && let Some(view) = result_schema::view(array, to) {
        return ColumnReader::make(info, &view, name, ordinal);
    }
    let sent = FlightSqlTypeInfo::from_field(column.field());
    let mapped = Mapped {
        sent: ColumnReader {
            is_refused: true,
            ..ColumnReader::make(&sent, array, name.clone(), ordinal)?
        },
        mapping: mapping.clone(),
        read: OnceLock::new(),
    };
    Some(ColumnReader {
        nulls: Nulls::Elsewhere(Elsewhere::Mapped(Box::new(mapped))),
        data: Data::Null,
        info: info.clone(),
        name,
        ordinal: u32::try_from(ordinal).ok()?,
        is_variant: false,
        is_refused: false,
        array: Arc::clone(array),
    })
}

impl Mapped {
    /// Returns the value of a row, converted or as sent.
    pub(super) fn find<'r>(&'r self, column: &'r ColumnReader, row: usize) -> Found<'r> {
        let read = self.read.get_or_init(|| self.convert(column));
        let refused = read.refused.as_ref();
        match &read.reader {
            Some(reader) if !refused.is_some_and(|refused| is_set(refused, row)) => {
                reader.find(row)
            }
            _ => self.sent.find(row),
        }
    }

    fn convert(&self, column: &ColumnReader) -> Read {
        let array = &self.sent.array;
        let text = valid_text(&self.sent);
        // Nested text that was sent as bytes stays as sent: 16 bytes of it would be read as the bytes of a UUID.
        let is_text = text.is_some() || same_type(self.sent.info.data_type(), array.data_type());
        let read = result_schema::read(text.as_ref().unwrap_or(array), &self.mapping);
        let Some(Converted {
            array: converted,
            mut refused,
            ..
        }) = read.filter(|_| is_text)
        else {
            return Read {
                reader: None,
                refused: None,
            };
        };
        if text.is_some() {
            // Text that is not UTF-8 was NULL before the conversion.
            let lost = array.logical_nulls();
            let now = converted.logical_nulls();
            let is_null = |nulls: &Option<NullBuffer>, row| {
                nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
            };
            let rows = 0..array.len();
            let rows = rows.map(|row| is_null(&now, row) && !is_null(&lost, row));
            refused = Some(rows.collect());
        }
        let ordinal = column.ordinal();
        Read {
            reader: ColumnReader::make(&column.info, &converted, column.name.clone(), ordinal),
            refused,
        }
    }

    /// Returns the rule that refused `found`, if `found` is the sent column.
    pub(super) fn refused_by(&self, found: &ColumnReader) -> Option<&str> {
        std::ptr::eq(found, &raw const self.sent).then_some(&*self.mapping.rule)
    }
}

/// Returns the text of a column that was sent as bytes in place of text; NULL for bytes that are not UTF-8.
fn valid_text(column: &ColumnReader) -> Option<ArrayRef> {
    match column.info.is_text() {
        true => text_of(&column.array),
        false => None,
    }
}

fn text_of(bytes: &ArrayRef) -> Option<ArrayRef> {
    fn text<'a, O: OffsetSizeTrait>(bytes: impl Iterator<Item = Option<&'a [u8]>>) -> ArrayRef {
        let text = bytes.map(|bytes| std::str::from_utf8(bytes?).ok());
        Arc::new(text.collect::<GenericStringArray<O>>())
    }
    if let Some(dictionary) = bytes.as_any_dictionary_opt() {
        return Some(dictionary.with_values(text_of(dictionary.values())?));
    }
    match bytes.data_type() {
        DataType::Binary => Some(text::<i32>(bytes.as_binary_opt::<i32>()?.iter())),
        DataType::LargeBinary => Some(text::<i64>(bytes.as_binary_opt::<i64>()?.iter())),
        DataType::BinaryView => text_views(bytes.as_binary_view_opt()?),
        _ => None,
    }
}

/// Converts views without a copy, because many of them may share one long text.
fn text_views(bytes: &BinaryViewArray) -> Option<ArrayRef> {
    let is_text =
        |bytes: Option<&[u8]>| bytes.is_some_and(|bytes| std::str::from_utf8(bytes).is_ok());
    let valid: BooleanBuffer = bytes.iter().map(is_text).collect();
    // The view of an empty string is zero.
    let views = bytes.views().iter().zip(&valid);
    let views: Vec<u128> = views
        .map(|(view, valid)| if valid { *view } else { 0 })
        .collect();
    let (blocks, valid) = (bytes.data_buffers().to_vec(), NullBuffer::new(valid));
    let text = StringViewArray::try_new(views.into(), blocks, Some(valid)).ok()?;
    Some(Arc::new(text))
}

fn is_set(rows: &BooleanBuffer, row: usize) -> bool {
    row < rows.len() && rows.value(row)
}
