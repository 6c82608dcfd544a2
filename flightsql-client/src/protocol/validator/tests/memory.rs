//! `max_query_memory`: what a result keeps in memory, and the error before anything is allocated.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_buffer::Buffer;
use arrow_flight::FlightData;
use arrow_ipc::CompressionType;
use arrow_schema::DataType;

use super::parts::{Parts, schema_message};
use super::{IpcValidator, limits, pass};
use crate::protocol::decode::{Decoder, Item};
use crate::protocol::frames::Frame;
use crate::protocol::memory::QueryMemory;

/// Bytes of one column of [`ints`].
const COLUMN: i64 = 64 << 10;

fn memory(limit: i64) -> Arc<QueryMemory> {
    QueryMemory::new(u64::try_from(limit).ok()).unwrap()
}

fn frame(message: &FlightData) -> Frame {
    Frame {
        header: message.data_header.to_vec(),
        body: Buffer::from(&message.data_body[..]),
    }
}

/// A stream of a result, as an endpoint has one.
struct Endpoint(Decoder);

impl Endpoint {
    fn new(memory: &Arc<QueryMemory>, types: Vec<DataType>) -> Self {
        let validator = IpcValidator::new(limits()).within(Some(Arc::clone(memory)));
        let mut endpoint = Self(Decoder::new(validator));
        assert_eq!(endpoint.read(&schema_message(types)).unwrap(), None);
        endpoint
    }

    /// Returns the batch of a message.
    fn read(&mut self, message: &FlightData) -> Result<Option<RecordBatch>, String> {
        match self.0.decode(&frame(message)) {
            Ok(Some(Item::Batch(batch))) => Ok(Some(batch)),
            Ok(_) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// A batch of 8192 integers in each column.
fn ints(columns: usize) -> FlightData {
    let rows = COLUMN / 8;
    let buffers = [0, COLUMN].repeat(columns);
    Parts::column(rows, &vec![(rows, 0); columns], &buffers).message()
}

fn dictionary_of_ints() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Int64))
}

/// A dictionary of 8192 integers, or a delta of it.
fn dictionary(delta: bool) -> FlightData {
    let rows = COLUMN / 8;
    let parts = Parts {
        dictionary: Some((0, delta)),
        ..Parts::column(rows, &[(rows, 0)], &[0, COLUMN])
    };
    parts.message()
}

/// One row with a key of the dictionary.
fn key() -> FlightData {
    Parts::column(1, &[(1, 0)], &[0, 4]).message()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, String>, needed: i64, limit: i64) {
    let text = format!(
        "it needs {needed} bytes in memory at once, more than the option max_query_memory={limit}"
    );
    let error = result.unwrap_err();
    assert!(error.starts_with(&text), "{error}");
}

#[test]
fn counts_batches_while_they_live() {
    let memory = memory(3 * COLUMN);
    let mut kept = Vec::new();
    // Three endpoints of one result.
    for _ in 0..3 {
        let mut endpoint = Endpoint::new(&memory, vec![DataType::Int64]);
        kept.push(endpoint.read(&ints(1)).unwrap());
    }
    let mut fourth = Endpoint::new(&memory, vec![DataType::Int64]);
    refused(fourth.read(&ints(1)), 4 * COLUMN, 3 * COLUMN);
    kept.pop();
    for _ in 0..100 {
        let mut endpoint = Endpoint::new(&memory, vec![DataType::Int64]);
        drop(endpoint.read(&ints(1)).unwrap().unwrap());
    }
    // A slice keeps the buffers of its batch.
    let slice = kept[0].as_ref().unwrap().slice(0, 1);
    kept.clear();
    assert_eq!(slice.num_rows(), 1);
    let mut endpoint = Endpoint::new(&memory, vec![DataType::Int64; 3]);
    refused(endpoint.read(&ints(3)), 4 * COLUMN, 3 * COLUMN);
}

#[test]
fn counts_a_body_once_for_all_columns() {
    let memory = memory(3 * COLUMN);
    let mut endpoint = Endpoint::new(&memory, vec![DataType::Int64; 3]);
    let batch = endpoint.read(&ints(3)).unwrap().unwrap();
    assert_eq!(batch.num_columns(), 3);
    assert_eq!(
        memory
            .check(1)
            .unwrap_err()
            .to_string()
            .find("it needs 196609"),
        Some(0)
    );
    drop(batch);
    memory.check(u64::try_from(3 * COLUMN).unwrap()).unwrap();
}

#[test]
fn counts_dictionaries_over_endpoints() {
    let memory = memory(3 * COLUMN);
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut endpoint = Endpoint::new(&memory, vec![dictionary_of_ints()]);
        endpoint.read(&dictionary(false)).unwrap();
        // The batch keeps its dictionary after the end of its stream.
        kept.push(endpoint.read(&key()).unwrap().unwrap());
    }
    let mut endpoint = Endpoint::new(&memory, vec![dictionary_of_ints()]);
    let third = endpoint.read(&dictionary(false)).unwrap_err();
    assert!(third.contains("max_query_memory=196608"), "{third}");
    kept.clear();
    let mut endpoint = Endpoint::new(&memory, vec![dictionary_of_ints()]);
    endpoint.read(&dictionary(false)).unwrap();
    // A replaced dictionary is kept by the batches that use it.
    let first = endpoint.read(&key()).unwrap().unwrap();
    endpoint.read(&dictionary(false)).unwrap();
    let second = endpoint.read(&key()).unwrap().unwrap();
    assert!(endpoint.read(&dictionary(false)).is_err());
    drop((first, second));
}

#[test]
fn counts_the_joined_values_of_a_delta_before_they_exist() {
    // The dictionary, the delta, and both joined.
    let enough = 4 * COLUMN;
    let mut endpoint = Endpoint::new(&memory(enough), vec![dictionary_of_ints()]);
    endpoint.read(&dictionary(false)).unwrap();
    endpoint.read(&dictionary(true)).unwrap();
    assert_eq!(endpoint.read(&key()).unwrap().unwrap().num_rows(), 1);
    refused(endpoint.read(&dictionary(true)), 6 * COLUMN, enough);
    let mut endpoint = Endpoint::new(&memory(enough - 1), vec![dictionary_of_ints()]);
    endpoint.read(&dictionary(false)).unwrap();
    refused(endpoint.read(&dictionary(true)), enough, enough - 1);
}

#[test]
fn rejects_a_claim_before_it_is_decompressed() {
    // Four bytes of zstd may yield 128 KiB.
    let rows = COLUMN;
    let claims = Parts::packed(CompressionType::ZSTD, rows, rows, &[0; 8]).message();
    let checked = |limit: i64| {
        let mut validator = IpcValidator::new(limits()).within(Some(memory(limit)));
        pass(&mut validator, &schema_message(vec![DataType::Int8])).unwrap();
        pass(&mut validator, &claims)
    };
    checked(rows).unwrap();
    let error = checked(rows - 1).unwrap_err();
    assert_eq!(error.option(), Some("max_query_memory"));
    // Nothing was claimed, so the error is that of the check before.
    refused(Err::<(), _>(error.to_string()), rows, rows - 1);
}

#[test]
fn counts_rows_without_bytes_as_nothing() {
    let memory = memory(0);
    let rows = RecordBatchOptions::new().with_row_count(Some(3));
    let empty = RecordBatch::try_new_with_options(
        Arc::new(arrow_schema::Schema::empty()),
        Vec::new(),
        &rows,
    );
    memory.claim_batch(&empty.unwrap()).unwrap();
    assert!(memory.check(1).is_err());
    assert!(QueryMemory::new(None).is_none());
}
