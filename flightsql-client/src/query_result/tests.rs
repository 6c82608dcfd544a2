//! Known and unknown row counts, and their sums.

use super::QueryResult;

#[test]
fn unknown_is_not_zero() {
    assert_eq!(QueryResult::default().known_rows_affected(), Some(0));
    assert_eq!(QueryResult::known(7).rows_affected(), 7);
    assert_eq!(QueryResult::unknown().rows_affected(), 0);
    assert_eq!(QueryResult::unknown().known_rows_affected(), None);
}

#[test]
fn sums_keep_what_is_unknown() {
    let mut sum = QueryResult::default();
    sum.extend([QueryResult::known(2), QueryResult::known(3)]);
    assert_eq!(sum.known_rows_affected(), Some(5));
    sum.extend([QueryResult::known(u64::MAX)]);
    assert_eq!(sum.known_rows_affected(), Some(u64::MAX));
    sum.extend([QueryResult::unknown(), QueryResult::known(1)]);
    assert_eq!(sum.known_rows_affected(), None);
}
