//! The driver as the client of the scenarios of Flight SQL.

use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::SchemaRef;
use flightsql::catalog::TableName;
use flightsql::dialect::{CountedBy, DescribeRoute, presets};
use flightsql::{
    Column as _, Connection, Executor as _, FlightSqlArguments, FlightSqlConnection,
    FlightSqlQueryResult, query_with,
};
use futures_util::TryStreamExt as _;

use crate::official::{Server, columns_in_transaction, columns_of_query};

/// Connects with a dialect for SQL without placeholders, which is described without being prepared.
async fn connect(server: &Server) -> FlightSqlConnection {
    let mut dialect = presets::ansi();
    dialect.parameters.counted_by = CountedBy::Server;
    dialect.statements.describe = vec![DescribeRoute::StatementSchema];
    let options = server.options("", "").dialect(Arc::new(dialect));
    FlightSqlConnection::connect_with(&options).await.unwrap()
}

/// The value 1 in a column that equals the server's, with all its metadata. The server compares it.
fn one() -> FlightSqlArguments {
    let values = Arc::new(Int64Array::from(vec![1]));
    let batch = RecordBatch::try_new(columns_of_query(), vec![values]);
    FlightSqlArguments::from_batch(batch.unwrap())
}

/// Returns the columns of a query without rows.
async fn columns(
    connection: &mut FlightSqlConnection,
    sql: &'static str,
    values: Option<FlightSqlArguments>,
) -> SchemaRef {
    let values = values.unwrap_or_default();
    let mut result = (connection.fetch_arrow(query_with(sql, values)).await).unwrap();
    assert_eq!(result.try_next().await.unwrap(), None, "{sql}");
    result.schema().unwrap().clone()
}

async fn update(connection: &mut FlightSqlConnection, sql: &'static str) -> Option<u64> {
    let values = match sql {
        "UPDATE STATEMENT" => FlightSqlArguments::default(),
        _ => one(),
    };
    let done = query_with(sql, values).execute(connection).await;
    done.map(|done: FlightSqlQueryResult| done.known_rows_affected())
        .unwrap()
}

#[tokio::test]
async fn flight_sql_runs_statements() {
    let server = Server::start("flight_sql");
    let mut connection = connect(&server).await;
    let expected = columns_of_query();
    let direct = columns(&mut connection, "SELECT STATEMENT", None).await;
    assert_eq!(direct, expected);
    let sql = flightsql::SqlSafeStr::into_sql_str("SELECT STATEMENT");
    let described = connection.describe(sql).await.unwrap();
    let described: Vec<_> = described.columns().iter().map(|own| own.name()).collect();
    assert_eq!(described, ["id"]);
    assert_eq!(
        update(&mut connection, "UPDATE STATEMENT").await,
        Some(10_000)
    );
}

#[tokio::test]
async fn flight_sql_runs_prepared_statements() {
    let server = Server::start("flight_sql");
    let mut connection = connect(&server).await;
    let bound = columns(&mut connection, "SELECT PREPARED STATEMENT", Some(one())).await;
    assert_eq!(bound, columns_of_query());
    let count = update(&mut connection, "UPDATE PREPARED STATEMENT").await;
    assert_eq!(count, Some(20_000));
    assert_eq!(connection.cached_statements_size(), 2);
    connection.clear_cached_statements().await.unwrap();

    // The server sends no columns with the handle, so the driver queries them.
    let mut connection = server.connect().await;
    let sql = flightsql::SqlSafeStr::into_sql_str("SELECT PREPARED STATEMENT");
    let described = connection.describe(sql).await.unwrap();
    assert_eq!(described.columns()[0].name(), "id");
}

/// The server compares the filters, and returns no rows.
#[tokio::test]
async fn flight_sql_lists_metadata() {
    let server = Server::start("flight_sql");
    let mut connection = server.connect().await;
    let mut catalog = connection.catalog();
    assert!(catalog.catalogs().fetch_all().await.unwrap().is_empty());
    let pattern = "db_schema_filter_pattern";
    let schemas = catalog.schemas().in_catalog("catalog").named_like(pattern);
    assert!(schemas.fetch_all().await.unwrap().is_empty());
    let tables = catalog
        .tables()
        .in_catalog("catalog")
        .in_schemas_like(pattern)
        .named_like("table_filter_pattern")
        .of_type("table")
        .of_type("view")
        .with_columns();
    assert!(tables.fetch_all().await.unwrap().is_empty());
    assert!(catalog.table_types().fetch_all().await.unwrap().is_empty());
    assert!(catalog.types(None).fetch_all().await.unwrap().is_empty());

    let table = |name| TableName::parse(name, &presets::ansi()).unwrap();
    let own = table("catalog.db_schema.table");
    assert!(
        catalog
            .primary_keys(&own)
            .fetch_all()
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        catalog
            .exported_keys(&own)
            .fetch_all()
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        catalog
            .imported_keys(&own)
            .fetch_all()
            .await
            .unwrap()
            .is_empty()
    );
    let primary = table("pk_catalog.pk_db_schema.pk_table");
    let foreign = table("fk_catalog.fk_db_schema.fk_table");
    let keys = catalog
        .cross_reference(&primary, &foreign)
        .fetch_all()
        .await;
    assert!(keys.unwrap().is_empty());

    // Another filter is an error, whose end is a pointer.
    let schemas = catalog.schemas().in_catalog("other").named_like(pattern);
    let error = schemas.fetch_all().await.unwrap_err().to_string();
    let expected = "error returned from database: expected: 'catalog', got: ";
    assert!(error.starts_with(expected), "{error}");
}

#[tokio::test]
async fn extension_reads_server_information() {
    let server = Server::start("flight_sql:extension");
    let mut connection = server.connect().await;
    let info = connection.catalog().server_info().await.unwrap();
    assert_eq!(
        format!("{info:?}"),
        "ServerInfo { values: {4: Bool(false), 5: Bool(true), 6: Text(\"min_version\"), 7: Text(\"max_version\"), 8: Int(2), \
         9: Bool(true), 100: Int(42), 101: Int(7)} }"
    );
}

/// The server returns other columns and counts inside a transaction.
#[tokio::test]
async fn extension_runs_transactions() {
    let server = Server::start("flight_sql:extension");
    let mut connection = connect(&server).await;
    let expected = columns_in_transaction();
    let mut transaction = Connection::begin(&mut connection).await.unwrap();
    let direct = columns(&mut transaction, "SELECT STATEMENT", None).await;
    assert_eq!(direct, expected);
    let sql = flightsql::SqlSafeStr::into_sql_str("SELECT STATEMENT");
    let described = transaction.describe(sql).await.unwrap();
    assert_eq!(described.columns()[0].name(), "pkey");
    assert_eq!(
        update(&mut transaction, "UPDATE STATEMENT").await,
        Some(15_000)
    );
    let bound = columns(&mut transaction, "SELECT PREPARED STATEMENT", Some(one())).await;
    assert_eq!(bound, expected);
    let count = update(&mut transaction, "UPDATE PREPARED STATEMENT").await;
    assert_eq!(count, Some(25_000));
    transaction.commit().await.unwrap();
    let transaction = Connection::begin(&mut connection).await.unwrap();
    transaction.rollback().await.unwrap();
}

#[tokio::test]
async fn session_options_are_set_and_session_is_closed() {
    let server = Server::start("session_options");
    let (port, recorded) = server.recorded().await;
    let url = format!("flightsql+tcp://127.0.0.1:{port}/a_catalog?session.foolong=123");
    let connection = FlightSqlConnection::connect(&url).await.unwrap();
    for sent in ["SetSessionOptions", "foolong", "123", "a_catalog"] {
        assert!(recorded.client_sent(sent.as_bytes()), "{sent}");
    }
    connection.close().await.unwrap();
    assert!(recorded.client_sent(b"CloseSession"));
    // A message of four bytes: a `Result` with the status CLOSED.
    assert!(recorded.server_sent(b"\0\0\0\0\x04\x0a\x02\x08\x01"));
}

#[tokio::test]
async fn session_options_report_rejected_options() {
    let server = Server::start("session_options");
    for (keys, expected) in [
        ("session.lol_invalid=x", "`lol_invalid` (unknown name)"),
        ("session.key=lol_invalid", "`key` (invalid value)"),
    ] {
        let connected = FlightSqlConnection::connect_with(&server.options("", keys)).await;
        assert_eq!(
            connected.unwrap_err().to_string(),
            format!(
                "error with configuration: the server rejected these session options: {expected}"
            )
        );
    }
}
