//! Batches that do not belong to their result, and the lookup by name.
use std::sync::Arc;

use arrow_array::builder::BinaryViewBuilder;
use arrow_array::{
    ArrayRef, BinaryArray, DictionaryArray, Int8Array, Int32Array, Int64Array, RecordBatch,
};
use arrow_schema::{DataType, Field, Schema};
use sqlx_core::error::Error;

use super::{Batch, Columns};
use crate::dialect::{DialectProfile, TypeRule};
use crate::result_schema::ResultSchema;
use crate::value::FlightSqlValueRef;

fn columns(fields: &[(&str, DataType)]) -> Arc<Columns> {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, data_type)| Field::new(*name, data_type.clone(), true))
        .collect();
    Columns::plain(Arc::new(Schema::new(fields)))
}

fn record(name: &str, array: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter([(name, array)]).unwrap()
}

fn refused(columns: Arc<Columns>, record: RecordBatch) -> String {
    match Batch::new(columns, record) {
        Err(Error::Protocol(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_batch_must_have_the_columns_of_its_result() {
    let ints = || Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    assert!(Batch::new(columns(&[("a", DataType::Int64)]), record("a", ints())).is_ok());
    assert_eq!(
        refused(
            columns(&[("a", DataType::Int64), ("b", DataType::Int64)]),
            record("a", ints())
        ),
        "the server sent a batch of 1 columns in a result of 2"
    );
    assert_eq!(
        refused(
            columns(&[("a", DataType::Int64)]),
            record("a", Arc::new(Int32Array::from(vec![1])))
        ),
        "the server reported column \"a\" as Int64 and sent Int32"
    );
}

#[test]
fn a_batch_without_rows_or_columns_is_fine() {
    let empty = RecordBatch::new_empty(Arc::new(Schema::empty()));
    let batch = Batch::new(columns(&[]), empty).unwrap();
    assert_eq!(batch.num_rows(), 0);
    assert_eq!(batch.find("a"), None);
    assert!(batch.columns().as_slice().is_empty());
    assert!(batch.columns().schema().fields().is_empty());
}

#[test]
fn the_guess_wraps_around() {
    let batch = Batch::new(
        columns(&[("a", DataType::Int64), ("b", DataType::Int64)]),
        RecordBatch::try_from_iter([
            ("a", Arc::new(Int64Array::from(vec![1])) as ArrayRef),
            ("b", Arc::new(Int64Array::from(vec![2])) as ArrayRef),
        ])
        .unwrap(),
    )
    .unwrap();
    for name in ["a", "b", "a", "a", "b", "b", "b", "a"] {
        let expected = usize::from(name == "b");
        assert_eq!(batch.find(name), Some(expected), "{name}");
        assert_eq!(batch.find("c"), None);
    }
}

/// The first column as integers or UUIDs, by the rules `text` to `means`, where one of its texts is not UTF-8.
fn mapped(reported: DataType, means: &str, sent: ArrayRef) -> Arc<Batch> {
    let mut dialect = DialectProfile::new("mapped");
    let rule = TypeRule::new("text".parse().unwrap(), means.parse().unwrap());
    dialect.types.map = vec![rule];
    let schema = Arc::new(Schema::new(vec![Field::new("a", reported, true)]));
    let columns = Columns::new(ResultSchema::new(schema, &dialect));
    Batch::new(columns, record("a", sent)).unwrap()
}

fn shown(batch: &Arc<Batch>, row: u32) -> String {
    FlightSqlValueRef::new(batch, 0, row)
        .unwrap()
        .info()
        .to_string()
}

#[test]
fn views_of_one_long_text_are_not_copied() {
    let long = "x".repeat(1 << 20);
    let mut views = BinaryViewBuilder::new();
    let block = views.append_block(long.as_bytes().into());
    views.append_value(b"67e55044-10b1-426f-9247-bb680e5fe0c8");
    views.append_value(b"\xff");
    for _ in 0..2_100 {
        views.try_append_view(block, 0, 1 << 20).unwrap();
    }
    let batch = mapped(DataType::Utf8View, "uuid", Arc::new(views.finish()));
    assert_eq!(shown(&batch, 0), "UUID");
    assert_eq!(shown(&batch, 1), "VARCHAR");
    assert_eq!(shown(&batch, 2), "VARCHAR");
}

#[test]
fn sixteen_bytes_of_text_are_not_a_uuid() {
    let bytes = [b"0123456789abcdef".as_slice(), b"\xff"];
    let values: ArrayRef = Arc::new(BinaryArray::from_iter_values(bytes));
    let batch = mapped(DataType::Utf8, "uuid", Arc::clone(&values));
    assert_eq!(
        (shown(&batch, 0), shown(&batch, 1)),
        ("VARCHAR".into(), "VARCHAR".into())
    );
    let keys = Int8Array::from(vec![0, 1]);
    let dictionary = DictionaryArray::new(keys, values);
    let reported = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
    let batch = mapped(reported, "uuid", Arc::new(dictionary));
    assert_eq!(
        (shown(&batch, 0), shown(&batch, 1)),
        ("VARCHAR".into(), "VARCHAR".into())
    );
}
