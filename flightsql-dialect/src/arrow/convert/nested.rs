//! Conversion of lists, structs and maps through their children. A row with a refused value at any depth is refused.

use std::ops::Range;

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, ArrayRef, make_array};
use arrow_buffer::{ArrowNativeType, BooleanBuffer, NullBuffer};
use arrow_schema::{DataType, Field, FieldRef};

use super::{By, CoerceError, Converted, Encoding, encoded_as, plain};
use crate::arrow::logical_type::decoded;
use crate::arrow::map_data_type::{list_item, map_children};

/// The fields inside a list, a map or a struct.
fn inside(data_type: &DataType) -> Option<Vec<&Field>> {
    match data_type {
        DataType::Map(entries, _) => Some(vec![&**entries]),
        DataType::Struct(fields) => Some(fields.iter().map(|field| &**field).collect()),
        list => Some(vec![&**list_item(list)?]),
    }
}

/// The array with its children converted, in the layout of `to`.
pub(super) fn converted(array: &ArrayRef, to: &DataType, by: By) -> Result<Converted, CoerceError> {
    let from = array.data_type();
    let (own, wanted) = (
        inside(from).ok_or(CoerceError::Type)?,
        inside(to).ok_or(CoerceError::Type)?,
    );
    match (from, to) {
        (DataType::Struct(_), DataType::Struct(_)) if own.len() != wanted.len() => {
            Err(CoerceError::Fields)
        }
        (DataType::FixedSizeList(_, own), DataType::FixedSizeList(_, size)) if own != size => {
            Err(CoerceError::Length)
        }
        _ if std::mem::discriminant(from) == std::mem::discriminant(to) => {
            with_children(array, &own, &wanted, to, by)
        }
        _ => {
            // Converts the items first, then the layout.
            let (Some(_), Some(item)) = (list_item(from), list_item(to)) else {
                return Err(CoerceError::Type);
            };
            let same = map_children(from, &mut |_| Some(FieldRef::clone(item)));
            let same = same.ok_or(CoerceError::Type)?;
            let items = with_children(array, &own, &wanted, &same, by)?;
            Ok(Converted {
                array: encoded_as(&items.array, to)?,
                ..items
            })
        }
    }
}

/// The same layout with its children converted.
fn with_children(
    array: &ArrayRef,
    own: &[&Field],
    wanted: &[&Field],
    to: &DataType,
    by: By,
) -> Result<Converted, CoerceError> {
    let data = array.to_data();
    let (mut children, mut refused, mut why) = (Vec::new(), None, None);
    for ((child, own), wanted) in data.child_data().iter().zip(own).zip(wanted) {
        let child = make_array(child.clone());
        let extension = own.extension_type_name();
        let by = by_beside(child.data_type(), wanted.data_type(), by);
        let child = super::converted(&child, extension, wanted.data_type(), by)?;
        if let Some(inner) = &child.refused {
            let rows = rows_with(&**array, inner);
            refused = Some(match refused {
                None => rows,
                Some(others) => &others | &rows,
            });
        }
        why = why.or(child.why);
        children.push(as_allowed(child, wanted)?.to_data());
    }
    // A refused value in a NULL, or between the lists, does not belong to a row.
    let valid = array.nulls().map(NullBuffer::inner);
    let refused = match (refused, valid) {
        (Some(refused), Some(valid)) => Some(&refused & valid),
        (refused, _) => refused,
    };
    let refused = refused.filter(|rows| rows.count_set_bits() > 0);
    let nulls = match &refused {
        None => array.nulls().cloned(),
        Some(rows) => NullBuffer::union(array.nulls(), Some(&NullBuffer::new(!rows))),
    };
    let built = data
        .into_builder()
        .data_type(to.clone())
        .child_data(children)
        .nulls(nulls)
        .build();
    Ok(Converted {
        array: built.map(make_array).map_err(|_| CoerceError::Null)?,
        why: why.filter(|_| refused.is_some()),
        refused,
    })
}

/// The layout of a number in bytes does not apply to a text next to it.
fn by_beside(from: &DataType, to: &DataType, by: By) -> By {
    match (plain::kind(decoded(from)), plain::kind(decoded(to))) {
        (Some(own), Some(wanted)) if matches!(by, By::Rule(_)) => {
            match plain::pair(own, wanted, by) {
                Ok(()) => by,
                Err(_) => By::Rule(Encoding::Value),
            }
        }
        _ => by,
    }
}

/// The child with a default in place of each refused value if its field allows no NULL. The row around it is NULL.
fn as_allowed(child: Converted, field: &Field) -> Result<ArrayRef, CoerceError> {
    let Some(refused) = child.refused.filter(|_| !field.is_nullable()) else {
        return Ok(child.array);
    };
    let nulls = child
        .array
        .nulls()
        .map(|nulls| NullBuffer::new(nulls.inner() | &refused));
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
    let data = child.array.to_data().into_builder().nulls(nulls).build();
    data.map(make_array).map_err(|_| CoerceError::Null)
}

/// The rows of a nested array that hold one of the marked values of its children.
fn rows_with(array: &dyn Array, marked: &BooleanBuffer) -> BooleanBuffer {
    if matches!(array.data_type(), DataType::Struct(_)) {
        return marked.clone();
    }
    // Views of a list may overlap, so each item is counted once and not by each list that it is in.
    let counts = marked.iter().scan(0_usize, |count, marked| {
        *count += usize::from(marked);
        Some(*count)
    });
    let before: Vec<usize> = std::iter::once(0).chain(counts).collect();
    let any = |items: Range<usize>| match (before.get(items.start), before.get(items.end)) {
        (Some(start), Some(end)) => start < end,
        _ => false,
    };
    let rows = array.len();
    let by = |items: &dyn Fn(usize) -> Range<usize>| {
        BooleanBuffer::collect_bool(rows, |row| any(items(row)))
    };
    if let Some(list) = array.as_list_opt::<i32>() {
        let offsets = list.value_offsets();
        return by(&|row| offsets[row].as_usize()..offsets[row + 1].as_usize());
    }
    if let Some(list) = array.as_list_opt::<i64>() {
        let offsets = list.value_offsets();
        return by(&|row| offsets[row].as_usize()..offsets[row + 1].as_usize());
    }
    if let Some(map) = array.as_map_opt() {
        let offsets = map.value_offsets();
        return by(&|row| offsets[row].as_usize()..offsets[row + 1].as_usize());
    }
    if let Some(list) = array.as_list_view_opt::<i32>() {
        let (starts, sizes) = (list.value_offsets(), list.value_sizes());
        return by(&|row| starts[row].as_usize()..starts[row].as_usize() + sizes[row].as_usize());
    }
    if let Some(list) = array.as_list_view_opt::<i64>() {
        let (starts, sizes) = (list.value_offsets(), list.value_sizes());
        return by(&|row| starts[row].as_usize()..starts[row].as_usize() + sizes[row].as_usize());
    }
    if let Some(list) = array.as_fixed_size_list_opt() {
        let size = list.value_length().as_usize();
        return by(&|row| row * size..(row + 1) * size);
    }
    marked.clone()
}
