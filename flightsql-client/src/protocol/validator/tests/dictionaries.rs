//! Dictionary batches: ids, sizes, and deltas that arrow cannot join.

use std::sync::Arc;

use arrow_flight::FlightData;
use arrow_schema::{DataType, Field, UnionFields, UnionMode};

use super::parts::{Parts, schema_message};
use super::streams::decode;
use super::{ValidatorLimits, check, limits};

fn of(value: DataType) -> DataType {
    DataType::Dictionary(Box::new(DataType::Int8), Box::new(value))
}

fn item(held: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", held, true))
}

/// A dictionary batch, or a delta of it.
fn dictionary(id: i64, delta: bool, parts: Parts) -> FlightData {
    let parts = Parts {
        dictionary: Some((id, delta)),
        ..parts
    };
    parts.message()
}

fn passes(held: DataType, batches: &[FlightData]) {
    let messages: Vec<_> = [&[schema_message(vec![held])], batches].concat();
    check(limits(), &messages).unwrap();
    decode(&messages).unwrap();
}

fn refused(held: DataType, batches: &[FlightData], text: &str) {
    let messages = [&[schema_message(vec![held])], batches].concat();
    let error = check(limits(), &messages).expect_err(text).to_string();
    assert!(error.contains(text), "{error:?} does not say {text:?}");
}

#[test]
fn a_dictionary_must_be_known() {
    let ints = Parts::column(2, &[(2, 0)], &[0, 8]);
    let held = of(DataType::Int32);
    let first = dictionary(0, false, ints.clone());
    let delta = dictionary(0, true, ints.clone());
    passes(
        held.clone(),
        &[first.clone(), delta.clone(), delta.clone(), first.clone()],
    );
    refused(
        held.clone(),
        &[delta],
        "dictionary 0: its delta came before it",
    );
    let other = dictionary(4, false, ints);
    refused(
        held,
        &[other],
        "dictionary 4: its schema has no such dictionary",
    );
    let error = check(limits(), &[first]).unwrap_err();
    assert!(
        error.to_string().ends_with("it came before the schema"),
        "{error}"
    );
}

#[test]
fn a_schema_sent_again_forgets_the_dictionaries() {
    let held = of(DataType::Int32);
    let schema = schema_message(vec![held.clone()]);
    let ints = Parts::column(2, &[(2, 0)], &[0, 8]);
    let first = dictionary(0, false, ints.clone());
    let delta = dictionary(0, true, ints);
    let again = [first.clone(), schema.clone(), first.clone(), delta.clone()];
    passes(held.clone(), &again);
    refused(held, &[first, schema, delta], "its delta came before it");
}

#[test]
fn damage_names_the_dictionary() {
    let short = dictionary(0, false, Parts::column(2, &[(2, 0)], &[0, 4]));
    refused(
        of(DataType::Int32),
        &[short],
        "dictionary 0: a buffer has 4 bytes, but needs 8",
    );
}

#[test]
fn dictionaries_are_limited_together() {
    let half = Parts::column(1 << 16, &[(1 << 16, 0)], &[0, 1 << 19]);
    let (first, second) = (
        dictionary(0, false, half.clone()),
        dictionary(1, false, half.clone()),
    );
    let both = schema_message(vec![of(DataType::Int64), of(DataType::Int64)]);
    let few = Parts::column(1, &[(1, 0)], &[0, 8]);
    // A replacement frees what it replaces.
    let fits = [
        both.clone(),
        first.clone(),
        second.clone(),
        first.clone(),
        second.clone(),
    ];
    check(limits(), &fits).unwrap();
    for more in [dictionary(0, true, few), dictionary(0, true, half)] {
        let messages = [both.clone(), first.clone(), second.clone(), more];
        let error = check(limits(), &messages).unwrap_err();
        assert_eq!(error.option(), Some("max_decompressed_size"));
        assert!(
            error
                .to_string()
                .contains("bytes of dictionaries, more than"),
            "{error}"
        );
    }
}

#[test]
fn a_body_kept_for_little_counts_in_full() {
    let parts = Parts {
        body: vec![0; 2000],
        ..Parts::column(1, &[(1, 0)], &[0, 8])
    };
    let messages = [
        schema_message(vec![of(DataType::Int64)]),
        dictionary(0, false, parts),
    ];
    let limits = ValidatorLimits {
        max_dictionary_size: 1999,
        ..limits()
    };
    let error = check(limits, &messages).unwrap_err().to_string();
    assert!(error.contains("sent 2000 bytes of dictionaries"), "{error}");
}

#[test]
fn deltas_that_arrow_cannot_join_are_refused() {
    let held = of(DataType::Struct(vec![item(of(DataType::Utf8))].into()));
    let parts = Parts::column(1, &[(1, 0), (1, 1)], &[0, 1, 1]);
    // The dictionary in the dictionary has the lower id.
    let schema = schema_message(vec![held.clone()]);
    let id = (0..2).find(|id| {
        let first = dictionary(*id, false, parts.clone());
        check(limits(), &[schema.clone(), first]).is_ok()
    });
    let id = id.unwrap();
    let (first, delta) = (
        dictionary(id, false, parts.clone()),
        dictionary(id, true, parts),
    );
    refused(
        held,
        &[first, delta],
        "a delta of a dictionary that holds dictionaries",
    );

    let ends = Arc::new(Field::new("run_ends", DataType::Int16, false));
    let held = of(DataType::RunEndEncoded(ends, item(DataType::Int8)));
    let mut parts = Parts::column(20_000, &[(20_000, 0), (1, 0), (1, 0)], &[0, 2, 0, 1]);
    parts.body[..2].copy_from_slice(&20_000i16.to_le_bytes());
    let (first, delta) = (
        dictionary(0, false, parts.clone()),
        dictionary(0, true, parts),
    );
    let text = "its deltas make an array of 40000 values, more than 32767";
    refused(held, &[first, delta], text);
}

#[test]
fn room_reserved_to_join_a_delta_is_limited() {
    // Room for a child of a dense union is reserved for all rows of the union.
    let fields: UnionFields = [
        (0, item(DataType::Int8)),
        (1, item(DataType::FixedSizeBinary(1 << 30))),
    ]
    .into_iter()
    .collect();
    let held = of(DataType::Union(fields, UnionMode::Dense));
    let parts = Parts::column(8, &[(8, 0), (8, 0), (0, 0)], &[8, 32, 0, 8, 0, 0]);
    let (first, delta) = (
        dictionary(0, false, parts.clone()),
        dictionary(0, true, parts),
    );
    let text = "bytes to join a delta, more than the option max_decompressed_size=1048576";
    refused(held, &[first, delta], text);
}
