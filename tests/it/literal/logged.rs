//! The statement log contains the statement as written, without values.

use std::sync::Mutex;

use flightsql::{AssertSqlSafe, ConnectOptions, query_scalar};
use log::{LevelFilter, Log, Metadata, Record};

use crate::common::{options, server};

/// Mark of this test's log records; other tests log too.
const MARK: &str = "mark_4711";
const SECRET: &str = "secret_4711";

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Lines;

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = record.args().to_string();
        if line.contains(MARK) || line.contains(SECRET) {
            LINES.lock().unwrap().push(line);
        }
    }

    fn flush(&self) {}
}

#[tokio::test]
async fn the_text_is_logged_and_the_values_are_not() {
    log::set_logger(&Lines).unwrap();
    log::set_max_level(LevelFilter::Info);
    let server = server().await;
    let url = format!("sqlite+{}?binds=literal&log_statements=info", server.url());
    let mut connection = options(&url).connect().await.unwrap();
    let sql = AssertSqlSafe(format!("SELECT ? AS {MARK}"));
    let back: String = query_scalar(sql)
        .bind(SECRET)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(back, SECRET);
    log::set_max_level(LevelFilter::Off);
    let lines = LINES.lock().unwrap();
    assert!(!lines.is_empty(), "nothing was logged");
    let all = lines.join("\n");
    assert!(all.contains(&format!("SELECT ? AS {MARK}")), "{all}");
    assert!(!all.contains(SECRET), "{all}");
}
