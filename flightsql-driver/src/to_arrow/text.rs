//! Columns of text and bytes.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{BinaryBuilder, FixedSizeBinaryBuilder, StringBuilder};
use arrow_schema::DataType;
use bytes::Bytes;
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use super::{ToArrowColumn, arrow_columns, fit};
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;

/// What one column of 32-bit offsets can hold.
const MAX_BYTES: usize = i32::MAX.unsigned_abs() as usize;

fn bytes_of<'a>(values: impl Iterator<Item = Option<&'a [u8]>>) -> Result<usize, BoxDynError> {
    let bytes = values.flatten().map(<[u8]>::len).sum();
    if bytes > MAX_BYTES {
        return Err("the values have more than 2 GiB; write fewer rows at a time".into());
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
}

impl<const N: usize> ToArrowColumn for [u8; N] {
    fn column_type() -> FlightSqlTypeInfo {
        <[u8; N] as Type<FlightSql>>::type_info()
    }

    fn to_column<'a, I>(values: I, wanted: &DataType) -> Result<ArrayRef, BoxDynError>
    where
        Self: 'a,
        I: ExactSizeIterator<Item = Option<&'a Self>> + Clone,
    {
        fixed(values, wanted)
    }
}

/// 16 bytes each, or the texts of those.
#[cfg(feature = "uuid")]
pub(crate) fn uuids<'a>(
    values: impl ExactSizeIterator<Item = Option<&'a [u8; 16]>> + Clone,
    wanted: &DataType,
) -> Result<ArrayRef, BoxDynError> {
    if matches!(
        wanted,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    ) {
        let texts: Vec<_> = values
            .map(|value| value.copied().map(crate::value::display::uuid_text))
            .collect();
        return text_column(texts.iter().map(Option::as_deref), wanted);
    }
    fixed(values, wanted)
}

fn fixed<'a, const N: usize>(
    values: impl ExactSizeIterator<Item = Option<&'a [u8; N]>>,
    wanted: &DataType,
) -> Result<ArrayRef, BoxDynError> {
    let size = i32::try_from(N)
        .map_err(|_| format!("[u8; {N}] is longer than an Arrow FixedSizeBinary can be"))?;
    let mut builder = FixedSizeBinaryBuilder::with_capacity(values.len(), size);
    for value in values {
        match value {
            Some(value) => builder.append_value(value)?,
            None => builder.append_null(),
        }
    }
    fit(Arc::new(builder.finish()), wanted)
}
