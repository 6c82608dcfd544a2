//! Tests of the validator: every legal stream passes, each kind of damage is named, and nothing that
//! passes makes the decoder panic.

mod arrays;
mod broken;
mod dictionaries;
mod fuzz;
mod legal;
mod memory;
mod parts;
mod schemas;
mod streams;

use super::{IpcValidator, ValidationError, ValidatorLimits};
use arrow_flight::FlightData;

/// Limits that no legal stream of these tests reaches.
fn limits() -> ValidatorLimits {
    ValidatorLimits {
        max_batch_rows: 100_000,
        max_schema_fields: 200,
        max_nesting: 16,
        max_decompressed_size: 1 << 20,
        max_dictionary_size: 1 << 20,
    }
}

/// Checks a whole stream.
fn check(limits: ValidatorLimits, messages: &[FlightData]) -> Result<(), ValidationError> {
    let mut validator = IpcValidator::new(limits);
    messages
        .iter()
        .try_for_each(|message| pass(&mut validator, message))
}

fn pass(validator: &mut IpcValidator, message: &FlightData) -> Result<(), ValidationError> {
    let checked = validator.check(&message.data_header, &message.data_body);
    checked.map(drop)
}
