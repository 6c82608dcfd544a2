//! Tests of the guard: every legal stream passes, each kind of damage is named, and nothing that
//! passes makes the decoder panic.
#![allow(clippy::unwrap_used, reason = "tests")]

mod arrays;
mod broken;
mod dictionaries;
mod fuzz;
mod legal;
mod parts;
mod schemas;
mod streams;

use super::{Guard, GuardError, GuardLimits};
use arrow_flight::FlightData;

/// Limits that no legal stream of these tests reaches.
fn limits() -> GuardLimits {
    GuardLimits {
        max_batch_rows: 100_000,
        max_schema_fields: 200,
        max_nesting: 16,
        max_decompressed_size: 1 << 20,
        max_dictionary_size: 1 << 20,
    }
}

/// Checks a whole stream.
fn check(limits: GuardLimits, messages: &[FlightData]) -> Result<(), GuardError> {
    let mut guard = Guard::new(limits);
    messages
        .iter()
        .try_for_each(|message| pass(&mut guard, message))
}

fn pass(guard: &mut Guard, message: &FlightData) -> Result<(), GuardError> {
    let checked = guard.check(&message.data_header, &message.data_body);
    checked.map(drop)
}
