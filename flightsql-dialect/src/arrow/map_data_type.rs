//! Types with another type somewhere inside them.

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, make_array};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, UnionFields};

use super::convert::units::fixed_offset;

/// Returns the same values as an array of type `to`, which must be the same by [`same_type`]; buffers are shared.
///
/// `None` if the array cannot have that type.
pub fn relabel(array: &ArrayRef, to: &DataType) -> Option<ArrayRef> {
    if array.data_type() == to {
        return Some(Arc::clone(array));
    }
    let data = array.to_data();
    let children = data.child_data().iter().zip(children(to));
    let children = children.map(|(child, field)| {
        relabel(&make_array(child.clone()), field.data_type()).map(|child| child.to_data())
    });
    let children = children.collect::<Option<Vec<_>>>()?;
    let data = data
        .into_builder()
        .data_type(to.clone())
        .child_data(children);
    data.build().ok().map(make_array)
}

/// Returns the fields of the child arrays of a type, in Arrow's order.
pub fn children(data_type: &DataType) -> Vec<FieldRef> {
    match data_type {
        DataType::Map(entries, _) => vec![Arc::clone(entries)],
        DataType::Struct(fields) => fields.iter().map(Arc::clone).collect(),
        DataType::Union(variants, _) => variants.iter().map(|(_, v)| Arc::clone(v)).collect(),
        DataType::Dictionary(_, value) => {
            vec![Arc::new(Field::new("values", DataType::clone(value), true))]
        }
        DataType::RunEndEncoded(ends, values) => vec![Arc::clone(ends), Arc::clone(values)],
        other => list_item(other).map(Arc::clone).into_iter().collect(),
    }
}

pub(crate) fn list_item(list: &DataType) -> Option<&FieldRef> {
    match list {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item) => Some(item),
        _ => None,
    }
}

/// Returns the type with what `change` returns in place of its children; `None` if it changes no child.
///
/// The value of a dictionary is a child, the key and the ends of runs are not.
pub(crate) fn map_children(
    data_type: &DataType,
    change: &mut dyn FnMut(&FieldRef) -> Option<FieldRef>,
) -> Option<DataType> {
    Some(match data_type {
        DataType::List(item) => DataType::List(change(item)?),
        DataType::LargeList(item) => DataType::LargeList(change(item)?),
        DataType::ListView(item) => DataType::ListView(change(item)?),
        DataType::LargeListView(item) => DataType::LargeListView(change(item)?),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(change(item)?, *size),
        DataType::Map(entries, sorted) => DataType::Map(change(entries)?, *sorted),
        DataType::Struct(fields) => DataType::Struct(each(fields.iter(), change)?.into()),
        DataType::Union(variants, mode) => {
            let changed = each(variants.iter().map(|(_, variant)| variant), change)?;
            let ids = variants.iter().map(|(id, _)| id);
            DataType::Union(ids.zip(changed).collect::<UnionFields>(), *mode)
        }
        DataType::Dictionary(key, value) => {
            let value = Arc::new(Field::new("values", DataType::clone(value), true));
            let value = change(&value)?.data_type().clone();
            DataType::Dictionary(key.clone(), Box::new(value))
        }
        DataType::RunEndEncoded(ends, values) => {
            DataType::RunEndEncoded(Arc::clone(ends), change(values)?)
        }
        _ => return None,
    })
}

/// Returns the fields with those that change in place of their own; `None` if none changes.
fn each<'f>(
    fields: impl Iterator<Item = &'f FieldRef>,
    change: &mut dyn FnMut(&FieldRef) -> Option<FieldRef>,
) -> Option<Vec<FieldRef>> {
    let mut any = false;
    let fields = fields.map(|same| {
        let changed = change(same);
        any |= changed.is_some();
        changed.unwrap_or_else(|| Arc::clone(same))
    });
    let fields = fields.collect();
    any.then_some(fields)
}

/// Returns the type with what `replace` returns in place of it or of the types inside it; `None` if it replaces nothing.
pub fn map_data_type(
    data_type: &DataType,
    replace: &dyn Fn(&DataType) -> Option<DataType>,
) -> Option<DataType> {
    replace(data_type).or_else(|| map_children(data_type, &mut |field| map_field(field, replace)))
}

pub fn map_fields(
    fields: &Fields,
    replace: &dyn Fn(&DataType) -> Option<DataType>,
) -> Option<Fields> {
    each(fields.iter(), &mut |field| map_field(field, replace)).map(Fields::from)
}

/// Keeps name, dictionary and metadata.
fn map_field(
    field: &FieldRef,
    replace: &dyn Fn(&DataType) -> Option<DataType>,
) -> Option<FieldRef> {
    let data_type = map_data_type(field.data_type(), replace)?;
    Some(Arc::new(Field::clone(field).with_data_type(data_type)))
}

/// Returns the fields of batches: nullable at every depth, because some servers send NULL where they report NOT NULL.
///
/// The entries and keys of maps and the ends of runs stay as they are, because
/// [Arrow](https://arrow.apache.org/docs/format/Columnar.html) itself forbids a NULL there.
pub(crate) fn nullable(fields: &Fields) -> Fields {
    each(fields.iter(), &mut nullable_field).map_or_else(|| fields.clone(), Fields::from)
}

pub fn nullable_schema(reported: &Schema) -> SchemaRef {
    let fields = nullable(reported.fields());
    Arc::new(Schema::new_with_metadata(
        fields,
        reported.metadata().clone(),
    ))
}

fn nullable_field(field: &FieldRef) -> Option<FieldRef> {
    let inner = nullable_type(field.data_type());
    if inner.is_none() && field.is_nullable() {
        return None;
    }
    let nullable = Field::clone(field).with_nullable(true);
    Some(Arc::new(match inner {
        None => nullable,
        Some(inner) => nullable.with_data_type(inner),
    }))
}

fn nullable_type(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Map(entries, sorted) => Some(DataType::Map(nullable_entries(entries)?, *sorted)),
        other => map_children(other, &mut nullable_field),
    }
}

/// Returns the entries of a map with nullable values; the keys change only inside. `None` if nothing changes.
fn nullable_entries(entries: &FieldRef) -> Option<FieldRef> {
    let DataType::Struct(pair) = entries.data_type() else {
        return None;
    };
    let [key, value] = &**pair else {
        return None;
    };
    let inner = nullable_type(key.data_type());
    let new_key = inner.map(|inner| Arc::new(Field::clone(key).with_data_type(inner)));
    let new_value = nullable_field(value);
    if new_key.is_none() && new_value.is_none() {
        return None;
    }
    let pair = DataType::Struct(Fields::from(vec![
        new_key.unwrap_or_else(|| Arc::clone(key)),
        new_value.unwrap_or_else(|| Arc::clone(value)),
    ]));
    Some(Arc::new(Field::clone(entries).with_data_type(pair)))
}

/// Returns `true` if two types have the same values: nullability, metadata, and the spelling of a fixed zone do not count.
pub fn same_type(a: &DataType, b: &DataType) -> bool {
    let field =
        |a: &Field, b: &Field| a.name() == b.name() && same_type(a.data_type(), b.data_type());
    // The names of list items and of map entries have no meaning.
    let inner = |a: &Field, b: &Field| same_type(a.data_type(), b.data_type());
    match (a, b) {
        (DataType::Timestamp(a_unit, Some(a_zone)), DataType::Timestamp(b_unit, Some(b_zone))) => {
            a_unit == b_unit && same_zone(a_zone, b_zone)
        }
        (DataType::List(a), DataType::List(b))
        | (DataType::LargeList(a), DataType::LargeList(b))
        | (DataType::ListView(a), DataType::ListView(b))
        | (DataType::LargeListView(a), DataType::LargeListView(b)) => inner(a, b),
        (DataType::Map(a, a_sorted), DataType::Map(b, b_sorted)) => {
            let (DataType::Struct(a), DataType::Struct(b)) = (a.data_type(), b.data_type()) else {
                return a == b;
            };
            a_sorted == b_sorted && a.len() == b.len() && a.iter().zip(b).all(|(a, b)| inner(a, b))
        }
        (DataType::FixedSizeList(a, a_size), DataType::FixedSizeList(b, b_size)) => {
            a_size == b_size && inner(a, b)
        }
        (DataType::RunEndEncoded(a_ends, a), DataType::RunEndEncoded(b_ends, b)) => {
            inner(a_ends, b_ends) && inner(a, b)
        }
        (DataType::Dictionary(a_key, a), DataType::Dictionary(b_key, b)) => {
            a_key == b_key && same_type(a, b)
        }
        (DataType::Struct(a), DataType::Struct(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| field(a, b))
        }
        (DataType::Union(a, a_mode), DataType::Union(b, b_mode)) => {
            let same = |((a_id, a), (b_id, b)): ((i8, &FieldRef), (i8, &FieldRef))| {
                a_id == b_id && field(a, b)
            };
            a_mode == b_mode && a.len() == b.len() && a.iter().zip(b.iter()).all(same)
        }
        (a, b) => a == b,
    }
}

fn same_zone(a: &str, b: &str) -> bool {
    a == b || matches!((fixed_offset(a), fixed_offset(b)), (Some(a), Some(b)) if a == b)
}
