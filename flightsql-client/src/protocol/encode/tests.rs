//! The server receives the data that was sent, in parts of a size that it accepts.

use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Int64Array, LargeListArray, ListArray, RecordBatch,
    StringArray, UnionArray,
};
use arrow_buffer::OffsetBuffer;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::{FlightData, FlightDescriptor};
use arrow_schema::{DataType, Field, Schema, UnionFields};
use futures_util::{FutureExt as _, TryStreamExt as _};
use prost::Message as _;

use super::{Encoder, MESSAGE_BYTES, in_plain, without_dictionaries};

fn encoded(batches: &[RecordBatch]) -> Vec<FlightData> {
    let descriptor = FlightDescriptor::new_cmd("command");
    let (mut encoder, first) = Encoder::new(batches[0].schema_ref(), descriptor.clone());
    assert_eq!(first.flight_descriptor, Some(descriptor));
    let rest = batches
        .iter()
        .flat_map(|batch| encoder.batch(batch).unwrap());
    std::iter::once(first)
        .chain(rest.collect::<Vec<_>>())
        .collect()
}

/// Reads the messages as a server does.
fn sent(batches: &[RecordBatch]) -> Vec<RecordBatch> {
    let messages = encoded(batches).into_iter().map(Ok);
    let stream = futures_util::stream::iter(messages);
    let decoder = FlightRecordBatchStream::new_from_flight_data(stream);
    let batches: Vec<RecordBatch> = decoder.try_collect().now_or_never().unwrap().unwrap();
    batches
}

fn batch(fields: Vec<Field>, columns: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

#[test]
fn types_that_other_encoders_bend_stay_what_they_are() {
    let rows = [Some(vec![Some(1), None]), None, Some(vec![])];
    let large: ArrayRef = Arc::new(LargeListArray::from_iter_primitive::<Int32Type, _, _>(rows));
    let fields = UnionFields::try_new([1], [Field::new("n", DataType::Int64, true)]).unwrap();
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
    let union = UnionArray::try_new(fields, vec![1, 1, 1].into(), None, vec![numbers]).unwrap();
    let union: ArrayRef = Arc::new(union);
    let batch = batch(
        vec![
            Field::new("large", large.data_type().clone(), true),
            Field::new("union", union.data_type().clone(), true),
        ],
        vec![large, union],
    );
    assert_eq!(sent(std::slice::from_ref(&batch)), [batch]);
}

#[test]
fn a_batch_without_rows_is_sent() {
    let none: ArrayRef = Arc::new(Int64Array::from(Vec::<i64>::new()));
    let batch = batch(vec![Field::new("n", DataType::Int64, false)], vec![none]);
    assert_eq!(encoded(std::slice::from_ref(&batch)).len(), 2);
    assert_eq!(sent(std::slice::from_ref(&batch)), [batch]);
}

#[test]
fn large_batches_leave_in_parts_that_servers_take() {
    let text: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..9_000).map(|n| format!("{n:01000}")),
    ));
    let whole = batch(vec![Field::new("t", DataType::Utf8, false)], vec![text]);
    let messages = encoded(std::slice::from_ref(&whole));
    assert!(messages.len() > 4, "{}", messages.len());
    assert!(
        messages
            .iter()
            .all(|message| message.encoded_len() < 2 * MESSAGE_BYTES)
    );
    let parts = sent(std::slice::from_ref(&whole));
    assert_eq!(
        arrow_select::concat::concat_batches(whole.schema_ref(), &parts).unwrap(),
        whole
    );
    // A part of it is not split for the sake of the rest.
    let part = whole.slice(10, 5);
    assert_eq!(encoded(std::slice::from_ref(&part)).len(), 2);
    assert_eq!(sent(std::slice::from_ref(&part)), [part]);
}

fn words(words: &[&str]) -> RecordBatch {
    let dictionary: DictionaryArray<Int8Type> = words.iter().copied().collect();
    let dictionary: ArrayRef = Arc::new(dictionary);
    let lists: ArrayRef = Arc::new(ListArray::new(
        Arc::new(Field::new("item", dictionary.data_type().clone(), true)),
        OffsetBuffer::from_lengths(vec![1; words.len()]),
        Arc::clone(&dictionary),
        None,
    ));
    batch(
        vec![
            Field::new("word", dictionary.data_type().clone(), true),
            Field::new("list", lists.data_type().clone(), true),
        ],
        vec![dictionary, lists],
    )
}

#[test]
fn dictionaries_are_sent_each_with_its_batch() {
    let batches = [words(&["a", "b", "a"]), words(&["c", "c"])];
    assert_eq!(sent(&batches), batches);
}

#[test]
fn dictionaries_can_be_taken_out() {
    let batch = words(&["a", "b", "a"]);
    let schema = without_dictionaries(&batch.schema());
    assert_eq!(schema.field(0).data_type(), &DataType::Utf8);
    assert_eq!(
        schema.field(1).data_type(),
        &DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)))
    );
    let plain = in_plain(&schema, batch).unwrap();
    let expected: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "a"]));
    assert_eq!(plain.column(0), &expected);
    assert_eq!(without_dictionaries(&schema), schema);
    assert_eq!(plain.column(1).len(), 3);
}
