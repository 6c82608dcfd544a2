//! Dictionaries and their deltas, and the memory they keep.
//!
//! arrow joins a delta to its dictionary with `concat`, which panics or allocates without need in a few nested types; those are
//! refused here. Spec: <https://arrow.apache.org/docs/format/Columnar.html#dictionary-messages>

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use arrow_ipc::{DictionaryBatch, MetadataVersion};

use super::ValidatorLimits;
use super::batch::Walk;
use super::error::ValidationError;
use super::schema::{Layout, Shape, Slot};
use super::wide;

/// The option that sets `max_dictionary_size`: dictionaries may be together what one message may be.
const OPTION: &str = "max_decompressed_size";

/// The dictionaries of a stream, and what has been received of them.
#[derive(Debug)]
pub(super) struct Dictionaries {
    by_id: HashMap<i64, Dictionary>,
    /// Bytes kept for all of them.
    kept: u64,
}

#[derive(Debug)]
struct Dictionary {
    /// The slot of its values in the shape.
    at: usize,
    /// Bytes kept for it.
    kept: u64,
    /// The length of each array of its values, over the dictionary and its deltas.
    totals: Vec<u64>,
    received: bool,
}

impl Dictionaries {
    /// Returns the dictionaries of a schema. Fields of one type may share a dictionary.
    pub(super) fn of(shape: &Shape) -> Result<Self, ValidationError> {
        let mut by_id: HashMap<i64, Dictionary> = HashMap::new();
        for (index, slot) in shape.slots.iter().enumerate() {
            let Layout::Dictionary { id, .. } = slot.layout else {
                continue;
            };
            let at = index + 1;
            match by_id.entry(id) {
                Entry::Vacant(entry) => {
                    entry.insert(Dictionary {
                        at,
                        kept: 0,
                        totals: vec![0; tree(shape, at).len()],
                        received: false,
                    });
                }
                Entry::Occupied(entry) => {
                    if tree(shape, entry.get().at) != tree(shape, at) {
                        return Err(ValidationError::broken(format_args!(
                            "dictionary {id} is used with two types"
                        )));
                    }
                }
            }
        }
        Ok(Self { by_id, kept: 0 })
    }

    /// Checks a dictionary or a delta. Returns the bytes that decoding it allocates, or keeps of the body.
    pub(super) fn check(
        &mut self,
        batch: DictionaryBatch<'_>,
        shape: &Shape,
        limits: &ValidatorLimits,
        version: MetadataVersion,
        body: &[u8],
    ) -> Result<u64, ValidationError> {
        let id = batch.id();
        let within = |error: ValidationError| error.within(format_args!("dictionary {id}"));
        let dictionary = self
            .by_id
            .get_mut(&id)
            .ok_or_else(|| within(ValidationError::broken("its schema has no such dictionary")))?;
        let slots = tree(shape, dictionary.at);
        let delta = batch.isDelta();
        if !delta {
            self.kept -= dictionary.kept;
            dictionary.kept = 0;
            dictionary.totals.fill(0);
        } else if !dictionary.received {
            return Err(within(ValidationError::broken("its delta came before it")));
        }
        let data = batch
            .data()
            .ok_or_else(|| within(ValidationError::broken("it has no data")))?;
        let totals = dictionary.totals.as_mut_slice();
        let column = |walk: &mut Walk<'_, '_>, rows| walk.column(0, rows);
        let unpacked =
            Walk::over(totals, data, limits, slots, version, body, column).map_err(within)?;
        // Buffers that are not compressed keep the whole body alive.
        let size = unpacked.max(wide(body.len()));
        dictionary.kept = dictionary.kept.saturating_add(size);
        dictionary.received = true;
        self.kept = self.kept.saturating_add(size);
        let most = limits.max_dictionary_size;
        ValidationError::limit("bytes of dictionaries", self.kept, most, OPTION)?;
        if !delta {
            return Ok(size);
        }
        joinable(slots, &dictionary.totals, most).map_err(within)?;
        // The joined values are new, and the delta is needed until they exist.
        Ok(dictionary.kept.saturating_add(size))
    }
}

/// The slots of a dictionary's values.
fn tree(shape: &Shape, at: usize) -> &[Slot] {
    &shape.slots[at..at + shape.slots[at].span]
}

/// Checks that arrow can join arrays whose lengths sum up to `totals`.
fn joinable(slots: &[Slot], totals: &[u64], most: u64) -> Result<(), ValidationError> {
    for (at, slot) in slots.iter().enumerate() {
        let (length, longest) = match slot.layout {
            // arrow panics when the joined keys do not fit their type.
            Layout::Dictionary { .. } => {
                return Err(ValidationError::unsupported(
                    "a delta of a dictionary that holds dictionaries",
                ));
            }
            // Offsets and run ends must fit their type too.
            Layout::List(width) | Layout::ListView(width) => (totals[at + 1], signed_max(width)),
            Layout::RunEndEncoded => (totals[at], run_end_max(slots[at + 1])),
            // Joined by MutableArrayData, which reserves room in all children for all rows.
            Layout::FixedList(_) | Layout::DenseUnion | Layout::SparseUnion => {
                let reserved = reserved(slots, at, totals[at]);
                ValidationError::limit("bytes to join a delta", reserved, most, OPTION)?;
                continue;
            }
            _ => continue,
        };
        if length > longest {
            return Err(ValidationError::unsupported(format_args!(
                "its deltas make an array of {length} values, more than {longest}"
            )));
        }
    }
    Ok(())
}

fn run_end_max(run_ends: Slot) -> u64 {
    match run_ends.layout {
        Layout::RunEnds(width) => signed_max(width),
        _ => 0,
    }
}

fn signed_max(width: u32) -> u64 {
    match width {
        2 => i16::MAX.unsigned_abs().into(),
        4 => i32::MAX.unsigned_abs().into(),
        _ => i64::MAX.unsigned_abs(),
    }
}

/// Bytes reserved for `rows` rows of an array and of those below it.
fn reserved(slots: &[Slot], at: usize, rows: u64) -> u64 {
    let slot = slots[at];
    let (width, below_rows) = match slot.layout {
        Layout::Null | Layout::RunEndEncoded => (0, rows),
        Layout::Struct | Layout::Bits | Layout::SparseUnion => (1, rows),
        Layout::Fixed(width) | Layout::RunEnds(width) => (width, rows),
        Layout::Dictionary { key, .. } => (key, rows),
        Layout::Bytes(width) | Layout::List(width) => (width + 1, rows),
        Layout::ListView(width) => (2 * width, rows),
        Layout::View => (16, rows),
        Layout::DenseUnion => (5, rows),
        Layout::FixedList(size) => (1, rows.saturating_mul(size.into())),
    };
    let mut total = rows.saturating_mul(width.into());
    let mut below = at + 1;
    for _ in 0..slot.children {
        total = total.saturating_add(reserved(slots, below, below_rows));
        below += slots[below].span;
    }
    total
}
