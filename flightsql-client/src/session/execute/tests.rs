//! Routes and counts, without a server.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int32Array, Int64Array, RecordBatch, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use prost::bytes::Bytes;

use super::count::{Counter, Counting};
use super::route::{Plan, by_server, by_text};
use crate::dialect::presets::{ansi, datafusion};
use crate::dialect::{Dialect, Route, StatementClass};
use crate::protocol::prepared::Prepared;

fn prepared(is_update: Option<bool>, columns: Option<usize>) -> Prepared {
    let schema = columns.map(|count| {
        let fields = (0..count).map(|n| Field::new(format!("c{n}"), DataType::Int64, true));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    });
    Prepared {
        handle: Bytes::from_static(b"h"),
        dataset: schema,
        parameters: None,
        is_update,
    }
}

#[test]
fn a_text_is_a_query_an_update_or_a_question() {
    assert_eq!(by_text(StatementClass::Query, &ansi()), Plan::Query);
    assert_eq!(by_text(StatementClass::DmlReturning, &ansi()), Plan::Query);
    assert_eq!(by_text(StatementClass::Dml, &ansi()), Plan::Update);
    assert_eq!(by_text(StatementClass::Ddl, &ansi()), Plan::Update);
    assert_eq!(by_text(StatementClass::Unknown, &ansi()), Plan::Prepare);
    for class in [
        StatementClass::Dml,
        StatementClass::Ddl,
        StatementClass::Unknown,
    ] {
        assert_eq!(by_text(class, &datafusion()), Plan::Query);
    }
}

#[test]
fn the_servers_word_comes_before_the_schema_and_the_schema_before_the_text() {
    let route = |server: Prepared, class, dialect: &dyn Dialect| by_server(&server, class, dialect);
    let (dml, query, unknown) = (
        StatementClass::Dml,
        StatementClass::Query,
        StatementClass::Unknown,
    );
    assert_eq!(
        route(prepared(Some(true), Some(1)), query, &ansi()),
        Route::Update
    );
    assert_eq!(
        route(prepared(Some(false), Some(0)), dml, &ansi()),
        Route::Query
    );
    assert_eq!(route(prepared(None, Some(1)), dml, &ansi()), Route::Query);
    assert_eq!(route(prepared(None, Some(0)), dml, &ansi()), Route::Update);
    assert_eq!(route(prepared(None, Some(0)), query, &ansi()), Route::Query);
    assert_eq!(
        route(prepared(None, Some(0)), unknown, &ansi()),
        Route::Update
    );
    assert_eq!(route(prepared(None, None), unknown, &ansi()), Route::Query);
    assert_eq!(
        route(prepared(None, Some(0)), dml, &datafusion()),
        Route::Query
    );
}

#[test]
fn a2_only_an_integer_column_of_a_known_name_counts() {
    let schema = |name: &str, ty| Schema::new(vec![Field::new(name, ty, false)]);
    let counting = Counting::Column(vec!["rows_changed".to_owned(), "count".to_owned()]);
    for (name, ty) in [
        ("Count", DataType::Int64),
        ("COUNT", DataType::Int32),
        ("Rows_Changed", DataType::UInt8),
    ] {
        assert!(counting.is_count(&schema(name, ty)), "{name}");
    }
    assert!(counting.is_count(&schema("count", DataType::UInt64)));
    assert!(!counting.is_count(&schema("id", DataType::UInt64)));
    assert!(!counting.is_count(&schema("count", DataType::Utf8)));
    for other in [Counting::Nothing, Counting::EachRow] {
        assert!(!other.is_count(&schema("count", DataType::UInt64)));
    }
}

/// The outcome of a result with these batches of a count column.
fn counted(batches: &[ArrayRef]) -> Result<Option<u64>, String> {
    let mut counter = Counter::new(Counting::Column(vec!["count".to_owned()]));
    for column in batches {
        let field = Field::new("count", column.data_type().clone(), true);
        let schema = Arc::new(Schema::new(vec![field]));
        let batch = RecordBatch::try_new(schema, vec![Arc::clone(column)]).unwrap();
        counter.see(&batch).map_err(|error| error.to_string())?;
    }
    Ok(counter.outcome().known_rows_affected())
}

#[test]
fn a2_the_one_row_of_a_count_column_is_the_count() {
    let array = |value: i64| Arc::new(Int64Array::from(vec![value])) as ArrayRef;
    assert_eq!(counted(&[array(7)]), Ok(Some(7)));
    assert_eq!(counted(&[]), Ok(None));
    // -1 and NULL mean "unknown", and so do two rows.
    assert_eq!(counted(&[array(-1)]), Ok(None));
    assert_eq!(counted(&[Arc::new(Int32Array::from(vec![None]))]), Ok(None));
    assert_eq!(counted(&[array(1), array(2)]), Ok(None));
    assert_eq!(counted(&[Arc::new(Int64Array::from(vec![1, 2]))]), Ok(None));
    assert_eq!(
        counted(&[Arc::new(UInt64Array::from(vec![u64::MAX]))]),
        Ok(Some(u64::MAX))
    );
    assert!(counted(&[array(-2)]).unwrap_err().contains("-2"));
}
