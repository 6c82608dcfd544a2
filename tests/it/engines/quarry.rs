//! Tests with the engine of `examples/custom_dialect`: its types, parameters, catalog and errors.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use flightsql::arrow::array::RecordBatch;
use flightsql::arrow::array::cast::AsArray;
use flightsql::arrow::array::types::{Int8Type, Time32MillisecondType, TimestampMillisecondType};
use flightsql::arrow::schema::{DataType, TimeUnit};
use flightsql::dialect::{DialectProfile, Quote};
use flightsql::types::chrono::{DateTime, NaiveTime, Utc};
use flightsql::types::{Decimal, JsonValue, Uuid};
use flightsql::{
    Column, Either, Error, Executor, FlightSqlConnection, FlightSqlDatabaseError,
    FlightSqlTypeInfo, QueryBuilder, Row, SqlSafeStr, query, query_scalar,
};
use futures_util::TryStreamExt;

use super::engine::player::Player;
use super::engine::{Quarry, TABLE, columns};
use super::play;

#[path = "../../../examples/custom_dialect/dialect.rs"]
mod dialect;

const INSERT: &str = "INSERT INTO `stone block` (`id`, `kind`, `weight`, `grains`, `polished`, `dug`, `shift`, `note`) \
                      VALUES (:id, :kind, :weight, :grains, :polished, :dug, :shift, :note)";

fn id() -> Uuid {
    "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap()
}

fn dug() -> DateTime<Utc> {
    "2026-02-28T12:30:00.250Z".parse().unwrap()
}

/// More than 64 bits hold.
const GRAINS: i128 = 170_141_183_460_469_231_731_687_303_715_884_105_727;

async fn insert(connection: &mut FlightSqlConnection, id: Uuid) -> Result<u64, Error> {
    let note: JsonValue = r#"{"seams":[1,2]}"#.parse().unwrap();
    let done = query(INSERT)
        .bind(id)
        .bind("granite")
        .bind(Decimal::new(12_500, 3))
        .bind(GRAINS)
        .bind(true)
        .bind(dug())
        .bind(NaiveTime::from_hms_opt(6, 0, 0).unwrap())
        .bind(note)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

async fn with_a_block() -> (
    Arc<Player<Quarry>>,
    flightsql_testkit::TestServer,
    FlightSqlConnection,
) {
    let (player, server, mut connection) = play(Quarry::default(), dialect::quarry()).await;
    assert_eq!(insert(&mut connection, id()).await.unwrap(), 1);
    (player, server, connection)
}

#[tokio::test]
async fn values_are_sent_in_the_forms_that_the_engine_reads() {
    let (player, _server, _connection) = with_a_block().await;
    let received = player.received();
    let [(sql, batch)] = &received[..] else {
        panic!("{received:?}");
    };
    assert_eq!(sql, INSERT);
    let expected = columns();
    let (schema, expected) = (batch.schema(), expected.fields());
    for (sent, read) in schema.fields().iter().zip(expected) {
        assert_eq!(
            (sent.name(), sent.data_type()),
            (read.name(), read.data_type())
        );
    }
    assert_eq!(
        batch.column(0).as_string::<i32>().value(0),
        id().to_string()
    );
    assert_eq!(batch.column(2).as_string::<i32>().value(0), "12.500");
    assert_eq!(
        batch.column(3).as_string::<i32>().value(0),
        GRAINS.to_string()
    );
    assert_eq!(batch.column(4).as_primitive::<Int8Type>().value(0), 1);
    let millis = batch
        .column(5)
        .as_primitive::<TimestampMillisecondType>()
        .value(0);
    assert_eq!(millis, dug().timestamp_millis());
    assert_eq!(
        batch
            .column(6)
            .as_primitive::<Time32MillisecondType>()
            .value(0),
        6 * 3_600_000
    );
    assert_eq!(
        batch.column(7).as_string::<i32>().value(0),
        r#"{"seams":[1,2]}"#
    );
}

#[tokio::test]
async fn rows_have_the_types_that_columns_mean() {
    let (_player, _server, mut connection) = with_a_block().await;
    let row = query("SELECT * FROM `stone block`")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.get::<Uuid, _>("id"), id());
    assert_eq!(row.get::<String, _>("kind"), "granite");
    assert_eq!(row.get::<Decimal, _>("weight"), Decimal::new(12_500, 3));
    assert_eq!(row.get::<i128, _>("grains"), GRAINS);
    assert!(row.get::<bool, _>("polished"));
    assert_eq!(row.get::<DateTime<Utc>, _>("dug"), dug());
    assert_eq!(
        row.get::<NaiveTime, _>("shift"),
        NaiveTime::from_hms_opt(6, 0, 0).unwrap()
    );
    assert_eq!(row.get::<JsonValue, _>("note")["seams"][1], 2);
    // The type that was sent.
    let stream = connection
        .fetch_arrow("SELECT * FROM `stone block`")
        .await
        .unwrap();
    let batches: Vec<RecordBatch> = stream.try_collect().await.unwrap();
    assert_eq!(batches[0].schema().as_ref(), &columns());
}

#[tokio::test]
async fn reported_parameters_are_sent_as_the_engine_reads_them() {
    let (player, _server, mut connection) = with_a_block().await;
    let by_id = "SELECT `kind` FROM `stone block` WHERE `id` = :which";
    let kind: String = query_scalar(by_id)
        .bind(id())
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(kind, "granite");
    let none = query(by_id)
        .bind(Uuid::nil())
        .fetch_optional(&mut connection)
        .await
        .unwrap();
    assert!(none.is_none());
    let by_flag = "SELECT `id` FROM `stone block` WHERE `polished` = :flag";
    let found: Uuid = query_scalar(by_flag)
        .bind(true)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, id());
    let by_time = "SELECT `id` FROM `stone block` WHERE `dug` = :since";
    let found: Uuid = query_scalar(by_time)
        .bind(dug())
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, id());
    // The engine's timestamps are in UTC, so a reading of a clock in UTC is one too.
    let found: Uuid = query_scalar(by_time)
        .bind(dug().naive_utc())
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, id());
    // Reported as a timestamp, and sent as a time.
    let by_shift = "SELECT `id` FROM `stone block` WHERE `shift` = :at";
    let shift = NaiveTime::from_hms_opt(6, 0, 0).unwrap();
    let found: Uuid = query_scalar(by_shift)
        .bind(shift)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, id());
    let received = player.received();
    let types: Vec<(String, DataType)> = received[1..]
        .iter()
        .map(|(_, batch)| {
            let schema = batch.schema();
            (
                schema.field(0).name().clone(),
                schema.field(0).data_type().clone(),
            )
        })
        .collect();
    let expected = [
        ("which", DataType::Utf8),
        ("which", DataType::Utf8),
        ("flag", DataType::Int8),
        ("since", DataType::Timestamp(TimeUnit::Millisecond, None)),
        ("since", DataType::Timestamp(TimeUnit::Millisecond, None)),
        ("at", DataType::Time32(TimeUnit::Millisecond)),
    ];
    let expected = expected.map(|(name, data_type)| (name.to_owned(), data_type));
    assert_eq!(types, expected);
}

#[tokio::test]
async fn descriptions_and_the_catalog_name_the_meant_types() {
    let (_player, _server, mut connection) = with_a_block().await;
    let sql = "SELECT `id`, `weight`, `polished`, `dug` FROM `stone block` WHERE `id` = :id";
    let described = connection.describe(sql.into_sql_str()).await.unwrap();
    let types = |types: Vec<String>| types.join(" | ");
    let columns = described
        .columns()
        .iter()
        .map(|column| format!("{:?}", column.type_info()));
    let meant = "UUID (FixedSizeBinary(16), arrow.uuid) | DECIMAL(10,3) (Decimal128(10, 3)) | BOOL (Boolean) \
                 | DATETIME (Timestamp(ms, \"UTC\"))";
    assert_eq!(types(columns.collect()), meant);
    let Some(Either::Left([parameter])) = described.parameters() else {
        panic!("{described:?}");
    };
    assert_eq!(
        format!("{parameter:?}"),
        "UUID (FixedSizeBinary(16), arrow.uuid)"
    );
    let listed = connection.catalog().columns_of(TABLE).await.unwrap();
    let listed: Vec<String> = listed
        .iter()
        .filter(|column| ["id", "weight", "polished", "dug"].contains(&column.name()))
        .map(|column| FlightSqlTypeInfo::from_field(column.mapped_field()))
        .map(|info| format!("{info:?}"))
        .collect();
    assert_eq!(types(listed), meant);
}

#[tokio::test]
async fn the_builder_writes_names_and_placeholders_of_the_engine() {
    let (player, _server, mut connection) = with_a_block().await;
    let mut insert = QueryBuilder::new("INSERT INTO `stone block` (`id`, `kind`) ");
    insert.push_values([(Uuid::nil(), "marble")], |mut row, (id, kind)| {
        row.push_bind(id).push_bind(kind);
    });
    let done = insert.build().execute(&mut connection).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
    let (sql, batch) = player.received().pop().unwrap();
    assert_eq!(
        sql,
        "INSERT INTO `stone block` (`id`, `kind`) VALUES (:p1, :p2)"
    );
    let schema = batch.schema();
    let names: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    assert_eq!(names, ["p1", "p2"]);
    let create = "CREATE TABLE `stone block` (`id` UUID, `weight` DECIMAL(10,3), `dug` DATETIME)";
    connection.execute(create).await.unwrap();
    let error = connection
        .execute("CREATE TABLE `stone block` (`id` VARCHAR)")
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("unknown type VARCHAR"),
        "{error}"
    );
}

fn database(error: &Error) -> &FlightSqlDatabaseError {
    error.as_database_error().unwrap().downcast_ref()
}

#[tokio::test]
async fn errors_have_the_kinds_that_the_dialect_names() {
    let (player, _server, mut connection) = with_a_block().await;
    let twice = insert(&mut connection, id()).await.unwrap_err();
    assert!(
        twice.as_database_error().unwrap().is_unique_violation(),
        "{twice}"
    );
    assert!(!database(&twice).is_retryable());
    player.engine.busy.store(true, Ordering::Relaxed);
    let busy = query("SELECT * FROM `stone block`")
        .fetch_all(&mut connection)
        .await
        .unwrap_err();
    assert!(database(&busy).is_retryable(), "{busy}");
    player.engine.busy.store(false, Ordering::Relaxed);
    assert_eq!(
        query("SELECT * FROM `stone block`")
            .fetch_all(&mut connection)
            .await
            .unwrap()
            .len(),
        1
    );
}

/// Without the dialect's types, the engine cannot read the values.
#[tokio::test]
async fn without_the_types_of_the_dialect_values_are_refused() {
    let mut plain = DialectProfile::new("plain");
    plain.identifiers.quote = Quote('`', '`');
    plain.syntax.identifier_quotes = vec![Quote('`', '`')];
    plain.parameters.column_name = Some("{name}".to_owned());
    let (_player, _server, mut connection) = play(Quarry::default(), plain).await;
    let error = insert(&mut connection, id()).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("cannot read :id as UUID: it is FixedSizeBinary(16), not Utf8"),
        "{text}"
    );
}

/// Both forms of `examples/custom_dialect`, and their sizes in its README.
#[cfg(feature = "dialect-file")]
#[test]
fn the_file_and_the_code_are_one_dialect() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/custom_dialect");
    let file = DialectProfile::from_file(format!("{folder}/quarry.toml")).unwrap();
    assert_eq!(file, dialect::quarry());
    let lines = |name: &str, comment: &str| {
        let text = std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
        let lines = text.lines().map(str::trim);
        // Without imports, comments and empty lines.
        let lines = lines.skip_while(|line| comment == "//" && !line.contains("fn quarry"));
        let code = lines.filter(|line| !line.is_empty() && !line.starts_with(comment));
        code.count()
    };
    assert!(
        lines("dialect.rs", "//") < 40,
        "{}",
        lines("dialect.rs", "//")
    );
    assert!(
        lines("quarry.toml", "#") < 60,
        "{}",
        lines("quarry.toml", "#")
    );
}
