//! Tests of computed columns, whose types depend on the expression and not on rows.

use arrow_schema::DataType::{
    Binary, Boolean, Date32, Decimal128, Float64, Int16, Int64, Time64, Timestamp, UInt64, Utf8,
};
use arrow_schema::{DataType, TimeUnit};

use super::support::{Served, cells, served, served_after};

const TABLES: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY, n SMALLINT, big UBIGINT, r DOUBLE, price DECIMAL(10,2), name TEXT NOT NULL,
                    ok BOOLEAN, d DATE, ts TIMESTAMP, tz TIMESTAMPTZ, doc JSON, raw BLOB);
    CREATE TABLE review (book INTEGER NOT NULL REFERENCES t, stars INTEGER);
    CREATE VIEW seen (id, total, stars) AS
      SELECT t.id, t.n + 1, coalesce(avg(stars), 0) FROM t LEFT JOIN review ON book = t.id GROUP BY t.id;";

const ROWS: &str = "
    INSERT INTO t VALUES (1, 3, 7, 0.5, 1.25, 'a', TRUE, '2024-01-02', '2024-01-02 03:04:05', '2024-01-02 03:04:05', '{}', x'00'),
                         (2, NULL, NULL, NULL, NULL, 'b', NULL, NULL, NULL, NULL, NULL, NULL);
    INSERT INTO review VALUES (2, 3), (2, 4);";

fn micros(zone: Option<&str>) -> DataType {
    Timestamp(TimeUnit::Microsecond, zone.map(Into::into))
}

/// Statements, with the type and the nullability of their only column.
fn cases() -> Vec<(&'static str, DataType, bool)> {
    vec![
        // A row of integers before one of reals.
        (
            "SELECT coalesce(avg(stars), 0) FROM t LEFT JOIN review ON book = t.id GROUP BY t.id",
            Float64,
            false,
        ),
        (
            "SELECT CASE WHEN id = 1 THEN 1 ELSE 2.5 END FROM t ORDER BY id",
            Float64,
            false,
        ),
        ("SELECT CASE WHEN id = 1 THEN 1 END FROM t", Int64, true),
        ("SELECT iif(id = 1, n, r) FROM t ORDER BY id", Float64, true),
        ("SELECT 1 UNION ALL SELECT 2.5", Float64, false),
        // Columns keep their type.
        ("SELECT max(ts) FROM t", micros(None), true),
        ("SELECT min(tz) FROM t", micros(Some("UTC")), true),
        ("SELECT max(id) FROM t", Int64, true),
        ("SELECT max(n) FROM t", Int16, true),
        ("SELECT max(big) FROM t", UInt64, true),
        ("SELECT max(d) AS last FROM t", Date32, true),
        ("SELECT max(price) FROM t", Decimal128(10, 2), true),
        ("SELECT coalesce(price, 0) FROM t", Decimal128(10, 2), false),
        (
            "SELECT coalesce(price, 0.125) FROM t",
            Decimal128(11, 3),
            false,
        ),
        (
            "SELECT coalesce(ts, CURRENT_TIMESTAMP) FROM t",
            micros(None),
            false,
        ),
        ("SELECT ifnull(d, '1970-01-01') FROM t", Date32, false),
        ("SELECT ifnull(ok, FALSE) FROM t", Boolean, false),
        ("SELECT coalesce(n, 0) FROM t", Int16, false),
        ("SELECT nullif(name, 'a') FROM t", Utf8, true),
        ("SELECT (SELECT max(tz) FROM t)", micros(Some("UTC")), true),
        (
            "SELECT last FROM (SELECT max(ts) AS last FROM t)",
            micros(None),
            true,
        ),
        (
            "WITH x AS (SELECT id, ts AS last FROM t) SELECT max(last) FROM x",
            micros(None),
            true,
        ),
        (
            "SELECT first_value(price) OVER (ORDER BY id) FROM t",
            Decimal128(10, 2),
            true,
        ),
        // Sums and arithmetic.
        ("SELECT sum(price) FROM t", Decimal128(38, 2), true),
        ("SELECT sum(n) FROM t", Int64, true),
        ("SELECT sum(r) FROM t", Float64, true),
        ("SELECT price * 2 FROM t", Float64, true),
        ("SELECT id + 1 FROM t", Int64, false),
        ("SELECT n / 2 FROM t", Int64, true),
        ("SELECT -r FROM t", Float64, true),
        ("SELECT abs(n) + 1.5 FROM t", Float64, true),
        ("SELECT id & 1 FROM t", Int64, false),
        ("SELECT round(price, 1) FROM t", Float64, true),
        // Comparisons.
        ("SELECT id = 1 FROM t", Boolean, false),
        ("SELECT id > 1 AND n IS NULL FROM t", Boolean, false),
        ("SELECT NOT n < 2 FROM t", Boolean, true),
        ("SELECT id IN (1, 2) FROM t", Boolean, false),
        ("SELECT name LIKE 'a%' FROM t", Boolean, false),
        ("SELECT id NOT BETWEEN 1 AND 2 FROM t", Boolean, false),
        ("SELECT n IS DISTINCT FROM 1 FROM t", Boolean, false),
        ("SELECT r NOTNULL FROM t", Boolean, false),
        (
            "SELECT EXISTS (SELECT 1 FROM t WHERE id = 1)",
            Boolean,
            false,
        ),
        // Functions.
        (
            "SELECT CURRENT_TIMESTAMP FROM t",
            micros(Some("UTC")),
            false,
        ),
        ("SELECT CURRENT_DATE FROM t", Date32, false),
        (
            "SELECT CURRENT_TIME FROM t",
            Time64(TimeUnit::Microsecond),
            false,
        ),
        ("SELECT length(name) FROM t", Int64, false),
        ("SELECT upper(name) || '!' FROM t", Utf8, false),
        ("SELECT substr(raw, 1) FROM t", Binary, true),
        ("SELECT count(*) FILTER (WHERE ok) FROM t", Int64, false),
        (
            "SELECT row_number() OVER (ORDER BY id) FROM t",
            Int64,
            false,
        ),
        ("SELECT json_array_length(doc) FROM t", Int64, true),
        // Views, subqueries and recursion.
        ("SELECT stars FROM seen", Float64, false),
        ("SELECT total FROM seen", Int64, true),
        ("SELECT t.name FROM (SELECT * FROM t) AS t", Utf8, false),
        (
            "SELECT name FROM review LEFT JOIN t ON t.id = book",
            Utf8,
            true,
        ),
        (
            "SELECT book FROM review LEFT JOIN t ON t.id = book",
            Int64,
            false,
        ),
        (
            "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 3) SELECT x FROM c",
            Int64,
            false,
        ),
        (
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x * 1.5 FROM c WHERE x < 3) SELECT x FROM c",
            Float64,
            true,
        ),
        (
            "INSERT INTO review VALUES (1, 5) RETURNING stars * 2.0",
            Float64,
            true,
        ),
    ]
}

/// Returns all deviations.
async fn wrong(served: &mut Served) -> Vec<String> {
    let mut wrong = Vec::new();
    for (sql, ty, nullable) in cases() {
        let prepared = served.client.prepare(sql.to_owned(), None).await;
        let read = match served.client.execute(sql.to_owned(), None).await {
            Ok(info) => {
                let ticket = info.endpoint[0].ticket.clone().unwrap();
                served.batches(ticket).await
            }
            Err(error) => panic!("{sql}: {error}"),
        };
        let announced = prepared.unwrap().dataset_schema().unwrap().clone();
        let streamed = match read {
            Ok((schema, _)) => schema,
            Err(error) => {
                wrong.push(format!("{sql}: {error}"));
                continue;
            }
        };
        for field in [announced.field(0), streamed.field(0)] {
            if (field.data_type(), field.is_nullable()) != (&ty, nullable) {
                wrong.push(format!(
                    "{sql}: {} {}",
                    field.data_type(),
                    field.is_nullable()
                ));
            }
        }
    }
    wrong
}

#[tokio::test]
async fn i11_derives_types_of_computed_columns() {
    let mut served = served().await;
    served.service.execute_batch(TABLES).unwrap();
    served.service.execute_batch(ROWS).unwrap();
    assert_eq!(wrong(&mut served).await, Vec::<String>::new());
}

#[tokio::test]
async fn j7_types_do_not_depend_on_rows() {
    let mut served = served().await;
    served.service.execute_batch(TABLES).unwrap();
    // This row is for the foreign key of the INSERT, whose column is computed from its values.
    served
        .service
        .execute_batch("INSERT INTO t (id, name) VALUES (1, '')")
        .unwrap();
    assert_eq!(wrong(&mut served).await, Vec::<String>::new());
}

#[tokio::test]
async fn j3_later_rows_fit_derived_type() {
    let mut served = served().await;
    served.service.execute_batch(TABLES).unwrap();
    served.service.execute_batch(ROWS).unwrap();
    let sql = "SELECT t.id, coalesce(avg(stars), 0) AS stars FROM t LEFT JOIN review ON book = t.id GROUP BY t.id ORDER BY t.id";
    let (_, rows) = served.rows(sql).await;
    assert_eq!(rows, cells(&[&["1", "0.0"], &["2", "3.5"]]));
    let (_, rows) = served
        .rows("SELECT CASE id WHEN 1 THEN 1 ELSE 2.5 END FROM t ORDER BY id")
        .await;
    assert_eq!(rows, cells(&[&["1.0"], &["2.5"]]));
}

#[tokio::test]
async fn j3_complete_column_determines_unknown_type() {
    let mut served = served().await;
    served
        .service
        .execute_batch(
            "CREATE TABLE free (i, v, w NOT NULL); INSERT INTO free VALUES (1, 1, 'x'), (2, 2.5, 3), (3, NULL, 4)",
        )
        .unwrap();
    for sql in [
        "SELECT v, w FROM free ORDER BY i",
        "INSERT INTO free VALUES (1, 1, 'x'), (2, 2.5, 3), (3, NULL, 4) RETURNING v, w",
        "UPDATE free SET i = i + 0 WHERE i IN (SELECT 1 UNION SELECT 2 UNION SELECT 3) AND rowid < 4 RETURNING v, w",
    ] {
        let (schema, rows) = served.rows(sql).await;
        assert_eq!(
            rows,
            cells(&[&["1.0", "x"], &["2.5", "3"], &["NULL", "4"]]),
            "{sql}"
        );
        assert_eq!(schema.field(0).data_type(), &Float64, "{sql}");
        assert_eq!(schema.field(1).data_type(), &Utf8, "{sql}");
        assert!(schema.field(0).is_nullable(), "{sql}");
        assert!(!schema.field(1).is_nullable(), "{sql}");
    }
    // No type fits a number and bytes, so the error contains a hint.
    let mixed = "SELECT column1 AS v FROM (VALUES (x'00'), (1))";
    let info = served.client.execute(mixed.to_owned(), None).await.unwrap();
    let error = served.read(info).await.unwrap_err().to_string();
    assert!(error.contains("column v: a stored Integer"), "{error}");
    assert!(error.contains("CAST"), "{error}");
}

#[tokio::test]
async fn i11_sums_decimals_exactly_or_fails() {
    let mut served = served().await;
    served
        .service
        .execute_batch(
            "CREATE TABLE p (v DECIMAL(15,2), w DECIMAL(20,2)); INSERT INTO p VALUES (0.1, 0.1), (0.2, 0.2), (1, 1)",
        )
        .unwrap();
    assert_eq!(
        served.rows("SELECT sum(v) FROM p").await.1,
        cells(&[&["1.30"]])
    );
    // Wider decimals are stored as text, which SQLite adds as floats.
    let (schema, _) = served.rows("SELECT sum(w) FROM p").await;
    assert_eq!(schema.field(0).data_type(), &Float64);
    served
        .service
        .execute_batch("UPDATE p SET v = 9999999999999.99; INSERT INTO p (v) VALUES (0.25)")
        .unwrap();
    let info = served
        .client
        .execute("SELECT sum(v) FROM p".to_owned(), None)
        .await
        .unwrap();
    let error = served.read(info).await.unwrap_err().to_string();
    assert!(error.contains("does not fit DECIMAL(38,2)"), "{error}");
}

#[tokio::test]
async fn j6_declared_types_follow_affinity_rules() {
    let mut served = served().await;
    served
        .service
        .execute_batch(
            "CREATE TABLE odd (a BIGSERIAL NOT NULL, b VARCHAR(9) NOT NULL, c JSONB, d INTEGER INTEGER, e LONGTEXT, f REAL_ISH,
                               g UNSIGNED BIG INT, h GEOMETRY NOT NULL)",
        )
        .unwrap();
    let (schema, _) = served.rows("SELECT * FROM odd").await;
    let found: Vec<(&DataType, bool)> = schema
        .fields()
        .iter()
        .map(|field| (field.data_type(), field.is_nullable()))
        .collect();
    let expected = [
        (&Int64, false),
        (&Utf8, false),
        (&Utf8, true),
        (&Int64, true),
        (&Utf8, true),
        (&Float64, true),
        (&Int64, true),
        // Only the affinity of SQLite is known, so there is no type without rows.
        (&DataType::Null, true),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn j8_not_null_passes_through_subqueries_and_views() {
    let tables = "CREATE TABLE t (a INT NOT NULL, b INT); CREATE VIEW v AS SELECT a, b FROM t";
    let mut served = served_after(tables).await;
    for (sql, nullable) in [
        ("SELECT a, b FROM (SELECT a, b FROM t)", [false, true]),
        (
            "WITH c AS (SELECT a, b FROM t) SELECT a, b FROM c",
            [false, true],
        ),
        ("SELECT a, b FROM v", [false, true]),
        (
            "SELECT t.a, u.a FROM t LEFT JOIN v AS u ON t.a = u.a",
            [false, true],
        ),
        (
            "SELECT t.a, u.a FROM t RIGHT JOIN v AS u ON t.a = u.a",
            [true, false],
        ),
        ("SELECT t.a, u.a FROM t JOIN t AS u", [false, false]),
    ] {
        let (schema, _) = served.rows(sql).await;
        let found = schema.fields().iter().map(|field| field.is_nullable());
        assert_eq!(found.collect::<Vec<_>>(), nullable, "{sql}");
    }
}
