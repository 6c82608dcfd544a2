//! The log of statements.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use flightsql_client::dialect::presets;
use flightsql_client::{Client, ConnectOptions, StatementRequest};
use log::{Level, LevelFilter, Log, Metadata, Record};

use super::{numbers, read, session};

/// Keeps what is logged with the target of statements, and that contains a marker of this file.
struct Kept(Mutex<Vec<(Level, String)>>);

static KEPT: Kept = Kept(Mutex::new(Vec::new()));

impl Log for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "flightsql::query"
    }

    fn log(&self, record: &Record<'_>) {
        let text = record.args().to_string();
        if self.enabled(record.metadata()) && text.contains("logged") {
            self.0.lock().unwrap().push((record.level(), text));
        }
    }

    fn flush(&self) {}
}

fn taken() -> Vec<(Level, String)> {
    std::mem::take(&mut KEPT.0.lock().unwrap())
}

#[tokio::test]
async fn logs_its_own_statements_at_the_levels_of_the_options() {
    log::set_logger(&KEPT).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let (server, _) = session().await;
    let options: ConnectOptions = server.url().parse().unwrap();
    let options = options.log_statements(LevelFilter::Info);
    let mut session = Client::new(options.clone())
        .unwrap()
        .session()
        .await
        .unwrap();

    let insert = StatementRequest::new("INSERT INTO t VALUES (?) -- logged").bind(numbers(&[4711]));
    session.execute(insert).await.unwrap();
    read(session.query("SELECT n AS logged FROM t").await.unwrap()).await;
    session.query("SELECT logged FROM none").await.unwrap_err();
    session
        .execute_script("SELECT 1 AS logged; SELECT 2 AS logged")
        .await
        .unwrap();
    session.describe("SELECT 3 AS logged").await.unwrap();
    let lines = taken();
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(lines.iter().all(|(level, _)| *level == Level::Info));
    assert!(
        lines[0]
            .1
            .contains("rows_returned=0 rows_affected=1 sql=\"INSERT"),
        "{lines:?}"
    );
    assert!(
        lines[1]
            .1
            .contains("rows_returned=1 rows_affected=0 sql=\"SELECT"),
        "{lines:?}"
    );
    // Bound values may be secret.
    assert!(
        !lines.iter().any(|(_, line)| line.contains("4711")),
        "{lines:?}"
    );

    let mut dialect = presets::sqlite();
    dialect.session.bootstrap = vec!["SELECT 0 AS logged".to_owned()];
    let first = options.clone().dialect(Arc::new(dialect));
    drop(Client::new(first).unwrap().session().await.unwrap());
    assert_eq!(taken().len(), 1, "the first statement of a session");

    let slow = options
        .clone()
        .log_slow_statements(LevelFilter::Error, Duration::ZERO);
    let mut session = Client::new(slow).unwrap().session().await.unwrap();
    session.execute("SELECT 4 AS logged").await.unwrap();
    let lines = taken();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].0, Level::Error);
    assert!(
        lines[0].1.starts_with("slow statement: elapsed="),
        "{lines:?}"
    );

    let off = options.log_statements(LevelFilter::Off);
    let mut session = Client::new(off).unwrap().session().await.unwrap();
    session.execute("SELECT 5 AS logged").await.unwrap();
    assert_eq!(taken(), []);
}
