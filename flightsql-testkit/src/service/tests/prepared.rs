//! Tests of prepared statements.

use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, DurationNanosecondArray, Float16Array,
    Float64Array, Int32Array, IntervalMonthDayNanoArray, RecordBatch, RunArray, StringArray,
    StringViewArray, StructArray, UInt64Array,
};
use arrow_buffer::IntervalMonthDayNano;
use arrow_flight::sql::client::PreparedStatement;
use arrow_schema::{DataType, Field, TimeUnit};
use tonic::transport::Channel;

use super::support::{Served, batch, cells, ints, served, served_with, strings};
use crate::service::{ParameterSchema, Placeholder, SqliteConfig};

async fn prepare(served: &mut Served, sql: &str) -> PreparedStatement<Channel> {
    served.client.prepare(sql.to_owned(), None).await.unwrap()
}

async fn query(served: &mut Served, sql: &str, row: RecordBatch) -> Vec<Vec<String>> {
    let mut statement = prepare(served, sql).await;
    statement.set_parameters(row).unwrap();
    let info = statement.execute().await.unwrap();
    let rows = served.read(info).await.unwrap().1;
    statement.close().await.unwrap();
    rows
}

fn parameters(statement: &PreparedStatement<Channel>) -> Vec<(String, DataType)> {
    let fields = statement.parameter_schema().unwrap().fields().iter();
    fields
        .map(|field| (field.name().clone(), field.data_type().clone()))
        .collect()
}

#[tokio::test]
async fn bare_placeholder_returns_every_type() {
    let mut served = served().await;
    let mut list = ListBuilder::new(Int64Builder::new());
    list.append_value([Some(1), None, Some(3)]);
    let nested: ArrayRef = Arc::new(list.finish());
    let entries: ArrayRef = Arc::new(StructArray::from(vec![
        (
            Arc::new(Field::new("a", DataType::Int32, true)),
            Arc::new(Int32Array::from(vec![1])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("l", nested.data_type().clone(), true)),
            Arc::clone(&nested),
        ),
    ]));
    let dictionary: DictionaryArray<Int32Type> = vec!["word"].into_iter().collect();
    let runs = RunArray::<Int32Type>::from_iter([Some("run")]);
    let arrays: Vec<ArrayRef> = vec![
        nested,
        entries,
        Arc::new(dictionary),
        Arc::new(runs),
        Arc::new(Float16Array::from_iter([Some(Default::default())])),
        Arc::new(StringViewArray::from(vec![
            "a view longer than twelve bytes",
        ])),
        Arc::new(DurationNanosecondArray::from(vec![5])),
        Arc::new(IntervalMonthDayNanoArray::from(vec![
            IntervalMonthDayNano::new(1, 2, 3),
        ])),
        Arc::new(UInt64Array::from(vec![u64::MAX])),
        Arc::new(StringArray::from(vec![None::<&str>])),
        Arc::new(Float64Array::from(vec![f64::NAN])),
    ];
    for array in arrays {
        let handle = served
            .prepare_raw("SELECT ? AS x, 1 AS one")
            .await
            .prepared_statement_handle;
        served
            .bind_raw(&handle, batch(vec![("x", Arc::clone(&array))]))
            .await
            .unwrap();
        let info = served.info_raw(&handle).await.unwrap();
        let (schema, batches) = served
            .batches(info.endpoint[0].ticket.clone().unwrap())
            .await
            .unwrap();
        assert_eq!(schema.field(0).data_type(), array.data_type());
        assert_eq!(
            batches[0].column(0).to_data(),
            array.to_data(),
            "{}",
            array.data_type()
        );
        served.close_raw(&handle).await.unwrap();
    }
    assert_eq!(served.service.open_prepared(), 0);
}

#[tokio::test]
async fn bare_placeholder_repeats_for_every_row() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2)")
        .unwrap();
    let rows = query(
        &mut served,
        "SELECT a, $1 FROM t WHERE a <> $2",
        batch(vec![("$1", strings(&["e"])), ("$2", ints([9]))]),
    )
    .await;
    assert_eq!(rows, cells(&[&["1", "e"], &["2", "e"]]));
}

#[tokio::test]
async fn infers_parameter_types_from_position() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (a INT, b TEXT, c DECIMAL(10,2), d DATE, e TIMESTAMPTZ)")
        .unwrap();
    let statement = prepare(
        &mut served,
        "INSERT INTO t (d, a, b) VALUES (?, ?, ?), (?, 1, ?)",
    )
    .await;
    let expected = [
        DataType::Date32,
        DataType::Int32,
        DataType::Utf8,
        DataType::Date32,
        DataType::Utf8,
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .enumerate()
        .map(|(i, ty)| (format!("${}", i + 1), ty))
        .collect();
    assert_eq!(parameters(&statement), expected);
    assert_eq!(statement.dataset_schema().unwrap().fields().len(), 0);

    let sql = "SELECT ? FROM t WHERE a = ? AND c >= ? AND b LIKE ? AND d IN (?, ?) AND ? < e AND a BETWEEN ? AND ? \
               AND CAST(? AS SMALLINT) > 0 AND a + ? > 0 LIMIT ? OFFSET ?";
    let statement = prepare(&mut served, sql).await;
    let types: Vec<DataType> = parameters(&statement)
        .into_iter()
        .map(|(_, ty)| ty)
        .collect();
    let zoned = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let expected = vec![
        DataType::Null,
        DataType::Int32,
        DataType::Decimal128(10, 2),
        DataType::Utf8,
        DataType::Date32,
        DataType::Date32,
        zoned,
        DataType::Int32,
        DataType::Int32,
        DataType::Int16,
        DataType::Null,
        DataType::Int64,
        DataType::Int64,
    ];
    assert_eq!(types, expected);

    let statement = prepare(
        &mut served,
        "UPDATE t SET a = :x, b = @y WHERE c = $z AND a = :x",
    )
    .await;
    let expected = [
        (":x", DataType::Int32),
        ("@y", DataType::Utf8),
        ("$z", DataType::Decimal128(10, 2)),
    ];
    assert_eq!(
        parameters(&statement),
        expected.map(|(name, ty)| (name.to_owned(), ty))
    );
}

#[tokio::test]
async fn numbered_parameters_keep_their_numbers() {
    let mut served = served().await;
    let row = || {
        batch(vec![
            ("a", strings(&["one"])),
            ("b", strings(&["two"])),
            ("c", strings(&["three"])),
        ])
    };
    assert_eq!(
        query(&mut served, "SELECT $3 || $1 || $2", row()).await,
        cells(&[&["threeonetwo"]])
    );
    assert_eq!(
        query(&mut served, "SELECT ?3 || ?1 || ?2", row()).await,
        cells(&[&["threeonetwo"]])
    );
    assert_eq!(
        query(&mut served, "SELECT ? || ? || ?", row()).await,
        cells(&[&["onetwothree"]])
    );
    let named = batch(vec![("b", strings(&["bee"])), ("a", strings(&["ay"]))]);
    assert_eq!(
        query(&mut served, "SELECT :a || :b", named).await,
        cells(&[&["aybee"]])
    );
    let by_name = batch(vec![("$2", strings(&["two"])), ("$1", strings(&["one"]))]);
    assert_eq!(
        query(&mut served, "SELECT $1 || $2", by_name).await,
        cells(&[&["onetwo"]])
    );
    let mixed = served
        .client
        .prepare("SELECT ?, $1".to_owned(), None)
        .await
        .unwrap_err()
        .to_string();
    assert!(mixed.contains("cannot be mixed"), "{mixed}");
}

#[tokio::test]
async fn updates_run_once_per_row() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (a INT UNIQUE, b TEXT)")
        .unwrap();
    let mut statement = prepare(&mut served, "INSERT INTO t VALUES (?, ?)").await;
    statement
        .set_parameters(batch(vec![
            ("a", ints([1, 2, 3])),
            ("b", strings(&["x", "y", "z"])),
        ]))
        .unwrap();
    assert_eq!(statement.execute_update().await.unwrap(), 3);
    statement
        .set_parameters(batch(vec![
            ("a", ints([4, 1])),
            ("b", strings(&["x", "y"])),
        ]))
        .unwrap();
    let error = statement.execute_update().await.unwrap_err().to_string();
    assert!(error.contains("UNIQUE constraint failed: t.a"), "{error}");
    assert_eq!(
        served.rows("SELECT count(*) FROM t").await.1,
        cells(&[&["3"]])
    );
    let mut all = prepare(&mut served, "DELETE FROM t").await;
    assert_eq!(all.execute_update().await.unwrap(), 3);
}

#[tokio::test]
async fn rejects_wrong_binds() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (a TINYINT)")
        .unwrap();
    let mut statement = prepare(&mut served, "SELECT a FROM t WHERE a = ?").await;
    for (row, message) in [
        (batch(vec![("a", ints([1, 2]))]), "exactly one row"),
        (batch(vec![("a", ints([]))]), "exactly one row"),
        (
            batch(vec![("a", ints([1])), ("b", ints([1]))]),
            "1 parameter(s), 2 were bound",
        ),
        (batch(vec![("a", ints([300]))]), "300 does not fit TINYINT"),
    ] {
        statement.set_parameters(row).unwrap();
        let error = statement.execute().await.unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let mut list = ListBuilder::new(Int64Builder::new());
    list.append_value([Some(1)]);
    let mut statement = prepare(&mut served, "SELECT ? + 1").await;
    statement
        .set_parameters(batch(vec![("a", Arc::new(list.finish()) as ArrayRef)]))
        .unwrap();
    let error = statement.execute().await.unwrap_err().to_string();
    assert!(error.contains("cannot be stored in SQLite"), "{error}");
}

#[tokio::test]
async fn closed_and_unknown_handles_are_not_found() {
    let mut served = served().await;
    let handle = served
        .prepare_raw("SELECT 1")
        .await
        .prepared_statement_handle;
    assert_eq!(served.service.open_prepared(), 1);
    let info = served.info_raw(&handle).await.unwrap();
    served.close_raw(&handle).await.unwrap();
    assert_eq!(served.service.open_prepared(), 0);
    assert_eq!(served.read(info).await.unwrap().1, cells(&[&["1"]]));
    for error in [
        served.info_raw(&handle).await.map(drop).unwrap_err(),
        served.close_raw(&handle).await.map(drop).unwrap_err(),
        served
            .info_raw(&"never".into())
            .await
            .map(drop)
            .unwrap_err(),
        served
            .bind_raw(&handle, batch(vec![("a", ints([1]))]))
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert!(
            error.to_string().contains("no such prepared statement"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn prepared_statement_follows_table_changes() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (a INT); INSERT INTO t VALUES (1)")
        .unwrap();
    let mut statement = prepare(&mut served, "SELECT * FROM t").await;
    let info = statement.execute().await.unwrap();
    assert_eq!(served.read(info).await.unwrap().1, cells(&[&["1"]]));
    served
        .service
        .execute_batch("ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'new'")
        .unwrap();
    let info = statement.execute().await.unwrap();
    assert_eq!(served.read(info).await.unwrap().1, cells(&[&["1", "new"]]));
}

#[tokio::test]
async fn bind_keeps_handle_without_message() {
    let mut served = served().await;
    let handle = served
        .prepare_raw("SELECT ?")
        .await
        .prepared_statement_handle;
    assert_eq!(
        served
            .bind_raw(&handle, batch(vec![("x", strings(&["bound"]))]))
            .await
            .unwrap(),
        None
    );
    let info = served.info_raw(&handle).await.unwrap();
    assert_eq!(served.read(info).await.unwrap().1, cells(&[&["bound"]]));
}

#[tokio::test]
async fn bind_can_return_new_handle() {
    let mut served = served_with(SqliteConfig::new().replace_handles(true)).await;
    let old = served
        .prepare_raw("SELECT ?")
        .await
        .prepared_statement_handle;
    let bound = served
        .bind_raw(&old, batch(vec![("x", strings(&["bound"]))]))
        .await
        .unwrap()
        .unwrap();
    assert_ne!(bound, old);
    let other = served
        .bind_raw(&old, batch(vec![("x", strings(&["other"]))]))
        .await
        .unwrap()
        .unwrap();
    for (handle, value) in [(&bound, "bound"), (&other, "other")] {
        let info = served.info_raw(handle).await.unwrap();
        assert_eq!(served.read(info).await.unwrap().1, cells(&[&[value]]));
    }
    let error = served.info_raw(&old).await.unwrap_err().to_string();
    assert!(error.contains("none is bound"), "{error}");
    assert_eq!(served.service.open_prepared(), 1);
    served.close_raw(&bound).await.unwrap();
    assert_eq!(served.service.open_prepared(), 0);
}

#[tokio::test]
async fn parameter_schema_can_be_incomplete() {
    let sql = "SELECT 1 WHERE 1 IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let names = |statement: &PreparedStatement<Channel>| {
        parameters(statement)
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    let mut sorted =
        served_with(SqliteConfig::new().parameter_schema(ParameterSchema::SortedAsText)).await;
    assert_eq!(
        names(&prepare(&mut sorted, sql).await),
        ["$1", "$10", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9"]
    );
    let mut empty = served_with(SqliteConfig::new().parameter_schema(ParameterSchema::Empty)).await;
    assert!(names(&prepare(&mut empty, sql).await).is_empty());
    let absent = served_with(SqliteConfig::new().parameter_schema(ParameterSchema::Absent)).await;
    assert_eq!(absent.prepare_raw(sql).await.parameter_schema.len(), 0);
    let mut untyped =
        served_with(SqliteConfig::new().parameter_schema(ParameterSchema::Untyped)).await;
    let statement = prepare(&mut untyped, "SELECT 1 LIMIT ?").await;
    assert_eq!(parameters(&statement), [("$1".to_owned(), DataType::Null)]);
}

#[tokio::test]
async fn limits_placeholders_to_one_style() {
    for (style, good, bad) in [
        (Placeholder::Question, "SELECT ?, ?2", "SELECT $1"),
        (Placeholder::Dollar, "SELECT $1, $2", "SELECT ?"),
        (Placeholder::Dollar, "SELECT $name", "SELECT :name"),
        (Placeholder::Named, "SELECT :a, @b, $c", "SELECT $1"),
    ] {
        let mut served = served_with(SqliteConfig::new().placeholder(style)).await;
        prepare(&mut served, good).await;
        let error = served
            .client
            .prepare(bad.to_owned(), None)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("placeholders of this server"), "{error}");
    }
}

#[tokio::test]
async fn booleans_bind_and_compare() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (a BOOLEAN); INSERT INTO t VALUES (true), (false), (NULL)")
        .unwrap();
    let row = batch(vec![(
        "a",
        Arc::new(BooleanArray::from(vec![true])) as ArrayRef,
    )]);
    assert_eq!(
        query(&mut served, "SELECT a FROM t WHERE a = ?", row).await,
        cells(&[&["true"]])
    );
}
