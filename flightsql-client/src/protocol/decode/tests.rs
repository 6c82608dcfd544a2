//! Tests of the decoder: schemas sent again, and text that is not UTF-8.

use std::sync::Arc;

use arrow_array::builder::{
    ListBuilder, MapBuilder, StringBuilder, StringDictionaryBuilder, StringRunBuilder,
};
use arrow_array::cast::AsArray as _;
use arrow_array::types::Int32Type;
use arrow_array::{
    Array as _, ArrayRef, Decimal128Array, Decimal256Array, Int32Array, LargeStringArray,
    ListArray, RecordBatch, StringArray, StringViewArray, StructArray,
};
use arrow_buffer::{Buffer, i256};
use arrow_flight::encode::{DictionaryHandling, FlightDataEncoderBuilder};
use arrow_flight::{FlightData, SchemaAsIpc};
use arrow_ipc::writer::IpcWriteOptions;
use arrow_schema::{DataType, Field, Schema};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};

use super::{DecodeError, Decoder, Frame, Item};
use crate::arrow::invalid_utf8;
use crate::options::Limits;
use crate::protocol::schema;

/// Stands for text that is not UTF-8.
const MARK: &str = "damage-here";
const DAMAGED: &[u8] = b"damage-h\xe9re";

fn messages(batches: &[RecordBatch]) -> Vec<FlightData> {
    let encoder = FlightDataEncoderBuilder::new()
        .with_dictionary_handling(DictionaryHandling::Resend)
        .with_schema(batches[0].schema())
        .build(stream::iter(batches.to_vec()).map(Ok));
    let messages = encoder.try_collect().now_or_never().unwrap();
    messages.unwrap()
}

/// The messages with the marks in their bodies damaged.
fn damaged(batches: &[RecordBatch]) -> Vec<FlightData> {
    let mut messages = messages(batches);
    for message in &mut messages {
        let mut body = message.data_body.to_vec();
        while let Some(at) = body.windows(MARK.len()).position(|w| w == MARK.as_bytes()) {
            body[at..at + DAMAGED.len()].copy_from_slice(DAMAGED);
        }
        message.data_body = body.into();
    }
    messages
}

fn decoded(messages: &[FlightData]) -> Result<Vec<Item>, DecodeError> {
    let mut decoder = Decoder::new(schema::validator(&Limits::default()));
    let items = messages.iter().map(|message| {
        decoder.decode(&Frame {
            header: message.data_header.to_vec(),
            body: Buffer::from(&message.data_body[..]),
        })
    });
    items.filter_map(Result::transpose).collect()
}

fn batches(messages: &[FlightData]) -> Vec<RecordBatch> {
    let items = decoded(messages).unwrap().into_iter();
    let batches = items.filter_map(|item| match item {
        Item::Batch(batch) => Some(batch),
        Item::Schema(_) => None,
    });
    batches.collect()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

fn texts() -> Vec<Option<&'static str>> {
    vec![Some("one"), Some(MARK), None, Some("")]
}

fn list() -> ArrayRef {
    let mut list = ListBuilder::new(StringBuilder::new());
    list.append_value([Some("a"), Some(MARK)]);
    list.append_null();
    list.append_value([None::<&str>]);
    list.append_value([Some("b")]);
    Arc::new(list.finish())
}

fn map() -> ArrayRef {
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for value in texts() {
        map.keys().append_value("key");
        map.values().append_option(value);
        map.append(true).unwrap();
    }
    Arc::new(map.finish())
}

fn run() -> ArrayRef {
    let mut run = StringRunBuilder::<Int32Type>::new();
    texts().into_iter().for_each(|text| run.append_option(text));
    Arc::new(run.finish())
}

fn dictionary(texts: &[Option<&str>]) -> ArrayRef {
    let mut dictionary = StringDictionaryBuilder::<Int32Type>::new();
    texts
        .iter()
        .for_each(|text| dictionary.append_option(*text));
    Arc::new(dictionary.finish())
}

fn columns() -> Vec<(&'static str, ArrayRef)> {
    let plain: ArrayRef = Arc::new(StringArray::from(texts()));
    let named = Arc::new(Field::new("inside", DataType::Utf8, true));
    vec![
        ("utf8", Arc::clone(&plain)),
        ("large", Arc::new(LargeStringArray::from(texts()))),
        ("view", Arc::new(StringViewArray::from(texts()))),
        ("list", list()),
        ("map", map()),
        ("struct", Arc::new(StructArray::from(vec![(named, plain)]))),
        ("runs", run()),
        ("dictionary", dictionary(&texts())),
    ]
}

#[test]
fn text_that_is_not_utf8_comes_as_bytes_and_the_other_columns_as_they_are() {
    let number: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3, 4]));
    let good: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d"]));
    for (name, column) in columns() {
        let sent = batch(vec![
            ("good", Arc::clone(&good)),
            (name, Arc::clone(&column)),
            ("also", dictionary(&[Some("x"), None, Some("y"), Some("x")])),
            ("number", Arc::clone(&number)),
        ]);
        let received = batches(&damaged(std::slice::from_ref(&sent)));
        let [received] = received.as_slice() else {
            panic!("{name}: {received:?}");
        };
        assert_eq!(received.column(0), &good, "{name}");
        assert_eq!(received.column(2), sent.column(2), "{name}");
        assert_eq!(received.column(3), &number, "{name}");
        let bytes = invalid_utf8::as_bytes(column.data_type()).unwrap();
        assert_eq!(received.column(1).data_type(), &bytes, "{name}");
        assert_eq!(received.schema().field(1).data_type(), &bytes, "{name}");
        assert_eq!(
            received.column(1).logical_nulls(),
            column.logical_nulls(),
            "{name}"
        );
        // The valid stream returns the same column, in a nullable schema.
        let whole = batches(&messages(std::slice::from_ref(&sent)));
        assert_eq!(whole[0].columns(), sent.columns(), "{name}");
        assert!(
            whole[0]
                .schema()
                .fields()
                .iter()
                .all(|field| field.is_nullable())
        );
    }
    let sent = batch(columns().into_iter().take(1).collect());
    let received = batches(&damaged(&[sent]));
    assert_eq!(received[0].column(0).as_binary::<i32>().value(1), DAMAGED);
    assert_eq!(received[0].column(0).as_binary::<i32>().value(0), b"one");
}

#[test]
fn only_the_batches_with_damage_change_their_type() {
    let text = |texts: Vec<&str>| batch(vec![("t", Arc::new(StringArray::from(texts)))]);
    let received = batches(&damaged(&[
        text(vec!["a"]),
        text(vec![MARK]),
        text(vec!["b"]),
    ]));
    let types: Vec<&DataType> = received.iter().map(|b| b.column(0).data_type()).collect();
    assert_eq!(types, [&DataType::Utf8, &DataType::Binary, &DataType::Utf8]);
}

#[test]
fn what_is_wrong_with_more_than_its_text_is_arrows_error() {
    let sent = batch(vec![("t", Arc::new(StringArray::from(vec![MARK, "x"])))]);
    let mut messages = damaged(&[sent]);
    let mut body = messages[1].data_body.to_vec();
    // The second offset: beyond the text.
    let at = body
        .windows(4)
        .position(|w| w == 11_i32.to_le_bytes())
        .unwrap();
    body[at..at + 4].copy_from_slice(&99_i32.to_le_bytes());
    messages[1].data_body = body.into();
    let error = decoded(&messages).unwrap_err();
    assert!(matches!(error, DecodeError::Arrow(_)), "{error}");
    assert!(error.to_string().contains("offset"), "{error}");
}

#[test]
fn a_schema_sent_again_is_not_told_and_another_one_is_an_error() {
    let first = batch(vec![("a", Arc::new(Int32Array::from(vec![1])))]);
    let other = batch(vec![("b", Arc::new(Int32Array::from(vec![1])))]);
    let once = messages(std::slice::from_ref(&first));
    let twice = [once.clone(), once].concat();
    let items = decoded(&twice).unwrap();
    assert!(
        matches!(items[..], [Item::Schema(_), Item::Batch(_), Item::Batch(_)]),
        "{items:?}"
    );
    let changed = [messages(&[first]), messages(&[other])].concat();
    assert!(matches!(decoded(&changed), Err(DecodeError::Changed)));
}

#[test]
fn the_schema_keeps_its_metadata() {
    let metadata = [("k".to_owned(), "v".to_owned())].into();
    let schema = Schema::new(vec![Field::new("a", DataType::Int32, false)]).with_metadata(metadata);
    let sent = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int32Array::from(vec![1]))]);
    let items = decoded(&messages(&[sent.unwrap()])).unwrap();
    let [Item::Schema(schema), Item::Batch(_)] = &items[..] else {
        panic!("{items:?}");
    };
    assert_eq!(schema.metadata()["k"], "v");
    assert!(!schema.field(0).is_nullable());
}

#[test]
fn i10_decimals_with_more_digits_than_their_type_are_read() {
    let wide = Decimal256Array::from(vec![Some(i256::from_i128(125)), None, Some(i256::MAX)]);
    let wide: ArrayRef = Arc::new(wide.with_precision_and_scale(76, 38).unwrap());
    let items = ListArray::new(
        Arc::new(Field::new("item", wide.data_type().clone(), true)),
        arrow_buffer::OffsetBuffer::from_lengths([2, 0, 1]),
        Arc::clone(&wide),
        None,
    );
    let small = Decimal128Array::from(vec![7, 8, 9])
        .with_precision_and_scale(38, 0)
        .unwrap();
    let sent = batch(vec![
        ("wide", wide),
        ("items", Arc::new(items)),
        ("small", Arc::new(small)),
    ]);
    let reported = Schema::new(vec![
        Field::new("wide", DataType::Decimal256(77, 38), true),
        Field::new_list(
            "items",
            Field::new("item", DataType::Decimal256(77, 38), true),
            true,
        ),
        Field::new("small", DataType::Decimal128(39, 0), false),
    ]);
    let mut messages = messages(std::slice::from_ref(&sent));
    messages[0] = SchemaAsIpc::new(&reported, &IpcWriteOptions::default()).into();
    let items = decoded(&messages).unwrap();
    let [Item::Schema(schema), Item::Batch(read)] = &*items else {
        panic!("{items:?}");
    };
    let types: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| field.data_type())
        .collect();
    let own = sent.schema();
    assert_eq!(
        types,
        own.fields()
            .iter()
            .map(|field| field.data_type())
            .collect::<Vec<_>>()
    );
    assert_eq!(read.columns(), sent.columns());

    // A schema in a response has the same types.
    let mut bytes = Vec::new();
    let ipc: arrow_flight::IpcMessage = SchemaAsIpc::new(&reported, &IpcWriteOptions::default())
        .try_into()
        .unwrap();
    bytes.extend(&ipc.0);
    let announced = schema::read("test", &bytes.into(), &Limits::default())
        .unwrap()
        .unwrap();
    assert_eq!(
        announced.field(0).data_type(),
        &DataType::Decimal256(76, 38)
    );
}
