//! Round trips with `binds=literal` for every Rust type: a value in a statement is stored and read unchanged, or rejected before
//! anything is sent. A column of SQLite is the oracle.

#[expect(
    clippy::duplicate_mod,
    reason = "one table of values, run against each backend"
)]
#[path = "property/values.rs"]
pub(crate) mod values;

use flightsql::arrow::schema::DataType;
use flightsql::types::FlightSqlHasArrayType;
use flightsql::{
    AssertSqlSafe, Column, Connection, Encode, Error, Executor, FlightSql, FlightSqlConnection,
    Row, Type, query, query_scalar,
};
use flightsql_testkit::TestServer;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use self::values::Value;
use crate::common::connect;

/// Lists of values of each type.
const CASES: u32 = 20;

/// SQLite accepts statements of at most 1 MB.
const LONG: usize = 100_000;

/// A connection that writes values into the text.
pub(crate) async fn literal(server: &TestServer) -> FlightSqlConnection {
    let url = format!("sqlite+{}?binds=literal", server.url());
    FlightSqlConnection::connect(&url).await.unwrap()
}

struct Backend {
    literal: FlightSqlConnection,
    /// Says as what a value is bound.
    echo: FlightSqlConnection,
    _server: TestServer,
}

/// Column that can store a value of some Arrow type.
enum Place {
    Column(String),
    /// A type with a literal, but without an SQLite column that returns it.
    Nowhere,
    NoLiteral,
}

impl Backend {
    async fn new() -> Self {
        let server = TestServer::sqlite().await.unwrap();
        Self {
            literal: literal(&server).await,
            echo: connect(&server).await,
            _server: server,
        }
    }

    /// A table with a column for values like this one; none when there is no such column.
    async fn table<T: Value>(&mut self, value: T) -> Place {
        let row = query("SELECT ?").bind(value).fetch_one(&mut self.echo);
        let row = row.await.unwrap();
        let info = row.column(0).type_info().clone();
        let declared = match declared(info.data_type(), &info.to_string()) {
            Place::Column(declared) => declared,
            other => return other,
        };
        let name: String = declared.replace(['(', ')', ','], "_");
        let sql = format!("CREATE TABLE IF NOT EXISTS {name} (v {declared}); DELETE FROM {name}");
        self.echo.execute(AssertSqlSafe(sql)).await.unwrap();
        Place::Column(name)
    }

    async fn store<T: Value>(&mut self, value: Option<T>) {
        let Some(value) = value else {
            let null: Option<T> = query_scalar("SELECT ?")
                .bind(None::<T>)
                .fetch_one(&mut self.literal)
                .await
                .unwrap();
            assert!(null.is_none());
            return;
        };
        let table = match self.table(value.clone()).await {
            Place::Column(table) => table,
            Place::Nowhere => return,
            Place::NoLiteral => {
                let row = query("SELECT ?").bind(value).fetch_one(&mut self.literal);
                return assert_refused(&row.await.unwrap_err());
            }
        };
        let insert = AssertSqlSafe(format!("INSERT INTO {table} VALUES (?)"));
        let inserted = query(insert).bind(value.clone()).execute(&mut self.literal);
        if let Err(error) = inserted.await {
            return assert_refused(&error);
        }
        let back: T = query_scalar(AssertSqlSafe(format!("SELECT v FROM {table}")))
            .fetch_one(&mut self.literal)
            .await
            .unwrap_or_else(|error| panic!("{table}: {error}: {value:?}"));
        // SQLite stores integral floats as integers, which have one zero.
        let zeros = (format!("{value:?}"), format!("{back:?}")) == ("-0.0".into(), "0.0".into());
        assert!(
            back.same(&value) || zeros,
            "{table}: {value:?} came back as {back:?}"
        );
    }
}

fn assert_refused(error: &Error) {
    let Error::Encode(why) = error else {
        panic!("{error:?}");
    };
    let why = why.to_string();
    assert!(
        why.contains("cannot be written as a literal of dialect `sqlite`"),
        "{why}"
    );
}

/// The column of the embedded server that holds a type.
fn declared(data_type: &DataType, shown: &str) -> Place {
    Place::Column(match data_type {
        DataType::Boolean => "BOOLEAN".into(),
        DataType::Int8 => "TINYINT".into(),
        DataType::Int16 => "SMALLINT".into(),
        DataType::Int32 => "INT".into(),
        DataType::Int64 => "BIGINT".into(),
        DataType::UInt8 => "UTINYINT".into(),
        DataType::UInt16 => "USMALLINT".into(),
        DataType::UInt32 => "UINT".into(),
        DataType::UInt64 => "UBIGINT".into(),
        DataType::Float32 => "FLOAT".into(),
        DataType::Float64 => "DOUBLE".into(),
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
            format!("DECIMAL({precision},{scale})")
        }
        DataType::Utf8 if shown.eq_ignore_ascii_case("json") => "JSON".into(),
        DataType::Utf8 => "TEXT".into(),
        DataType::FixedSizeBinary(16) => "UUID".into(),
        DataType::Binary | DataType::FixedSizeBinary(_) => "BLOB".into(),
        DataType::Date32 => "DATE".into(),
        DataType::Time64(_) => "TIME".into(),
        DataType::Timestamp(_, None) => "TIMESTAMP".into(),
        DataType::Timestamp(_, Some(_)) => "TIMESTAMPTZ".into(),
        DataType::Float16 => return Place::Nowhere,
        _ => return Place::NoLiteral,
    })
}

fn any_value_comes_back<T>(values: impl Strategy<Value = T>)
where
    T: Value + FlightSqlHasArrayType,
    for<'q> Vec<Option<T>>: Encode<'q, FlightSql> + Type<FlightSql>,
{
    run(vec(proptest::option::weighted(0.8, values), 1..6));
}

fn run<T>(lists: impl Strategy<Value = Vec<Option<T>>>)
where
    T: Value + FlightSqlHasArrayType,
    for<'q> Vec<Option<T>>: Encode<'q, FlightSql> + Type<FlightSql>,
{
    let runtime = Runtime::new().unwrap();
    let backend = Mutex::new(runtime.block_on(Backend::new()));
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&lists, |list| {
            let mut backend = backend.blocking_lock();
            runtime.block_on(async {
                let all = query("SELECT ?").bind(list.clone());
                assert_refused(&all.fetch_one(&mut backend.literal).await.unwrap_err());
                for value in list {
                    backend.store(value).await;
                }
            });
            Ok(())
        })
        .unwrap();
}

/// Values that the strategies above seldom produce: every rule accepts them, to the last digit.
#[tokio::test]
async fn values_that_must_be_accepted() {
    let server = TestServer::sqlite().await.unwrap();
    let mut connection = literal(&server).await;
    let numbers = [
        0.1,
        1.0 / 3.0,
        f64::MAX,
        f64::MIN_POSITIVE,
        f64::from_bits(1),
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];
    super::store(&mut connection, "DOUBLE", &numbers).await;
    drop_stored(&mut connection).await;
    super::store(
        &mut connection,
        "FLOAT",
        &[0.1_f32, f32::MAX, f32::from_bits(1), -1.5],
    )
    .await;
    drop_stored(&mut connection).await;
    super::store(&mut connection, "BIGINT", &[i64::MIN, -1, 0, i64::MAX]).await;
    drop_stored(&mut connection).await;
    super::store(
        &mut connection,
        "DECIMAL(38,0)",
        &[-1_i128, 0, i64::MAX.into(), i64::MIN.into()],
    )
    .await;
    drop_stored(&mut connection).await;
    let texts: Vec<String> = super::texts()
        .into_iter()
        .filter(|text| !text.contains('\0') && text.len() < LONG)
        .collect();
    super::store(&mut connection, "TEXT", &texts).await;
    drop_stored(&mut connection).await;
    let mut bytes = super::bytes();
    bytes.retain(|bytes| bytes.len() < LONG);
    super::store(&mut connection, "BLOB", &bytes).await;
}

#[cfg(all(feature = "chrono", feature = "rust_decimal", feature = "uuid"))]
#[tokio::test]
async fn values_of_other_crates_that_must_be_accepted() {
    use flightsql::types::chrono::{NaiveDate, NaiveDateTime, NaiveTime};
    use flightsql::types::{Decimal, Uuid};

    let server = TestServer::sqlite().await.unwrap();
    let mut connection = literal(&server).await;
    let decimals = super::parse::<Decimal>(&["0.00", "-0.01", "123456789012.345", "-1.50"]);
    super::store(&mut connection, "DECIMAL(38,3)", &decimals).await;
    drop_stored(&mut connection).await;
    let dates = super::parse::<NaiveDate>(&["0001-01-01", "2024-02-29", "9999-12-31"]);
    super::store(&mut connection, "DATE", &dates).await;
    drop_stored(&mut connection).await;
    let times = super::parse::<NaiveTime>(&["00:00:00", "23:59:59.999999", "12:00:00.5"]);
    super::store(&mut connection, "TIME", &times).await;
    drop_stored(&mut connection).await;
    let at = super::parse::<NaiveDateTime>(&["0001-01-01T00:00:00", "1969-12-31T23:59:59.999999"]);
    super::store(&mut connection, "TIMESTAMP", &at).await;
    drop_stored(&mut connection).await;
    let instants: Vec<_> = at.iter().map(NaiveDateTime::and_utc).collect();
    super::store(&mut connection, "TIMESTAMPTZ", &instants).await;
    drop_stored(&mut connection).await;
    super::store(&mut connection, "UUID", &[Uuid::nil(), Uuid::max()]).await;
}

async fn drop_stored(connection: &mut FlightSqlConnection) {
    connection.execute("DROP TABLE stored").await.unwrap();
}

#[cfg(feature = "chrono")]
#[test]
fn instants_far_away() {
    let lists = vec(proptest::option::weighted(0.9, values::instant()), 1..4);
    run(lists.prop_map(|list| {
        let instant = |(s, ns)| chrono::DateTime::from_timestamp(s, ns).unwrap();
        list.into_iter().map(|at| at.map(instant)).collect()
    }));
}
