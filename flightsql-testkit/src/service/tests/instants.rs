//! Tests of the form of dates, times and instants, with which SQLite's text comparison orders by time.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, Date32Array, Int64Array, StringArray, Time64MicrosecondArray, Time64NanosecondArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
};

use super::support::{Served, batch, cells, served};

const DAY: i64 = 86_400_000_000;

fn utc(micros: i64) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(vec![micros]).with_timezone("UTC"))
}

fn naive(micros: i64) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(vec![micros]))
}

/// Runs a query with one bound value.
async fn with(served: &mut Served, sql: &str, value: ArrayRef) -> Vec<Vec<String>> {
    let mut statement = served.client.prepare(sql.to_owned(), None).await.unwrap();
    statement.set_parameters(batch(vec![("1", value)])).unwrap();
    let info = statement.execute().await.unwrap();
    served.read(info).await.unwrap().1
}

#[tokio::test]
async fn j2_text_instant_compares_with_bound_instant() {
    let mut served = served().await;
    served
        .service
        .execute_batch(
            "CREATE TABLE t (k INTEGER PRIMARY KEY, a TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP, b TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
             INSERT INTO t VALUES (1, '1970-01-02 00:00:00', '1970-01-02 00:00:00'), (2, '1970-01-02 00:00:00.5', '1970-01-02 00:00:00.5')",
        )
        .unwrap();
    let found = |rows: &[&str]| {
        rows.iter()
            .map(|k| vec![(*k).to_owned()])
            .collect::<Vec<_>>()
    };
    for column in ["a", "b"] {
        for (compare, expected) in [
            ("=", &["1"][..]),
            (">=", &["1", "2"]),
            (">", &["2"]),
            ("<=", &["1"]),
            ("IS", &["1"]),
        ] {
            let sql = format!("SELECT k FROM t WHERE {column} {compare} ? ORDER BY k");
            let expected = found(expected);
            assert_eq!(with(&mut served, &sql, utc(DAY)).await, expected, "{sql}");
            assert_eq!(with(&mut served, &sql, naive(DAY)).await, expected, "{sql}");
            // Some clients send an instant as text with a zone.
            let text: ArrayRef = Arc::new(StringArray::from(vec!["1970-01-02T01:00:00.000+01:00"]));
            assert_eq!(with(&mut served, &sql, text).await, expected, "{sql}");
            // An expression has no declared type.
            let sql = format!("SELECT k FROM t WHERE coalesce({column}, 0) {compare} ? ORDER BY k");
            assert_eq!(with(&mut served, &sql, utc(DAY)).await, expected, "{sql}");
        }
    }
    served
        .service
        .execute_batch("DELETE FROM t; INSERT INTO t (k) VALUES (1)")
        .unwrap();
    let sql = "SELECT k FROM t WHERE a > ? AND b > ?1";
    assert_eq!(with(&mut served, sql, utc(DAY)).await, found(&["1"]));
}

#[tokio::test]
async fn j2_every_unit_and_source_has_same_form() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (a TIMESTAMPTZ, b TIMESTAMP, c TIME, d DATE, e TIMESTAMP)")
        .unwrap();
    let half = |unit_per_second: i64| 86_400 * unit_per_second + unit_per_second / 2;
    let rows: Vec<[ArrayRef; 5]> = vec![
        [
            utc(half(1_000_000)),
            Arc::new(TimestampMillisecondArray::from(vec![half(1_000)])),
            Arc::new(Time64MicrosecondArray::from(vec![500_000])),
            Arc::new(Date32Array::from(vec![1])),
            Arc::new(Date32Array::from(vec![1])),
        ],
        [
            Arc::new(
                TimestampNanosecondArray::from(vec![half(1_000_000_000)]).with_timezone("+05:00"),
            ),
            Arc::new(TimestampNanosecondArray::from(vec![half(1_000_000_000)])),
            Arc::new(Time64NanosecondArray::from(vec![500_000_000])),
            Arc::new(TimestampMillisecondArray::from(vec![86_400_000])),
            naive(DAY),
        ],
        [
            Arc::new(StringArray::from(vec!["1970-01-02T00:00:00.500Z"])),
            Arc::new(StringArray::from(vec!["1970-01-02 00:00:00.5000"])),
            Arc::new(StringArray::from(vec!["00:00:00.500"])),
            Arc::new(StringArray::from(vec!["1970-01-02"])),
            Arc::new(StringArray::from(vec!["1970-01-02"])),
        ],
    ];
    for values in rows {
        let named = ["a", "b", "c", "d", "e"].into_iter().zip(values).collect();
        let mut insert = served
            .client
            .prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?)".to_owned(), None)
            .await
            .unwrap();
        insert.set_parameters(batch(named)).unwrap();
        assert_eq!(insert.execute_update().await.unwrap(), 1);
    }
    let sql = "SELECT DISTINCT a || '' , b || '', c || '', d || '', e || '' FROM t";
    assert_eq!(
        served.rows(sql).await.1,
        cells(&[&[
            "1970-01-02 00:00:00.5",
            "1970-01-02 00:00:00.5",
            "00:00:00.5",
            "1970-01-02",
            "1970-01-02 00:00:00",
        ]])
    );
}

#[tokio::test]
async fn j2_sorts_years_outside_calendar() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (k BIGINT, a TIMESTAMP, d DATE)")
        .unwrap();
    let mut insert = served
        .client
        .prepare("INSERT INTO t VALUES (?, ?, ?)".to_owned(), None)
        .await
        .unwrap();
    insert
        .set_parameters(batch(vec![
            (
                "1",
                Arc::new(Int64Array::from(vec![4, 2, 1, 3, 0])) as ArrayRef,
            ),
            (
                "2",
                Arc::new(TimestampMicrosecondArray::from(vec![
                    i64::MAX,
                    0,
                    -80_000_000_000_000_000,
                    300_000_000_000_000_000,
                    i64::MIN,
                ])),
            ),
            (
                "3",
                Arc::new(Date32Array::from(vec![
                    i32::MAX,
                    0,
                    -800_000,
                    3_000_000,
                    i32::MIN,
                ])),
            ),
        ]))
        .unwrap();
    assert_eq!(insert.execute_update().await.unwrap(), 5);
    let expected = cells(&[&["0"], &["1"], &["2"], &["3"], &["4"]]);
    for order in ["a", "d"] {
        let (_, rows) = served
            .rows(&format!("SELECT k FROM t ORDER BY {order}"))
            .await;
        assert_eq!(rows, expected, "{order}");
    }
    let sql = "SELECT k FROM t WHERE a > ? ORDER BY k";
    assert_eq!(
        with(&mut served, sql, utc(0)).await,
        cells(&[&["3"], &["4"]])
    );
}

#[tokio::test]
async fn j2_normalizes_cast_literals() {
    let mut served = served().await;
    served
        .service
        .execute_batch(
            "CREATE TABLE t (a TIMESTAMPTZ, c TIME, d DECIMAL(10,2), u UUID);
             INSERT INTO t VALUES ('1970-01-02 00:00:00', '10:00:00', 12.5, x'00112233445566778899aabbccddeeff')",
        )
        .unwrap();
    for sql in [
        "SELECT count(*) FROM t WHERE a = CAST('1970-01-02 00:00:00+00:00' AS TIMESTAMPTZ)",
        "SELECT count(*) FROM t WHERE a = CAST('1970-01-02T05:30:00.000+05:30' AS TIMESTAMPTZ)",
        "SELECT count(*) FROM t WHERE c = CAST('10:00' AS TIME)",
        "SELECT count(*) FROM t WHERE coalesce(d, 0) = CAST('12.50' AS DECIMAL(10,2))",
        "SELECT count(*) FROM t WHERE u = CAST('00112233-4455-6677-8899-aabbccddeeff' AS UUID)",
    ] {
        assert_eq!(served.rows(sql).await.1, cells(&[&["1"]]), "{sql}");
    }
}
