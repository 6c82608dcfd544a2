//! Tests that a mapped column has one type in rows, statements, descriptions, saved descriptions, batches and the catalog.

use std::sync::Arc;

use flightsql::arrow::array::{Array, Int8Array, RecordBatch};
use flightsql::arrow::schema::{Field, Schema};
use flightsql::{
    Column, Either, Executor, FlightSqlColumn, FlightSqlTypeInfo, Row, SqlSafeStr, Statement, query,
};
use flightsql_testkit::Reply;
use futures_util::TryStreamExt;

use super::cases::{Case, all, rule, texts};
use super::{Engine, profile};

fn shown(info: &FlightSqlTypeInfo) -> String {
    format!("{info:?}")
}

/// The rows of a case as text, with the type that the rows report.
async fn rows(engine: &mut Engine, case: &Case) -> (String, Vec<String>) {
    engine.serve(&case.batch());
    let rows = query("SELECT c")
        .fetch_all(&mut engine.connection)
        .await
        .unwrap();
    let column = &rows[0].columns()[0];
    assert_eq!(column.field().as_ref(), &case.sent, "{}", case.name);
    let info = shown(column.type_info());
    (info, rows.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn one_column_has_one_type() {
    for case in all() {
        let mut engine = Engine::new(profile(case.rules.clone())).await;
        let (info, values) = rows(&mut engine, &case).await;
        assert!(
            info.starts_with(case.meant.trim_end_matches(')')),
            "{}: {info}",
            case.name
        );
        assert_eq!(values, case.shown, "{}", case.name);

        let schema = case.schema();
        engine.serve_prepared(&schema, &schema);
        let described = engine
            .connection
            .describe("SELECT c".into_sql_str())
            .await
            .unwrap();
        assert_eq!(
            shown(described.columns()[0].type_info()),
            info,
            "{}",
            case.name
        );
        let Some(Either::Left([parameter])) = described.parameters() else {
            panic!("{}: {described:?}", case.name);
        };
        assert_eq!(shown(parameter), info, "{}", case.name);

        // An offline build reads the description that was saved.
        let saved = serde_json::to_string(described.columns()).unwrap();
        let read: Vec<FlightSqlColumn> = serde_json::from_str(&saved).unwrap();
        assert_eq!(shown(read[0].type_info()), info, "{}", case.name);
        assert_eq!(read[0].field().as_ref(), &case.sent, "{}", case.name);

        engine.serve_prepared(&schema, &schema);
        let statement = engine
            .connection
            .prepare("SELECT c".into_sql_str())
            .await
            .unwrap();
        assert_eq!(
            shown(statement.columns()[0].type_info()),
            info,
            "{}",
            case.name
        );

        engine.serve_table(&schema);
        let columns = engine
            .connection
            .catalog()
            .columns()
            .fetch_all()
            .await
            .unwrap();
        let listed = FlightSqlTypeInfo::from_field(columns[0].mapped_field());
        assert_eq!(shown(&listed), info, "{}", case.name);
        assert_eq!(columns[0].field().as_ref(), &case.sent, "{}", case.name);

        engine.serve(&case.valid());
        let stream = engine
            .connection
            .fetch_arrow("SELECT c")
            .await
            .unwrap()
            .mapped();
        let batches: Vec<RecordBatch> = stream.try_collect().await.unwrap();
        let mapped = FlightSqlTypeInfo::from_field(batches[0].schema().field(0));
        assert_eq!(shown(&mapped), info, "{}", case.name);

        engine.serve(&case.batch());
        let stream = engine.connection.fetch_arrow("SELECT c").await.unwrap();
        let batches: Vec<RecordBatch> = stream.try_collect().await.unwrap();
        assert_eq!(batches, [case.batch()], "{}", case.name);
        drop(engine.server);
    }
}

#[tokio::test]
async fn mapped_batches_hold_what_rows_show() {
    for case in all() {
        let mut engine = Engine::new(profile(case.rules.clone())).await;
        engine.serve(&case.valid());
        let stream = engine
            .connection
            .fetch_arrow("SELECT c")
            .await
            .unwrap()
            .mapped();
        let batches: Vec<RecordBatch> = stream.try_collect().await.unwrap();
        let batch = flightsql::FlightSqlBatch::try_from(batches[0].clone()).unwrap();
        let values: Vec<String> = batch.rows().map(|row| row.to_string()).collect();
        assert_eq!(values, case.shown[..values.len()], "{}", case.name);
    }
}

#[tokio::test]
async fn nothing_mapped_keeps_arrays_and_saved_descriptions() {
    let mut engine = Engine::new(profile(Vec::new())).await;
    for case in all() {
        let batch = case.batch();
        engine.serve(&batch);
        let rows = query("SELECT c")
            .fetch_all(&mut engine.connection)
            .await
            .unwrap();
        let value = rows[0].try_get_raw(0).unwrap();
        // The array of the column is the array of the batch, not a copy.
        assert!(
            Arc::ptr_eq(value.array(), rows[0].batch().column(0)),
            "{}",
            case.name
        );
        let saved = serde_json::to_string(&rows[0].columns()[0]).unwrap();
        assert!(!saved.contains("type_info"), "{}: {saved}", case.name);
    }
}

#[tokio::test]
async fn an_unmapped_column_beside_a_mapped_one_keeps_its_array() {
    let mut engine = Engine::new(profile(vec![rule("int8", "", "bool")])).await;
    let schema = Schema::new(vec![
        Field::new("flag", flightsql::arrow::schema::DataType::Int8, true),
        Field::new("name", flightsql::arrow::schema::DataType::Utf8, true),
    ]);
    let flags = Arc::new(Int8Array::from(vec![1, 0]));
    let batch =
        RecordBatch::try_new(Arc::new(schema), vec![flags, texts(&[Some("a"), None])]).unwrap();
    engine.serve(&batch);
    let rows = query("SELECT c")
        .fetch_all(&mut engine.connection)
        .await
        .unwrap();
    assert!(rows[0].get::<bool, _>("flag"));
    assert!(!rows[1].get::<bool, _>(0));
    let name = rows[0].try_get_raw("name").unwrap();
    assert!(Arc::ptr_eq(name.array(), rows[0].batch().column(1)));
    // The batch of a row is as sent.
    assert_eq!(rows[0].batch(), &batch);
    assert_eq!(
        rows[0].try_get_raw("flag").unwrap().array().data_type(),
        &flightsql::arrow::schema::DataType::Boolean
    );
}

#[tokio::test]
async fn a_rule_without_a_conversion_leaves_the_column_as_sent() {
    let rules = vec![
        rule("int64", "", "uuid"),
        rule("text", "DECIMAL", "decimal"),
    ];
    let mut engine = Engine::new(profile(rules)).await;
    let number: Arc<dyn Array> = Arc::new(flightsql::arrow::array::Int64Array::from(vec![7]));
    let text = texts(&[Some("1.5")]);
    let schema = Schema::new(vec![
        super::cases::named(&number, "BIGINT").with_name("n"),
        // A type name of the server must not cause an allocation or an error.
        super::cases::named(&text, "DECIMAL(99999,-7)").with_name("d"),
    ]);
    engine.serve(&RecordBatch::try_new(Arc::new(schema), vec![number, text]).unwrap());
    let rows = query("SELECT c")
        .fetch_all(&mut engine.connection)
        .await
        .unwrap();
    assert_eq!(rows[0].get::<i64, _>("n"), 7);
    assert_eq!(rows[0].get::<&str, _>("d"), "1.5");
    assert_eq!(
        flightsql::TypeInfo::name(rows[0].columns()[1].type_info()),
        "DECIMAL(99999,-7)"
    );
}

#[tokio::test]
async fn metadata_responses_are_not_mapped() {
    // A rule for every text would break the names of a listing.
    let mut engine = Engine::new(profile(vec![rule("text", "", "uuid")])).await;
    engine.serve_table(&Schema::empty());
    let tables = engine
        .connection
        .catalog()
        .tables()
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(tables[0].name.to_string(), "main.public.t");
}

#[tokio::test]
async fn types_of_the_server_have_the_meaning_of_their_name() {
    let rules = vec![
        rule("text", "UUID", "uuid"),
        rule("text", "DECIMAL", "decimal"),
        rule("int8", "BOOL*", "bool"),
    ];
    let mut engine = Engine::new(profile(rules)).await;
    let names = ["uuid", "DECIMAL(12,3)", "BOOLEAN", "STRING"].map(Some);
    let numbers: Arc<dyn Array> = Arc::new(flightsql::arrow::array::Int32Array::from(vec![0; 4]));
    let types =
        RecordBatch::try_from_iter([("type_name", texts(&names)), ("data_type", numbers)]).unwrap();
    engine
        .script
        .clone()
        .get_flight_info(Reply::ticket(types.schema(), "types"))
        .do_get(Reply::batches(types.schema(), [types]));
    let types = engine
        .connection
        .catalog()
        .types(None)
        .fetch_all()
        .await
        .unwrap();
    let meant: Vec<Option<String>> = types
        .iter()
        .map(|server| server.logical_type.as_ref().map(ToString::to_string))
        .collect();
    assert_eq!(
        meant,
        ["uuid", "decimal(12,3)", "bool"]
            .map(|text| Some(text.to_owned()))
            .into_iter()
            .chain([None])
            .collect::<Vec<_>>()
    );
}

#[cfg(feature = "any")]
#[tokio::test]
async fn any_reads_the_meant_type() {
    use std::sync::Once;

    use flightsql::any::{AnyConnection, AnyTypeInfoKind, install_default_drivers};
    use flightsql::{Connection, TypeInfo};

    static ONCE: Once = Once::new();
    let script = flightsql_testkit::Script::new();
    let server = flightsql_testkit::TestServer::scripted(script.clone())
        .await
        .unwrap();
    ONCE.call_once(|| {
        let mut profile = profile(vec![
            rule("int8", "", "bool"),
            rule("text", "BIGINT", "int64"),
        ]);
        profile.name = "mapped-for-any".to_owned();
        flightsql::dialect::register(Arc::new(profile)).unwrap();
        install_default_drivers();
    });
    let url = format!("{}?dialect=mapped-for-any", server.url());
    let mut any = AnyConnection::connect(&url).await.unwrap();
    let number = texts(&[Some("42"), Some("not a number")]);
    let schema = Schema::new(vec![
        Field::new("flag", flightsql::arrow::schema::DataType::Int8, true),
        super::cases::named(&number, "BIGINT").with_name("n"),
    ]);
    let flags = Arc::new(Int8Array::from(vec![1, 0]));
    let batch = RecordBatch::try_new(Arc::new(schema), vec![flags, number]).unwrap();
    script
        .clone()
        .get_flight_info(Reply::ticket(batch.schema(), "t"))
        .do_get(Reply::batches(batch.schema(), [batch]));
    let rows = query("SELECT c").fetch_all(&mut any).await.unwrap();
    assert_eq!(
        rows[0].columns()[0].type_info().kind(),
        AnyTypeInfoKind::Bool
    );
    assert!(rows[0].get::<bool, _>("flag"));
    assert_eq!(rows[0].get::<i64, _>("n"), 42);
    // A refused value has the sent kind.
    assert_eq!(rows[1].get::<String, _>("n"), "not a number");
    let error = rows[1].try_get::<i64, _>("n").unwrap_err().to_string();
    assert!(error.contains("\"n\""), "{error}");
    assert!(!rows[0].columns()[0].type_info().name().is_empty());
}
