//! Damaged streams: what passes the validator does not make the decoder panic.
//!
//! `PROPTEST_CASES=100000 cargo test --release validator::tests::fuzz` looks for longer.

use std::panic::catch_unwind;

use arrow_array::RecordBatch;
use arrow_flight::FlightData;
use arrow_ipc::writer::IpcWriteOptions;
use bytes::Bytes;
use proptest::prelude::*;

use super::arrays::{Random, data_type};
use super::streams::{all_options, batch, decode, encode, schema, schema_of};
use super::{IpcValidator, limits, pass};
use crate::protocol::decode::DecodeError;

/// Numbers at which arithmetic on lengths, offsets and codes breaks.
const NUMBERS: [i64; 16] = [
    0,
    1,
    2,
    3,
    7,
    8,
    16,
    127,
    128,
    1 << 16,
    1 << 24,
    1 << 31,
    1 << 40,
    i64::MAX,
    i64::MIN,
    -1,
];

/// Damages some bytes: one bit, or a number of 1, 2, 4 or 8 bytes at its natural place.
fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let at = random.below(bytes.len());
    match random.below(8) {
        0 => bytes.truncate(at),
        1 | 2 => bytes[at] ^= 1 << random.below(8),
        3 => {
            let byte = random.next().to_le_bytes()[0];
            bytes[at] = byte;
        }
        _ => {
            let width = random.pick(&[1, 2, 4, 8]);
            let at = at / width * width;
            let number = match random.below(3) {
                0 => i64::from(bytes[at]) + random.pick(&[-1, 1, 8]),
                _ => random.pick(&NUMBERS),
            };
            for (byte, new) in bytes[at..].iter_mut().take(width).zip(number.to_le_bytes()) {
                *byte = new;
            }
        }
    }
}

fn damage_message(random: &mut Random, message: &mut FlightData) {
    let field = match random.below(3) {
        0 => &mut message.data_body,
        _ => &mut message.data_header,
    };
    let mut bytes = field.to_vec();
    damage(random, &mut bytes);
    // As in a network buffer, the bytes may begin anywhere.
    let before = random.below(9);
    bytes.splice(0..0, vec![0; before]);
    *field = Bytes::from(bytes).slice(before..);
}

/// The number of corrupt messages that the validator, the decoder, or neither rejected.
#[derive(Debug, Default)]
struct Seen {
    refused: usize,
    failed: usize,
    decoded: usize,
}

/// Damages a stream in several ways and feeds each to the validator and what passes to the decoder.
fn fuzz(seed: u64, options: &[IpcWriteOptions], seen: &mut Seen) {
    let mut random = Random(seed);
    let schema = schema(&mut random);
    let rows = [random.below(20), random.below(5)];
    let batches = rows.map(|rows| batch(&mut random, &schema, rows));
    let messages = encode(&batches, &random.pick(options)).unwrap();
    let another = schema_of(vec![data_type(&mut random, 4), data_type(&mut random, 2)]);
    let other = [RecordBatch::new_empty(another)];
    let other = encode(&other, &options[0]).unwrap().swap_remove(0);
    for _ in 0..20 {
        let mut messages = messages.clone();
        if random.below(8) == 0 {
            messages[0] = other.clone();
        }
        for _ in 0..=random.below(2) {
            let at = random.below(messages.len());
            damage_message(&mut random, &mut messages[at]);
        }
        let mut validator = IpcValidator::new(limits());
        let all = messages.len();
        let passed = messages
            .iter()
            .take_while(|message| pass(&mut validator, message).is_ok());
        let passed = passed.count();
        messages.truncate(passed);
        match catch_unwind(|| decode(&messages)) {
            Err(_) | Ok(Err(DecodeError::Panicked)) => {
                panic!("the decoder panicked at seed {seed} on {schema}")
            }
            Ok(_) if passed < all => seen.refused += 1,
            Ok(Err(_)) => seen.failed += 1,
            Ok(Ok(_)) => seen.decoded += 1,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn what_passes_does_not_panic(seed: u64) {
        fuzz(seed, &all_options(), &mut Seen::default());
    }
}

/// The fuzzing is worth nothing if all damage is refused, or none is.
#[test]
fn damage_is_seen_by_all() {
    let mut seen = Seen::default();
    let options = all_options();
    for seed in 0..50 {
        fuzz(seed, &options, &mut seen);
    }
    assert!(
        seen.refused > 100 && seen.failed > 10 && seen.decoded > 100,
        "{seen:?}"
    );
}
