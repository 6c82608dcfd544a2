//! Statements with values that a dialect never binds, together with values that it binds.

use super::*;
use crate::bind::BindTarget;
use crate::dialect::{LogicalType, NullBinding};

/// A dialect that writes NULL and dates into the text.
fn writes() -> DialectProfile {
    let mut dialect = DialectProfile::new("writes");
    dialect.types.nulls = NullBinding::Literal;
    dialect.types.literal = vec![LogicalType::Date];
    dialect
}

fn bound(scalars: &[Scalar]) -> Parameters {
    Parameters::row(scalars.to_vec(), 0)
}

fn scalars(parameters: &Parameters) -> &[Scalar] {
    match &parameters.values {
        Values::Row(scalars) => scalars,
        Values::Rows(_) => panic!("one row"),
    }
}

fn null() -> Scalar {
    Scalar::Null(field(DataType::Utf8))
}

/// The text, and the integers that remain to be bound.
fn split(sql: &str, parameters: &Parameters) -> (String, Vec<i64>) {
    let dialect = writes();
    let literals = parameters
        .literals(parsed(sql, &dialect), &dialect, false, false)
        .unwrap();
    let (text, rest) = literals.statement(0).unwrap();
    let values = rest.iter().flat_map(scalars).map(|scalar| match scalar {
        Scalar::Int64(value) => *value,
        _ => panic!("only integers are left"),
    });
    (text.text().to_owned(), values.collect())
}

#[test]
fn a1_null_is_written_into_the_text() {
    let three = bound(&[Scalar::Int64(7), null(), Scalar::Int64(9)]);
    assert!(three.has_written(&writes()));
    assert!(!three.has_written(&ansi()));
    assert_eq!(
        split("VALUES (?, ?, ?)", &three),
        ("VALUES (?, NULL, ?)".to_owned(), vec![7, 9])
    );
    // Numbers count the remaining values, at any position.
    assert_eq!(
        split("VALUES ($3, $1, $2, $3)", &three),
        ("VALUES ($2, $1, NULL, $2)".to_owned(), vec![7, 9])
    );
    assert_eq!(
        split("VALUES (?1,?2,?3)", &three),
        ("VALUES (?1,NULL,?2)".to_owned(), vec![7, 9])
    );
    assert_eq!(
        split("a=? AND b IS ?", &bound(&[null(), null()])),
        ("a= NULL AND b IS NULL".to_owned(), vec![])
    );
    // The type decides that a date is written.
    let date = bound(&[Scalar::Date(19_844), Scalar::Int64(1)]);
    assert_eq!(
        split("f(?, ?)", &date),
        ("f(DATE '2024-05-01', ?)".to_owned(), vec![1])
    );
    assert!(!bound(&[Scalar::Int64(1)]).has_written(&writes()));
}

#[test]
fn a_builder_counts_the_marks_that_are_left() {
    let three = vec![Scalar::Int64(7), null(), Scalar::Int64(9)];
    let three = Parameters::row(three, 3);
    let dialect = writes();
    let literals = three
        .literals(parsed("?,?,?,", &dialect), &dialect, false, false)
        .unwrap();
    let (text, rest) = literals.statement(0).unwrap();
    assert_eq!(text.text(), "?,NULL,?,");
    let rest = rest.unwrap();
    assert_eq!((rest.len(), rest.emitted()), (2, 2));
    let parameters = bound(&[Scalar::Int64(7), null()]);
    let literals = parameters
        .literals(parsed("?,?", &dialect), &dialect, false, false)
        .unwrap();
    assert_eq!(literals.statement(0).unwrap().1.unwrap().emitted(), 0);
}

#[test]
fn rows_are_written_one_by_one() {
    let numbers: ArrayRef = Arc::new(Int8Array::from(vec![Some(1), None, Some(3)]));
    let names: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), Some("b"), None]));
    let rows = RecordBatch::try_from_iter_with_nullable([("n", numbers, true), ("t", names, true)]);
    let parameters = Parameters::rows(rows.unwrap(), 0);
    let dialect = writes();
    assert!(parameters.has_written(&dialect));
    let texts = |sql| {
        let literals = parameters
            .literals(parsed(sql, &dialect), &dialect, false, false)
            .unwrap();
        let rows = 0..literals.num_rows();
        let made = rows.map(|row| {
            let (text, rest) = literals.statement(row).unwrap();
            let names = rest.map(|rest| match rest.values {
                Values::Rows(rows) => rows.schema(),
                Values::Row(_) => panic!("many rows"),
            });
            let names = names.map(|schema| {
                schema
                    .fields()
                    .iter()
                    .map(|field| field.name().clone())
                    .collect::<Vec<_>>()
                    .join(" ")
            });
            format!("{} <- {}", text.text(), names.unwrap_or_default())
        });
        made.collect::<Vec<_>>()
    };
    assert_eq!(
        texts("(?, ?)"),
        ["(?, ?) <- n t", "(NULL, ?) <- t", "(?, NULL) <- n"]
    );
    assert_eq!(
        texts("($2, $1)"),
        ["($2, $1) <- n t", "($1, NULL) <- t", "(NULL, $1) <- n"]
    );
    // Columns with the names are matched by name.
    assert_eq!(
        texts("(:t, :n)"),
        ["(:t, :n) <- n t", "(:t, NULL) <- t", "(NULL, :n) <- n"]
    );
}

#[test]
fn a_name_without_a_column_is_refused() {
    let parameters = bound(&[null(), Scalar::Int64(1)]);
    let dialect = writes();
    let error = parameters
        .literals(parsed("(:a, :b)", &dialect), &dialect, false, false)
        .err()
        .unwrap();
    assert!(
        error.to_string().contains(
            "the named placeholder :a, because values are bound by position; write ? or $1"
        ),
        "{error}"
    );
}

#[test]
fn a_name_takes_its_value_in_the_order_of_the_text_where_the_server_matches_names() {
    let mut dialect = writes();
    dialect.parameters.column_name = Some("{name}".to_owned());
    let three = bound(&[Scalar::Int64(7), null(), Scalar::Int64(9)]);
    let sql = "VALUES (:a, :b, :a, :c)";
    let literals = three
        .literals(parsed(sql, &dialect), &dialect, false, false)
        .unwrap();
    let (text, rest) = literals.statement(0).unwrap();
    assert_eq!(text.text(), "VALUES (:a, NULL, :a, :c)");
    let batch = rest.unwrap().to_batch(&BindTarget {
        reported: None,
        statement: &text,
        dialect: &dialect,
        truncate: false,
    });
    let batch = batch.unwrap();
    let names: Vec<_> = batch
        .schema_ref()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(names, ["a", "c"]);
    // Elsewhere a name says nothing about its place.
    assert!(
        three
            .literals(parsed(sql, &writes()), &writes(), false, false)
            .is_err()
    );
}
