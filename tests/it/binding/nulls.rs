//! NULL as a typed array, an untyped array, or a literal; and types that are always sent as literals.

use flightsql::arrow::array::{Array as _, ArrayRef, Int64Array, RecordBatch, StringArray};
use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql::dialect::{DialectProfile, LogicalType, NullBinding};
use flightsql::types::chrono::{NaiveDate, NaiveTime};
use flightsql::{QueryBuilder, dialect, query};

use super::{Engine, Received};

fn with_nulls(nulls: NullBinding) -> DialectProfile {
    let mut profile = DialectProfile::new("nulls");
    profile.types.nulls = nulls;
    profile
}

#[tokio::test]
async fn null_has_the_type_that_the_dialect_gives_it() {
    let int = || Some(Schema::new(vec![Field::new("p", DataType::Int64, false)]));
    for (nulls, reported, expected) in [
        (NullBinding::Typed, None, DataType::Utf8),
        (NullBinding::Typed, int(), DataType::Int64),
        (NullBinding::Untyped, None, DataType::Null),
        (NullBinding::Untyped, int(), DataType::Null),
    ] {
        let mut engine = Engine::new(with_nulls(nulls), reported).await;
        engine.bind(None::<String>).await.unwrap();
        let column: ArrayRef = std::sync::Arc::new(StringArray::from(vec![None::<&str>]));
        let rows = RecordBatch::try_from_iter_with_nullable([("c", column, true)]).unwrap();
        engine.rows(rows).await.unwrap();
        let received = engine.received();
        let batches = received.iter().filter_map(|received| match received {
            Received::Values(batch) => Some(batch),
            _ => None,
        });
        let batches: Vec<_> = batches.collect();
        assert_eq!(batches.len(), 2);
        for batch in batches {
            assert_eq!(batch.column(0).data_type(), &expected, "{nulls:?}");
            assert_eq!(batch.column(0).logical_null_count(), 1);
        }
    }
}

fn prepared(text: &str) -> Received {
    Received::Prepared(text.to_owned())
}

#[tokio::test]
async fn a1_null_is_a_literal_and_never_text() {
    // Both dialects of DuckDB engines, whose servers convert each bound value to text.
    for name in ["duckdb", "gizmosql"] {
        let dialect = dialect::by_name(name).unwrap();
        let mut engine = Engine::new(dialect.profile().clone(), None).await;
        let insert = query("INSERT INTO t VALUES (?, ?)")
            .bind(7_i64)
            .bind(None::<String>);
        insert.execute(&mut engine.connection).await.unwrap();
        let received = engine.received();
        let [text, Received::Values(batch)] = &*received else {
            panic!("{received:?}");
        };
        assert_eq!(text, &prepared("INSERT INTO t VALUES (?, NULL)"));
        assert_eq!((batch.num_columns(), batch.num_rows()), (1, 1));
        assert_eq!(batch.column(0).data_type(), &DataType::Int64);

        // With only NULLs, no value remains to be bound.
        let insert = query("INSERT INTO t VALUES ($2, $1)")
            .bind(None::<i64>)
            .bind(None::<NaiveDate>);
        insert.execute(&mut engine.connection).await.unwrap();
        let expected = Received::Ran("INSERT INTO t VALUES (NULL, NULL)".to_owned());
        assert_eq!(engine.received(), [expected]);
        // Without a NULL there is one statement, and it is cached.
        for value in ["a", "b"] {
            engine.bind(value).await.unwrap();
        }
        let received = engine.received();
        let count = received
            .iter()
            .filter(|received| matches!(received, Received::Prepared(_)));
        assert_eq!(count.count(), 1);
    }
}

#[tokio::test]
async fn a1_rows_with_a_null_run_one_by_one() {
    let mut engine = Engine::new(with_nulls(NullBinding::Literal), None).await;
    let ids: ArrayRef = std::sync::Arc::new(Int64Array::from(vec![1, 2, 3]));
    let names: ArrayRef = std::sync::Arc::new(StringArray::from(vec![Some("a"), None, Some("c")]));
    let rows = || {
        let columns = [("id", ids.clone(), true), ("name", names.clone(), true)];
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    };
    let done = engine.rows(rows()).await.unwrap();
    assert_eq!(done.rows_affected(), 3);
    let texts: Vec<_> = engine
        .received()
        .iter()
        .filter_map(|received| match received {
            Received::Prepared(text) => Some(text.clone()),
            Received::Values(batch) => Some(batch.num_columns().to_string()),
            Received::Ran(_) => None,
        })
        .collect();
    // The first text is prepared once for both of its rows.
    assert_eq!(
        texts,
        [
            "INSERT INTO t VALUES (?, ?)",
            "2",
            "INSERT INTO t VALUES (?, NULL)",
            "1",
            "2"
        ]
    );
    // Rows without a NULL are sent in one RPC.
    engine.rows(rows().slice(0, 1)).await.unwrap();
    assert_eq!(engine.received().len(), 1);
}

#[tokio::test]
async fn a_type_that_is_always_written_is_no_parameter() {
    let profile = dialect::by_name("gizmosql").unwrap().profile().clone();
    let mut engine = Engine::new(profile, None).await;
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    let insert = query("INSERT INTO t VALUES (?, ?, ?)")
        .bind(noon)
        .bind(1_i64)
        .bind(vec![7_u8]);
    insert.execute(&mut engine.connection).await.unwrap();
    let text = prepared("INSERT INTO t VALUES (TIME '12:00:00', ?, from_hex('07'))");
    assert_eq!(engine.received().first(), Some(&text));
}

#[tokio::test]
async fn a_builders_placeholders_are_those_of_the_dialect() {
    let mut profile = with_nulls(NullBinding::Literal);
    profile.parameters.placeholder = "${n}".to_owned();
    profile.types.literal = vec![LogicalType::Bool];
    let mut engine = Engine::new(profile, None).await;
    let mut builder = QueryBuilder::new("INSERT INTO t VALUES (");
    let mut values = builder.separated(", ");
    values
        .push_bind(1_i64)
        .push_bind(None::<i64>)
        .push_bind(true)
        .push_bind("a");
    builder.push(")");
    builder
        .build()
        .execute(&mut engine.connection)
        .await
        .unwrap();
    let text = prepared("INSERT INTO t VALUES ($1, NULL, TRUE, $2)");
    assert_eq!(engine.received().first(), Some(&text));
}
