//! Arrays that a hostile server may send: slices, shared values, and types next to numbers in bytes.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::*;
use arrow_array::{
    Array as _, ArrayRef, DictionaryArray, FixedSizeBinaryArray, FixedSizeListArray, Int8Array,
    Int32Array, LargeListArray, LargeListViewArray, ListArray, ListViewArray, MapArray, RunArray,
    StringArray, StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::DataType::*;
use arrow_schema::{DataType, Field, Fields};

use super::array;
use crate::arrow::convert::convert;
use crate::arrow::logical_type::Encoding;

fn item(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", data_type, true))
}

/// A slice converts as the same rows of the whole.
#[track_caller]
fn same_as_whole(whole: &ArrayRef, to: &DataType) {
    let all = convert(whole, to, Encoding::Value).unwrap();
    for from in 0..whole.len() {
        for len in 0..=whole.len() - from {
            let made = convert(&whole.slice(from, len), to, Encoding::Value).unwrap();
            assert_eq!(
                &made.array,
                &all.array.slice(from, len),
                "{from}+{len} {to}"
            );
            for row in 0..len {
                let is = |rows: &Option<arrow_buffer::BooleanBuffer>, row| {
                    rows.as_ref().is_some_and(|rows| rows.value(row))
                };
                assert_eq!(
                    is(&made.refused, row),
                    is(&all.refused, from + row),
                    "{from}+{len} {row} {to}"
                );
            }
        }
    }
}

#[test]
fn slices_of_nested_arrays() {
    let words = || {
        array(StringArray::from(vec![
            Some("1"),
            None,
            Some("x"),
            Some("4"),
            Some("5"),
            Some("6"),
            Some("y"),
            Some("8"),
        ]))
    };
    let nulls = NullBuffer::from(vec![true, true, false, true]);
    let offsets = OffsetBuffer::<i32>::from_lengths([2, 1, 3, 0]);
    same_as_whole(
        &array(ListArray::new(
            item(Utf8),
            offsets,
            words(),
            Some(nulls.clone()),
        )),
        &List(item(Int32)),
    );
    let offsets = OffsetBuffer::<i64>::from_lengths([2, 3, 1, 2]);
    same_as_whole(
        &array(LargeListArray::new(
            item(Utf8),
            offsets,
            words(),
            Some(nulls.clone()),
        )),
        &LargeList(item(Int32)),
    );
    same_as_whole(
        &array(FixedSizeListArray::new(
            item(Utf8),
            2,
            words(),
            Some(nulls.clone()),
        )),
        &FixedSizeList(item(Int32), 2),
    );
    let views = ListViewArray::new(
        item(Utf8),
        vec![3, 0, 5, 3].into(),
        vec![3, 2, 3, 2].into(),
        words(),
        Some(nulls.clone()),
    );
    same_as_whole(&array(views), &ListView(item(Int32)));
    let views = LargeListViewArray::new(
        item(Utf8),
        vec![3, 0, 5, 8].into(),
        vec![3, 3, 3, 0].into(),
        words(),
        None,
    );
    same_as_whole(&array(views), &LargeListView(item(Int32)));
    let fields = Fields::from(vec![
        Field::new("a", Utf8, true),
        Field::new("b", Utf8, true),
    ]);
    let record = StructArray::new(fields, vec![words(), words()], None);
    let to = Struct(Fields::from(vec![
        Field::new("a", Int32, true),
        Field::new("b", Utf8, true),
    ]));
    same_as_whole(&array(record), &to);
    let pair = |value: DataType| {
        Fields::from(vec![
            Field::new("key", Utf8, false),
            Field::new("value", value, true),
        ])
    };
    let entries = StructArray::new(
        pair(Utf8),
        vec![array(StringArray::from(vec!["a"; 8])), words()],
        None,
    );
    let entry = |value: DataType| Arc::new(Field::new("entries", Struct(pair(value)), false));
    let map = MapArray::new(
        entry(Utf8),
        OffsetBuffer::<i32>::from_lengths([1, 2, 2, 3]),
        entries,
        None,
        false,
    );
    same_as_whole(&array(map), &Map(entry(Int32), false));
    let keys = Int8Array::from(vec![Some(0), Some(2), None, Some(1), Some(2)]);
    let values = array(StringArray::from(vec![Some("1"), None, Some("x")]));
    same_as_whole(&array(DictionaryArray::new(keys, values)), &Int32);
    let runs = RunArray::<Int32Type>::try_new(
        &Int32Array::from(vec![2, 3, 6]),
        &StringArray::from(vec![Some("1"), None, Some("x")]),
    );
    same_as_whole(&array(runs.unwrap()), &Int32);
    let inner = OffsetBuffer::<i32>::from_lengths([3, 2, 3]);
    let inner = array(ListArray::new(item(Utf8), inner, words(), None));
    let outer = OffsetBuffer::<i32>::from_lengths([0, 1, 2]);
    let outer = ListArray::new(item(inner.data_type().clone()), outer, inner, None);
    same_as_whole(&array(outer), &List(item(List(item(Int32)))));
}

#[test]
fn a_number_in_bytes_beside_other_types() {
    let bytes: ArrayRef =
        array(FixedSizeBinaryArray::try_from_iter([[1_u8, 0], [0, 1]].iter()).unwrap());
    let fields = Fields::from(vec![
        Field::new("n", FixedSizeBinary(2), true),
        Field::new("t", Utf8, true),
        Field::new("i", Utf8, true),
        Field::new("l", List(item(Utf8)), true),
    ]);
    let text = || array(StringArray::from(vec!["7", "8"]));
    let list = ListArray::new(
        item(Utf8),
        OffsetBuffer::<i32>::from_lengths([1, 1]),
        text(),
        None,
    );
    let record = array(StructArray::new(
        fields,
        vec![bytes, text(), text(), array(list)],
        None,
    ));
    let to = Struct(Fields::from(vec![
        Field::new("n", Decimal128(10, 0), true),
        Field::new("t", Utf8, true),
        Field::new("i", Int32, true),
        Field::new("l", List(item(Int32)), true),
    ]));
    let made = convert(&record, &to, Encoding::LittleEndian).unwrap();
    assert!(made.refused.is_none());
    let numbers = made
        .array
        .as_struct()
        .column(0)
        .as_primitive::<Decimal128Type>();
    assert_eq!(numbers.values(), &[1, 256]);
    let numbers = made.array.as_struct().column(2).as_primitive::<Int32Type>();
    assert_eq!(numbers.values(), &[7, 8]);
}

#[test]
fn a_shared_value_is_converted_once() {
    // A message of 1 MiB, and 16 GiB as plain text.
    let long = "x".repeat(1 << 20);
    let rows = 1 << 14;
    let keys = Int8Array::from(vec![0; rows]);
    let values: ArrayRef = array(arrow_array::LargeStringArray::from(vec![&*long]));
    let dictionary: ArrayRef = array(DictionaryArray::new(keys, values));
    let made = convert(&dictionary, &Int32, Encoding::Value).unwrap();
    assert_eq!(made.refused.unwrap().count_set_bits(), rows);
    // Text of that size is not made at all.
    assert!(convert(&dictionary, &LargeUtf8, Encoding::Value).is_none());
}

#[test]
fn views_of_one_long_value_are_not_copied_without_end() {
    let mut views = arrow_array::builder::BinaryViewBuilder::new();
    let block = views.append_block("x".repeat(1 << 20).as_bytes().into());
    for _ in 0..1_100 {
        views.try_append_view(block, 0, 1 << 20).unwrap();
    }
    let views: ArrayRef = array(views.finish());
    for to in [Utf8View, LargeUtf8, LargeBinary] {
        assert!(convert(&views, &to, Encoding::Value).is_none(), "{to}");
    }
}

#[test]
fn views_that_overlap_are_counted_once() {
    // Row by row these are 2^36 items.
    let (items, rows) = (1 << 20, 1 << 16);
    let mut words = vec!["1"; items];
    words[items - 1] = "x";
    let views = ListViewArray::new(
        item(Utf8),
        vec![0; rows].into(),
        (0..rows)
            .map(|row| i32::try_from(items - row % 2).unwrap())
            .collect(),
        array(StringArray::from(words)),
        None,
    );
    let made = convert(&array(views), &ListView(item(Int32)), Encoding::Value).unwrap();
    assert_eq!(made.refused.unwrap().count_set_bits(), rows / 2);
}
