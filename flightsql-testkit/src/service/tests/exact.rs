//! Tests of exact values: SQLite's value, or an error that names the column.

use arrow_schema::DataType::{self, Boolean, Date32, Decimal128, Int64, Utf8};

use super::support::{Served, cells, served};

const TABLES: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY, n SMALLINT, r DOUBLE, price DECIMAL(10,2), flag BOOLEAN, d DATE, ts TIMESTAMP, tm TIME);
    INSERT INTO t (id) VALUES (1)";

async fn with_table() -> Served {
    let served = served().await;
    served.service.execute_batch(TABLES).unwrap();
    served
}

/// Returns the error of planning or reading a query.
async fn error(served: &mut Served, sql: &str) -> String {
    match served.client.execute(sql.to_owned(), None).await {
        Ok(info) => match served.read(info).await {
            Ok((_, rows)) => panic!("{sql}: {rows:?}"),
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    }
}

async fn column(served: &mut Served, sql: &str) -> (DataType, Vec<String>) {
    let (schema, rows) = served.rows(sql).await;
    let values = rows.into_iter().map(|mut row| row.remove(0)).collect();
    (schema.field(0).data_type().clone(), values)
}

#[tokio::test]
async fn i11_keeps_text_constant_as_text() {
    let mut served = with_table().await;
    for (sql, values) in [
        ("SELECT 1 UNION ALL SELECT '007'", &["1", "007"][..]),
        ("VALUES (1), (2), ('007')", &["1", "2", "007"]),
        ("SELECT coalesce(n, '007') FROM t", &["007"]),
        ("SELECT coalesce(n, ' 7 ') FROM t", &[" 7 "]),
        (
            "SELECT CASE WHEN id = 2 THEN n ELSE '007' END FROM t",
            &["007"],
        ),
        ("SELECT iif(id = 2, r, '1e3') FROM t", &["1e3"]),
        (
            "SELECT lag(n, 1, '007') OVER (ORDER BY id) FROM t",
            &["007"],
        ),
        ("SELECT 1.5 UNION ALL SELECT 'nan'", &["1.5", "nan"]),
        ("SELECT r FROM t UNION ALL SELECT 'inf'", &["", "inf"]),
        ("SELECT coalesce(price, '007') FROM t", &["007"]),
        ("SELECT coalesce(flag, 'TRUE') FROM t", &["TRUE"]),
        (
            "SELECT '007' UNION ALL SELECT n FROM t WHERE n IS NOT NULL",
            &["007"],
        ),
    ] {
        let (ty, mut found) = column(&mut served, sql).await;
        found
            .iter_mut()
            .filter(|v| *v == "NULL")
            .for_each(String::clear);
        assert_eq!(
            (ty, found),
            (Utf8, values.iter().map(|v| (*v).to_owned()).collect()),
            "{sql}"
        );
    }
    let (ty, found) = column(&mut served, "SELECT coalesce(d, '1970-01-01') FROM t").await;
    assert_eq!((ty, found), (Date32, vec!["1970-01-01".to_owned()]));
}

#[tokio::test]
async fn j2_rejects_number_as_date_or_time() {
    let mut served = with_table().await;
    for (set, column) in [
        ("ts = unixepoch('2024-05-01')", "ts"),
        ("ts = -5", "ts"),
        ("ts = x'0000000000000001'", "ts"),
        ("ts = x'8000000000000000'", "ts"),
        ("d = 2024", "d"),
        ("d = -719528", "d"),
        ("d = x'00000000000007e8'", "d"),
        ("tm = 5", "tm"),
    ] {
        served
            .service
            .execute_batch(&format!(
                "UPDATE t SET ts = NULL, d = NULL, tm = NULL; UPDATE t SET {set}"
            ))
            .unwrap();
        let message = error(&mut served, &format!("SELECT {column} FROM t")).await;
        assert!(
            message.contains(&format!("column {column}: a stored")),
            "{set}: {message}"
        );
    }
    // SQLite's CAST in a view converts a date to an integer.
    served
        .service
        .execute_batch("CREATE VIEW v AS SELECT CAST('2024-05-01' AS DATE) AS day")
        .unwrap();
    let message = error(&mut served, "SELECT day FROM v").await;
    assert!(
        message.contains("column day: a stored Integer"),
        "{message}"
    );
    // The server's form stores the day before the year 0.
    served
        .service
        .execute_batch("UPDATE t SET d = -719529, ts = -719529 * 86400000000")
        .unwrap();
    let (_, rows) = served.rows("SELECT d, ts FROM t").await;
    assert_eq!(rows, cells(&[&["-0001-12-31", "-0001-12-31T00:00:00"]]));
}

#[tokio::test]
async fn j6_string_column_returns_stored_values() {
    let mut served = with_table().await;
    served
        .service
        .execute_batch("CREATE TABLE s (a STRING); INSERT INTO s VALUES ('007'), ('12345678901234567890'), (12)")
        .unwrap();
    let (ty, values) = column(&mut served, "SELECT a FROM s WHERE a < 100").await;
    assert_eq!((ty, values), (Int64, vec!["7".to_owned(), "12".to_owned()]));
}

#[tokio::test]
async fn i11_merged_columns_have_correct_type() {
    let mut served = with_table().await;
    served
        .service
        .execute_batch(
            "CREATE TABLE l (k INTEGER, x INT); CREATE TABLE r (k TEXT, y INT);
             INSERT INTO l VALUES (1, 1); INSERT INTO r VALUES ('1', 1), ('007x', 2)",
        )
        .unwrap();
    for (sql, ty) in [
        ("SELECT k FROM l RIGHT JOIN r USING (k) ORDER BY y", Utf8),
        ("SELECT k FROM l FULL JOIN r USING (k) ORDER BY y", Utf8),
        ("SELECT * FROM l FULL JOIN r USING (k) ORDER BY y", Utf8),
        ("SELECT * FROM l NATURAL RIGHT JOIN r ORDER BY y", Utf8),
    ] {
        let expected = (ty, vec!["1".to_owned(), "007x".to_owned()]);
        assert_eq!(column(&mut served, sql).await, expected, "{sql}");
    }
    let sql = "SELECT k FROM l JOIN r USING (k)";
    assert_eq!(
        column(&mut served, sql).await,
        (Int64, vec!["1".to_owned()])
    );
    // The SQL of a view over a compound is not parsed.
    served
        .service
        .execute_batch(
            "CREATE TABLE one (a INTEGER); CREATE TABLE two (b TEXT); INSERT INTO one VALUES (7); INSERT INTO two VALUES ('007');
             CREATE VIEW both AS SELECT a FROM one UNION ALL SELECT b FROM two;
             CREATE VIEW odd AS SELECT a -> '$' AS j, a FROM (SELECT b ->> '$' AS a FROM two UNION ALL SELECT a FROM one)",
        )
        .unwrap();
    let sql = "SELECT a FROM both";
    assert_eq!(
        column(&mut served, sql).await,
        (Utf8, vec!["7".to_owned(), "007".to_owned()])
    );
}

#[tokio::test]
async fn i11_schema_name_distinguishes_tables() {
    let served = with_table().await;
    served
        .service
        .execute_batch(
            "CREATE TABLE same (a TEXT); INSERT INTO same VALUES ('007'); CREATE VIEW seen AS SELECT a FROM main.same",
        )
        .unwrap();
    let mut client = super::keeper::Client::keeper(&served).await;
    client
        .update("CREATE TEMP TABLE same (a INTEGER)")
        .await
        .unwrap();
    client
        .update("CREATE TEMP TABLE seen (a INTEGER)")
        .await
        .unwrap();
    client
        .update("INSERT INTO temp.same VALUES (5)")
        .await
        .unwrap();
    client
        .update("INSERT INTO temp.seen VALUES (6)")
        .await
        .unwrap();
    for (sql, ty, value) in [
        ("SELECT a FROM main.same", Utf8, "007"),
        ("SELECT a FROM temp.same", Int64, "5"),
        ("SELECT a FROM same", Int64, "5"),
        ("SELECT a FROM main.seen", Utf8, "007"),
        ("SELECT a FROM seen", Int64, "6"),
        ("SELECT max(a) FROM main.same", Utf8, "007"),
        ("UPDATE main.same SET a = a RETURNING a", Utf8, "007"),
        ("UPDATE same SET a = a RETURNING a", Int64, "5"),
        ("SELECT value FROM json_each('[\"007\"]')", Utf8, "007"),
    ] {
        let info = client.info(sql, None).await.unwrap();
        let schema = info.clone().try_decode_schema().unwrap();
        assert_eq!(schema.field(0).data_type(), &ty, "{sql}");
        assert_eq!(client.rows(sql).await.unwrap(), cells(&[&[value]]), "{sql}");
    }
}

#[tokio::test]
async fn j3_does_not_round_stored_value_to_scale() {
    let mut served = with_table().await;
    for stored in ["1.239", "'1.239'", "0.001", "1e-9", "12345678.999"] {
        served
            .service
            .execute_batch(&format!("UPDATE t SET price = {stored}"))
            .unwrap();
        let message = error(&mut served, "SELECT price FROM t").await;
        assert!(
            message.contains("column price: a stored"),
            "{stored}: {message}"
        );
        assert!(message.contains("DECIMAL(10,2)"), "{stored}: {message}");
    }
    served
        .service
        .execute_batch(
            "CREATE TABLE w (v DECIMAL(38, 20)); INSERT INTO w VALUES (1.5), (1234567.25), (1e-20)",
        )
        .unwrap();
    let (_, values) = column(&mut served, "SELECT v FROM w").await;
    assert_eq!(
        values,
        [
            "1.50000000000000000000",
            "1234567.25000000000000000000",
            "0.00000000000000000001"
        ]
    );
    // Rounding errors of binary sums are not part of the value.
    served
        .service
        .execute_batch("DELETE FROM t; INSERT INTO t (price) VALUES (0.1), (0.2), (-0.3), (0.7), (99999999.99)")
        .unwrap();
    let (ty, values) = column(
        &mut served,
        "SELECT sum(price) OVER (ORDER BY id ROWS 1 PRECEDING) FROM t",
    )
    .await;
    assert_eq!(ty, Decimal128(38, 2));
    assert_eq!(values, ["0.10", "0.30", "-0.10", "0.40", "100000000.69"]);
}

#[tokio::test]
async fn i11_derives_types_of_current_time_and_signs() {
    let mut served = with_table().await;
    let (ty, values) = column(&mut served, "SELECT -TRUE UNION ALL SELECT -FALSE").await;
    assert_eq!((ty, values), (Int64, vec!["-1".to_owned(), "0".to_owned()]));
    let (ty, _) = column(&mut served, "SELECT coalesce(d, CURRENT_TIMESTAMP) FROM t").await;
    assert_ne!(ty, Date32);
    served
        .service
        .execute_batch("CREATE TABLE j (doc JSON); INSERT INTO j VALUES (NULL)")
        .unwrap();
    let sql = "SELECT coalesce(doc, CURRENT_TIMESTAMP) FROM j";
    let (schema, _) = served.rows(sql).await;
    assert!(
        !schema
            .field(0)
            .metadata()
            .contains_key("ARROW:extension:name")
    );
    for sql in [
        "SELECT unixepoch('subsec')",
        "SELECT unixepoch('now', 'SUBSEC')",
        "SELECT unixepoch('now', 'SubSecond')",
    ] {
        assert_eq!(column(&mut served, sql).await.0, DataType::Float64, "{sql}");
    }
    assert_eq!(
        column(&mut served, "SELECT unixepoch('now', 'utc')")
            .await
            .0,
        Int64
    );
    assert_eq!(
        column(&mut served, "SELECT coalesce(flag, TRUE) FROM t")
            .await
            .0,
        Boolean
    );
}
