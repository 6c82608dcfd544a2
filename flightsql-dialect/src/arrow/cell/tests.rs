//! Values in each type and encoding in which servers send them.
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{
    FixedSizeListBuilder, Int32Builder, LargeListBuilder, ListBuilder, ListViewBuilder, MapBuilder,
    StringBuilder,
};
use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, Decimal128Array, DictionaryArray,
    FixedSizeBinaryArray, Int8Array, Int32Array, Int64Array, LargeBinaryArray, LargeStringArray,
    ListArray, NullArray, RunArray, StringArray, StringViewArray, UInt8Array, UInt64Array,
    UnionArray,
};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, Field, UnionFields};

use super::Cell;

fn cell(array: &ArrayRef, row: usize) -> Option<Cell<'_>> {
    Cell::of(&**array, row)
}

/// `a`, NULL, `b`, in each encoding.
fn encoded() -> Vec<ArrayRef> {
    let dictionary: DictionaryArray<Int8Type> = [Some("a"), None, Some("b")].into_iter().collect();
    let null_in_values = DictionaryArray::new(
        Int8Array::from(vec![1, 0, 2]),
        Arc::new(LargeStringArray::from(vec![None, Some("a"), Some("b")])) as ArrayRef,
    );
    let runs = RunArray::try_new(
        &Int32Array::from(vec![1, 2, 3]),
        &StringViewArray::from(vec![Some("a"), None, Some("b")]),
    );
    let (texts, numbers) = (
        Arc::new(StringArray::from(vec![Some("a"), Some("b")])) as ArrayRef,
        Arc::new(Int32Array::from(vec![None])) as ArrayRef,
    );
    let variants = [(0, &texts), (5, &numbers)];
    let variants: UnionFields = variants
        .map(|(id, array)| {
            (
                id,
                Arc::new(Field::new("v", array.data_type().clone(), true)),
            )
        })
        .into_iter()
        .collect();
    let union = UnionArray::try_new(
        variants,
        ScalarBuffer::from(vec![0, 5, 0]),
        Some(ScalarBuffer::from(vec![0, 0, 1])),
        vec![texts, numbers],
    );
    vec![
        Arc::new(dictionary),
        Arc::new(null_in_values),
        Arc::new(runs.unwrap()),
        Arc::new(union.unwrap()),
    ]
}

#[test]
fn finds_values_behind_encodings() {
    for array in encoded() {
        let seen: Vec<_> = (0..4)
            .map(|row| cell(&array, row).and_then(Cell::text))
            .collect();
        let expected = [Some("a"), None, Some("b"), None].map(|text| text.map(str::to_owned));
        assert_eq!(seen, expected, "{}", array.data_type());
        // A slice has an offset of its own.
        let sliced = array.slice(2, 1);
        let text = cell(&sliced, 0).and_then(Cell::text);
        assert_eq!(text.as_deref(), Some("b"), "{}", array.data_type());
    }
    let null: ArrayRef = Arc::new(NullArray::new(1));
    assert!(cell(&null, 0).is_none());
}

#[test]
fn reads_text_of_each_type() {
    let texts: [ArrayRef; 6] = [
        Arc::new(StringArray::from(vec!["a"])),
        Arc::new(LargeStringArray::from(vec!["a"])),
        Arc::new(StringViewArray::from(vec!["a"])),
        Arc::new(BinaryArray::from(vec![b"a".as_slice()])),
        Arc::new(LargeBinaryArray::from(vec![b"a".as_slice()])),
        Arc::new(BinaryViewArray::from(vec![b"a".as_slice()])),
    ];
    for array in texts {
        let cell = cell(&array, 0).unwrap();
        assert_eq!(cell.text().as_deref(), Some("a"), "{}", array.data_type());
        assert_eq!(
            cell.bytes().as_deref(),
            Some(&b"a"[..]),
            "{}",
            array.data_type()
        );
    }
    let broken: ArrayRef = Arc::new(BinaryArray::from(vec![b"a\xff".as_slice()]));
    let text = cell(&broken, 0).and_then(Cell::text);
    assert_eq!(text.as_deref(), Some("a\u{fffd}"));
}

#[test]
fn displays_what_is_not_text() {
    let values: [(ArrayRef, &str); 3] = [
        (Arc::new(Int64Array::from(vec![7])), "7"),
        (Arc::new(BooleanArray::from(vec![true])), "true"),
        (Arc::new(StringArray::from(vec!["a"])), "a"),
    ];
    for (array, text) in values {
        let cell = cell(&array, 0).unwrap();
        assert_eq!(cell.display().as_deref(), Some(text));
    }
}

#[test]
fn reads_integers_of_each_width() {
    let decimal = |scale| Decimal128Array::from(vec![70]).with_precision_and_scale(10, scale);
    let values: [(ArrayRef, Option<i128>); 6] = [
        (Arc::new(Int8Array::from(vec![-7])), Some(-7)),
        (
            Arc::new(UInt64Array::from(vec![u64::MAX])),
            Some(u64::MAX.into()),
        ),
        (Arc::new(decimal(0).unwrap()), Some(70)),
        (Arc::new(decimal(-1).unwrap()), Some(700)),
        (Arc::new(decimal(1).unwrap()), None),
        (Arc::new(StringArray::from(vec!["7"])), None),
    ];
    for (array, expected) in values {
        let number = cell(&array, 0).unwrap().integer();
        assert_eq!(number, expected, "{}", array.data_type());
    }
}

#[test]
fn reads_flags_and_bytes() {
    let flag: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None]));
    assert_eq!(cell(&flag, 0).and_then(Cell::boolean), Some(true));
    assert!(cell(&flag, 1).is_none());
    let fixed = FixedSizeBinaryArray::try_from_iter([[1, 2]].into_iter()).unwrap();
    let fixed: ArrayRef = Arc::new(fixed);
    assert_eq!(cell(&fixed, 0).and_then(Cell::bytes), Some(vec![1, 2]));
    let field = Arc::new(Field::new_list_field(DataType::UInt8, true));
    let items = Arc::new(UInt8Array::from(vec![1, 2, 3]));
    let offsets = arrow_buffer::OffsetBuffer::from_lengths([1, 2]);
    let list: ArrayRef = Arc::new(ListArray::new(field, offsets, items, None));
    assert_eq!(cell(&list, 1).and_then(Cell::bytes), Some(vec![2, 3]));
}

#[test]
fn reads_texts_of_each_list() {
    macro_rules! list {
        ($builder:expr) => {{
            let mut list = $builder;
            list.values().append_value("a");
            list.values().append_null();
            list.values().append_value("b");
            list.append(true);
            Arc::new(list.finish()) as ArrayRef
        }};
    }
    let lists = [
        list!(ListBuilder::new(StringBuilder::new())),
        list!(LargeListBuilder::new(StringBuilder::new())),
        list!(ListViewBuilder::new(StringBuilder::new())),
        list!(FixedSizeListBuilder::new(StringBuilder::new(), 3)),
    ];
    for array in lists {
        let texts = cell(&array, 0).and_then(Cell::texts);
        let expected = ["a", "b"].map(str::to_owned).to_vec();
        assert_eq!(texts, Some(expected), "{}", array.data_type());
    }
    let mut numbers = ListBuilder::new(Int32Builder::new());
    numbers.values().append_value(1);
    numbers.append(true);
    let numbers: ArrayRef = Arc::new(numbers.finish());
    assert_eq!(cell(&numbers, 0).and_then(Cell::texts), None);
}

#[test]
fn reads_a_map_of_lists() {
    let lists = ListBuilder::new(Int32Builder::new());
    let mut map = MapBuilder::new(None, Int32Builder::new(), lists);
    map.keys().append_value(3);
    map.values().values().append_value(4);
    map.values().values().append_value(5);
    map.values().append(true);
    map.append(true).unwrap();
    let map: ArrayRef = Arc::new(map.finish());
    let expected = BTreeMap::from([(3, vec![4, 5])]);
    assert_eq!(cell(&map, 0).and_then(Cell::int_lists), Some(expected));
}
