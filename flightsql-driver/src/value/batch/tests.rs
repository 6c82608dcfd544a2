//! Batches that do not belong to their result, and the lookup by name.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use sqlx_core::error::Error;

use super::{Batch, Meta};

fn meta(fields: &[(&str, DataType)]) -> Arc<Meta> {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, data_type)| Field::new(*name, data_type.clone(), true))
        .collect();
    Meta::plain(Arc::new(Schema::new(fields)))
}

fn record(name: &str, array: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter([(name, array)]).unwrap()
}

fn refused(meta: Arc<Meta>, record: RecordBatch) -> String {
    match Batch::new(meta, record) {
        Err(Error::Protocol(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_batch_must_have_the_columns_of_its_result() {
    let ints = || Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    assert!(Batch::new(meta(&[("a", DataType::Int64)]), record("a", ints())).is_ok());
    assert_eq!(
        refused(
            meta(&[("a", DataType::Int64), ("b", DataType::Int64)]),
            record("a", ints())
        ),
        "the server sent a batch of 1 columns in a result of 2"
    );
    assert_eq!(
        refused(
            meta(&[("a", DataType::Int64)]),
            record("a", Arc::new(Int32Array::from(vec![1])))
        ),
        "the server announced column \"a\" as Int64 and sent Int32"
    );
}

#[test]
fn a_batch_without_rows_or_columns_is_fine() {
    let empty = RecordBatch::new_empty(Arc::new(Schema::empty()));
    let batch = Batch::new(meta(&[]), empty).unwrap();
    assert_eq!(batch.num_rows(), 0);
    assert_eq!(batch.find("a"), None);
    assert!(batch.meta().columns().is_empty());
    assert!(batch.meta().schema().fields().is_empty());
}

#[test]
fn the_guess_wraps_around() {
    let batch = Batch::new(
        meta(&[("a", DataType::Int64), ("b", DataType::Int64)]),
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
