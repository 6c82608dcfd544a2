//! The binding table: a value, the server's report and a profile determine the sent value, or an error.

use flightsql::arrow::array::{Array as _, ArrayRef, RecordBatch, UnionArray};
use flightsql::arrow::schema::{DataType, Field, Schema, TimeUnit, UnionFields, UnionMode};
use flightsql::dialect::{DialectProfile, LogicalType, Place, SentAs, TypeRule};
use flightsql::types::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use flightsql::types::{Decimal, Json, Uuid};
use flightsql::{Encode, FlightSql, FlightSqlBatch, IngestMode, Row as _, ToArrowColumn, Type};

use super::{Engine, One, Received};

const TYPE_NAME: &str = "ARROW:FLIGHT:SQL:TYPE_NAME";

fn logical(text: &str) -> LogicalType {
    text.parse().unwrap()
}

fn plain() -> DialectProfile {
    DialectProfile::new("plain")
}

fn with_bind(own: &str, sent: &str) -> DialectProfile {
    let mut profile = DialectProfile::new("binds");
    profile.types.bind.insert(logical(own), logical(sent));
    profile
}

fn with_rule(rule: TypeRule) -> DialectProfile {
    let mut profile = DialectProfile::new("rules");
    profile.types.map = vec![rule];
    profile
}

fn rule(sent: &str, sql_type: &str, means: &str) -> TypeRule {
    TypeRule::new(logical(sent), logical(means)).with_sql_type(sql_type)
}

/// A parameter that the server reports.
fn reported(data_type: DataType) -> Option<Field> {
    Some(Field::new("p", data_type, false))
}

fn named(data_type: DataType, sql_type: &str) -> Option<Field> {
    let metadata = [(TYPE_NAME.to_owned(), sql_type.to_owned())];
    Some(Field::new("p", data_type, false).with_metadata(metadata.into()))
}

/// The type and the value of the only column.
pub(super) fn shown(batch: &RecordBatch) -> String {
    assert_eq!((batch.num_columns(), batch.num_rows()), (1, 1));
    let column: &ArrayRef = batch.column(0);
    let value = match column.as_any().downcast_ref::<UnionArray>() {
        Some(union) => format!("{} in variant {}", text(&union.value(0)), union.type_id(0)),
        None => text(column),
    };
    format!("{}: {value}", column.data_type())
}

fn text(column: &ArrayRef) -> String {
    let record = RecordBatch::try_from_iter_with_nullable([("c", column.clone(), true)]).unwrap();
    let batch = FlightSqlBatch::try_from(record).unwrap();
    let row = batch.rows().next().unwrap();
    row.try_get_raw(0).unwrap().to_string()
}

/// Checks the array that is sent for a value by `bind`, in a column of values, and by `ingest().rows()` if nothing is reported.
async fn sent<T>(profile: DialectProfile, reported: Option<Field>, value: T, expected: &str)
where
    T: Encode<'static, FlightSql> + Type<FlightSql> + ToArrowColumn + Clone + Send + Sync + 'static,
{
    let is_reported = reported.is_some();
    let schema = reported.map(|field| Schema::new(vec![field]));
    let mut engine = Engine::new(profile, schema).await;
    let only = |engine: &Engine| match &*engine.received() {
        [Received::Values(batch)] | [_, Received::Values(batch)] => shown(batch),
        other => panic!("{other:?}"),
    };
    engine.bind(value.clone()).await.unwrap();
    assert_eq!(only(&engine), expected, "bound");
    let row = flightsql::ToArrow::to_arrow(&[One(Some(value.clone()))]).unwrap();
    engine.rows(row).await.unwrap();
    assert_eq!(only(&engine), expected, "as a column");
    if !is_reported {
        let ingest = engine.connection.ingest("t").mode(IngestMode::Append);
        ingest.rows(&[One(Some(value))]).await.unwrap();
        assert_eq!(only(&engine), expected, "as rows of an ingest");
    }
}

/// Checks the error of a value that is not sent, by `bind` and in a column.
async fn refused<T>(profile: DialectProfile, reported: Option<Field>, value: T, expected: &str)
where
    T: Encode<'static, FlightSql> + Type<FlightSql> + ToArrowColumn + Clone + Send + Sync + 'static,
{
    let schema = reported.map(|field| Schema::new(vec![field]));
    let mut engine = Engine::new(profile, schema).await;
    let error = engine.bind(value.clone()).await.unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    let row = flightsql::ToArrow::to_arrow(&[One(Some(value))]).unwrap();
    let error = engine.rows(row).await.unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    let sent = engine.received();
    assert!(
        sent.iter()
            .all(|received| matches!(received, Received::Prepared(_))),
        "{sent:?}"
    );
}

fn noon() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2024, 5, 1)
        .unwrap()
        .and_hms_opt(12, 0, 0)
        .unwrap()
}

fn price() -> Decimal {
    Decimal::new(1250, 2)
}

const UUID: Uuid = Uuid::from_u128(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8);

#[tokio::test]
async fn own_types_are_sent_where_nothing_is_reported() {
    sent(plain(), None, 7_i64, "Int64: 7").await;
    sent(plain(), None, "a".to_owned(), "Utf8: a").await;
    sent(plain(), None, true, "Boolean: true").await;
    sent(plain(), None, noon(), "Timestamp(µs): 2024-05-01T12:00:00").await;
}

#[tokio::test]
async fn the_dialect_chooses_the_form_where_nothing_is_reported() {
    let uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    sent(
        with_bind("uuid", "text"),
        None,
        UUID,
        &format!("Utf8: {uuid}"),
    )
    .await;
    sent(
        with_bind("uint64", "decimal(20,0)"),
        None,
        7_u64,
        "Decimal128(20, 0): 7",
    )
    .await;
    sent(with_bind("bool", "int8"), None, true, "Int8: 1").await;
    sent(
        with_bind("timestamptz", "timestamp(ms)"),
        None,
        noon().and_utc(),
        "Timestamp(ms): 2024-05-01T12:00:00",
    )
    .await;
    sent(
        with_bind("date", "text"),
        None,
        noon().date(),
        "Utf8: 2024-05-01",
    )
    .await;
    // Another type is unchanged, and a reported type takes precedence over the dialect.
    sent(with_bind("uuid", "text"), None, 7_i64, "Int64: 7").await;
    sent(
        with_bind("int64", "text"),
        reported(DataType::Int32),
        7_i64,
        "Int32: 7",
    )
    .await;
    // `any` applies to every type without its own form.
    sent(with_bind("any", "text"), None, 7_i64, "Utf8: 7").await;
    refused(
        with_bind("uint64", "int64"),
        None,
        u64::MAX,
        "as Int64, the bind form of the dialect: the value is out of range",
    )
    .await;
}

#[tokio::test]
async fn c4_i7_exact_values_become_the_reported_type() {
    sent(
        plain(),
        reported(DataType::Decimal128(15, 2)),
        100.5_f64,
        "Decimal128(15, 2): 100.50",
    )
    .await;
    sent(plain(), reported(DataType::Int64), 2.0_f64, "Int64: 2").await;
    sent(
        plain(),
        reported(DataType::Float64),
        price(),
        "Float64: 12.5",
    )
    .await;
    sent(
        plain(),
        reported(DataType::Date32),
        "2024-05-01".to_owned(),
        "Date32: 2024-05-01",
    )
    .await;
    sent(plain(), reported(DataType::Utf8), 7_i32, "Utf8: 7").await;
    sent(plain(), reported(DataType::Int64), true, "Int64: 1").await;
    sent(
        plain(),
        reported(DataType::Utf8View),
        noon().and_utc(),
        "Utf8View: 2024-05-01 12:00:00+00:00",
    )
    .await;
    sent(
        plain(),
        reported(DataType::FixedSizeBinary(16)),
        UUID.to_string(),
        "FixedSizeBinary(16): 67e5504410b1426f9247bb680e5fe0c8",
    )
    .await;
    sent(plain(), reported(DataType::Binary), Json(7), "Binary: 37").await;
    let date = DataType::Timestamp(TimeUnit::Second, None);
    sent(
        plain(),
        reported(date),
        noon().date(),
        "Timestamp(s): 2024-05-01T00:00:00",
    )
    .await;
    refused(
        plain(),
        reported(DataType::Int64),
        2.5_f64,
        "the type reported by the server: the value would lose precision",
    )
    .await;
    refused(
        plain(),
        reported(DataType::Int64),
        "x".to_owned(),
        "the text is not a valid value of that type",
    )
    .await;
    refused(
        plain(),
        reported(DataType::Date32),
        7_i64,
        "unsupported conversion; bind another Rust type, or write `CAST(? AS BIGINT)`",
    )
    .await;
}

#[tokio::test]
async fn c5_a_rule_is_read_backwards() {
    // An engine that keeps UUIDs, prices and instants as text.
    let text = || named(DataType::Utf8, "PRICE");
    let decimal = || with_rule(rule("text", "PRICE", "decimal(9,3)"));
    sent(decimal(), text(), price(), "Utf8: 12.500").await;
    sent(decimal(), text(), 7_i64, "Utf8: 7.000").await;
    // A value that the rule does not read is sent as without the rule.
    sent(decimal(), text(), "any text".to_owned(), "Utf8: any text").await;
    let instant = || with_rule(rule("text", "STAMP", "timestamptz"));
    sent(
        instant(),
        named(DataType::Utf8, "STAMP"),
        noon().and_utc(),
        "Utf8: 2024-05-01 12:00:00+00:00",
    )
    .await;
    // A TIMESTAMP without a zone that JDBC reports with a zone, and an instant for an engine that stores no zone.
    let zoned = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let clock =
        || with_rule(rule("timestamptz", "TIMESTAMP", "timestamp").with_place(Place::Parameter));
    sent(
        clock(),
        named(zoned.clone(), "TIMESTAMP"),
        noon(),
        "Timestamp(ms, \"UTC\"): 2024-05-01T12:00:00Z",
    )
    .await;
    let plain_clock = DataType::Timestamp(TimeUnit::Millisecond, None);
    let utc = || with_rule(rule("timestamp", "DATETIME", "timestamptz"));
    sent(
        utc(),
        named(plain_clock.clone(), "DATETIME"),
        noon().and_utc(),
        "Timestamp(ms): 2024-05-01T12:00:00",
    )
    .await;
    sent(
        utc(),
        named(plain_clock.clone(), "DATETIME"),
        noon(),
        "Timestamp(ms): 2024-05-01T12:00:00",
    )
    .await;
    refused(plain(), named(zoned, "TIMESTAMP"), noon(), "`.and_utc()`").await;
    // A number that means an instant, and a number that means a boolean.
    let millis = || with_rule(rule("int64", "MILLIS", "timestamptz(ms)"));
    sent(
        millis(),
        named(DataType::Int64, "MILLIS"),
        noon().and_utc(),
        "Int64: 1714564800000",
    )
    .await;
    sent(
        millis(),
        named(DataType::Int64, "MILLIS"),
        5_i64,
        "Int64: 5",
    )
    .await;
    let flag = || with_rule(rule("int8", "BOOL", "bool"));
    sent(flag(), named(DataType::Int8, "BOOL"), true, "Int8: 1").await;
    refused(
        with_rule(rule("text", "PRICE", "decimal(9,3)")),
        named(DataType::Utf8, "PRICE"),
        std::time::Duration::from_secs(1),
        "as Utf8, the type reported by the server, which types.map[0] of dialect `rules` reads as Decimal128(9, 3): unsupported",
    )
    .await;
}

#[tokio::test]
async fn i8_a_value_goes_by_way_of_its_form() {
    // A boolean does not convert to a date, and converts to a decimal only through its number.
    let profile = || with_bind("bool", "int8");
    sent(
        profile(),
        reported(DataType::Decimal128(3, 0)),
        true,
        "Decimal128(3, 0): 1",
    )
    .await;
    refused(
        profile(),
        reported(DataType::Date32),
        true,
        "unsupported conversion",
    )
    .await;
    refused(
        plain(),
        reported(DataType::Decimal128(3, 0)),
        true,
        "unsupported conversion",
    )
    .await;
}

#[tokio::test]
async fn k3_a_wrong_report_is_corrected() {
    let own = || with_rule(rule("text", "", "text").with_send(SentAs::Own));
    let any = || {
        let mut profile = own();
        profile.types.map[0].sql_type = None;
        profile
    };
    sent(any(), reported(DataType::Utf8), 7_i64, "Int64: 7").await;
    sent(any(), reported(DataType::Utf8), "a".to_owned(), "Utf8: a").await;
    // A TIME parameter that is reported as a timestamp.
    let clock = DataType::Timestamp(TimeUnit::Millisecond, None);
    let time = || {
        with_rule(
            rule("timestamp(ms)", "TIME", "time").with_send(SentAs::Type(logical("time(ms)"))),
        )
    };
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    sent(
        time(),
        named(clock.clone(), "TIME"),
        noon,
        "Time32(ms): 12:00:00",
    )
    .await;
    refused(
        plain(),
        named(clock, "TIME"),
        noon,
        "unsupported conversion",
    )
    .await;
}

#[tokio::test]
async fn a_union_takes_plain_values_or_wrapped_ones() {
    let variants = |mode| {
        let fields = [
            Field::new("i", DataType::Int32, true),
            Field::new("s", DataType::Utf8, true),
            Field::new("l", DataType::Int64, true),
        ];
        let fields = UnionFields::try_new([0, 3, 5], fields).unwrap();
        DataType::Union(fields, mode)
    };
    for mode in [UnionMode::Dense, UnionMode::Sparse] {
        let union = || reported(variants(mode));
        let wraps = || {
            let mut profile = plain();
            profile.types.wrap_unions = true;
            profile
        };
        let data_type = variants(mode);
        sent(plain(), union(), 7_i64, "Int64: 7").await;
        sent(
            wraps(),
            union(),
            7_i64,
            &format!("{data_type}: 7 in variant 5"),
        )
        .await;
        sent(
            wraps(),
            union(),
            7_i32,
            &format!("{data_type}: 7 in variant 0"),
        )
        .await;
        // Without a variant of that type, the first variant of its kind is used.
        sent(
            wraps(),
            union(),
            7_u8,
            &format!("{data_type}: 7 in variant 0"),
        )
        .await;
        sent(
            wraps(),
            union(),
            "a".to_owned(),
            &format!("{data_type}: a in variant 3"),
        )
        .await;
        refused(wraps(), union(), noon(), "unsupported conversion").await;
    }
}

#[tokio::test]
async fn the_same_value_is_written_as_a_literal() {
    async fn written<T>(value: T, expected: &str)
    where
        T: Encode<'static, FlightSql> + Type<FlightSql> + ToArrowColumn + Clone + Send + 'static,
    {
        let mut profile = with_bind("any", "text");
        // A bind form does not change a literal.
        profile.literals.fraction_digits = 6;
        let mut engine = Engine::with_options(profile, None, "?binds=literal").await;
        let expected = [Received::Ran(format!("INSERT INTO t VALUES ({expected})"))];
        engine.bind(value.clone()).await.unwrap();
        assert_eq!(engine.received(), expected);
        let row = flightsql::ToArrow::to_arrow(&[One(Some(value))]).unwrap();
        engine.rows(row).await.unwrap();
        assert_eq!(engine.received(), expected);
    }
    written(7_i64, "7").await;
    written(true, "TRUE").await;
    written(UUID, "'67e55044-10b1-426f-9247-bb680e5fe0c8'").await;
    written(noon().date(), "DATE '2024-05-01'").await;
    written(
        noon().and_utc(),
        "TIMESTAMP WITH TIME ZONE '2024-05-01 12:00:00+00:00'",
    )
    .await;
    let instant: DateTime<Utc> = noon().and_utc();
    assert_eq!(instant.timestamp(), 1_714_564_800);
}
