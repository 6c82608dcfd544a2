//! Tests of values in tables: every declared type, written and read.

use std::sync::Arc;

use arrow_array::builder::FixedSizeBinaryBuilder;
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array,
    Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, RecordBatch,
    StringArray, Time64MicrosecondArray, TimestampMicrosecondArray, UInt8Array, UInt16Array,
    UInt32Array, UInt64Array,
};
use arrow_buffer::i256;
use arrow_schema::DataType;

use super::support::{batch, cells, served};

fn uuids() -> ArrayRef {
    let mut builder = FixedSizeBinaryBuilder::new(16);
    builder.append_value([0; 16]).unwrap();
    builder.append_value([255; 16]).unwrap();
    builder.append_null();
    Arc::new(builder.finish())
}

#[tokio::test]
async fn stores_extremes_of_every_type() {
    let long = "9".repeat(38).parse::<i128>().unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "TINYINT",
            Arc::new(Int8Array::from(vec![Some(i8::MIN), Some(i8::MAX), None])),
        ),
        (
            "SMALLINT",
            Arc::new(Int16Array::from(vec![Some(i16::MIN), Some(i16::MAX), None])),
        ),
        (
            "INT",
            Arc::new(Int32Array::from(vec![Some(i32::MIN), Some(i32::MAX), None])),
        ),
        (
            "BIGINT",
            Arc::new(Int64Array::from(vec![Some(i64::MIN), Some(i64::MAX), None])),
        ),
        (
            "UTINYINT",
            Arc::new(UInt8Array::from(vec![Some(0), Some(u8::MAX), None])),
        ),
        (
            "USMALLINT",
            Arc::new(UInt16Array::from(vec![Some(0), Some(u16::MAX), None])),
        ),
        (
            "UINT",
            Arc::new(UInt32Array::from(vec![Some(0), Some(u32::MAX), None])),
        ),
        (
            "UBIGINT",
            Arc::new(UInt64Array::from(vec![Some(0), Some(u64::MAX), None])),
        ),
        (
            "FLOAT",
            Arc::new(Float32Array::from(vec![
                Some(f32::MIN),
                Some(f32::MIN_POSITIVE),
                None,
            ])),
        ),
        (
            "DOUBLE",
            Arc::new(Float64Array::from(vec![
                Some(f64::MAX),
                Some(f64::NEG_INFINITY),
                None,
            ])),
        ),
        (
            "BOOLEAN",
            Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
        ),
        (
            "VARCHAR(20)",
            Arc::new(StringArray::from(vec![Some(""), Some("007 ünï 🦀"), None])),
        ),
        (
            "VARBINARY",
            Arc::new(BinaryArray::from(vec![
                Some(&b""[..]),
                Some(&b"\0\xff"[..]),
                None,
            ])),
        ),
        (
            "DATE",
            Arc::new(Date32Array::from(vec![
                Some(-719_528),
                Some(i32::MAX),
                None,
            ])),
        ),
        (
            "TIME",
            Arc::new(Time64MicrosecondArray::from(vec![
                Some(0),
                Some(86_399_999_999),
                None,
            ])),
        ),
        (
            "TIMESTAMP",
            Arc::new(TimestampMicrosecondArray::from(vec![
                Some(-1),
                Some(i64::MAX),
                None,
            ])),
        ),
        (
            "TIMESTAMPTZ",
            Arc::new(
                TimestampMicrosecondArray::from(vec![Some(1), Some(i64::MIN), None])
                    .with_timezone("UTC"),
            ),
        ),
        (
            "DECIMAL(38,10)",
            Arc::new(
                Decimal128Array::from(vec![Some(long), Some(-long), None])
                    .with_precision_and_scale(38, 10)
                    .unwrap(),
            ),
        ),
        (
            "DECIMAL(76,2)",
            Arc::new(
                Decimal256Array::from(vec![Some(i256::from_i128(long)), Some(i256::ONE), None])
                    .with_precision_and_scale(76, 2)
                    .unwrap(),
            ),
        ),
        ("UUID", uuids()),
        (
            "JSON",
            Arc::new(StringArray::from(vec![
                Some("1.0"),
                Some("{\"a\": [1]}"),
                None,
            ])),
        ),
    ];
    let mut served = served().await;
    for (decl, array) in columns {
        served
            .service
            .execute_batch(&format!(
                "DROP TABLE IF EXISTS t; CREATE TABLE t (v {decl})"
            ))
            .unwrap();
        let mut insert = served
            .client
            .prepare("INSERT INTO t (v) VALUES (?)".to_owned(), None)
            .await
            .unwrap();
        let announced = insert
            .parameter_schema()
            .unwrap()
            .field(0)
            .data_type()
            .clone();
        assert_eq!(&announced, array.data_type(), "{decl}");
        insert
            .set_parameters(batch(vec![("v", Arc::clone(&array))]))
            .unwrap();
        assert_eq!(insert.execute_update().await.unwrap(), 3, "{decl}");
        insert.close().await.unwrap();
        let info = served
            .client
            .execute("SELECT v FROM t ORDER BY rowid".to_owned(), None)
            .await
            .unwrap();
        let (schema, read) = served
            .batches(info.endpoint[0].ticket.clone().unwrap())
            .await
            .unwrap();
        assert_eq!(schema.field(0).data_type(), array.data_type(), "{decl}");
        assert_eq!(read[0].column(0), &array, "{decl}");
    }
}

#[tokio::test]
async fn not_a_number_survives() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (v DOUBLE)")
        .unwrap();
    let mut insert = served
        .client
        .prepare("INSERT INTO t VALUES (?)".to_owned(), None)
        .await
        .unwrap();
    insert
        .set_parameters(batch(vec![(
            "v",
            Arc::new(Float64Array::from(vec![f64::NAN])) as ArrayRef,
        )]))
        .unwrap();
    insert.execute_update().await.unwrap();
    assert_eq!(served.rows("SELECT v FROM t").await.1, cells(&[&["NaN"]]));
}

#[tokio::test]
async fn reads_literals_as_declared_type() {
    let mut served = served().await;
    served
        .service
        .execute_batch(
            "CREATE TABLE t (d DATE, t TIME, ts TIMESTAMP, tz TIMESTAMPTZ, n NUMERIC(10,3), u UUID, b BOOL, j JSON);
             INSERT INTO t VALUES ('2024-02-29', '23:59', '2024-02-29T01:02:03.5', '2024-02-29 01:02:03+02:00',
               12.345, '00112233-4455-6677-8899-aabbccddeeff', TRUE, '{}')",
        )
        .unwrap();
    let expected = [
        "2024-02-29",
        "23:59:00",
        "2024-02-29T01:02:03.500",
        "12.345",
        "00112233445566778899aabbccddeeff",
        "true",
        "{}",
    ];
    let (_, zoned) = served.rows("SELECT CAST(tz AS TIMESTAMP) FROM t").await;
    assert_eq!(zoned, cells(&[&["2024-02-28T23:02:03"]]));
    let (schema, rows) = served.rows("SELECT d, t, ts, n, u, b, j FROM t").await;
    assert_eq!(rows, cells(&[&expected]));
    assert_eq!(
        schema.field(4).metadata()["ARROW:extension:name"],
        "arrow.uuid"
    );
    assert_eq!(
        schema.field(6).metadata()["ARROW:extension:name"],
        "arrow.json"
    );
    assert_eq!(schema.field(3).metadata()["ARROW:FLIGHT:SQL:SCALE"], "3");
}

#[tokio::test]
async fn casts_determine_type() {
    let mut served = served().await;
    for (sql, ty, value) in [
        (
            "SELECT CAST('2024-01-02' AS DATE)",
            DataType::Date32,
            "2024-01-02",
        ),
        ("SELECT CAST('7' AS SMALLINT) AS x", DataType::Int16, "7"),
        (
            "SELECT CAST('12345678901234567890.12' AS DECIMAL(22, 2))",
            DataType::Decimal128(22, 2),
            "12345678901234567890.12",
        ),
        ("SELECT CAST(1 AS BOOLEAN) x", DataType::Boolean, "true"),
        ("SELECT CAST(NULL AS VARCHAR(9))", DataType::Utf8, "NULL"),
        (
            "SELECT CAST(CAST('1.5' AS DOUBLE) AS FLOAT)",
            DataType::Float32,
            "1.5",
        ),
        ("SELECT 1 + 1", DataType::Int64, "2"),
        ("SELECT 'a' || 'b'", DataType::Utf8, "ab"),
        ("SELECT NULL", DataType::Null, "NULL"),
        ("SELECT -1.5", DataType::Float64, "-1.5"),
        ("SELECT TRUE", DataType::Boolean, "true"),
        ("SELECT x'00ff'", DataType::Binary, "00ff"),
        ("SELECT count(*) AS n", DataType::Int64, "1"),
    ] {
        let (schema, rows) = served.rows(sql).await;
        assert_eq!(
            (schema.field(0).data_type(), rows),
            (&ty, cells(&[&[value]])),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn rejects_value_of_another_type() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (a TINYINT, d DATE); INSERT INTO t VALUES (1000, 'soon')")
        .unwrap();
    for (sql, message) in [
        ("SELECT a FROM t", "column a:"),
        ("SELECT d FROM t", "does not fit DATE"),
    ] {
        let info = served.client.execute(sql.to_owned(), None).await.unwrap();
        let error = served.read(info).await.unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    served.settled(0).await;
}

#[tokio::test]
async fn splits_large_rows_into_batches() {
    let mut served = served().await;
    let sql = "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 9) SELECT zeroblob(1000000) AS b FROM c";
    let info = served.client.execute(sql.to_owned(), None).await.unwrap();
    let (_, batches) = served
        .batches(info.endpoint[0].ticket.clone().unwrap())
        .await
        .unwrap();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 9);
    assert!(batches.len() > 1);
}
