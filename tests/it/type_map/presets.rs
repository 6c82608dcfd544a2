//! Tests of the presets' type maps, with types that the engines were observed to send.

use std::sync::Arc;

use flightsql::arrow::array::builder::FixedSizeBinaryBuilder;
use flightsql::arrow::array::{
    ArrayRef, BinaryArray, Int64Array, RecordBatch, TimestampMicrosecondArray,
    TimestampNanosecondArray,
};
use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql::dialect::presets::{doris, duckdb, gizmosql, influxdb, sqlite, starrocks};
use flightsql::types::chrono::{DateTime, NaiveDateTime, Utc};
use flightsql::{Row, query};

use super::cases::{named, rule, texts};
use super::{Engine, profile};

/// A type without an Arrow type, as DuckDB sends it.
fn opaque(name: &str, data_type: DataType) -> Field {
    let description = format!(r#"{{"type_name":"{name}","vendor_name":"DuckDB"}}"#);
    let metadata = [
        ("ARROW:extension:name".to_owned(), "arrow.opaque".to_owned()),
        ("ARROW:extension:metadata".to_owned(), description),
    ];
    Field::new(name, data_type, true).with_metadata(metadata.into())
}

#[tokio::test]
async fn c8_the_large_integers_of_duckdb_are_numbers() {
    let mut unsigned = FixedSizeBinaryBuilder::new(16);
    let mut signed = FixedSizeBinaryBuilder::new(16);
    for value in [5_u128, u128::MAX] {
        unsigned.append_value(value.to_le_bytes()).unwrap();
    }
    for value in [i128::MIN, -1] {
        signed.append_value(value.to_le_bytes()).unwrap();
    }
    // 80 digits, which no Arrow decimal holds: the header of a positive number of 33 bytes, and its bytes.
    let mut long = vec![0x80, 0, 33];
    long.extend([0xff; 33]);
    let bignums = BinaryArray::from_vec(vec![&[0x7f, 0xff, 0xfd, 0xfe, 0xfe], &long]);
    let schema = Schema::new(vec![
        opaque("uhugeint", DataType::FixedSizeBinary(16)),
        opaque("hugeint", DataType::FixedSizeBinary(16)),
        opaque("bignum", DataType::Binary),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(unsigned.finish()),
        Arc::new(signed.finish()),
        Arc::new(bignums),
    ];
    let batch = RecordBatch::try_new(Arc::new(schema), columns).unwrap();
    for profile in [duckdb(), gizmosql()] {
        let mut engine = Engine::new(profile).await;
        engine.serve(&batch);
        let rows = query("SELECT c")
            .fetch_all(&mut engine.connection)
            .await
            .unwrap();
        assert_eq!(rows[0].get::<u128, _>("uhugeint"), 5);
        assert_eq!(rows[1].get::<u128, _>("uhugeint"), u128::MAX);
        assert_eq!(rows[0].get::<i128, _>("hugeint"), i128::MIN);
        assert_eq!(rows[1].get::<i128, _>("hugeint"), -1);
        assert_eq!(rows[0].get::<i64, _>("bignum"), -257);
        assert_eq!(rows[0].try_get_raw("bignum").unwrap().to_string(), "-257");
        // It is read as sent.
        assert_eq!(rows[1].get::<Vec<u8>, _>("bignum"), long);
        let error = rows[1].try_get::<i64, _>("bignum").unwrap_err().to_string();
        assert!(error.contains("types.map[2] of dialect"), "{error}");
    }
}

#[tokio::test]
async fn j12_sqlite_and_influxdb_timestamps_are_utc() {
    let micros: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1_500_000]));
    let nanos: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![1_500_000_000]));
    for (profile, array) in [(sqlite(), micros), (influxdb(), nanos)] {
        let sent = named(&array, "").with_name("at");
        let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![sent])), vec![array]).unwrap();
        let mut engine = Engine::new(profile).await;
        engine.serve(&batch);
        let row = query("SELECT at")
            .fetch_one(&mut engine.connection)
            .await
            .unwrap();
        let expected = DateTime::<Utc>::from_timestamp_millis(1_500).unwrap();
        assert_eq!(row.get::<DateTime<Utc>, _>("at"), expected);
        // A wall-clock reading in UTC is exact.
        assert_eq!(row.get::<NaiveDateTime, _>("at"), expected.naive_utc());
        assert_eq!(row.to_string(), "1970-01-01T00:00:01.500Z");
    }
}

#[tokio::test]
async fn another_zone_is_not_a_wall_clock_reading() {
    for zone in ["+02:00", "Europe/Paris"] {
        let array: ArrayRef =
            Arc::new(TimestampMicrosecondArray::from(vec![0]).with_timezone(zone));
        let sent = named(&array, "").with_name("at");
        let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![sent])), vec![array]).unwrap();
        let mut engine = Engine::new(profile(Vec::new())).await;
        engine.serve(&batch);
        let row = query("SELECT at")
            .fetch_one(&mut engine.connection)
            .await
            .unwrap();
        assert!(row.try_get::<NaiveDateTime, _>("at").is_err(), "{zone}");
        assert!(row.try_get::<DateTime<Utc>, _>("at").is_ok(), "{zone}");
    }
}

#[tokio::test]
async fn large_integers_of_doris_and_starrocks_are_numbers() {
    let array = texts(&[Some("-170141183460469231731687303715884105728")]);
    let sent = named(&array, "LARGEINT").with_name("n");
    let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![sent])), vec![array]).unwrap();
    for profile in [doris(), starrocks()] {
        let mut engine = Engine::new(profile).await;
        engine.serve(&batch);
        let row = query("SELECT n")
            .fetch_one(&mut engine.connection)
            .await
            .unwrap();
        assert_eq!(row.get::<i128, _>("n"), i128::MIN);
    }
}

#[tokio::test]
async fn i8_an_integer_that_means_a_boolean() {
    let mut exists = rule("int64", "", "bool");
    exists.column = Some("e".to_owned());
    let array: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(0), None, Some(2)]));
    let schema = Schema::new(vec![Field::new("e", DataType::Int64, true)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![array]).unwrap();
    let mut engine = Engine::new(profile(vec![exists])).await;
    engine.serve(&batch);
    let rows = query("SELECT EXISTS (…) AS e")
        .fetch_all(&mut engine.connection)
        .await
        .unwrap();
    assert!(rows[0].get::<bool, _>("e"));
    assert!(!rows[1].get::<bool, _>("e"));
    assert_eq!(rows[2].get::<Option<bool>, _>("e"), None);
    // It is neither true nor false, and is read as a number.
    assert!(rows[3].try_get::<bool, _>("e").is_err());
    assert_eq!(rows[3].get::<i64, _>("e"), 2);

    // Without the rule it is a number.
    let mut engine = Engine::new(profile(Vec::new())).await;
    engine.serve(&batch);
    let row = query("SELECT e")
        .fetch_one(&mut engine.connection)
        .await
        .unwrap();
    assert!(row.try_get::<bool, _>("e").is_err());
}
