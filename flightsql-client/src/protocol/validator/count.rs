//! Numbers of a message that count something.

use super::error::ValidationError;

/// Returns a number of the message that counts something, and therefore must not be negative.
pub(super) fn count(number: i64, what: &'static str) -> Result<u64, ValidationError> {
    u64::try_from(number)
        .map_err(|_| ValidationError::broken(format_args!("its {what} is negative ({number})")))
}

/// Returns a count in memory as a count of a message.
pub(super) fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
