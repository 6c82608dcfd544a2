//! Lists, maps and structs to the wanted type, item by item.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, LargeListArray, LargeListViewArray, ListArray,
    ListViewArray, MapArray, StructArray, new_empty_array,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, FieldRef, Fields};

use super::coerce;
use crate::arrow::convert::{By, CoerceError, nulls};
use crate::arrow::map_data_type::list_item;
use crate::arrow::scalar::Scalar;

/// A list as any of the list types, and a list of pairs as a map.
pub(super) fn list(items: &[Scalar], wanted: &DataType, by: By) -> Result<ArrayRef, CoerceError> {
    if let DataType::Map(entries, _) = wanted {
        return map_of(column(items, entries.data_type(), by)?, wanted);
    }
    let field = list_item(wanted).ok_or(CoerceError::Type)?;
    list_of(column(items, field.data_type(), by)?, field, wanted)
}

fn list_of(items: ArrayRef, field: &FieldRef, wanted: &DataType) -> Result<ArrayRef, CoerceError> {
    if !field.is_nullable() && items.logical_null_count() > 0 {
        return Err(CoerceError::Null);
    }
    let (field, len) = (Arc::clone(field), items.len());
    let list = match wanted {
        DataType::List(_) => {
            let offsets = OffsetBuffer::<i32>::from_lengths([short(len)?]);
            ListArray::try_new(field, offsets, items, None).map(|list| Arc::new(list) as ArrayRef)
        }
        DataType::LargeList(_) => {
            let offsets = OffsetBuffer::<i64>::from_lengths([len]);
            LargeListArray::try_new(field, offsets, items, None)
                .map(|list| Arc::new(list) as ArrayRef)
        }
        DataType::FixedSizeList(_, size) => {
            if usize::try_from(*size) != Ok(len) {
                return Err(CoerceError::Length);
            }
            FixedSizeListArray::try_new_with_length(field, *size, items, None, 1)
                .map(|list| Arc::new(list) as ArrayRef)
        }
        DataType::ListView(_) => {
            let size = i32::try_from(len).map_err(|_| CoerceError::Range)?;
            ListViewArray::try_new(field, vec![0].into(), vec![size].into(), items, None)
                .map(|list| Arc::new(list) as ArrayRef)
        }
        DataType::LargeListView(_) => {
            let size = i64::try_from(len).map_err(|_| CoerceError::Range)?;
            LargeListViewArray::try_new(field, vec![0].into(), vec![size].into(), items, None)
                .map(|list| Arc::new(list) as ArrayRef)
        }
        _ => return Err(CoerceError::Type),
    };
    list.map_err(|_| CoerceError::InvalidType)
}

pub(super) fn map(
    entries: &[(Scalar, Scalar)],
    wanted: &DataType,
    by: By,
) -> Result<ArrayRef, CoerceError> {
    let DataType::Map(field, _) = wanted else {
        return Err(CoerceError::Type);
    };
    let DataType::Struct(pair) = field.data_type() else {
        return Err(CoerceError::InvalidType);
    };
    let [key, value] = &**pair else {
        return Err(CoerceError::InvalidType);
    };
    let columns = vec![
        column(entries.iter().map(|(key, _)| key), key.data_type(), by)?,
        column(
            entries.iter().map(|(_, value)| value),
            value.data_type(),
            by,
        )?,
    ];
    map_of(struct_of(field.data_type(), columns)?, wanted)
}

fn map_of(entries: ArrayRef, wanted: &DataType) -> Result<ArrayRef, CoerceError> {
    let DataType::Map(field, sorted) = wanted else {
        return Err(CoerceError::Type);
    };
    let offsets = OffsetBuffer::<i32>::from_lengths([short(entries.len())?]);
    let entries = StructArray::from(entries.to_data());
    if entries.null_count() > 0 {
        return Err(CoerceError::Null);
    }
    MapArray::try_new(Arc::clone(field), offsets, entries, None, *sorted)
        .map(|map| Arc::new(map) as ArrayRef)
        .map_err(|_| CoerceError::InvalidType)
}

/// Arrow's maps and plain lists count in 32 bits.
fn short(len: usize) -> Result<usize, CoerceError> {
    i32::try_from(len).map_err(|_| CoerceError::Range)?;
    Ok(len)
}

/// A struct: by name where the wanted type has the same names, else by position.
pub(super) fn structure(
    fields: &[(Arc<str>, Scalar)],
    wanted: &DataType,
    by: By,
) -> Result<ArrayRef, CoerceError> {
    let DataType::Struct(wanted_fields) = wanted else {
        return Err(CoerceError::Type);
    };
    if wanted_fields.len() != fields.len() {
        return Err(CoerceError::Fields);
    }
    let parts = in_order(fields, wanted_fields)
        .into_iter()
        .zip(wanted_fields)
        .map(|(value, field)| {
            if !field.is_nullable() && matches!(value, Scalar::Null(_)) {
                return Err(CoerceError::Null);
            }
            coerce(value, field.data_type(), by)
        })
        .collect::<Result<_, _>>()?;
    struct_of(wanted, parts)
}

fn in_order<'a>(fields: &'a [(Arc<str>, Scalar)], wanted: &Fields) -> Vec<&'a Scalar> {
    let named = |name: &str| {
        let found = fields.iter().find(|(own, _)| **own == *name);
        found.map(|(_, value)| value)
    };
    let by_name: Option<Vec<_>> = wanted.iter().map(|field| named(field.name())).collect();
    by_name.unwrap_or_else(|| fields.iter().map(|(_, value)| value).collect())
}

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
    struct_of(wanted, parts)
}

fn struct_of(wanted: &DataType, columns: Vec<ArrayRef>) -> Result<ArrayRef, CoerceError> {
    let DataType::Struct(fields) = wanted else {
        return Err(CoerceError::InvalidType);
    };
    let len = columns.first().map_or(1, |column| column.len());
    StructArray::try_new_with_length(fields.clone(), columns, None, len)
        .map(|array| Arc::new(array) as ArrayRef)
        .map_err(|_| CoerceError::Null)
}

pub fn column<'a>(
    values: impl IntoIterator<Item = &'a Scalar>,
    wanted: &DataType,
    by: By,
) -> Result<ArrayRef, CoerceError> {
    let parts: Vec<ArrayRef> = values
        .into_iter()
        .map(|value| coerce(value, wanted, by))
        .collect::<Result<_, _>>()?;
    let parts: Vec<&dyn Array> = parts.iter().map(|part| &**part).collect();
    match &*parts {
        // Made of the wanted type, which may be senseless.
        [] => nulls(wanted, 1).map(|_| new_empty_array(wanted)),
        _ => arrow_select::concat::concat(&parts).map_err(|_| CoerceError::InvalidType),
    }
}
