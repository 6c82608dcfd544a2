//! Lists of any layout, and what is wrong inside them.
use std::sync::Arc;

use arrow_array::types::{Int32Type, UInt8Type};
use arrow_array::{Array, ArrayRef, Int32Array, ListArray, StringArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};
use sqlx_core::types::Type;

use crate::marker::FlightSql;
use crate::types::tests::{bind, read, round_trip};

fn list_type(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", item, true)))
}

#[test]
fn lists_round_trip_through_every_layout() {
    let item = || Arc::new(Field::new("item", DataType::Int64, true));
    round_trip(
        &vec![Some(1_i32), None, Some(-3)],
        &[
            list_type(DataType::Int32),
            DataType::List(item()),
            DataType::LargeList(item()),
            DataType::ListView(item()),
            DataType::LargeListView(item()),
            DataType::FixedSizeList(item(), 3),
        ],
    );
    round_trip(&Vec::<String>::new(), &[list_type(DataType::Utf8View)]);
    round_trip(
        &[[1_i16, 2], [3, 4]],
        &[list_type(list_type(DataType::Int8))],
    );
}

#[test]
fn bytes_are_no_list_but_may_stand_in_one() {
    assert_eq!(
        <Vec<u8> as Type<FlightSql>>::type_info().data_type(),
        &DataType::Binary
    );
    round_trip(&vec![1_u8, 2, 255], &[list_type(DataType::UInt8)]);
    round_trip(&[1_u8, 2, 255], &[list_type(DataType::UInt8)]);
    round_trip(
        &vec![vec![1_u8], vec![]],
        &[list_type(DataType::LargeBinary)],
    );
    let rows = [Some([Some(1), None])];
    let array = ListArray::from_iter_primitive::<UInt8Type, _, _>(rows);
    assert!(read::<Vec<u8>>(array, 0).is_err());
}

#[test]
fn an_array_has_its_length() {
    let rows = [Some(vec![Some(1), Some(2)]), Some(vec![Some(1)])];
    let array = ListArray::from_iter_primitive::<Int32Type, _, _>(rows);
    assert_eq!(read::<[i32; 2]>(array.clone(), 0).unwrap(), [1, 2]);
    let error = read::<[i32; 2]>(array, 1).unwrap_err().to_string();
    assert!(
        error.contains("a list of 1 items cannot be read as `[i32; 2]`"),
        "{error}"
    );
    let wanted = DataType::FixedSizeList(Arc::new(Field::new("item", DataType::Int32, true)), 2);
    let error = bind(vec![1], Some(wanted)).unwrap_err().to_string();
    assert!(error.contains("the length differs"), "{error}");
}

#[test]
fn item_error_names_its_position() {
    let rows = [Some(vec![Some(1), None, Some(1_000)])];
    let array = ListArray::from_iter_primitive::<Int32Type, _, _>(rows);
    let error = read::<Vec<i32>>(array.clone(), 0).unwrap_err().to_string();
    for part in ["\"c\"", "item 1", "NULL of Arrow type Int32", "`i32`"] {
        assert!(error.contains(part), "{error}");
    }
    let error = read::<Vec<Option<i8>>>(array.clone(), 0)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("item 2") && error.contains("does not fit"),
        "{error}"
    );
    let error = read::<Vec<String>>(array, 0).unwrap_err().to_string();
    assert!(
        error.contains("List(Int32)") && error.contains("String"),
        "{error}"
    );
}

#[test]
fn a_list_of_nulls_is_a_list() {
    let items: ArrayRef = Arc::new(arrow_array::NullArray::new(3));
    let field = Arc::new(Field::new("item", DataType::Null, true));
    let array = ListArray::new(field, OffsetBuffer::from_lengths([2, 1]), items, None);
    assert_eq!(
        read::<Vec<Option<i64>>>(array.clone(), 0).unwrap(),
        [None, None]
    );
    assert!(read::<Vec<i64>>(array, 0).is_err());
}

#[test]
fn rejects_item_beyond_type_of_wanted_list() {
    let error = bind(vec![1_i64, 300], Some(list_type(DataType::Int8)))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("out of range") && error.contains("List(Int8)"),
        "{error}"
    );
    let not_null = DataType::List(Arc::new(Field::new("item", DataType::Int64, false)));
    let error = bind(vec![Some(1_i64), None], Some(not_null))
        .unwrap_err()
        .to_string();
    assert!(error.contains("NULL"), "{error}");
    let error = bind(vec!["x"], Some(DataType::Utf8))
        .unwrap_err()
        .to_string();
    assert!(error.contains("unsupported conversion"), "{error}");
}

#[test]
fn items_share_the_widest_type() {
    let array = bind(vec![1.5_f32], None).unwrap();
    assert_eq!(array.data_type(), &list_type(DataType::Float32));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let array = bind(&["a"][..], None).unwrap();
    assert_eq!(&crate::types::tests::first_list(&array), &texts);
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None]));
    let array = bind(vec![Some(1), None].into_boxed_slice(), None).unwrap();
    assert_eq!(&crate::types::tests::first_list(&array), &numbers);
    assert_eq!(array.len(), 1);
}
