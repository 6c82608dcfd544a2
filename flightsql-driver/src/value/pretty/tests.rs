//! Tables of text.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray};

use super::pretty;

fn batch(ids: Vec<i32>) -> RecordBatch {
    let names: StringArray = ids
        .iter()
        .map(|id| (*id > 1).then(|| format!("n{id}")))
        .collect();
    let ids: ArrayRef = Arc::new(Int32Array::from(ids));
    RecordBatch::try_from_iter_with_nullable([
        ("id", ids, false),
        ("name", Arc::new(names) as ArrayRef, true),
    ])
    .unwrap()
}

#[test]
fn batches_of_one_kind_are_one_table() {
    let text = pretty(&[batch(vec![1, 2]), batch(vec![]), batch(vec![100])]).to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "+-----+------+",
            "| id  | name |",
            "+============+",
            "|   1 | NULL |",
            "|   2 | n2   |",
            "| 100 | n100 |",
            "+-----+------+",
        ]
    );
}

#[test]
fn another_kind_is_another_table() {
    let other: ArrayRef = Arc::new(Float64Array::from(vec![0.5]));
    let other = RecordBatch::try_from_iter([("x", other)]).unwrap();
    let text = pretty(&[batch(vec![1]), other]).to_string();
    assert_eq!(text.matches("| x   |").count(), 1, "{text}");
    assert_eq!(text.matches("| id").count(), 1, "{text}");
    assert!(text.contains("| 0.5 |"), "{text}");
}

#[test]
fn no_batch_is_no_text() {
    assert_eq!(pretty(&[]).to_string(), "");
}
