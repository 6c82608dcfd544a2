//! Known and unknown row counts, and their sums.

use super::FlightSqlQueryResult;

#[test]
fn unknown_is_not_zero() {
    assert_eq!(
        FlightSqlQueryResult::default().known_rows_affected(),
        Some(0)
    );
    assert_eq!(FlightSqlQueryResult::known(7).rows_affected(), 7);
    assert_eq!(FlightSqlQueryResult::unknown().rows_affected(), 0);
    assert_eq!(FlightSqlQueryResult::unknown().known_rows_affected(), None);
}

#[test]
fn sums_keep_what_is_unknown() {
    let mut sum = FlightSqlQueryResult::default();
    sum.extend([
        FlightSqlQueryResult::known(2),
        FlightSqlQueryResult::known(3),
    ]);
    assert_eq!(sum.known_rows_affected(), Some(5));
    sum.extend([FlightSqlQueryResult::known(u64::MAX)]);
    assert_eq!(sum.known_rows_affected(), Some(u64::MAX));
    sum.extend([
        FlightSqlQueryResult::unknown(),
        FlightSqlQueryResult::known(1),
    ]);
    assert_eq!(sum.known_rows_affected(), None);
}
