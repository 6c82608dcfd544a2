//! Dates and times that Arrow cannot format: alone, in lists, in dictionaries, and with offsets.
use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    Array, ArrayRef, Date32Array, Date64Array, DictionaryArray, DurationMillisecondArray,
    DurationSecondArray, Int8Array, Int16Array, ListArray, RecordBatch, StructArray,
    Time32MillisecondArray, Time32SecondArray, Time64MicrosecondArray, Time64NanosecondArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Schema, TimeUnit};

use crate::value::{Batch, Columns, FlightSqlValueRef};

fn texts_of(field: Field, array: &ArrayRef) -> Vec<String> {
    let schema = Arc::new(Schema::new(vec![field]));
    let record = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::clone(array)]).unwrap();
    let batch = Batch::new(Columns::plain(schema), record).unwrap();
    let rows = 0..u32::try_from(array.len()).unwrap();
    rows.map(|row| FlightSqlValueRef::new(&batch, 0, row).unwrap().to_string())
        .collect()
}

fn texts(array: &ArrayRef) -> Vec<String> {
    texts_of(Field::new("c", array.data_type().clone(), true), array)
}

/// The values and their texts.
fn cases() -> Vec<(ArrayRef, Vec<&'static str>)> {
    let paris = "Europe/Paris";
    vec![
        (
            Arc::new(TimestampMicrosecondArray::from(vec![
                i64::MAX,
                -i64::MAX,
                i64::MIN,
                i64::MAX - 1,
                i64::MIN + 2,
                0,
            ])),
            vec![
                "infinity",
                "-infinity",
                "-infinity",
                "+294247-01-10T04:00:54.775806",
                "-290308-12-21T19:59:05.224194",
                "1970-01-01T00:00:00",
            ],
        ),
        (
            Arc::new(TimestampSecondArray::from(vec![i64::MAX, i64::MAX - 1]).with_timezone("UTC")),
            vec!["infinity", "+292277026596-12-04T15:30:06Z"],
        ),
        (
            Arc::new(
                TimestampMillisecondArray::from(vec![i64::MIN, i64::MAX - 1])
                    .with_timezone("+05:30"),
            ),
            vec!["-infinity", "+292278994-08-17T12:42:55.806+05:30"],
        ),
        (
            Arc::new(TimestampMicrosecondArray::from(vec![i64::MAX]).with_timezone(paris)),
            vec!["infinity"],
        ),
        (
            // In the calendar, so it is a timestamp as any other.
            Arc::new(TimestampNanosecondArray::from(vec![i64::MAX])),
            vec!["2262-04-11T23:47:16.854775807"],
        ),
        (
            Arc::new(Date32Array::from(vec![
                i32::MAX,
                i32::MIN,
                -i32::MAX,
                i32::MAX - 1,
            ])),
            vec!["infinity", "-infinity", "-infinity", "+5881580-07-10"],
        ),
        (
            Arc::new(Date64Array::from(vec![
                i64::MAX,
                i64::MIN,
                i64::MAX - 1,
                86_400_000 * 100_000_000,
            ])),
            vec![
                "infinity",
                "-infinity",
                "+292278994-08-17T07:12:55.806",
                "+275760-09-13",
            ],
        ),
        (
            Arc::new(Time64MicrosecondArray::from(vec![
                86_400_000_000,
                86_399_999_999,
                -1,
                // 2^32 seconds and 5: a count that wraps around.
                4_294_967_301_000_000,
                i64::MIN,
            ])),
            vec![
                "24:00:00",
                "23:59:59.999999",
                "-00:00:00.000001",
                "1193046:28:21",
                "-2562047788:00:54.775808",
            ],
        ),
        (
            Arc::new(Time64NanosecondArray::from(vec![86_400_000_000_001])),
            vec!["24:00:00.000000001"],
        ),
        (
            Arc::new(Time32SecondArray::from(vec![86_400, -1])),
            vec!["24:00:00", "-00:00:01"],
        ),
        (
            Arc::new(Time32MillisecondArray::from(vec![i32::MAX])),
            vec!["596:31:23.647"],
        ),
        (
            Arc::new(DurationSecondArray::from(vec![i64::MAX, i64::MIN, 1])),
            vec!["PT9223372036854775807S", "-PT9223372036854775808S", "PT1S"],
        ),
        (
            Arc::new(DurationMillisecondArray::from(vec![i64::MIN, i64::MAX])),
            vec!["-PT9223372036854775.808S", "PT9223372036854775.807S"],
        ),
    ]
}

#[test]
fn a4_each_date_and_time_has_a_text() {
    for (array, expected) in cases() {
        assert_eq!(texts(&array), expected, "{}", array.data_type());
    }
}

#[test]
fn a4_inside_others_the_texts_are_the_same() {
    for (array, expected) in cases() {
        let item = Arc::new(Field::new("item", array.data_type().clone(), true));
        let lengths = OffsetBuffer::from_lengths([array.len()]);
        let list: ArrayRef = Arc::new(ListArray::new(item, lengths, Arc::clone(&array), None));
        assert_eq!(texts(&list), [format!("[{}]", expected.join(", "))]);

        let keys = Int8Array::from_iter_values([0]);
        let dictionary: ArrayRef = Arc::new(DictionaryArray::<Int8Type>::new(keys, array));
        assert_eq!(texts(&dictionary), expected[..1]);
    }
}

#[test]
fn a4_an_instant_with_its_offset_has_a_text() {
    let instants = TimestampMicrosecondArray::from(vec![i64::MAX, i64::MAX - 1, 0]);
    let minutes = Int16Array::from(vec![60, 330, -90]);
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let written: ArrayRef = Arc::new(StructArray::from(vec![
        (
            Arc::new(Field::new("timestamp", utc, false)),
            Arc::new(instants.with_timezone("UTC")) as ArrayRef,
        ),
        (
            Arc::new(Field::new("offset_minutes", DataType::Int16, false)),
            Arc::new(minutes),
        ),
    ]));
    let name = "arrow.timestamp_with_offset".to_owned();
    let field = Field::new("c", written.data_type().clone(), true)
        .with_metadata([("ARROW:extension:name".to_owned(), name)].into());
    assert_eq!(
        texts_of(field, &written),
        [
            "infinity",
            "+294247-01-10T09:30:54.775806+05:30",
            "1969-12-31T22:30:00-01:30"
        ]
    );
}
