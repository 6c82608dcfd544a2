//! `#[derive(Type)]`, `Encode` and `Decode`.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use flightsql::arrow::RecordBatch;
use flightsql::arrow::array::{ArrayRef, Int64Array, StringArray, StructArray, UnionArray};
use flightsql::arrow::schema::{DataType, Field, UnionFields};
use flightsql::{
    Decode, Encode, FlightSql, FlightSqlBatch, FromRow, Row, Type, query_as, query_scalar,
};

use crate::common::{connect, server};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Type)]
struct Id(i64);

#[derive(Debug, Clone, PartialEq, Type)]
#[sqlx(transparent)]
struct Name {
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Type)]
#[repr(i32)]
enum Level {
    Low = -1,
    High = 7,
}

#[derive(Debug, Clone, Copy, PartialEq, Type)]
#[sqlx(rename_all = "snake_case", type_name = "mood")]
enum Mood {
    VeryHappy,
    #[sqlx(rename = "meh")]
    Neutral,
}

#[derive(Debug, Clone, PartialEq, Type)]
#[sqlx(rename_all = "camelCase")]
struct Address {
    street_name: String,
    #[sqlx(rename = "no")]
    number: Option<i32>,
    mood: Mood,
    lines: Vec<Id>,
    #[sqlx(skip)]
    cache: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Type)]
enum Setting {
    Number(i64),
    Text(String),
    #[sqlx(rename = "where")]
    Place(Address),
}

#[derive(Debug, Clone, PartialEq, Type)]
struct Wrapper<T>(T);

#[derive(Debug, PartialEq, Type)]
struct Borrowed<'a>(&'a str);

fn address() -> Address {
    Address {
        street_name: "Main".to_owned(),
        number: None,
        mood: Mood::VeryHappy,
        lines: vec![Id(1), Id(2)],
        cache: None,
    }
}

async fn echo<T>(values: &[T])
where
    T: for<'q> Encode<'q, FlightSql>
        + for<'r> Decode<'r, FlightSql>
        + Type<FlightSql>
        + flightsql::types::FlightSqlHasArrayType
        + Clone
        + Debug
        + PartialEq
        + Send
        + Sync
        + Unpin
        + 'static,
{
    let server = server().await;
    let mut connection = connect(&server).await;
    for value in values {
        let back: T = query_scalar("SELECT ?")
            .bind(value.clone())
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(back, *value);
    }
    let all: Vec<Option<T>> = query_scalar("SELECT ?")
        .bind(
            values
                .iter()
                .cloned()
                .map(Some)
                .chain([None])
                .collect::<Vec<_>>(),
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let expected: Vec<Option<T>> = values.iter().cloned().map(Some).chain([None]).collect();
    assert_eq!(all, expected);
    let none: Option<T> = query_scalar("SELECT ?")
        .bind(None::<T>)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(none, None);
}

#[tokio::test]
async fn structs_of_one_field_are_that_field() {
    echo(&[Id(i64::MIN), Id(0)]).await;
    echo(&[Name {
        text: "Ada".to_owned(),
    }])
    .await;
    echo(&[Wrapper(1_i32), Wrapper(2)]).await;
    assert_eq!(Id::type_info(), <i64 as Type<FlightSql>>::type_info());
}

#[tokio::test]
async fn enums_are_numbers_or_texts() {
    echo(&[Level::Low, Level::High]).await;
    echo(&[Mood::VeryHappy, Mood::Neutral]).await;
    assert_eq!(
        flightsql::TypeInfo::name(&<Mood as Type<FlightSql>>::type_info()),
        "mood"
    );

    let server = server().await;
    let mut connection = connect(&server).await;
    let text: String = query_scalar("SELECT ?")
        .bind(Mood::VeryHappy)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(text, "very_happy");
    let error = query_scalar::<_, Mood>("SELECT 'angry secret' AS mood")
        .fetch_one(&mut connection)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("Mood") && error.contains("no variant"),
        "{error}"
    );
    assert!(!error.contains("angry"), "the value stays out: {error}");
    let error = query_scalar::<_, Level>("SELECT 3")
        .fetch_one(&mut connection)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("Level") && error.contains("no variant"),
        "{error}"
    );
}

#[tokio::test]
async fn structs_are_arrow_structs_by_name() {
    echo(&[address()]).await;
    let info = <Address as Type<FlightSql>>::type_info();
    let DataType::Struct(fields) = info.data_type() else {
        panic!("{info:?}");
    };
    let names: Vec<&String> = fields.iter().map(|field| field.name()).collect();
    assert_eq!(names, ["streetName", "no", "mood", "lines"]);
}

#[tokio::test]
async fn struct_reads_fields_by_name_and_reports_wrong_one() {
    #[derive(Debug, PartialEq, Type)]
    struct Point {
        x: i64,
        #[sqlx(default)]
        label: Option<String>,
    }
    let y: ArrayRef = Arc::new(Int64Array::from(vec![2, 5]));
    let x: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    let points = StructArray::from(vec![
        (Arc::new(Field::new("y", DataType::Int64, true)), y),
        (Arc::new(Field::new("x", DataType::Int64, true)), x),
    ]);
    let record = RecordBatch::try_from_iter([("p", Arc::new(points) as ArrayRef)]).unwrap();
    let batch = FlightSqlBatch::try_from(record).unwrap();
    let rows: Vec<_> = batch.rows().collect();
    assert_eq!(rows[0].get::<Point, _>("p"), Point { x: 1, label: None });
    let error = rows[1].try_get::<Point, _>("p").unwrap_err().to_string();
    assert!(
        error.contains("\"p\"") && error.contains("field \"x\""),
        "{error}"
    );

    #[derive(Debug, PartialEq, Type)]
    struct Other {
        z: i64,
    }
    let error = rows[0].try_get::<Other, _>("p").unwrap_err().to_string();
    assert!(
        error.contains("Other") && error.contains("\"p\""),
        "{error}"
    );
}

#[tokio::test]
async fn finds_variants_by_union_name_or_type() {
    echo(&[Setting::Number(1), Setting::Number(2)]).await;
    echo(&[Setting::Text("x".to_owned())]).await;
    echo(&[Setting::Place(address())]).await;

    let fields = UnionFields::try_new(
        [3, 5],
        [
            Field::new("Text", DataType::Utf8, true),
            Field::new("Number", DataType::Int64, true),
        ],
    )
    .unwrap();
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![7]));
    let union = UnionArray::try_new(
        fields,
        vec![3, 5, 3].into(),
        Some(vec![0, 0, 1].into()),
        vec![texts, numbers],
    )
    .unwrap();
    let record = RecordBatch::try_from_iter([("u", Arc::new(union) as ArrayRef)]).unwrap();
    let batch = FlightSqlBatch::try_from(record).unwrap();
    let read: Vec<Option<Setting>> = batch.rows().map(|row| row.get("u")).collect();
    assert_eq!(
        read,
        [
            Some(Setting::Text("a".to_owned())),
            Some(Setting::Number(7)),
            None
        ]
    );
    // A plain type reads the variant that has it.
    let rows: Vec<_> = batch.rows().collect();
    assert_eq!(rows[1].get::<i64, _>("u"), 7);
    assert!(rows[0].try_get::<i64, _>("u").is_err());
}

#[tokio::test]
async fn borrowed_and_nested() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let row = flightsql::query("SELECT 'abc' AS text, ? AS map")
        .bind(BTreeMap::from([(Id(1), vec![address()])]))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.get::<Borrowed<'_>, _>("text"), Borrowed("abc"));
    let map: BTreeMap<Id, Vec<Address>> = row.get("map");
    assert_eq!(map[&Id(1)], [address()]);
}

#[tokio::test]
async fn from_row_as_in_sqlx() {
    #[derive(Debug, PartialEq)]
    struct Even(i64);
    impl TryFrom<i64> for Even {
        type Error = String;
        fn try_from(number: i64) -> Result<Self, String> {
            (number % 2 == 0)
                .then_some(Self(number))
                .ok_or_else(|| "odd".to_owned())
        }
    }
    #[derive(Debug, PartialEq, FromRow)]
    struct Inner {
        mood: Mood,
    }
    #[derive(Debug, PartialEq, FromRow)]
    #[sqlx(rename_all = "UPPERCASE")]
    struct Person {
        id: Id,
        #[sqlx(rename = "label")]
        name: Option<String>,
        #[sqlx(default)]
        missing: i32,
        #[sqlx(skip)]
        skipped: u8,
        #[sqlx(flatten)]
        inner: Inner,
        #[sqlx(try_from = "i64")]
        even: Even,
    }
    let server = server().await;
    let mut connection = connect(&server).await;
    let sql = "SELECT 1 AS ID, 'Ada' AS label, 'meh' AS mood, ? AS EVEN";
    let person: Person = query_as(sql)
        .bind(4_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        person,
        Person {
            id: Id(1),
            name: Some("Ada".to_owned()),
            missing: 0,
            skipped: 0,
            inner: Inner {
                mood: Mood::Neutral
            },
            even: Even(4),
        }
    );
    let error = query_as::<_, Person>(sql)
        .bind(3_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("EVEN") && error.contains("odd"), "{error}");
}
