//! Types with another type somewhere inside them (layer 0).

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, UnionFields};

/// The type with what `replace` gives in place of it, or of the types inside it; `None` when it replaces nothing.
pub(crate) fn retype(
    data_type: &DataType,
    replace: &dyn Fn(&DataType) -> Option<DataType>,
) -> Option<DataType> {
    if let Some(other) = replace(data_type) {
        return Some(other);
    }
    let field = |field: &FieldRef| retype_field(field, replace);
    Some(match data_type {
        DataType::List(item) => DataType::List(field(item)?),
        DataType::LargeList(item) => DataType::LargeList(field(item)?),
        DataType::ListView(item) => DataType::ListView(field(item)?),
        DataType::LargeListView(item) => DataType::LargeListView(field(item)?),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(field(item)?, *size),
        DataType::Map(entries, sorted) => DataType::Map(field(entries)?, *sorted),
        DataType::Struct(fields) => DataType::Struct(retype_fields(fields, replace)?),
        DataType::Union(variants, mode) => {
            let changed = each(variants.iter().map(|(_, variant)| variant), replace)?;
            let ids = variants.iter().map(|(id, _)| id);
            DataType::Union(ids.zip(changed).collect::<UnionFields>(), *mode)
        }
        DataType::Dictionary(key, value) => {
            DataType::Dictionary(key.clone(), Box::new(retype(value, replace)?))
        }
        DataType::RunEndEncoded(ends, values) => {
            DataType::RunEndEncoded(Arc::clone(ends), field(values)?)
        }
        _ => return None,
    })
}

/// The same for each of some fields.
pub(crate) fn retype_fields(
    fields: &Fields,
    replace: &dyn Fn(&DataType) -> Option<DataType>,
) -> Option<Fields> {
    each(fields.iter(), replace).map(Fields::from)
}

/// The fields with those that change changed; `None` when none does.
fn each<'f>(
    fields: impl Iterator<Item = &'f FieldRef>,
    replace: &dyn Fn(&DataType) -> Option<DataType>,
) -> Option<Vec<FieldRef>> {
    let mut any = false;
    let fields = fields.map(|same| match retype_field(same, replace) {
        None => Arc::clone(same),
        Some(changed) => {
            any = true;
            changed
        }
    });
    let fields = fields.collect();
    any.then_some(fields)
}

/// Keeps name, dictionary and metadata.
fn retype_field(
    field: &FieldRef,
    replace: &dyn Fn(&DataType) -> Option<DataType>,
) -> Option<FieldRef> {
    let data_type = retype(field.data_type(), replace)?;
    Some(Arc::new(Field::clone(field).with_data_type(data_type)))
}
