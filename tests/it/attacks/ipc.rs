//! Batches whose lengths, buffers, offsets and keys lie.

use std::sync::Arc;

use flightsql::arrow::array::types::{Int32Type, Int64Type};
use flightsql::arrow::array::{
    Array as _, ArrayRef, DictionaryArray, Int32Array, Int64Array, ListArray, RecordBatch,
    RunArray, StringArray, StringViewArray, StructArray, UnionArray,
};
use flightsql::arrow::schema::{DataType, Field};
use flightsql_testkit::arrow_flight::FlightData;
use flightsql_testkit::{Reply, Script, raw};

use super::perform::Act;
use super::{Attack, attack};

const BAD: &str = "DoGet: the result is not readable: ";

/// A case in which a result has these messages.
pub(super) fn result(
    name: &'static str,
    data: impl Fn() -> Vec<FlightData> + Send + Sync + 'static,
) -> Attack {
    attack(name, move || {
        let plan = Reply::ticket(super::perform::ints([]).schema(), "t");
        Script::new()
            .get_flight_info(plan)
            .do_get(Reply::raw(data()))
    })
    .act(Act::Batches)
    .says(BAD)
}

/// A batch of one column.
fn column(array: impl Into<ArrayRef>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([("n", array.into(), true)]).unwrap()
}

/// A batch of 1001 integers, 77 of them NULL, so that each number of its header is found by its value.
fn numbers() -> RecordBatch {
    let values = (0..1001).map(|n| (n >= 77).then_some(n));
    column(Arc::new(Int64Array::from_iter(values)) as ArrayRef)
}

/// The messages of a batch, the last of which was changed.
fn changed(batch: &RecordBatch, change: impl Fn(&mut FlightData)) -> Vec<FlightData> {
    let mut messages = raw::stream(&batch.schema(), std::slice::from_ref(batch), false).unwrap();
    change(messages.last_mut().unwrap());
    messages
}

/// A case in which a number of a batch's header was replaced wherever it is.
fn header(name: &'static str, from: i64, to: i64) -> Attack {
    result(name, move || {
        changed(&numbers(), |data| {
            let mut header = data.data_header.to_vec();
            replace(&mut header, &from.to_le_bytes(), &to.to_le_bytes());
            data.data_header = header.into();
        })
    })
}

/// A case in which a part of a batch's body was replaced.
fn body(
    name: &'static str,
    batch: fn() -> RecordBatch,
    from: &'static [u8],
    to: &'static [u8],
) -> Attack {
    result(name, move || {
        changed(&batch(), |data| {
            let mut body = data.data_body.to_vec();
            replace(&mut body, from, to);
            data.data_body = body.into();
        })
    })
}

fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    let mut found = 0;
    for at in 0..=bytes.len().saturating_sub(from.len()) {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            found += 1;
        }
    }
    assert!(found > 0, "the case does not change anything");
}

fn text() -> RecordBatch {
    column(Arc::new(StringArray::from(vec!["abcde", "fghijkl"])) as ArrayRef)
}

fn views() -> RecordBatch {
    let long = "a text that is longer than twelve bytes";
    column(Arc::new(StringViewArray::from(vec![long, "short"])) as ArrayRef)
}

fn lists() -> RecordBatch {
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>([
        Some(vec![Some(1), Some(2), Some(3)]),
        Some(vec![Some(4)]),
    ]);
    column(Arc::new(lists) as ArrayRef)
}

fn dictionary() -> RecordBatch {
    let keys = Int32Array::from(vec![0, 1, 1]);
    let values = Arc::new(StringArray::from(vec!["a", "b"]));
    let array = DictionaryArray::<Int32Type>::try_new(keys, values).unwrap();
    column(Arc::new(array) as ArrayRef)
}

fn runs() -> RecordBatch {
    let ends = Int32Array::from(vec![5, 9]);
    let array = RunArray::try_new(&ends, &StringArray::from(vec!["a", "b"])).unwrap();
    column(Arc::new(array) as ArrayRef)
}

fn union() -> RecordBatch {
    let fields = [
        (0, Arc::new(Field::new("a", DataType::Int64, true))),
        (1, Arc::new(Field::new("b", DataType::Utf8, true))),
    ];
    let children: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(vec![6])),
        Arc::new(StringArray::from(vec!["x"])),
    ];
    let ids = vec![1_i8, 0, 1].into();
    let offsets = vec![0_i32, 0, 0].into();
    let array =
        UnionArray::try_new(fields.into_iter().collect(), ids, Some(offsets), children).unwrap();
    column(Arc::new(array) as ArrayRef)
}

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        header("rows_minus_one", 1001, -1),
        header("rows_of_2_to_the_62", 1001, 1 << 62).says("max_batch_rows"),
        header("rows_of_the_least_number", 1001, i64::MIN),
        header("more_rows_than_values", 1001, 1_000_000),
        header("buffer_of_the_greatest_length", 8008, i64::MAX),
        header("buffer_of_a_negative_length", 8008, -8),
        header("buffer_longer_than_the_body", 8008, 1 << 40),
        header("buffer_shorter_than_its_rows", 8008, 8),
        header("buffer_at_a_negative_offset", 128, -64),
        header("buffer_outside_of_the_body", 128, 1 << 50),
        header("negative_count_of_nulls", 77, -1),
        header("more_nulls_than_rows", 77, 5000),
        header("wrong_count_of_nulls", 77, 3),
        body(
            "text_offset_outside",
            text,
            &[5, 0, 0, 0],
            &[255, 255, 255, 0],
        ),
        body(
            "text_offset_negative",
            text,
            &[5, 0, 0, 0],
            &[255, 255, 255, 255],
        ),
        body("text_offsets_decrease", text, &[12, 0, 0, 0], &[1, 0, 0, 0]),
        body("text_that_is_not_utf8", text, b"abcde", b"ab\xff\xfee").fails("column", "not UTF-8"),
        body(
            "view_of_a_buffer_that_is_not_there",
            views,
            &[0, 0, 0, 0, 0, 0, 0, 0],
            &[9, 0, 0, 0, 0, 0, 0, 0],
        ),
        body(
            "view_longer_than_its_buffer",
            views,
            &[39, 0, 0, 0],
            &[255, 255, 255, 127],
        ),
        body(
            "view_of_a_negative_length",
            views,
            &[39, 0, 0, 0],
            &[255, 255, 255, 255],
        ),
        body(
            "view_with_another_prefix",
            views,
            b"\x27\0\0\0a te",
            b"\x27\0\0\0ZZZZ",
        ),
        body(
            "list_offset_outside",
            lists,
            &[3, 0, 0, 0, 4, 0, 0, 0],
            &[3, 0, 0, 0, 200, 0, 0, 0],
        ),
        body(
            "list_offsets_decrease",
            lists,
            &[3, 0, 0, 0, 4, 0, 0, 0],
            &[3, 0, 0, 0, 1, 0, 0, 0],
        ),
        body(
            "list_offset_negative",
            lists,
            &[3, 0, 0, 0, 4, 0, 0, 0],
            &[128, 255, 255, 255, 4, 0, 0, 0],
        ),
        body(
            "key_outside_of_the_dictionary",
            dictionary,
            &[1, 0, 0, 0],
            &[2, 0, 0, 0],
        ),
        body(
            "negative_key_of_a_dictionary",
            dictionary,
            &[1, 0, 0, 0],
            &[255, 255, 255, 255],
        ),
        body("run_ends_decrease", runs, &[9, 0, 0, 0], &[2, 0, 0, 0]),
        body("run_end_of_zero", runs, &[5, 0, 0, 0], &[0, 0, 0, 0]),
        body(
            "run_ends_before_the_rows",
            runs,
            &[9, 0, 0, 0],
            &[7, 0, 0, 0],
        ),
        body("union_of_an_unknown_type", union, &[1, 0, 1], &[1, 9, 1]),
        body("union_of_a_negative_type", union, &[1, 0, 1], &[1, 255, 1]),
        result("struct_whose_child_is_shorter", || {
            let child: ArrayRef = Arc::new(Int64Array::from_iter_values(0..555));
            let field = Arc::new(Field::new("a", child.data_type().clone(), true));
            let batch = column(Arc::new(StructArray::from(vec![(field, child)])) as ArrayRef);
            changed(&batch, |data| {
                let mut header = data.data_header.to_vec();
                // The buffer of the child stays as long as before.
                replace(&mut header, &555_i64.to_le_bytes(), &5555_i64.to_le_bytes());
                data.data_header = header.into();
            })
        }),
        result("body_that_is_missing", || {
            changed(&numbers(), |data| data.data_body = Vec::new().into())
        }),
        result("body_that_is_half", || {
            changed(&numbers(), |data| data.data_body.truncate(4000))
        }),
        result("body_of_another_batch", || {
            changed(&numbers(), |data| {
                data.data_body = vec![0xff; data.data_body.len()].into();
            })
        })
        .says("null_count"),
    ]
}
