//! Columns that contain columns: lists, maps, structs and unions.

use std::ops::Range;

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, ArrayRef, UnionArray};
use arrow_buffer::{ArrowNativeType, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, UnionFields};

use super::{ColumnReader, Data};
use crate::type_info::FlightSqlTypeInfo;

/// The positions of the items of each list.
pub(crate) enum Ranges {
    Offsets32(OffsetBuffer<i32>),
    Offsets64(OffsetBuffer<i64>),
    /// Every list has this many items.
    Fixed(usize),
    Views32(ScalarBuffer<i32>, ScalarBuffer<i32>),
    Views64(ScalarBuffer<i64>, ScalarBuffer<i64>),
}

impl Ranges {
    /// Returns the items of a row; `None` if there is no such row or its range is invalid.
    pub(crate) fn get(&self, row: usize) -> Option<Range<usize>> {
        match self {
            Self::Offsets32(offsets) => between(offsets, row),
            Self::Offsets64(offsets) => between(offsets, row),
            Self::Fixed(size) => {
                let start = row.checked_mul(*size)?;
                Some(start..start.checked_add(*size)?)
            }
            Self::Views32(offsets, sizes) => view(offsets, sizes, row),
            Self::Views64(offsets, sizes) => view(offsets, sizes, row),
        }
    }
}

fn between<O: ArrowNativeType>(offsets: &[O], row: usize) -> Option<Range<usize>> {
    let start = offsets.get(row)?.to_usize()?;
    let end = offsets.get(row.checked_add(1)?)?.to_usize()?;
    (start <= end).then_some(start..end)
}

fn view<O: ArrowNativeType>(offsets: &[O], sizes: &[O], row: usize) -> Option<Range<usize>> {
    let start = offsets.get(row)?.to_usize()?;
    let size = sizes.get(row)?.to_usize()?;
    Some(start..start.checked_add(size)?)
}

/// The variant of each value of a union.
pub(crate) struct Tags {
    ids: ScalarBuffer<i8>,
    /// The position of the value in its variant; the row itself in a sparse union.
    offsets: Option<ScalarBuffer<i32>>,
    fields: UnionFields,
}

impl Tags {
    /// Returns the position of a row's variant, and the row in the variant.
    pub(super) fn get(&self, row: usize) -> Option<(usize, usize)> {
        let id = *self.ids.get(row)?;
        let variant = self.fields.iter().position(|(own, _)| own == id)?;
        let row = match &self.offsets {
            None => row,
            Some(offsets) => offsets.get(row)?.to_usize()?,
        };
        Some((variant, row))
    }
}

pub(super) fn list(array: &dyn Array, children: &[FlightSqlTypeInfo]) -> Option<Data> {
    let (ranges, items) = match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list_opt::<i32>()?;
            (Ranges::Offsets32(list.offsets().clone()), list.values())
        }
        DataType::LargeList(_) => {
            let list = array.as_list_opt::<i64>()?;
            (Ranges::Offsets64(list.offsets().clone()), list.values())
        }
        DataType::FixedSizeList(_, size) => {
            let list = array.as_fixed_size_list_opt()?;
            (Ranges::Fixed(size.to_usize()?), list.values())
        }
        DataType::ListView(_) => {
            let list = array.as_list_view_opt::<i32>()?;
            let ranges = Ranges::Views32(list.offsets().clone(), list.sizes().clone());
            (ranges, list.values())
        }
        DataType::LargeListView(_) => {
            let list = array.as_list_view_opt::<i64>()?;
            let ranges = Ranges::Views64(list.offsets().clone(), list.sizes().clone());
            (ranges, list.values())
        }
        DataType::Map(..) => return map(array, children),
        _ => return None,
    };
    let items = ColumnReader::child(children.first()?, items, "item", 0)?;
    Some(Data::List(ranges, Box::new(items)))
}

fn map(array: &dyn Array, children: &[FlightSqlTypeInfo]) -> Option<Data> {
    let map = array.as_map_opt()?;
    let entries: ArrayRef = std::sync::Arc::new(map.entries().clone());
    let entries = ColumnReader::child(children.first()?, &entries, "entry", 0)?;
    let ranges = Ranges::Offsets32(map.offsets().clone());
    Some(Data::List(ranges, Box::new(entries)))
}

pub(super) fn structure(array: &dyn Array, children: &[FlightSqlTypeInfo]) -> Option<Data> {
    let structure = array.as_struct_opt()?;
    let names = structure.fields().iter().map(|field| field.name().as_str());
    named(names, structure.columns().iter(), children).map(Data::Struct)
}

pub(super) fn union(array: &dyn Array, children: &[FlightSqlTypeInfo]) -> Option<Data> {
    let union: &UnionArray = array.as_union_opt()?;
    let fields = union.fields();
    let names = fields.iter().map(|(_, field)| field.name().as_str());
    let arrays = fields.iter().map(|(id, _)| union.child(id));
    let mut variants = named(names, arrays, children)?;
    for variant in &mut variants {
        variant.is_variant = true;
    }
    let tags = Tags {
        ids: union.type_ids().clone(),
        offsets: union.offsets().cloned(),
        fields: fields.clone(),
    };
    Some(Data::Union(tags, variants))
}

fn named<'a>(
    names: impl Iterator<Item = &'a str>,
    arrays: impl Iterator<Item = &'a ArrayRef>,
    children: &[FlightSqlTypeInfo],
) -> Option<Vec<ColumnReader>> {
    let named: Vec<_> = names.zip(arrays).collect();
    if named.len() != children.len() {
        return None;
    }
    named
        .into_iter()
        .zip(children)
        .enumerate()
        .map(|(ordinal, ((name, array), info))| ColumnReader::child(info, array, name, ordinal))
        .collect()
}
