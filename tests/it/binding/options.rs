//! Names of bound columns, and dates and times that are more precise than their parameter.

use flightsql::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use flightsql::arrow::schema::{DataType, Field, Schema, TimeUnit};
use flightsql::dialect::DialectProfile;
use flightsql::types::chrono::{DateTime, Utc};
use flightsql::{AssertSqlSafe, FlightSqlArguments, query, query_with};

use super::{Engine, Received};

fn names(received: &[Received]) -> Vec<String> {
    let batch = received.iter().find_map(|received| match received {
        Received::Values(batch) => Some(batch),
        _ => None,
    });
    let schema = batch.unwrap().schema();
    schema
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect()
}

fn bounds() -> FlightSqlArguments {
    let int = |value| std::sync::Arc::new(Int64Array::from(vec![value])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("hi", int(9)), ("lo", int(1))]).unwrap();
    FlightSqlArguments::from_batch(batch)
}

#[tokio::test]
async fn h4_batch_keeps_names_and_matches_by_name() {
    let mut engine = Engine::new(DialectProfile::new("names"), None).await;
    for (sql, expected) in [
        ("DELETE FROM t WHERE a > :lo AND a < :hi", ["lo", "hi"]),
        ("DELETE FROM t WHERE a < ? AND a > ?", ["hi", "lo"]),
        ("DELETE FROM t WHERE a < $1 AND a > $2", ["$1", "$2"]),
    ] {
        let delete = query_with(AssertSqlSafe(sql), bounds());
        delete.execute(&mut engine.connection).await.unwrap();
        assert_eq!(names(&engine.received()), expected, "{sql}");
    }
}

#[tokio::test]
async fn the_dialect_names_the_columns() {
    for (template, expected) in [("{name}", ["lo", "hi"]), ("p{n}", ["p1", "p2"])] {
        let mut profile = DialectProfile::new("names");
        profile.parameters.column_name = Some(template.to_owned());
        let reported = Schema::new(vec![
            Field::new(":lo", DataType::Int64, false),
            Field::new(":hi", DataType::Int64, false),
        ]);
        // Values match the reported names, and the names in the text.
        for reported in [Some(reported), None] {
            let mut engine = Engine::new(profile.clone(), reported).await;
            let delete = query("DELETE FROM t WHERE a > :lo AND a < :hi")
                .bind(1_i64)
                .bind(9_i64);
            delete.execute(&mut engine.connection).await.unwrap();
            assert_eq!(names(&engine.received()), expected);
        }
    }
}

#[tokio::test]
async fn j11_finer_points_in_time_are_refused_or_cut() {
    let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let reported = || Some(Schema::new(vec![Field::new("at", micros.clone(), false)]));
    let now: DateTime<Utc> = DateTime::from_timestamp(1_714_564_800, 123_456_789).unwrap();
    let plain = || DialectProfile::new("plain");

    let mut engine = Engine::new(plain(), reported()).await;
    let error = engine.bind(now).await.unwrap_err().to_string();
    assert!(error.contains("`trunc_subsecs(6)`"), "{error}");
    assert!(error.contains("datetime_precision=truncate"), "{error}");

    let mut engine =
        Engine::with_options(plain(), reported(), "?datetime_precision=truncate").await;
    engine.bind(now).await.unwrap();
    let received = engine.received();
    let Some(Received::Values(batch)) = received.last() else {
        panic!("{received:?}");
    };
    let expected =
        flightsql::arrow::array::TimestampMicrosecondArray::from(vec![1_714_564_800_123_456]);
    let expected: ArrayRef = std::sync::Arc::new(expected.with_timezone("UTC"));
    assert_eq!(batch.column(0), &expected);

    // A literal has the digits that the dialect keeps.
    let options = "?datetime_precision=truncate&binds=literal";
    let mut engine = Engine::with_options(plain(), None, options).await;
    engine.bind(now.naive_utc()).await.unwrap();
    let text = "INSERT INTO t VALUES (TIMESTAMP '2024-05-01 12:00:00.123456')".to_owned();
    assert_eq!(engine.received(), [Received::Ran(text)]);
}
