//! Legal streams pass, and decode to what was sent.

use arrow_array::RecordBatch;
use arrow_flight::FlightData;
use arrow_ipc::writer::IpcWriteOptions;
use arrow_ipc::{MetadataVersion, root_as_message};
use arrow_schema::DataType;
use proptest::prelude::*;

use super::arrays::{Random, flat_types, nested_types};
use super::streams::{all_options, batch, decode, encode, schema, schema_of, served};
use super::{check, limits};

/// Passes the validator and comes out as it went in, whichever way it is written.
fn all_pass(batches: &[RecordBatch], options: &IpcWriteOptions) {
    let schema = batches[0].schema().to_string();
    // For version 4 arrow-ipc writes a bitmap for run-end encoded arrays, which it does not read.
    let messages = encode(batches, options).unwrap();
    let version = root_as_message(&messages[0].data_header).unwrap().version();
    if version == MetadataVersion::V4 && schema.contains("RunEndEncoded(") {
        return;
    }
    passes(batches, messages);
    // arrow-flight announces a LargeList as a List, and a union as not nullable.
    if schema.contains("LargeList(") || schema.contains("Union(") {
        return;
    }
    // And it sends no batches without rows.
    let filled: Vec<_> = batches
        .iter()
        .filter(|batch| batch.num_rows() > 0)
        .cloned()
        .collect();
    if !filled.is_empty() {
        passes(&filled, served(&filled, options));
    }
}

fn passes(sent: &[RecordBatch], messages: Vec<FlightData>) {
    let schema = sent[0].schema();
    match check(limits(), &messages) {
        Ok(()) => {}
        // The one legal thing that is refused, because arrow may panic on it.
        Err(error) if error.to_string().ends_with(NESTED_DELTA) => return,
        Err(error) => panic!("{schema}: {error}"),
    }
    let received = decode(&messages).unwrap_or_else(|error| panic!("{schema}: {error}"));
    assert!(received == sent, "changed: {schema}");
}

const NESTED_DELTA: &str = "a delta of a dictionary that holds dictionaries";

#[test]
fn every_type_alone_passes() {
    let mut random = Random(7);
    let mut types = flat_types();
    for inner in flat_types() {
        types.extend(nested_types(&mut random, &inner));
    }
    for held in types {
        let schema = schema_of(vec![held]);
        for options in all_options() {
            let batches = [0, 1, 40].map(|rows| batch(&mut random, &schema, rows));
            all_pass(&batches, &options);
        }
    }
}

#[test]
fn rows_without_columns_pass() {
    let batches = [batch(&mut Random(1), &schema_of(vec![]), 1000)];
    for options in all_options() {
        passes(&batches, encode(&batches, &options).unwrap());
    }
}

#[test]
fn messages_without_a_header_pass_anywhere() {
    let note = FlightData::new().with_app_metadata("note");
    let batches = [batch(&mut Random(2), &schema_of(vec![DataType::Utf8]), 3)];
    let messages = served(&batches, &all_options()[0]);
    let messages: Vec<_> = messages
        .into_iter()
        .flat_map(|message| [note.clone(), message, note.clone()])
        .collect();
    passes(&batches, messages);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_streams_pass(seed: u64) {
        let mut random = Random(seed);
        let schema = schema(&mut random);
        let rows = [random.below(50), 0, random.below(9)];
        let batches = rows.map(|rows| batch(&mut random, &schema, rows));
        let all = all_options();
        let options = random.pick(&all);
        all_pass(&batches, &options);
    }
}
