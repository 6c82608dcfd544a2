//! `#[derive(ToArrow)]` and the methods that write with it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flightsql::arrow::schema::{DataType, Field, Fields, Schema};
use flightsql::{
    Error, FlightSqlArguments, FlightSqlBatch, FromArrow, IngestMode, ToArrow, Type, query,
    query_scalar, query_with,
};
use flightsql_testkit::Rpc;

use crate::common::{connect, count, pool, server};

#[derive(Debug, Clone, PartialEq, Type)]
#[sqlx(rename_all = "lowercase")]
enum Mood {
    Happy,
}

#[derive(Debug, Clone, PartialEq, Type, ToArrow)]
struct Point {
    x: f64,
    y: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, ToArrow, FromArrow)]
struct Inner {
    flag: bool,
    mood: Option<Mood>,
}

#[derive(Debug, Clone, PartialEq, ToArrow, FromArrow)]
#[sqlx(rename_all = "UPPERCASE")]
struct Everything {
    id: i64,
    small: Option<u8>,
    name: String,
    #[sqlx(rename = "raw")]
    bytes: Option<Vec<u8>>,
    fixed: [u8; 4],
    #[sqlx(flatten)]
    inner: Inner,
    tags: Vec<Option<String>>,
    matrix: Vec<Vec<i32>>,
    map: BTreeMap<String, i64>,
    point: Option<Point>,
    points: Vec<Point>,
    #[arrow(type = DataType::LargeUtf8)]
    large: Cow<'static, str>,
    #[arrow(type = DataType::Int16)]
    narrow: i64,
    #[sqlx(json)]
    document: Vec<u32>,
    #[sqlx(skip)]
    skipped: u8,
}

fn everything(id: i64) -> Everything {
    Everything {
        id,
        small: (id % 2 == 0).then_some(7),
        name: format!("name {id}"),
        bytes: (id > 1).then(|| vec![0, 1, 255]),
        fixed: [1, 2, 3, 4],
        inner: Inner {
            flag: id > 1,
            mood: (id > 1).then_some(Mood::Happy),
        },
        tags: vec![Some("a".to_owned()), None],
        matrix: vec![vec![1, 2], vec![]],
        map: BTreeMap::from([("k".to_owned(), id)]),
        point: (id > 1).then_some(Point { x: 0.5, y: None }),
        points: vec![Point {
            x: 1.5,
            y: Some(2.5),
        }],
        large: Cow::Borrowed("large"),
        narrow: id,
        document: vec![1, 2],
        skipped: 0,
    }
}

#[test]
fn the_schema_says_names_types_and_what_may_be_null() {
    let point = DataType::Struct(Fields::from(vec![
        Field::new("x", DataType::Float64, false),
        Field::new("y", DataType::Float64, true),
    ]));
    let schema = Everything::schema();
    let fields: Vec<(&str, &DataType, bool)> = schema
        .fields()
        .iter()
        .map(|field| {
            (
                field.name().as_str(),
                field.data_type(),
                field.is_nullable(),
            )
        })
        .collect();
    assert_eq!(fields[0], ("ID", &DataType::Int64, false));
    assert_eq!(fields[1], ("SMALL", &DataType::UInt8, true));
    assert_eq!(fields[3], ("raw", &DataType::Binary, true));
    assert_eq!(fields[4], ("FIXED", &DataType::FixedSizeBinary(4), false));
    assert_eq!(fields[5], ("flag", &DataType::Boolean, false));
    assert_eq!(fields[6], ("mood", &DataType::Utf8, true));
    assert_eq!(fields[10], ("POINT", &point, true));
    assert_eq!(fields[12], ("LARGE", &DataType::LargeUtf8, false));
    assert_eq!(fields[13], ("NARROW", &DataType::Int16, false));
    assert_eq!(fields[14].0, "DOCUMENT");
    assert_eq!(fields.len(), 15);
}

#[test]
fn what_is_written_is_what_is_read() {
    let rows: Vec<Everything> = (1..=3).map(everything).collect();
    let record = Everything::to_arrow(&rows).unwrap();
    assert_eq!(record.schema(), Everything::schema());
    let batch = FlightSqlBatch::try_from(record).unwrap();
    assert_eq!(batch.read::<Everything>().unwrap(), rows);
    let none = Everything::to_arrow(&[]).unwrap();
    assert_eq!((none.num_rows(), none.num_columns()), (0, 15));
}

#[test]
fn what_does_not_fit_names_the_column() {
    let rows = [Everything {
        narrow: 40_000,
        ..everything(1)
    }];
    let error = Everything::to_arrow(&rows).unwrap_err();
    assert!(matches!(error, Error::Encode(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("\"NARROW\"") && text.contains("Int16"),
        "{text}"
    );
    assert!(!text.contains("40000"), "values stay out of errors: {text}");
}

#[cfg(feature = "rust_decimal")]
#[test]
fn decimals_have_the_scale_that_is_asked_for() {
    #[derive(ToArrow)]
    struct Price {
        #[arrow(decimal(9, 2))]
        price: flightsql::types::Decimal,
    }
    let price = |text: &str| Price {
        price: text.parse().unwrap(),
    };
    assert_eq!(
        Price::schema().field(0).data_type(),
        &DataType::Decimal128(9, 2)
    );
    let record = Price::to_arrow(&[price("1.5"), price("-0.25")]).unwrap();
    assert_eq!(
        flightsql::arrow::pretty(&[record])
            .to_string()
            .matches("1.50")
            .count(),
        1
    );
    let error = Price::to_arrow(&[price("0.125")])
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("\"price\"") && error.contains("lose precision"),
        "{error}"
    );
}

#[cfg(feature = "chrono")]
#[test]
fn timestamps_have_the_unit_that_is_asked_for() {
    use flightsql::arrow::schema::TimeUnit;
    use flightsql::types::chrono::{DateTime, NaiveDateTime, Utc};
    #[derive(ToArrow)]
    struct At {
        plain: NaiveDateTime,
        #[arrow(type = DataType::Timestamp(TimeUnit::Nanosecond, Some("+00:00".into())))]
        fine: DateTime<Utc>,
    }
    let fine: DateTime<Utc> = "2024-02-29T12:34:56.123456789Z".parse().unwrap();
    let plain: NaiveDateTime = "2024-02-29T12:34:56.123456".parse().unwrap();
    let record = At::to_arrow(&[At { plain, fine }]).unwrap();
    let text = flightsql::arrow::pretty(&[record]).to_string();
    assert!(text.contains("2024-02-29T12:34:56.123456 "), "{text}");
    assert!(text.contains("2024-02-29T12:34:56.123456789Z"), "{text}");
    let lost = At {
        plain: fine.naive_utc(),
        fine,
    };
    let error = At::to_arrow(&[lost]).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("\"plain\""), "{error}");
}

#[derive(Debug, Clone, PartialEq, ToArrow, FromArrow)]
struct Person {
    id: i64,
    name: Option<String>,
}

fn people(ids: std::ops::Range<i64>) -> Vec<Person> {
    ids.map(|id| Person {
        id,
        name: (id % 3 != 0).then(|| format!("n{id}")),
    })
    .collect()
}

#[tokio::test]
async fn structs_are_ingested_a_batch_at_a_time() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let done = connection
        .ingest("people")
        .mode(IngestMode::Create)
        .rows(&people(0..20_000))
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 20_000);
    let back: Vec<Person> = connection
        .fetch_all_as("SELECT id, name FROM people ORDER BY id")
        .await
        .unwrap();
    assert_eq!(back, people(0..20_000));
    // Without a row the table is made all the same.
    let done = connection
        .ingest("empty")
        .mode(IngestMode::Create)
        .rows(&[] as &[Person])
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 0);
    assert_eq!(count(&mut connection, "empty").await, 0);
}

#[tokio::test]
async fn a_struct_that_does_not_fit_aborts_the_ingest() {
    #[derive(Debug, ToArrow)]
    struct Narrow {
        #[arrow(type = DataType::Int8)]
        id: i64,
    }
    let server = server().await;
    let mut connection = connect(&server).await;
    query("CREATE TABLE narrow (id INTEGER)")
        .execute(&mut connection)
        .await
        .unwrap();
    let rows: Vec<Narrow> = (0..10_000)
        .map(|id| Narrow {
            id: if id < 9_000 { 1 } else { 1_000 },
        })
        .collect();
    let error = connection.ingest("narrow").rows(&rows).await.unwrap_err();
    assert!(error.to_string().contains("\"id\""), "{error}");
    server
        .wait_until(|server| server.running_calls() == 0)
        .await;
    assert_eq!(count(&mut connection, "narrow").await, 0);
}

#[tokio::test]
async fn pool_binds_many_rows_in_one_rpc() {
    let server = server().await;
    let pool = pool(&server, 2).await;
    query("CREATE TABLE people (id BIGINT, name TEXT)")
        .execute(&pool)
        .await
        .unwrap();
    let rows: Vec<Person> = people(0..1_000);
    let insert = "INSERT INTO people (id, name) VALUES (?, ?)";
    let arguments = FlightSqlArguments::from_rows(&rows).unwrap();
    server.clear_calls();
    let done = query_with(insert, arguments).execute(&pool).await.unwrap();
    assert_eq!(done.rows_affected(), 1_000);
    assert_eq!(server.count(Rpc::DoPut), 1);
    let sum: i64 = query_scalar("SELECT sum(id) FROM people")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(sum, 999 * 1_000 / 2);
    assert_eq!(count(&pool, "people WHERE name IS NULL").await, 334);
}

#[tokio::test]
async fn columns_are_bound_by_name_where_the_server_has_names() {
    let server = server().await;
    let mut connection = connect(&server).await;
    query("CREATE TABLE people (id BIGINT, name TEXT)")
        .execute(&mut connection)
        .await
        .unwrap();
    let rows: Vec<Person> = people(1..3);
    let insert = "INSERT INTO people (name, id) VALUES (:name, :id)";
    let arguments = FlightSqlArguments::from_rows(&rows).unwrap();
    query_with(insert, arguments)
        .execute(&mut connection)
        .await
        .unwrap();
    let back: Vec<Person> = connection
        .fetch_all_as("SELECT id, name FROM people ORDER BY id")
        .await
        .unwrap();
    assert_eq!(back, rows);
}

#[tokio::test]
async fn rejects_unfit_rows_before_sending() {
    let server = server().await;
    let mut connection = connect(&server).await;
    query("CREATE TABLE small (id TINYINT, name TEXT)")
        .execute(&mut connection)
        .await
        .unwrap();
    let insert = "INSERT INTO small (id, name) VALUES (?, ?)";
    let rows: Vec<Person> = people(127..129);
    let arguments = FlightSqlArguments::from_rows(&rows).unwrap();
    let error = query_with(insert, arguments)
        .execute(&mut connection)
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("parameter 1") && text.contains("Int8"),
        "{text}"
    );
    assert_eq!(count(&mut connection, "small").await, 0);

    let arguments = FlightSqlArguments::from_rows(&rows).unwrap();
    let error = query_with("INSERT INTO small (id) VALUES (?)", arguments)
        .execute(&mut connection)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("1 parameter, 2 were bound"),
        "{error}"
    );

    let arguments = FlightSqlArguments::from_rows(&rows).unwrap();
    let error = query_with("SELECT ?, ?", arguments)
        .fetch_all(&mut connection)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("a query accepts one parameter set"),
        "{error}"
    );
    // A batch accepts no further value.
    let mut arguments = FlightSqlArguments::from_rows(&rows).unwrap();
    assert!(flightsql::Arguments::add(&mut arguments, 1).is_err());
    let _schema: &Schema = &Person::schema();
}
