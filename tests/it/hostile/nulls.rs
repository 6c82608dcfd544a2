//! Tests of NULL in columns that the server reports as NOT NULL, and of endpoints that report one column in two ways.

use std::sync::Arc;

use flightsql::arrow::array::{
    Array, ArrayRef, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use flightsql::arrow::schema::{DataType, Field, Fields, Schema, SchemaRef};
use flightsql::{Row, query};
use flightsql_testkit::arrow_flight::FlightData;
use flightsql_testkit::{Reply, raw};
use futures_util::TryStreamExt;

use super::Hostile;
use super::plans::endpoint;

/// The schema with all fields NOT NULL, at any depth.
fn not_null(schema: &Schema) -> SchemaRef {
    fn strict(field: &Field) -> Field {
        let data_type = match field.data_type() {
            DataType::List(item) => DataType::List(Arc::new(strict(item))),
            DataType::Struct(fields) => {
                DataType::Struct(fields.iter().map(|inner| strict(inner)).collect())
            }
            other => other.clone(),
        };
        field.clone().with_data_type(data_type).with_nullable(false)
    }
    Arc::new(Schema::new(
        schema
            .fields()
            .iter()
            .map(|own| strict(own))
            .collect::<Fields>(),
    ))
}

/// The messages of a batch under a schema that reports every field as NOT NULL.
fn sent_as_not_null(batch: &RecordBatch) -> Vec<FlightData> {
    let mut data = vec![raw::schema(&not_null(&batch.schema()))];
    data.extend(raw::batch(batch).unwrap());
    data
}

fn nulls() -> RecordBatch {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
    let items =
        ListArray::from_iter_primitive::<flightsql::arrow::array::types::Int64Type, _, _>([
            Some(vec![Some(7), None]),
            None,
            Some(vec![]),
        ]);
    let inner: ArrayRef = Arc::new(StringArray::from(vec![None, Some("b"), None]));
    let inside = StructArray::from(vec![(
        Arc::new(Field::new("x", DataType::Utf8, true)),
        inner,
    )]);
    RecordBatch::try_from_iter_with_nullable([
        ("n", numbers, true),
        ("items", Arc::new(items) as ArrayRef, true),
        ("inside", Arc::new(inside) as ArrayRef, true),
    ])
    .unwrap()
}

#[tokio::test]
async fn c1_reads_null_in_not_null_column() {
    let mut hostile = Hostile::new().await;
    let batch = nulls();
    let reported = not_null(&batch.schema());
    let plan = || Reply::ticket(Arc::clone(&reported), "t");
    let script = hostile.script.clone();
    script
        .get_flight_info(plan())
        .do_get(Reply::raw(sent_as_not_null(&batch)));
    let rows = query("SELECT n")
        .fetch_all(&mut hostile.connection)
        .await
        .unwrap();
    let numbers: Vec<Option<i64>> = rows.iter().map(|row| row.get("n")).collect();
    assert_eq!(numbers, [Some(1), None, Some(3)]);
    let items: Vec<Option<Vec<Option<i64>>>> = rows.iter().map(|row| row.get("items")).collect();
    assert_eq!(items, [Some(vec![Some(7), None]), None, Some(vec![])]);
    let shown: Vec<String> = rows.iter().map(|row| row.to_string()).collect();
    assert_eq!(
        shown,
        [
            "1 | [7, NULL] | {x: NULL}",
            "NULL | NULL | {x: b}",
            "3 | [] | {x: NULL}"
        ]
    );
    // The reported nullability remains a property of the column.
    assert_eq!(rows[0].columns()[0].is_nullable(), Some(false));
    assert_eq!(rows[0].columns()[0].field(), &reported.fields()[0]);

    let script = hostile.script.clone();
    script
        .get_flight_info(plan())
        .do_get(Reply::raw(sent_as_not_null(&batch)));
    let stream = hostile.connection.fetch_arrow("SELECT n").await.unwrap();
    assert_eq!(stream.schema(), Some(&batch.schema()));
    let batches: Vec<RecordBatch> = stream.try_collect().await.unwrap();
    assert_eq!(batches, [batch]);
    hostile.works().await;
}

#[tokio::test]
async fn c1_owned_value_inside_not_null_column() {
    let mut hostile = Hostile::new().await;
    let batch = nulls();
    let script = hostile.script.clone();
    script
        .get_flight_info(Reply::ticket(not_null(&batch.schema()), "t"))
        .do_get(Reply::raw(sent_as_not_null(&batch)));
    let rows = query("SELECT n")
        .fetch_all(&mut hostile.connection)
        .await
        .unwrap();
    let items = rows[0].try_get_raw("items").unwrap().items().unwrap();
    let owned: Vec<_> = items
        .map(|item| flightsql::ValueRef::to_owned(&item))
        .collect();
    let shown: Vec<String> = owned.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["7", "NULL"]);
    let whole = flightsql::ValueRef::to_owned(&rows[0].try_get_raw("inside").unwrap());
    assert_eq!(whole.to_string(), "{x: NULL}");
}

#[tokio::test]
async fn c2_merges_schemas_that_differ_in_nullability_or_metadata() {
    let mut hostile = Hostile::new().await;
    let field = |nullable| Field::new("n", DataType::Int64, nullable);
    let first = Arc::new(Schema::new(vec![field(false)]));
    let metadata = [("server".to_owned(), "b".to_owned())].into();
    let second = Arc::new(Schema::new(vec![field(true).with_metadata(metadata)]));
    let batch = |schema: &SchemaRef, values: Vec<Option<i64>>| {
        let values: ArrayRef = Arc::new(Int64Array::from(values));
        RecordBatch::try_new(Arc::clone(schema), vec![values]).unwrap()
    };
    let streams = || {
        [
            Reply::batches(Arc::clone(&first), [batch(&first, vec![Some(1)])]),
            Reply::batches(Arc::clone(&second), [batch(&second, vec![None, Some(2)])]),
        ]
    };
    let plan = Reply::info(Arc::clone(&first), [endpoint("a"), endpoint("b")]);
    let [a, b] = streams();
    hostile
        .script
        .clone()
        .get_flight_info(plan)
        .do_get(a)
        .do_get(b);
    let stream = hostile.connection.fetch_arrow("SELECT n").await.unwrap();
    let batches: Vec<RecordBatch> = stream.try_collect().await.unwrap();
    let schema = Arc::new(Schema::new(vec![field(true)]));
    assert_eq!(
        batches,
        [
            batch(&schema, vec![Some(1)]),
            batch(&schema, vec![None, Some(2)])
        ]
    );
    hostile.works().await;
}

#[tokio::test]
async fn i13_merges_two_spellings_of_one_zone() {
    let mut hostile = Hostile::new().await;
    let instants = |zone: &str, values: Vec<i64>| {
        let values = TimestampMicrosecondArray::from(values).with_timezone(zone);
        let data_type = values.data_type().clone();
        let inner = Field::new("at", data_type.clone(), true);
        let inside = StructArray::from(vec![(
            Arc::new(inner),
            Arc::new(values.clone()) as ArrayRef,
        )]);
        let schema = Schema::new(vec![
            Field::new("at", data_type, true),
            Field::new("inside", inside.data_type().clone(), true),
        ]);
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(values), Arc::new(inside)]).unwrap()
    };
    let (first, second) = (instants("UTC", vec![1]), instants("+00:00", vec![2]));
    let plan = || Reply::info(first.schema(), [endpoint("a"), endpoint("b")]);
    let streams =
        || [first.clone(), second.clone()].map(|batch| Reply::batches(batch.schema(), [batch]));
    let [a, b] = streams();
    hostile
        .script
        .clone()
        .get_flight_info(plan())
        .do_get(a)
        .do_get(b);
    let stream = hostile.connection.fetch_arrow("SELECT n").await.unwrap();
    let batches: Vec<RecordBatch> = stream.try_collect().await.unwrap();
    assert_eq!(batches, [first.clone(), instants("UTC", vec![2])]);

    let [a, b] = streams();
    hostile
        .script
        .clone()
        .get_flight_info(plan())
        .do_get(a)
        .do_get(b);
    let rows = query("SELECT n")
        .fetch_all(&mut hostile.connection)
        .await
        .unwrap();
    let shown: Vec<String> = rows.iter().map(|row| row.to_string()).collect();
    assert_eq!(
        shown,
        [
            "1970-01-01T00:00:00.000001Z | {at: 1970-01-01T00:00:00.000001Z}",
            "1970-01-01T00:00:00.000002Z | {at: 1970-01-01T00:00:00.000002Z}",
        ]
    );

    // Another zone is a different column type.
    let third = instants("+02:00", vec![3]);
    let [a, _] = streams();
    let b = Reply::batches(third.schema(), [third]);
    hostile
        .script
        .clone()
        .get_flight_info(plan())
        .do_get(a)
        .do_get(b);
    let error = query("SELECT n")
        .fetch_all(&mut hostile.connection)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "encountered unexpected or invalid data: DoGet: the endpoints of one result have different columns"
    );
    hostile.works().await;
}
