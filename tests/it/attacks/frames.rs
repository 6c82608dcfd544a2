//! Messages of a result: not in their order, without content, without an end, or too many rows.

use std::sync::Arc;

use flightsql::arrow::array::types::Int32Type;
use flightsql::arrow::array::{
    ArrayRef, DictionaryArray, Int32Array, NullArray, RecordBatch, StringArray,
};
use flightsql_testkit::arrow_flight::FlightData;
use flightsql_testkit::{Reply, Script, raw};

use super::ipc::result;
use super::perform::{Act, ints};
use super::{Attack, attack};

fn schema() -> FlightData {
    raw::schema(&ints([]).schema())
}

/// A case in which these messages are repeated after the schema.
fn repeats(name: &'static str, stream: impl Fn() -> Reply + Send + Sync + 'static) -> Attack {
    attack(name, move || {
        Script::new()
            .get_flight_info(Reply::ticket(ints([]).schema(), "t"))
            .do_get(stream())
    })
    .act(Act::Batches)
    .options("fetch_timeout=500ms")
    .fails("io TimedOut", "fetch_timeout")
    .memory()
}

/// A dictionary of these values, and one row that has the last of them.
fn dictionary(values: Vec<String>) -> RecordBatch {
    let last = i32::try_from(values.len()).unwrap() - 1;
    let keys = Int32Array::from(vec![last]);
    let values = Arc::new(StringArray::from(values));
    let array = DictionaryArray::<Int32Type>::try_new(keys, values).unwrap();
    RecordBatch::try_from_iter([("n", Arc::new(array) as ArrayRef)]).unwrap()
}

/// Batches whose dictionary grows by 1 MiB each.
fn growing(deltas: bool) -> Vec<FlightData> {
    let values = |count: usize| {
        (0..count)
            .map(|n| format!("{n}{}", "x".repeat(1 << 20)))
            .collect()
    };
    let batches: Vec<_> = (1..=if deltas { 60 } else { 12 })
        .map(|count| dictionary(values(count)))
        .collect();
    raw::stream(&batches[0].schema(), &batches, deltas).unwrap()
}

fn nulls(rows: usize) -> RecordBatch {
    let column: ArrayRef = Arc::new(NullArray::new(rows));
    RecordBatch::try_from_iter_with_nullable([("n", column, true)]).unwrap()
}

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        result("header_of_garbage", || {
            vec![raw::message(vec![0xff; 100], Vec::new())]
        }),
        result("header_of_one_byte", || {
            vec![raw::message([1].to_vec(), Vec::new())]
        }),
        result("header_of_20_mb", || {
            vec![raw::message(vec![0; 20 << 20], Vec::new())]
        })
        .memory(),
        result("body_without_a_header", || {
            vec![schema(), raw::message(Vec::new(), vec![0; 64])]
        }),
        result("dictionary_before_the_schema", || {
            let batch = dictionary(vec!["a".to_owned()]);
            raw::stream(&batch.schema(), &[batch], false)
                .unwrap()
                .split_off(1)
        })
        .says("its schema has no such dictionary"),
        result("dictionary_that_no_column_has", || {
            let batch = dictionary(vec!["a".to_owned()]);
            let mut messages = raw::stream(&batch.schema(), &[batch], false).unwrap();
            messages[0] = schema();
            messages
        }),
        result("batch_whose_dictionary_is_missing", || {
            let batch = dictionary(vec!["a".to_owned()]);
            let mut messages =
                raw::stream(&batch.schema(), std::slice::from_ref(&batch), false).unwrap();
            messages.remove(1);
            messages
        }),
        result("dictionary_that_grows_beyond_the_limit", || growing(true))
            .options("max_message_size=8MiB&max_decompressed_size=16MiB")
            .says("max_decompressed_size")
            .memory(),
        result("dictionaries_that_replace_each_other", || growing(false))
            .options("max_message_size=16MiB&max_decompressed_size=24MiB")
            .harmless()
            .memory(),
        result("schema_in_a_dictionary_message", || {
            let mut header = schema().data_header.to_vec();
            // The type of the header, which is at a place of its own in the table of a message.
            let at = header.windows(4).position(|bytes| bytes == [4, 0, 1, 0]);
            let at = at.unwrap_or(0);
            header[at + 2] = 2;
            vec![raw::message(header, Vec::new())]
        }),
        result("message_larger_than_the_limit", || {
            let mut messages = vec![schema()];
            messages.extend(raw::batch(&ints(0..100_000)).unwrap());
            messages
        })
        .options("max_message_size=64KiB&max_decompressed_size=1MiB")
        .says("raise `max_message_size`")
        .memory(),
        result("message_of_65_mb", || {
            vec![schema(), raw::message(vec![0; 100], vec![0; 65 << 20])]
        })
        .says("raise `max_message_size`")
        .memory(),
        result("app_metadata_of_40_mb", || {
            vec![schema(), raw::app_metadata(vec![0; 40 << 20])]
        })
        .harmless()
        .memory(),
        repeats("app_metadata_without_end", || {
            Reply::raw([schema(), raw::app_metadata(vec![0; 1 << 20])]).then_repeat()
        }),
        repeats("messages_without_content", || {
            Reply::raw([schema(), raw::message("", "")]).then_repeat()
        }),
        repeats("batches_without_rows", || Reply::endless(&ints([]))),
        repeats("rows_without_end", || Reply::endless(&ints(0..10_000))),
        repeats("rows_without_end_and_a_paused_reader", || {
            Reply::endless(&ints(0..100_000))
        })
        .act(Act::Paused),
        repeats("rows_beyond_max_rows", || Reply::endless(&ints(0..100)))
            .act(Act::MaxRows)
            .fails("protocol", "raise `max_rows`"),
        repeats("rows_beyond_max_bytes", || Reply::endless(&ints(0..10_000)))
            .act(Act::MaxBytes)
            .fails("protocol", "raise `max_bytes`"),
        repeats("million_nulls_beyond_max_rows", || {
            Reply::endless(&nulls(16 << 20))
        })
        .act(Act::MaxRows)
        .fails("protocol", "raise `max_rows`"),
        repeats("batch_of_a_billion_nulls", || {
            Reply::endless(&nulls(1_000_000_000))
        })
        .fails("protocol", "max_batch_rows"),
        repeats("one_text_of_60_mb", || {
            let text: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(60 << 20)]));
            Reply::endless(&RecordBatch::try_from_iter([("n", text)]).unwrap())
        })
        .options("max_message_size=16MiB")
        .fails("protocol", "raise `max_message_size`"),
        result("end_before_the_first_message", Vec::new).harmless(),
    ]
}
