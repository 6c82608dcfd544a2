//! A statement is tokenized once on its way to the server.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};

use flightsql_driver::dialect::presets;
use flightsql_driver::{FlightSql, FlightSqlConnectOptions};
use flightsql_testkit::TestServer;
use log::{LevelFilter, Log, Metadata, Record};
use sqlx_core::connection::ConnectOptions as _;
use sqlx_core::query_builder::QueryBuilder;
use sqlx_core::query_scalar::query_scalar;

/// The target of the lexer's records.
const TARGET: &str = "flightsql::sql";

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Lines;

impl Log for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn log(&self, record: &Record<'_>) {
        if record.target() == TARGET {
            LINES.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

/// The records since the last call.
fn lines() -> Vec<String> {
    std::mem::take(&mut *LINES.lock().unwrap())
}

#[tokio::test]
async fn a_statement_is_tokenized_once() {
    log::set_logger(&Lines).unwrap();
    let server = TestServer::sqlite().await.unwrap();
    let options = |extra: &str| -> FlightSqlConnectOptions {
        let url = format!("sqlite+{}?{extra}", server.url());
        url.parse().unwrap()
    };
    let mut sqlite = options("").connect().await.unwrap();
    let mut literal = options("binds=literal").connect().await.unwrap();
    let mut numbered = presets::sqlite();
    numbered.parameters.placeholder = "?{n}".to_owned();
    let mut rewriting = options("")
        .dialect(Arc::new(numbered))
        .connect()
        .await
        .unwrap();
    log::set_max_level(LevelFilter::Trace);

    let plain: i64 = query_scalar("SELECT 11")
        .fetch_one(&mut sqlite)
        .await
        .unwrap();
    assert_eq!(
        (plain, lines()),
        (11, vec!["tokenizing 9 bytes".to_owned()])
    );

    let bound = query_scalar::<FlightSql, i64>("SELECT ? + 1").bind(1_i64);
    let bound = bound.fetch_one(&mut sqlite).await.unwrap();
    assert_eq!(
        (bound, lines()),
        (2, vec!["tokenizing 12 bytes".to_owned()])
    );

    let mut builder = QueryBuilder::new("SELECT 1 + ");
    let built = builder.push_bind(2_i64).build_query_scalar::<i64>();
    let built = built.fetch_one(&mut rewriting).await.unwrap();
    assert_eq!(
        (built, lines()),
        (3, vec!["tokenizing 12 bytes".to_owned()])
    );

    // The check that written values stay values reads both texts again.
    let written = query_scalar::<FlightSql, i64>("SELECT ? + 1").bind(10_i64);
    let written = written.fetch_one(&mut literal).await.unwrap();
    let expected = [
        "tokenizing 12 bytes",
        "tokenizing 12 bytes",
        "tokenizing 13 bytes",
    ];
    assert_eq!(
        (written, lines()),
        (11, expected.map(str::to_owned).to_vec())
    );

    let script = sqlx_core::raw_sql::raw_sql("SELECT 1; SELECT 2");
    script.execute(&mut sqlite).await.unwrap();
    assert_eq!(lines(), ["tokenizing 18 bytes"]);
}
