//! Complaints about pings, and the interval that they lead to.

use std::time::Duration;

use super::{Group, SLOWEST};

#[test]
fn i1_complaints_double_the_interval_once_each() {
    let group = Group::default();
    let wanted = Duration::from_secs(330);
    assert_eq!(group.interval(wanted), wanted);
    // Four channels that pinged at the same interval.
    for _ in 0..4 {
        group.slow_down(wanted);
    }
    assert_eq!(group.interval(wanted), wanted * 2);
    group.slow_down(wanted * 2);
    assert_eq!(group.interval(wanted), wanted * 4);
    group.slow_down(wanted);
    assert_eq!(group.interval(wanted), wanted * 4);
    group.slow_down(Duration::MAX);
    assert_eq!(group.interval(wanted), SLOWEST);
}
