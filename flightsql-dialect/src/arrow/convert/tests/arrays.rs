//! Tests of views, nested and encoded arrays, and the pairs of logical types.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray as _;
use arrow_array::types::*;
use arrow_array::{
    ArrayRef, DictionaryArray, Int8Array, Int32Array, Int64Array, MapArray, RunArray, StringArray,
    StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::DataType::*;
use arrow_schema::TimeUnit::{Millisecond, Nanosecond, Second};
use arrow_schema::{Field, Fields};

use super::{array, shown};
use crate::arrow::convert::plain::converts;
use crate::arrow::convert::{convert, view};
use crate::arrow::logical_type::Encoding;

#[test]
fn a_view_keeps_the_buffers() {
    let ints = Int64Array::from(vec![Some(5), None]);
    let pointer = ints.values().as_ptr().addr();
    let ints = array(ints);
    for to in [
        Timestamp(Second, None),
        Timestamp(Nanosecond, Some("Europe/Paris".into())),
        Duration(Millisecond),
        Time64(Nanosecond),
        Date64,
    ] {
        let seen = view(&ints, &to).unwrap();
        assert_eq!(seen.data_type(), &to);
        assert_eq!(seen.to_data().buffers()[0].as_ptr().addr(), pointer, "{to}");
        assert_eq!(seen.logical_nulls(), ints.logical_nulls());
        assert_eq!(&view(&seen, &Int64).unwrap(), &ints);
        // The conversion gives the same result.
        let made = convert(&ints, &to, Encoding::Value).unwrap();
        assert_eq!(made.array.to_data().buffers()[0].as_ptr().addr(), pointer);
    }
    let keys = Int8Array::from(vec![0, 1, 0]);
    let dictionary: ArrayRef = array(DictionaryArray::new(keys, Arc::clone(&ints)));
    let to = Dictionary(Box::new(Int8), Box::new(Timestamp(Second, None)));
    let seen = view(&dictionary, &to).unwrap();
    assert_eq!(seen.data_type(), &to);
    assert_eq!(
        seen.as_any_dictionary().values().to_data().buffers()[0]
            .as_ptr()
            .addr(),
        pointer
    );
    for to in [Int32, Date32, Time32(Second), Utf8, FixedSizeBinary(8)] {
        assert!(view(&ints, &to).is_none(), "{to}");
    }
}

#[test]
fn a_row_with_a_refused_value_inside_is_refused() {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in [
        Some(vec!["1", "2"]),
        Some(vec!["3", "x"]),
        None,
        Some(vec![]),
    ] {
        match row {
            Some(items) => lists.append_value(items.into_iter().map(Some)),
            None => lists.append_null(),
        }
    }
    let lists = array(lists.finish());
    for nullable in [true, false] {
        let to = List(Arc::new(Field::new("item", Int64, nullable)));
        assert_eq!(
            shown(&lists, &to, Encoding::Value),
            ["[1, 2]", "refused", "NULL", "[]"]
        );
        // A slice begins in the middle of its items.
        let tail = lists.slice(1, 3);
        assert_eq!(
            shown(&tail, &to, Encoding::Value),
            ["refused", "NULL", "[]"]
        );
        let to = LargeList(Arc::new(Field::new("item", Int64, nullable)));
        assert_eq!(
            shown(&lists, &to, Encoding::Value),
            ["[1, 2]", "refused", "NULL", "[]"]
        );
    }

    let field = |data_type| Fields::from(vec![Field::new("a", data_type, true)]);
    let column = array(StringArray::from(vec!["1", "x", "x"]));
    let nulls = NullBuffer::from(vec![true, true, false]);
    let structs = array(StructArray::new(field(Utf8), vec![column], Some(nulls)));
    assert_eq!(
        shown(&structs, &Struct(field(Int8)), Encoding::Value),
        ["{a: 1}", "refused", "NULL"]
    );

    let pair = |key, value| {
        Fields::from(vec![
            Field::new("key", key, false),
            Field::new("value", value, true),
        ])
    };
    let entries = |pair| Arc::new(Field::new("entries", Struct(pair), false));
    let keys = array(StringArray::from(vec!["1", "2", "k", "4"]));
    let values = array(StringArray::from(vec!["a", "b", "c", "d"]));
    let offsets = OffsetBuffer::from_lengths([2, 1, 1]);
    let structs = StructArray::new(pair(Utf8, Utf8), vec![keys, values], None);
    let maps = array(MapArray::new(
        entries(pair(Utf8, Utf8)),
        offsets,
        structs,
        None,
        false,
    ));
    let to = Map(entries(pair(Int8, Utf8)), false);
    assert_eq!(
        shown(&maps, &to, Encoding::Value),
        ["{1: a, 2: b}", "refused", "{4: d}"]
    );
}

#[test]
fn encodings_are_taken_off() {
    let dictionary: DictionaryArray<Int8Type> = [Some("1"), None, Some("x"), Some("1")]
        .into_iter()
        .collect();
    assert_eq!(
        shown(&array(dictionary), &Int32, Encoding::Value),
        ["1", "NULL", "refused", "1"]
    );
    let ends = Int32Array::from(vec![2, 3]);
    let runs = RunArray::<Int32Type>::try_new(&ends, &StringArray::from(vec!["1", "x"])).unwrap();
    assert_eq!(
        shown(&array(runs), &Int32, Encoding::Value),
        ["1", "1", "refused"]
    );
}

#[test]
fn there_is_no_conversion_without_a_meaning() {
    let ints = array(Int32Array::from(vec![1]));
    for to in [
        FixedSizeBinary(16),
        Binary,
        Interval(arrow_schema::IntervalUnit::DayTime),
        Date64,
    ] {
        assert!(convert(&ints, &to, Encoding::Value).is_none(), "{to}");
    }
    let texts = array(StringArray::from(vec!["1"]));
    assert!(convert(&texts, &Int32, Encoding::LittleEndian).is_none());
    assert!(convert(&texts, &Duration(Second), Encoding::Value).is_none());
    let item = Arc::new(Field::new("item", Utf8, true));
    assert!(convert(&texts, &List(item), Encoding::Value).is_none());
}

#[test]
fn logical_types_convert_where_their_arrow_types_do() {
    let checked = |sent: &str, means: &str, encoding| {
        converts(&sent.parse().unwrap(), &means.parse().unwrap(), encoding)
    };
    for (sent, means) in [
        ("text", "uuid"),
        ("text", "json"),
        ("text", "decimal"),
        ("text", "timestamptz"),
        ("binary", "uuid"),
        ("binary(16)", "uuid"),
        ("int8", "bool"),
        ("int64", "timestamptz(ms)"),
        ("int32", "date"),
        ("timestamp", "timestamptz"),
        ("timestamp(ms)", "date"),
        ("any", "text"),
        ("decimal(9,0)", "int64"),
    ] {
        assert!(checked(sent, means, Encoding::Value), "{sent} to {means}");
    }
    for (sent, means) in [
        ("int8", "uuid"),
        ("int8", "date"),
        ("int64", "date"),
        ("text", "list"),
        ("text", "interval"),
        ("text", "any"),
        ("list", "text"),
        ("bool", "date"),
    ] {
        assert!(!checked(sent, means, Encoding::Value), "{sent} to {means}");
    }
    assert!(checked(
        "binary(16)",
        "decimal(39,0)",
        Encoding::LittleEndian
    ));
    assert!(checked("binary", "decimal(38,0)", Encoding::DuckdbBignum));
    assert!(!checked("text", "decimal(38,0)", Encoding::DuckdbBignum));
}
