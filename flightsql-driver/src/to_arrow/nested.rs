//! Columns of lists and maps.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_array::{ArrayRef, ListArray, MapArray, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field};
use sqlx_core::error::BoxDynError;

use super::parts::TooLarge;
use super::{ToArrowColumn, columns, fit};
use crate::type_info::FlightSqlTypeInfo;
use crate::types::FlightSqlHasArrayType;

fn list_column<'a, T, I>(lists: I, wanted: &DataType) -> Result<ArrayRef, BoxDynError>
where
    T: ToArrowColumn + 'a,
    I: ExactSizeIterator<Item = Option<&'a [T]>> + Clone,
{
    let own = T::column_type();
    // The items have the type of the wanted list, so that a decimal of another scale needs no second conversion.
    let item = match wanted {
        DataType::List(item) => Arc::clone(item),
        _ => Arc::new(own.to_field("item")),
    };
    let lengths = lengths(lists.clone().map(|list| list.map(<[T]>::len)))?;
    // Counted before, because a flattened iterator has no exact length.
    let items = Counted {
        left: lengths.iter().sum(),
        items: lists.clone().flatten().flatten(),
    };
    let items = T::to_column(items.map(Some), item.data_type())?;
    let nulls = nulls(lists.map(|list| list.is_some()));
    let list = ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), items, nulls)?;
    fit(Arc::new(list), wanted)
}

fn lengths(lists: impl Iterator<Item = Option<usize>>) -> Result<Vec<usize>, BoxDynError> {
    let lengths: Vec<usize> = lists.map(|len| len.unwrap_or(0)).collect();
    let total = lengths.iter().sum::<usize>();
    i32::try_from(total).map_err(|_| TooLarge("the lists have too many items"))?;
    Ok(lengths)
}

pub(crate) fn nulls(present: impl Iterator<Item = bool>) -> Option<NullBuffer> {
    let nulls: NullBuffer = present.collect::<Vec<bool>>().into();
    (nulls.null_count() > 0).then_some(nulls)
}

/// An iterator with a known number of items.
#[derive(Clone)]
struct Counted<I> {
    items: I,
    left: usize,
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        self.left = self.left.saturating_sub(1);
        self.items.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<I: Iterator> ExactSizeIterator for Counted<I> {}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty;)*) => {
        columns! {$(
            [T: ToArrowColumn + FlightSqlHasArrayType, $($generics)*] $list:
                FlightSqlTypeInfo::list_of(&T::column_type()),
                |values, wanted| list_column::<T, _>(values.map(|value| value.map(|list| &list[..])), wanted);
        )*}
    };
}

lists! {
    [] Vec<T>;
    [] [T];
    [const N: usize] [T; N];
}

macro_rules! maps {
    ($([$($generics:tt)*] $map:ty;)*) => {
        columns! {$(
            [K: ToArrowColumn, V: ToArrowColumn, $($generics)*] $map:
                FlightSqlTypeInfo::map_of(&K::column_type(), &V::column_type()),
                |values, wanted| {
                    let entries = entries_type::<K, V>(wanted);
                    let DataType::Struct(pair) = entries.data_type() else {
                        return Err("the wanted map has no entries".into());
                    };
                    let [key, value] = &**pair else {
                        return Err("an entry of the map type must have two fields".into());
                    };
                    let lengths = lengths(values.clone().map(|map| map.map(|map| map.len())))?;
                    let left = lengths.iter().sum();
                    let maps = values.clone().flatten();
                    let keys = Counted { items: maps.clone().flat_map(|map| map.keys()), left };
                    let items = Counted { items: maps.flat_map(|map| map.values()), left };
                    let columns = vec![
                        K::to_column(keys.map(Some), key.data_type())?,
                        V::to_column(items.map(Some), value.data_type())?,
                    ];
                    let structs = StructArray::try_new(pair.clone(), columns, None)?;
                    let nulls = nulls(values.map(|map| map.is_some()));
                    let offsets = OffsetBuffer::from_lengths(lengths);
                    let map = MapArray::try_new(entries, offsets, structs, nulls, false)?;
                    fit(Arc::new(map), wanted)
                };
        )*}
    };
}

maps! {
    [S] HashMap<K, V, S>;
    [] BTreeMap<K, V>;
}

/// Returns the entries of the wanted map, or of the default map.
fn entries_type<K: ToArrowColumn, V: ToArrowColumn>(wanted: &DataType) -> Arc<Field> {
    match wanted {
        DataType::Map(entries, _) => Arc::clone(entries),
        _ => match <BTreeMap<K, V>>::column_type().data_type() {
            DataType::Map(entries, _) => Arc::clone(entries),
            _ => Arc::new(Field::new("entries", DataType::Null, false)),
        },
    }
}
