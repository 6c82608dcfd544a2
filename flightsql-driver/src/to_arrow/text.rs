//! Columns of strings and bytes.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{BinaryBuilder, FixedSizeBinaryBuilder, StringBuilder};
use arrow_schema::DataType;
use bytes::Bytes;
use sqlx_core::error::BoxDynError;

use super::parts::TooLarge;
use super::{arrow_columns, fit};

/// The capacity of a column with 32-bit offsets.
const MAX_BYTES: usize = i32::MAX.unsigned_abs() as usize;

fn bytes_of<'a>(values: impl Iterator<Item = Option<&'a [u8]>>) -> Result<usize, BoxDynError> {
    let bytes = values.flatten().map(<[u8]>::len).sum();
    if bytes > MAX_BYTES {
        return Err(TooLarge("the values have more than 2 GiB").into());
    }
    Ok(bytes)
}

fn text_column<'a>(
    values: impl ExactSizeIterator<Item = Option<&'a str>> + Clone,
    wanted: &DataType,
) -> Result<ArrayRef, BoxDynError> {
    let bytes = bytes_of(values.clone().map(|value| value.map(str::as_bytes)))?;
    let mut builder = StringBuilder::with_capacity(values.len(), bytes);
    values.for_each(|value| builder.append_option(value));
    fit(Arc::new(builder.finish()), wanted)
}

fn binary_column<'a>(
    values: impl ExactSizeIterator<Item = Option<&'a [u8]>> + Clone,
    wanted: &DataType,
) -> Result<ArrayRef, BoxDynError> {
    let bytes = bytes_of(values.clone())?;
    let mut builder = BinaryBuilder::with_capacity(values.len(), bytes);
    values.for_each(|value| builder.append_option(value));
    fit(Arc::new(builder.finish()), wanted)
}

arrow_columns! {
    str: |value| value, text_column;
    String: |value| &**value, text_column;
    Cow<'_, str>: |value| &**value, text_column;
    [u8]: |value| value, binary_column;
    Vec<u8>: |value| &**value, binary_column;
    Cow<'_, [u8]>: |value| &**value, binary_column;
    Bytes: |value| &**value, binary_column;
    [u8; N] where [const N: usize]: |value| value, fixed;
}

/// UUIDs of 16 bytes each, or their text.
#[cfg(feature = "uuid")]
pub(crate) fn uuids<'a>(
    values: impl ExactSizeIterator<Item = Option<&'a [u8; 16]>> + Clone,
    wanted: &DataType,
) -> Result<ArrayRef, BoxDynError> {
    if wanted.is_string() {
        let strings: Vec<_> = values
            .map(|value| value.copied().map(crate::value::display::uuid_text))
            .collect();
        return text_column(strings.iter().map(Option::as_deref), wanted);
    }
    fixed(values, wanted)
}

fn fixed<'a, const N: usize>(
    values: impl ExactSizeIterator<Item = Option<&'a [u8; N]>>,
    wanted: &DataType,
) -> Result<ArrayRef, BoxDynError> {
    let mut builder = FixedSizeBinaryBuilder::with_capacity(values.len(), fixed_size(N)?);
    for value in values {
        match value {
            Some(value) => builder.append_value(value)?,
            None => builder.append_null(),
        }
    }
    fit(Arc::new(builder.finish()), wanted)
}

/// Returns the size of a `FixedSizeBinary` for `[u8; N]`.
pub(crate) fn fixed_size(len: usize) -> Result<i32, BoxDynError> {
    i32::try_from(len)
        .map_err(|_| format!("[u8; {len}] is longer than an Arrow FixedSizeBinary can be").into())
}
