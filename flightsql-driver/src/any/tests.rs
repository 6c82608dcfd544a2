//! Every Arrow type as `Any` has it, without a server.
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    Array as _, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    FixedSizeBinaryArray, Float16Array, Float32Array, Float64Array, Int8Array, Int16Array,
    Int32Array, Int64Array, IntervalMonthDayNanoArray, LargeStringArray, ListArray, NullArray,
    RecordBatch, StringViewArray, Time64MicrosecondArray, TimestampNanosecondArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
};
use arrow_buffer::IntervalMonthDayNano;
use arrow_schema::{DataType, Field, Schema};
use sqlx_core::any::{AnyConnectOptions, AnyRow, AnyTypeInfo, AnyTypeInfoKind, AnyValueKind};
use sqlx_core::column::Column as _;
use sqlx_core::error::Error;
use sqlx_core::row::Row as _;

use super::convert::Rows;
use crate::connect_options::FlightSqlConnectOptions;
use crate::row::FlightSqlRow;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{Batch, Columns};

fn any(field: Field, array: ArrayRef) -> Vec<Result<AnyRow, Error>> {
    let schema = Arc::new(Schema::new(vec![field]));
    let record = RecordBatch::try_new(schema, vec![array]).unwrap();
    let batch = Batch::new(Columns::plain(record.schema()), record).unwrap();
    let mut rows = Rows::default();
    (0..batch.num_rows())
        .map(|row| rows.row(&FlightSqlRow::new(Arc::clone(&batch), row)))
        .collect()
}

fn plain(array: ArrayRef) -> Vec<Result<AnyRow, Error>> {
    any(Field::new("c", array.data_type().clone(), true), array)
}

/// The column's kind, and its first two values as `Any` shows them.
fn shown(rows: Vec<Result<AnyRow, Error>>) -> (AnyTypeInfoKind, Vec<String>) {
    let rows: Vec<AnyRow> = rows.into_iter().map(Result::unwrap).collect();
    let kind = rows[0].columns()[0].type_info().kind();
    let values = rows.iter().map(|row| format!("{:?}", row.values[0].kind));
    (kind, values.collect())
}

#[test]
fn each_type_widens_to_one_that_holds_it() {
    use AnyTypeInfoKind::{BigInt, Blob, Bool, Double, Integer, Real, SmallInt, Text};
    let half = half_of(1.5);
    let dictionary: DictionaryArray<Int32Type> = [Some("x"), None].into_iter().collect();
    let cases: Vec<(ArrayRef, AnyTypeInfoKind, &str)> = vec![
        (
            Arc::new(BooleanArray::from(vec![Some(true), None])),
            Bool,
            "Bool(true)",
        ),
        (
            Arc::new(Int8Array::from(vec![Some(-128), None])),
            SmallInt,
            "SmallInt(-128)",
        ),
        (
            Arc::new(Int16Array::from(vec![Some(i16::MIN), None])),
            SmallInt,
            "SmallInt(-32768)",
        ),
        (
            Arc::new(UInt8Array::from(vec![Some(255), None])),
            SmallInt,
            "SmallInt(255)",
        ),
        (
            Arc::new(Int32Array::from(vec![Some(i32::MIN), None])),
            Integer,
            "Integer(-2147483648)",
        ),
        (
            Arc::new(UInt16Array::from(vec![Some(u16::MAX), None])),
            Integer,
            "Integer(65535)",
        ),
        (
            Arc::new(Int64Array::from(vec![Some(i64::MIN), None])),
            BigInt,
            "BigInt(-9223372036854775808)",
        ),
        (
            Arc::new(UInt32Array::from(vec![Some(u32::MAX), None])),
            BigInt,
            "BigInt(4294967295)",
        ),
        (
            Arc::new(UInt64Array::from(vec![Some(i64::MAX.unsigned_abs()), None])),
            BigInt,
            "BigInt(9223372036854775807)",
        ),
        (half, Real, "Real(1.5)"),
        (
            Arc::new(Float32Array::from(vec![Some(0.1), None])),
            Real,
            "Real(0.1)",
        ),
        (
            Arc::new(Float64Array::from(vec![Some(0.1), None])),
            Double,
            "Double(0.1)",
        ),
        (
            Arc::new(LargeStringArray::from(vec![Some("ä"), None])),
            Text,
            "Text(\"ä\")",
        ),
        (
            Arc::new(StringViewArray::from(vec![Some(""), None])),
            Text,
            "Text(\"\")",
        ),
        (Arc::new(dictionary), Text, "Text(\"x\")"),
        (
            Arc::new(BinaryArray::from(vec![Some(&[0_u8, 255][..]), None])),
            Blob,
            "Blob([0, 255])",
        ),
        (
            Arc::new(
                Decimal128Array::from(vec![Some(-1230), None])
                    .with_precision_and_scale(9, 3)
                    .unwrap(),
            ),
            Text,
            "Text(\"-1.230\")",
        ),
        (
            Arc::new(Date32Array::from(vec![Some(19_844), None])),
            Text,
            "Text(\"2024-05-01\")",
        ),
        (
            Arc::new(Time64MicrosecondArray::from(vec![
                Some(3_600_000_001),
                None,
            ])),
            Text,
            "Text(\"01:00:00.000001\")",
        ),
        (
            Arc::new(TimestampNanosecondArray::from(vec![Some(1), None])),
            Text,
            "Text(\"1970-01-01T00:00:00.000000001\")",
        ),
        (
            Arc::new(TimestampNanosecondArray::from(vec![Some(0), None]).with_timezone("+02:00")),
            Text,
            "Text(\"1970-01-01T02:00:00+02:00\")",
        ),
        (
            Arc::new(IntervalMonthDayNanoArray::from(vec![
                Some(IntervalMonthDayNano::new(1, 2, 3)),
                None,
            ])),
            Text,
            "Text(\"1 mons 2 days 0.000000003 secs\")",
        ),
    ];
    for (array, kind, first) in cases {
        let data_type = array.data_type().clone();
        let null = format!("Null({kind:?})");
        assert_eq!(
            shown(plain(array)),
            (kind, vec![first.to_owned(), null]),
            "{data_type}"
        );
    }
    let nothing = shown(plain(Arc::new(NullArray::new(1))));
    assert_eq!(
        nothing,
        (AnyTypeInfoKind::Null, vec!["Null(Null)".to_owned()])
    );
}

fn half_of(value: f32) -> ArrayRef {
    let single: ArrayRef = Arc::new(Float32Array::from(vec![Some(value), None]));
    let half = arrow_cast::cast(&single, &DataType::Float16).unwrap();
    assert!(half.as_any().is::<Float16Array>());
    half
}

#[test]
fn extension_types_are_what_they_stand_for() {
    let uuid = Field::new("c", DataType::FixedSizeBinary(16), true)
        .with_metadata([("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())].into());
    let bytes = FixedSizeBinaryArray::try_from_iter([[7_u8; 16]].into_iter()).unwrap();
    let bytes: ArrayRef = Arc::new(bytes);
    let text = "Text(\"07070707-0707-0707-0707-070707070707\")".to_owned();
    assert_eq!(
        shown(any(uuid, Arc::clone(&bytes))),
        (AnyTypeInfoKind::Text, vec![text])
    );
    assert_eq!(shown(plain(bytes)).0, AnyTypeInfoKind::Blob);
    let bool8 = Field::new("c", DataType::Int8, true)
        .with_metadata([("ARROW:extension:name".to_owned(), "arrow.bool8".to_owned())].into());
    let values: ArrayRef = Arc::new(Int8Array::from(vec![0, 2]));
    let expected = vec!["Bool(false)".to_owned(), "Bool(true)".to_owned()];
    assert_eq!(shown(any(bool8, values)), (AnyTypeInfoKind::Bool, expected));
}

#[test]
fn a10_a_number_beyond_i64_is_its_text() {
    let rows = plain(Arc::new(UInt64Array::from(vec![7, u64::MAX])));
    let kind = |row: usize| &rows[row].as_ref().unwrap().values[0].kind;
    assert!(matches!(kind(0), AnyValueKind::BigInt(7)));
    assert!(matches!(kind(1), AnyValueKind::Text(text) if text.as_str() == "18446744073709551615"));
    // Read as a number, it is SQLx's own mismatch.
    let read = rows[1].as_ref().unwrap().try_get::<i64, _>(0);
    assert!(matches!(read, Err(Error::ColumnDecode { .. })), "{read:?}");
}

#[test]
fn a4_a_date_out_of_the_calendar_is_its_text() {
    let rows = plain(Arc::new(Date32Array::from(vec![i32::MAX, i32::MAX - 1])));
    let texts = rows
        .iter()
        .map(|row| match &row.as_ref().unwrap().values[0].kind {
            AnyValueKind::Text(text) => text.to_string(),
            other => panic!("{other:?}"),
        });
    assert_eq!(texts.collect::<Vec<_>>(), ["infinity", "+5881580-07-10"]);
}

#[test]
fn a10_a_list_is_its_text() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None]);
    let rows = plain(Arc::new(list));
    let kind = |row: usize| &rows[row].as_ref().unwrap().values[0].kind;
    assert!(matches!(kind(0), AnyValueKind::Text(text) if text.as_str() == "[1]"));
    assert!(matches!(kind(1), AnyValueKind::Null(AnyTypeInfoKind::Text)));
    // As a type, it has no place in `Any`.
    let info = FlightSqlTypeInfo::new(DataType::Struct(Default::default()));
    assert!(matches!(
        AnyTypeInfo::try_from(&info),
        Err(Error::AnyDriverError(_))
    ));
}

#[test]
fn the_first_of_two_columns_with_one_name_is_found() {
    let array = || Arc::new(Int32Array::from(vec![1])) as ArrayRef;
    let fields = vec![
        Field::new("a", DataType::Int32, true),
        Field::new("a", DataType::Int32, true),
    ];
    let record = RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        vec![array(), Arc::new(Int32Array::from(vec![2]))],
    )
    .unwrap();
    let batch = Batch::new(Columns::plain(record.schema()), record).unwrap();
    let row = Rows::default().row(&FlightSqlRow::new(batch, 0)).unwrap();
    assert_eq!(row.get::<i32, _>("a"), 1);
    assert_eq!(row.get::<i32, _>(1), 2);
}

#[test]
fn options_come_from_the_url_with_what_is_logged() {
    let mut any: AnyConnectOptions = "datafusion+flightsql+tcp://h:1/c?query_timeout=3s"
        .parse()
        .unwrap();
    any.log_settings.statements_level = log::LevelFilter::Trace;
    let options = FlightSqlConnectOptions::try_from(&any).unwrap();
    assert_eq!(options.get_dialect().name(), "datafusion");
    assert_eq!(options.get_catalog(), Some("c"));
    assert_eq!(
        options.inner().log.statements_level,
        log::LevelFilter::Trace
    );
    let wrong: AnyConnectOptions = "flightsql+tcp://h".parse().unwrap();
    let error = FlightSqlConnectOptions::try_from(&wrong).unwrap_err();
    assert!(matches!(error, Error::Configuration(_)), "{error:?}");
}
