//! The tables and their checksums.
#![allow(clippy::unwrap_used, reason = "tests")]

use arrow_array::Array;

use super::*;
use crate::borrowed;

#[test]
fn batches_add_up_to_the_rows() {
    assert_eq!(batch_sizes(0).count(), 0);
    assert_eq!(batch_sizes(8192).collect::<Vec<_>>(), [8192]);
    assert_eq!(batch_sizes(20_000).collect::<Vec<_>>(), [8192, 8192, 3616]);
}

#[test]
fn mixed_has_ten_percent_nulls_in_all_but_the_id() {
    let batch = Case::Mixed.batch(0).unwrap();
    assert_eq!(batch.column(0).null_count(), 0);
    for column in 1..5 {
        let nulls = batch.column(column).null_count();
        assert!((700..950).contains(&nulls), "column {column}: {nulls}");
    }
}

#[test]
fn batches_differ_until_they_repeat() {
    for case in Case::ALL {
        let first = case.batch(0).unwrap();
        assert_ne!(first, case.batch(1).unwrap());
        assert_eq!(first, case.batch(DISTINCT_BATCHES).unwrap());
    }
}

#[test]
fn checksum_sees_order_nulls_and_length() {
    let sum = |values: &[Option<&str>]| {
        let mut sum = Checksum::default();
        values.iter().for_each(|value| sum.text(*value));
        sum.finish()
    };
    assert_ne!(sum(&[Some("a"), Some("b")]), sum(&[Some("b"), Some("a")]));
    assert_ne!(sum(&[Some("a"), None]), sum(&[Some("a"), Some("")]));
    assert_ne!(sum(&[Some("a")]), sum(&[Some("a\0")]));
}

#[test]
fn the_expected_checksum_is_that_of_the_rows() {
    let rows = u64::try_from(BATCH_ROWS).unwrap() + 1;
    for case in Case::ALL {
        let mut sum = Checksum::default();
        borrowed::add_batch(case, &case.batch(0).unwrap(), &mut sum).unwrap();
        borrowed::add_batch(case, &case.batch(1).unwrap().slice(0, 1), &mut sum).unwrap();
        assert_eq!(borrowed::expected(case, rows).unwrap(), sum.finish());
    }
}
