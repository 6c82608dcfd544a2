//! The bytes of a result: gRPC frames, IPC messages, record batches.

use arrow_array::{Array as _, RecordBatch};
use bytes::Bytes;
use flightsql_client::ConnectOptions;
use flightsql_client::fuzzing::{Decoded, Frames, Message, Messages};
use flightsql_driver::FlightSqlBatch;
use sqlx_core::row::Row as _;

use crate::input::{Input, Random};

const MAX_MESSAGE: usize = 1 << 20;
const MAX_ROWS: u32 = 10_000;
/// The rows of a batch that are read.
const READ: usize = 8;

/// The first byte selects the form of the rest, and the second one how it is cut.
///
/// Even: the rest is a gRPC body. Odd: the rest is a list of headers and bodies, each with its length in two bytes, from
/// which the target creates a gRPC body.
///
/// Messages do not depend on the cuts. Batches that pass the validator are valid, and their values can be read.
pub fn messages(data: &[u8]) {
    let mut input = Input::new(data);
    let (form, seed) = (input.byte(), input.byte());
    let stream = match form & 1 {
        0 => Bytes::copy_from_slice(input.rest()),
        _ => framed(&mut input),
    };
    let (whole, end) = split(&stream, |left| left);
    let mut random = Random::new(seed.into());
    let (cut, cut_end) = split(&stream, |left| 1 + random.below(left.min(70)));
    assert_eq!(end, cut_end);
    assert_eq!(whole.len(), cut.len());
    for (whole, cut) in whole.iter().zip(&cut) {
        assert_eq!(whole.header(), cut.header());
        assert_eq!(whole.body(), cut.body());
    }
    decode(&whole);
}

/// Returns the messages, and the error after them.
fn split(
    stream: &Bytes,
    mut length: impl FnMut(usize) -> usize,
) -> (Vec<Message>, Result<(), String>) {
    let mut frames = Frames::new(MAX_MESSAGE);
    let mut messages = Vec::new();
    let mut left = stream.clone();
    loop {
        match frames.next() {
            Ok(Some(message)) => messages.push(message),
            Err(error) => return (messages, Err(error)),
            Ok(None) if left.is_empty() => return (messages, frames.finish()),
            Ok(None) => frames.push(left.split_to(length(left.len()).min(left.len()))),
        }
    }
}

fn decode(messages: &[Message]) {
    let options = ConnectOptions::new()
        .max_batch_rows(MAX_ROWS)
        .max_decompressed_size(1 << 20);
    let mut decoder = Messages::new(&options);
    let mut columns = None;
    for message in messages {
        match decoder.decode(message) {
            Ok(None) => {}
            Ok(Some(Decoded::Schema(schema))) => {
                assert_eq!(columns.replace(schema.fields().len()), None);
            }
            Ok(Some(Decoded::Batch(batch))) => {
                assert_eq!(columns, Some(batch.num_columns()));
                check(batch);
            }
            Err(error) => {
                assert!(error.len() < 10_000, "an error has {} bytes", error.len());
                return;
            }
        }
    }
}

fn check(batch: RecordBatch) {
    assert!(batch.num_rows() <= usize::try_from(MAX_ROWS).unwrap_or(0));
    for column in batch.columns() {
        assert_eq!(column.len(), batch.num_rows());
        let valid = column.to_data().validate_full();
        assert!(valid.is_ok(), "{}: {valid:?}", column.data_type());
    }
    let batch = batch.slice(0, batch.num_rows().min(READ));
    let batch = FlightSqlBatch::try_from(batch).expect("a batch with few rows has readers");
    for row in batch.rows() {
        for column in 0..row.columns().len() {
            let value = row.try_get_raw(column).expect("the column exists");
            let _ = (value.to_string(), format!("{value:?}"));
        }
    }
}

fn framed(input: &mut Input<'_>) -> Bytes {
    let mut stream = Vec::new();
    while !input.is_empty() {
        let header = part(input);
        let body = part(input);
        stream.extend(message(header, body));
    }
    stream.into()
}

fn part<'d>(input: &mut Input<'d>) -> &'d [u8] {
    let length = u16::from_le_bytes(input.array());
    input.bytes(length.into())
}

/// Returns a `FlightData` message with the prefix of gRPC.
pub(crate) fn message(header: &[u8], body: &[u8]) -> Vec<u8> {
    let data = arrow_flight::FlightData {
        data_header: header.to_vec().into(),
        data_body: body.to_vec().into(),
        ..Default::default()
    };
    let data = prost::Message::encode_to_vec(&data);
    let length = u32::try_from(data.len()).expect("the parts are below 64 KiB");
    let mut message = vec![0];
    message.extend(length.to_be_bytes());
    message.extend(data);
    message
}
