//! GizmoSQL, as observed: a bound value becomes its text, and an update returns a result with the column `Count`.

use std::sync::{Arc, Mutex};

use flightsql::arrow::array::cast::AsArray;
use flightsql::arrow::array::types::TimestampMillisecondType;
use flightsql::arrow::array::{
    Array, ArrayRef, Int64Array, RecordBatch, StringArray, Time64MicrosecondArray,
};
use flightsql::arrow::schema::{DataType, Field, Schema, TimeUnit};
use flightsql::dialect::DialectProfile;
use flightsql::dialect::presets::gizmosql;
use flightsql::types::chrono::NaiveTime;
use flightsql::{
    ConnectOptions, Error, Executor, FlightSqlArguments, FlightSqlBatch, FlightSqlConnectOptions,
    Row, query, query_scalar, query_with,
};
use flightsql_testkit::TestServer;
use flightsql_testkit::tonic::Status;

use super::engine::player::{Engine, Player};
use super::play;

/// The table `shift (id BIGINT, name VARCHAR, at TIME)`.
#[derive(Default)]
struct GizmoSql {
    rows: Mutex<Vec<Shift>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Shift {
    id: i64,
    name: Option<String>,
    /// Microseconds since midnight.
    at: Option<i64>,
}

const CAST: &str = "SELECT CAST(? AS VARCHAR) AS text";

fn table() -> Schema {
    Schema::new(vec![
        Field::new("id", DataType::Int64, true),
        Field::new("name", DataType::Utf8, true),
        Field::new("at", DataType::Time64(TimeUnit::Microsecond), true),
    ])
}

impl Engine for GizmoSql {
    fn version(&self) -> (&'static str, &'static str) {
        ("gizmosql", "duckdb v1.4.1")
    }

    fn table(&self) -> (&'static str, Schema) {
        ("shift", table())
    }

    fn prepare(&self, sql: &str) -> Result<(Option<Schema>, Option<Schema>), Status> {
        if sql == CAST {
            let text = |name| Schema::new(vec![Field::new(name, DataType::Utf8, true)]);
            return Ok((Some(text("text")), Some(text("1"))));
        }
        if sql.contains("SELECT ?") {
            let message = "Binder Error: could not determine the type of parameter $1";
            return Err(Status::invalid_argument(message));
        }
        if !sql.starts_with("INSERT") {
            return Ok((Some(table()), None));
        }
        let table = table();
        let fields = table.fields().iter().zip(items(sql));
        let parameters = fields.filter(|(_, item)| *item == "?").map(|(field, _)| {
            let data_type = match field.data_type() {
                // The engine reads a time, but reports a timestamp.
                DataType::Time64(_) => DataType::Timestamp(TimeUnit::Millisecond, None),
                other => other.clone(),
            };
            Field::clone(field).with_data_type(data_type)
        });
        let parameters: Vec<Field> = parameters
            .enumerate()
            .map(|(place, field)| field.with_name((place + 1).to_string()))
            .collect();
        let count = Schema::new(vec![Field::new("Count", DataType::Int64, true)]);
        Ok((Some(count), Some(Schema::new(parameters))))
    }

    fn query(&self, sql: &str, bound: Option<&RecordBatch>) -> Result<RecordBatch, Status> {
        let columns: Vec<(&str, ArrayRef)> = if sql == CAST {
            let bound = bound.ok_or_else(|| Status::invalid_argument("nothing is bound"))?;
            let rows = 0..bound.num_rows();
            // The server runs the rows of a batch one by one, and concatenates their results.
            let texts: StringArray = rows.map(|row| Some(text(bound.column(0), row))).collect();
            vec![("text", Arc::new(texts))]
        } else if sql.starts_with("INSERT") {
            let count = self.update(sql, bound)?;
            vec![("Count", Arc::new(Int64Array::from(vec![count])))]
        } else {
            let rows = self.rows.lock().unwrap();
            let ids: Int64Array = rows.iter().map(|row| Some(row.id)).collect();
            let names: StringArray = rows.iter().map(|row| row.name.clone()).collect();
            let times: Time64MicrosecondArray = rows.iter().map(|row| row.at).collect();
            vec![
                ("id", Arc::new(ids)),
                ("name", Arc::new(names)),
                ("at", Arc::new(times)),
            ]
        };
        let columns = columns.into_iter().map(|(name, array)| (name, array, true));
        RecordBatch::try_from_iter_with_nullable(columns)
            .map_err(|error| Status::internal(error.to_string()))
    }

    fn update(&self, sql: &str, bound: Option<&RecordBatch>) -> Result<i64, Status> {
        let count = bound.map_or(1, RecordBatch::num_rows);
        for row in 0..count {
            let mut texts = bound
                .into_iter()
                .flat_map(|bound| bound.columns())
                .map(|column| text(column, row));
            let mut value = |item: &str| match item {
                "?" => texts.next(),
                "NULL" => None,
                literal => Some(literal.split('\'').nth(1).unwrap_or(literal).to_owned()),
            };
            let [id, name, at] = &items(sql)[..] else {
                return Err(Status::invalid_argument(
                    "Binder Error: table shift has 3 columns",
                ));
            };
            let shift = Shift {
                id: number(value(id).as_deref())?,
                name: value(name),
                at: value(at).map(|text| time(&text)).transpose()?,
            };
            self.rows.lock().unwrap().push(shift);
        }
        Ok(i64::try_from(count).unwrap())
    }
}

/// The values of an INSERT.
fn items(sql: &str) -> Vec<&str> {
    let values = sql.split_once("VALUES (").map_or("", |(_, values)| values);
    values
        .trim_end_matches(')')
        .split(',')
        .map(str::trim)
        .collect()
}

/// The server's text of a bound value; `null` for a NULL.
fn text(array: &ArrayRef, row: usize) -> String {
    if array.is_null(row) {
        return "null".to_owned();
    }
    match array.data_type() {
        DataType::Timestamp(TimeUnit::Millisecond, None) => {
            format!(
                "{} ms",
                array.as_primitive::<TimestampMillisecondType>().value(row)
            )
        }
        _ => {
            let column = RecordBatch::try_from_iter([("v", array.slice(row, 1))]).unwrap();
            let batch = FlightSqlBatch::try_from(column).unwrap();
            let row = batch.rows().next().unwrap();
            row.try_get_raw(0).unwrap().to_string()
        }
    }
}

fn number(text: Option<&str>) -> Result<i64, Status> {
    let text = text.unwrap_or("null");
    text.parse().map_err(|_| {
        Status::invalid_argument(format!(
            "Conversion Error: could not convert string '{text}' to INT64"
        ))
    })
}

fn time(text: &str) -> Result<i64, Status> {
    let time: Result<NaiveTime, _> = text.parse();
    let time = time.map_err(|_| {
        Status::invalid_argument(format!(
            "Conversion Error: could not convert string '{text}' to TIME"
        ))
    })?;
    let micros = time
        .signed_duration_since(NaiveTime::MIN)
        .num_microseconds();
    Ok(micros.unwrap())
}

type Played = (
    Arc<Player<GizmoSql>>,
    TestServer,
    flightsql::FlightSqlConnection,
);

async fn started(dialect: DialectProfile) -> Played {
    play(GizmoSql::default(), dialect).await
}

fn stored(player: &Player<GizmoSql>) -> Vec<Shift> {
    player.engine.rows.lock().unwrap().clone()
}

const INSERT: &str = "INSERT INTO shift VALUES (?, ?, ?)";

/// The failures that the preset prevents.
#[tokio::test]
async fn without_a_dialect_a_null_is_stored_as_text() {
    let (player, _server, mut connection) = started(DialectProfile::default()).await;
    let sql = "INSERT INTO shift VALUES (?, ?, NULL)";
    let done = query(sql)
        .bind(7_i64)
        .bind(None::<String>)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1);
    let name = Some("null".to_owned());
    assert_eq!(
        stored(&player),
        [Shift {
            id: 7,
            name,
            at: None
        }]
    );
    let error = query(sql)
        .bind(None::<i64>)
        .bind("early")
        .execute(&mut connection)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("could not convert string 'null' to INT64"),
        "{error}"
    );
}

#[tokio::test]
async fn a1_null_is_not_stored_as_text() {
    let (player, _server, mut connection) = started(gizmosql()).await;
    let done = query(INSERT)
        .bind(7_i64)
        .bind(None::<String>)
        .bind(None::<NaiveTime>)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1);
    assert_eq!(
        stored(&player),
        [Shift {
            id: 7,
            name: None,
            at: None
        }]
    );
    let (sql, bound) = player.received().pop().unwrap();
    assert_eq!(sql, "INSERT INTO shift VALUES (?, NULL, NULL)");
    assert_eq!(bound.num_columns(), 1);
}

#[tokio::test]
async fn c5_a_time_is_written_into_the_text() {
    let (player, _server, mut connection) = started(gizmosql()).await;
    let done = query(INSERT)
        .bind(7_i64)
        .bind("early")
        .bind(NaiveTime::from_hms_opt(6, 30, 0).unwrap())
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1);
    let micros = Some((6 * 60 + 30) * 60 * 1_000_000);
    let name = Some("early".to_owned());
    assert_eq!(
        stored(&player),
        [Shift {
            id: 7,
            name,
            at: micros
        }]
    );
    let row = query("SELECT id, name, at FROM shift")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        row.get::<NaiveTime, _>("at"),
        NaiveTime::from_hms_opt(6, 30, 0).unwrap()
    );
}

#[tokio::test]
async fn a2_a_change_that_reports_a_result_counts_its_rows() {
    let (player, _server, mut connection) = started(gizmosql()).await;
    let rows = RecordBatch::try_from_iter_with_nullable([
        (
            "1",
            Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef,
            true,
        ),
        ("2", Arc::new(StringArray::from(vec!["a", "b"])), true),
    ])
    .unwrap();
    let arguments = FlightSqlArguments::from_batch(rows);
    let sql = "INSERT INTO shift VALUES (?, ?, NULL)";
    let done = query_with(sql, arguments)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 2);
    let ids: Vec<i64> = stored(&player).iter().map(|row| row.id).collect();
    assert_eq!(ids, [1, 2]);
    let plain = connection.execute("INSERT INTO shift VALUES (3, 'c', NULL)");
    assert_eq!(plain.await.unwrap().rows_affected(), 1);
}

#[tokio::test]
async fn a_parameter_needs_a_type() {
    let (_player, _server, mut connection) = started(gizmosql()).await;
    let error = query("SELECT ?")
        .bind(7_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert!(
        error
            .to_string()
            .contains("could not determine the type of parameter"),
        "{error}"
    );
    let text: String = query_scalar(CAST)
        .bind("typed")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(text, "typed");
}

#[tokio::test]
async fn the_preset_is_found_by_what_the_server_reports() {
    let (_player, server, _connection) = started(gizmosql()).await;
    let options: FlightSqlConnectOptions =
        format!("{}?dialect=auto", server.url()).parse().unwrap();
    let connection = options.connect().await.unwrap();
    assert_eq!(connection.dialect().name(), "gizmosql");
}
