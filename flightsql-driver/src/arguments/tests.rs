//! Bound values against announced parameter schemas.
use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use arrow_array::{Array as _, ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Fields, Schema, UnionFields, UnionMode};
use sqlx_core::arguments::Arguments as _;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::{BoxDynError, Error};
use sqlx_core::types::Type;

use super::{FlightSqlArgumentBuffer, FlightSqlArguments};
use crate::arrow::scalar::Scalar;
use crate::bind::{BindTarget, Parameters};
use crate::dialect::presets::{ansi, datafusion};
use crate::dialect::{Dialect, DialectProfile, LogicalType};
use crate::marker::FlightSql;
use crate::sql::ParsedStatement;
use crate::type_info::FlightSqlTypeInfo;

/// A text without a statement becomes one without placeholders.
fn parsed(sql: &str, dialect: &dyn Dialect) -> &'static ParsedStatement {
    let statement = dialect.parse_script(sql).pop();
    Box::leak(Box::new(
        statement.unwrap_or_else(|| dialect.parse("SELECT").unwrap()),
    ))
}

/// A statement that values are bound to.
pub(crate) fn target<'a>(
    reported: Option<&'a Schema>,
    sql: &str,
    dialect: &'a dyn Dialect,
) -> BindTarget<'a> {
    BindTarget {
        reported,
        statement: parsed(sql, dialect),
        dialect,
        truncate: false,
    }
}

impl FlightSqlArguments {
    pub(crate) fn to_batch(&self, target: &BindTarget<'_>) -> Result<RecordBatch, Error> {
        let parameters = match &self.rows {
            Some(rows) => Parameters::rows(rows.clone(), 0),
            None => Parameters::row(self.buffer.scalars().to_vec(), 0),
        };
        let batch = parameters.to_batch(target);
        batch.map_err(|error| crate::error::to_sqlx(error.into()))
    }
}

fn numbers(count: i64) -> FlightSqlArguments {
    let mut arguments = FlightSqlArguments::default();
    for number in 1..=count {
        arguments.add(number).unwrap();
    }
    arguments
}

fn schema(names: &[&str]) -> Schema {
    let fields: Fields = names
        .iter()
        .map(|name| Field::new(*name, DataType::Int64, false))
        .collect();
    Schema::new(fields)
}

/// The names and values of a batch of integers.
fn shape(batch: &RecordBatch) -> Vec<(String, i64)> {
    assert_eq!(batch.num_rows(), 1);
    let names = batch.schema();
    names
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, array)| {
            assert!(field.is_nullable());
            (
                field.name().clone(),
                array.as_primitive::<Int64Type>().value(0),
            )
        })
        .collect()
}

fn named(names: &[&str]) -> Vec<(String, i64)> {
    names
        .iter()
        .zip(1..)
        .map(|(name, value)| ((*name).to_owned(), value))
        .collect()
}

#[test]
fn without_a_schema_the_values_say_their_types() {
    let mut arguments = numbers(1);
    arguments.add("x").unwrap();
    arguments.add(None::<bool>).unwrap();
    for announced in [None, Some(Schema::empty())] {
        let batch = arguments
            .to_batch(&target(announced.as_ref(), "", &ansi()))
            .unwrap();
        let found: Vec<_> = batch
            .schema()
            .fields()
            .iter()
            .map(|field| {
                (
                    field.name().clone(),
                    field.data_type().clone(),
                    field.is_nullable(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("$1".to_owned(), DataType::Int64, true),
                ("$2".to_owned(), DataType::Utf8, true),
                ("$3".to_owned(), DataType::Boolean, true),
            ]
        );
        assert!(batch.column(2).is_null(0));
    }
    assert_eq!(
        arguments.types(),
        [DataType::Int64, DataType::Utf8, DataType::Boolean].map(FlightSqlTypeInfo::new)
    );
}

#[test]
fn no_values_are_one_row_of_nothing() {
    let batch = numbers(0).to_batch(&target(None, "", &ansi())).unwrap();
    assert_eq!((batch.num_rows(), batch.num_columns()), (1, 0));
}

#[test]
fn numbered_names_say_the_order() {
    let sorted_as_text = [
        "$1", "$10", "$11", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9",
    ];
    let in_order = [
        "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11",
    ];
    let batch = numbers(11)
        .to_batch(&target(Some(&schema(&sorted_as_text)), "", &ansi()))
        .unwrap();
    assert_eq!(shape(&batch), named(&in_order));
}

#[test]
fn any_other_names_stand_as_announced() {
    for names in [
        ["$2", "$1", "$4"],
        ["$2", "$1", "$1"],
        ["$2", "$1", "$0"],
        ["$2", "$1", "$03"],
        ["$2", "$1", "$"],
        ["$2", "$1", "$99999999999999999999999"],
        ["$id", ":name", ""],
        ["", "", ""],
    ] {
        let batch = numbers(3)
            .to_batch(&target(Some(&schema(&names)), "", &ansi()))
            .unwrap();
        assert_eq!(shape(&batch), named(&names), "{names:?}");
    }
}

#[test]
fn counts_must_agree() {
    let refused = |bound, names: &[&str]| match numbers(bound).to_batch(&target(
        Some(&schema(names)),
        "",
        &ansi(),
    )) {
        Err(Error::InvalidArgument(message)) => message,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(0, &["$1"]),
        "the statement has 1 parameter, 0 were bound"
    );
    assert_eq!(
        refused(1, &["$1", "$2"]),
        "the statement has 2 parameters, 1 was bound"
    );
    assert_eq!(
        refused(3, &["$1", "$2"]),
        "the statement has 2 parameters, 3 were bound"
    );
}

#[test]
fn metadata_and_unknown_types() {
    let metadata = HashMap::from([("k".to_owned(), "v".to_owned())]);
    let union = DataType::Union(UnionFields::empty(), UnionMode::Dense);
    let announced = Schema::new(vec![
        Field::new("a", union, false).with_metadata(metadata.clone()),
        Field::new("b", DataType::Null, false),
    ]);
    let mut arguments = numbers(1);
    arguments.add(None::<String>).unwrap();
    let batch = arguments
        .to_batch(&target(Some(&announced), "", &ansi()))
        .unwrap();
    let schema = batch.schema();
    assert_eq!(schema.field(0).data_type(), &DataType::Int64);
    assert_eq!(schema.field(0).metadata(), &metadata);
    assert_eq!(schema.field(1).data_type(), &DataType::Utf8);
    assert!(batch.column(1).is_null(0));
}

#[test]
fn errors_name_the_parameter_and_the_types() {
    let refused = |announced: Schema| {
        let mut arguments = FlightSqlArguments::default();
        arguments.add("secret").unwrap();
        match arguments.to_batch(&target(Some(&announced), "", &ansi())) {
            Err(Error::Encode(error)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        refused(schema(&["$1"])),
        "parameter 1: a value of type Utf8 cannot be bound as Int64, the type reported by the server: the \
         text is not a valid value of that type"
    );
    let durations = Schema::new(vec![Field::new("", DataType::Date32, true)]);
    let mut arguments = FlightSqlArguments::default();
    arguments.add(7_i64).unwrap();
    let error = arguments
        .to_batch(&target(Some(&durations), "", &ansi()))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "error occurred while encoding a value: parameter 1: a value of type Int64 cannot be bound \
         as Date32, the type reported by the server: unsupported conversion; bind another Rust type, or \
         write `CAST(? AS BIGINT)` in the SQL"
    );
    assert!(refused(schema(&[":id"])).starts_with("parameter 1 (\":id\"): "));
    assert!(refused(schema(&[""])).starts_with("parameter 1: "));
}

#[test]
fn placeholders_are_counted() {
    let arguments = numbers(2);
    let mut sql = String::new();
    arguments.format_placeholder(&mut sql).unwrap();
    arguments.format_placeholder(&mut sql).unwrap();
    assert_eq!(sql, "??");
    assert_eq!(arguments.into_parameters().emitted(), 2);
    assert_eq!(numbers(2).into_parameters().emitted(), 0);
}

#[test]
fn debug_hides_the_values() {
    let mut arguments = FlightSqlArguments::default();
    arguments.add("secret").unwrap();
    arguments.add(8_675_309_i64).unwrap();
    let debug = format!("{arguments:?}");
    assert_eq!(debug, "FlightSqlArguments [VARCHAR (Utf8), BIGINT (Int64)]");
    assert_eq!(
        format!("{:?}", arguments.buffer),
        "FlightSqlArgumentBuffer [VARCHAR (Utf8), BIGINT (Int64)]"
    );
}

/// Writes some values and says something about them.
struct Custom(usize, Option<IsNull>);

impl Type<FlightSql> for Custom {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::Boolean)
    }
}

impl Encode<'_, FlightSql> for Custom {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        for _ in 0..self.0 {
            buf.push(Scalar::Boolean(true));
        }
        match self.1 {
            Some(IsNull::Yes) => Ok(IsNull::Yes),
            Some(IsNull::No) => Ok(IsNull::No),
            None => Err("no".into()),
        }
    }
}

#[test]
fn one_argument_is_one_value_or_none() {
    let mut arguments = numbers(1);
    for (written, says) in [
        (0, Some(IsNull::No)),
        (2, Some(IsNull::No)),
        (1, Some(IsNull::Yes)),
        (1, None),
        (0, None),
    ] {
        assert!(arguments.add(Custom(written, says)).is_err());
        assert_eq!(arguments.len(), 1);
    }
    arguments.add(Custom(1, Some(IsNull::No))).unwrap();
    arguments.add(Custom(0, Some(IsNull::Yes))).unwrap();
    assert_eq!(arguments.len(), 3);
    let batch = arguments.to_batch(&target(None, "", &ansi())).unwrap();
    assert_eq!(batch.schema().field(2).data_type(), &DataType::Boolean);
    assert!(batch.column(2).is_null(0));
}

/// A dialect of an engine that does not read unsigned integers of 64 bits.
fn no_unsigned() -> DialectProfile {
    let mut dialect = DialectProfile::new("no-unsigned");
    let (own, sent) = (LogicalType::UInt64, LogicalType::Int64);
    dialect.types.bind.insert(own, sent);
    dialect
}

#[test]
fn a_type_that_nobody_announces_is_the_dialects_to_choose() {
    let mut arguments = FlightSqlArguments::default();
    arguments.add(7_u64).unwrap();
    arguments.add(8_u32).unwrap();
    let batch = arguments
        .to_batch(&target(None, "", &no_unsigned()))
        .unwrap();
    assert_eq!(batch.schema().field(0).data_type(), &DataType::Int64);
    assert_eq!(batch.schema().field(1).data_type(), &DataType::UInt32);
    // What is announced is not up to the dialect.
    let announced = schema(&["a", "b"]);
    let batch = arguments
        .to_batch(&target(Some(&announced), "", &no_unsigned()))
        .unwrap();
    assert_eq!(
        batch.schema().field(0).data_type(),
        announced.field(0).data_type()
    );
    let many = FlightSqlArguments::from_batch(batch);
    assert!(many.to_batch(&target(None, "", &no_unsigned())).is_ok());

    let mut arguments = FlightSqlArguments::default();
    arguments.add(u64::MAX).unwrap();
    let error = arguments
        .to_batch(&target(None, "", &no_unsigned()))
        .unwrap_err();
    assert!(error.to_string().contains("out of range"), "{error}");
}

/// The columns `hi` and `lo` with 9 and 1.
fn bounds(first: &str, second: &str) -> FlightSqlArguments {
    let schema = Schema::new(vec![
        Field::new(first, DataType::Int64, false),
        Field::new(second, DataType::Int64, false),
    ]);
    let columns = vec![
        Arc::new(Int64Array::from(vec![9])) as ArrayRef,
        Arc::new(Int64Array::from(vec![1])),
    ];
    FlightSqlArguments::from_batch(RecordBatch::try_new(Arc::new(schema), columns).unwrap())
}

#[test]
fn h4_the_names_of_a_batch_are_kept_and_matched() {
    let sent = |sql: &str| {
        let batch = bounds("hi", "lo")
            .to_batch(&target(None, sql, &ansi()))
            .unwrap();
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns());
        let columns = columns.map(|(field, column)| {
            let value = column.as_primitive::<Int64Type>().value(0);
            format!("{}={value}", field.name())
        });
        columns.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(sent("a > :lo AND a < :hi"), "lo=1 hi=9");
    assert_eq!(sent("a > :lo AND a < :hi OR b = :lo"), "lo=1 hi=9");
    assert_eq!(sent("a < :hi AND a > :lo"), "hi=9 lo=1");
    // If a name has no column, or there are no names, positions match, under the caller's names.
    assert_eq!(sent("a > :low AND a < :hi"), "hi=9 lo=1");
    assert_eq!(sent("a < ? AND a > ?"), "hi=9 lo=1");
    assert_eq!(sent("SELECT PREPARED STATEMENT"), "hi=9 lo=1");
    // Some servers match parameters by number.
    assert_eq!(sent("a < $1 AND a > $2"), "$1=9 $2=1");
    // The server's report takes precedence.
    let announced = schema(&[":lo", ":hi"]);
    let batch = bounds("hi", "lo")
        .to_batch(&target(Some(&announced), "", &ansi()))
        .unwrap();
    assert_eq!(
        shape(&batch),
        [(":lo".to_owned(), 1), (":hi".to_owned(), 9)]
    );
}

#[test]
fn i18_two_columns_of_one_name_are_refused() {
    let refused = |first, second, dialect: &dyn Dialect| match bounds(first, second)
        .to_batch(&target(None, "? ?", dialect))
    {
        Err(Error::InvalidArgument(message)) => message,
        other => panic!("{other:?}"),
    };
    let expected =
        "the batch of parameters has two columns with the name \"a\"; rename one of them";
    assert_eq!(refused("a", "a", &ansi()), expected);
    assert_eq!(refused("A", "a", &datafusion()), expected);
    assert!(
        bounds("A", "a")
            .to_batch(&target(None, "? ?", &ansi()))
            .is_ok()
    );
    assert!(
        bounds("", "")
            .to_batch(&target(None, "? ?", &ansi()))
            .is_ok()
    );
}

#[test]
fn two_parameters_of_one_name_leave_out_no_column() {
    let arguments = bounds("x", "y");
    let fields = ["x", "x"].map(|name| Field::new(name, DataType::Int64, true));
    let schema = Schema::new(fields.to_vec());
    let batch = arguments
        .to_batch(&target(Some(&schema), "", &ansi()))
        .unwrap();
    assert_eq!(shape(&batch), [("x".to_owned(), 9), ("x".to_owned(), 1)]);
}
