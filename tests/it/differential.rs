//! The driver with the embedded server, compared with SQLite itself: random tables, statements, binds and transactions on
//! several connections produce the same rows, types, counts, errors and stored values.
//!
//! `FLIGHTSQL_DIFFERENTIAL_CASES` sets the number of scripts, `FLIGHTSQL_DIFFERENTIAL_SEED` the first one. A failing script is
//! minimized and printed.

mod reference;
mod script;

use std::cell::Cell;
use std::time::Duration;

use arrow_schema::DataType;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use flightsql::{
    AssertSqlSafe, Column, Decode, Either, Executor, FlightSql, FlightSqlArguments, FlightSqlPool,
    FlightSqlRow, Row, Transaction, Type, TypeInfo, query_with, raw_sql,
};
use flightsql_testkit::TestServer;
use futures_util::{StreamExt, TryStreamExt};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use rust_decimal::Decimal;

use self::reference::{Outcome, Reference, shown};
use self::script::{Action, Bind, CONNECTIONS, Script, Statement, script};
use crate::common::pool;

/// About twenty seconds in a debug build.
const CASES: u32 = 150;
/// Long enough for a script of a few lines.
const SHRINK_MS: u32 = 30_000;
/// No statement waits for another one, so a case beyond this limit hangs, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

#[test]
fn j3_the_embedded_server_agrees_with_sqlite() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .map(|text| text.parse::<u32>().unwrap())
    };
    let cases = number("FLIGHTSQL_DIFFERENTIAL_CASES").unwrap_or(CASES);
    let mut seed = [0; 32];
    let start = number("FLIGHTSQL_DIFFERENTIAL_SEED").unwrap_or(1);
    seed[..4].copy_from_slice(&start.to_le_bytes());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_time: SHRINK_MS,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let seeds = (
        vec(any::<u16>(), 0..200),
        vec(vec(any::<u16>(), 1..40), 1..20),
    );
    let ran = Cell::new(0);
    let tally = Tally::default();
    let result = runner.run(&seeds, |seeds| {
        let script = script(&seeds);
        ran.set(ran.get() + 1);
        let case = compare(&script, ran.get(), &tally);
        let case = async { tokio::time::timeout(PATIENCE, case).await };
        match runtime.block_on(case) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(message)) => Err(TestCaseError::fail(message)),
            Err(_) => Err(TestCaseError::fail("hangs")),
        }
    });
    eprintln!("{} scripts from seed {start}: {tally:?}", ran.get());
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, seeds)) => {
            panic!("{reason}\n{}", print(&script(&seeds)));
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

fn print(script: &Script) -> String {
    let mut lines: Vec<String> = script.tables.iter().map(script::Table::create).collect();
    for step in &script.steps {
        let action = match &step.action {
            Action::Run(statement) => format!("{} {:?}", statement.sql, statement.binds),
            Action::Batch(text, _) => format!("batch {text:?}"),
            other => format!("{other:?}"),
        };
        lines.push(format!("{}: {action}", step.connection));
    }
    lines.join("\n")
}

/// Counts of the compared statements.
#[derive(Debug, Default)]
struct Tally {
    statements: Cell<usize>,
    errors: Cell<usize>,
    rows: Cell<usize>,
    batches: Cell<usize>,
    transactions: Cell<usize>,
}

fn add(counter: &Cell<usize>, count: usize) {
    counter.set(counter.get() + count);
}

/// The driver's side of one connection.
enum Slot {
    Idle,
    Open(Transaction<'static, FlightSql>),
}

async fn compare(script: &Script, case: usize, tally: &Tally) -> Result<(), String> {
    let server = TestServer::sqlite().await.unwrap();
    let reference = Reference::open(case);
    let pool = pool(&server, u32::try_from(CONNECTIONS).unwrap()).await;
    for table in &script.tables {
        server.sqlite().execute_batch(&table.create()).unwrap();
        reference.connections[0]
            .execute_batch(&table.create())
            .unwrap();
    }
    for connection in &reference.connections {
        // Pragmas do not notice a changed schema, and statements do.
        let read = "SELECT 1 FROM sqlite_schema";
        connection.execute_batch(read).unwrap();
    }
    let mut slots: Vec<Slot> = (0..CONNECTIONS).map(|_| Slot::Idle).collect();
    for step in &script.steps {
        let slot = &mut slots[step.connection];
        let connection = &reference.connections[step.connection];
        let end = match (&step.action, &mut *slot) {
            (Action::Begin, _) => {
                connection.execute_batch("BEGIN").unwrap();
                *slot = Slot::Open(pool.begin().await.map_err(|e| e.to_string())?);
                continue;
            }
            (Action::Run(statement), slot) => {
                let wanted = reference.run(step.connection, statement);
                let decls = reference.declared(step.connection, &statement.sql);
                add(&tally.statements, 1);
                match &wanted {
                    Ok((rows, _)) => add(&tally.rows, rows.len()),
                    Err(_) => add(&tally.errors, 1),
                }
                check(&pool, slot, statement, wanted, &decls)
                    .await
                    .map_err(|message| format!("{message}\nin {}", statement.sql))?;
                continue;
            }
            (Action::Batch(text, statements), slot) => {
                add(&tally.batches, 1);
                batch(&pool, slot, text, statements, |statement| {
                    reference.run(step.connection, statement)
                })
                .await
                .map_err(|message| format!("{message}\nin {text}"))?;
                continue;
            }
            (end, _) => end,
        };
        let Slot::Open(transaction) = std::mem::replace(slot, Slot::Idle) else {
            continue;
        };
        // SQLite may have ended it after an error.
        let open = !connection.is_autocommit();
        let (sql, ended) = match end {
            Action::Commit => ("COMMIT", transaction.commit().await),
            _ => ("ROLLBACK", transaction.rollback().await),
        };
        if open {
            add(&tally.transactions, 1);
            connection.execute_batch(sql).unwrap();
            ended.map_err(|error| format!("{sql}: {error}"))?;
        }
    }
    drop(slots);
    for connection in &reference.connections {
        if !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK").unwrap();
        }
    }
    for contents in script.tables.iter().filter_map(script::Table::contents) {
        let contents = Statement {
            sql: contents,
            binds: Vec::new(),
            writes: false,
            rows: true,
        };
        let wanted = reference.run(0, &contents);
        check(&pool, &mut Slot::Idle, &contents, wanted, &[])
            .await
            .map_err(|message| format!("{message}\nin {}", contents.sql))?;
    }
    pool.close().await;
    Ok(())
}

/// Runs several statements in one text through the driver, and compares.
async fn batch(
    pool: &FlightSqlPool,
    slot: &mut Slot,
    text: &str,
    statements: &[Statement],
    run: impl Fn(&Statement) -> Outcome,
) -> Result<(), String> {
    let (mut theirs, mut changes, mut failure) = (Vec::new(), 0, None);
    for statement in statements {
        match run(statement) {
            Ok((rows, changed)) => {
                theirs.extend(rows);
                changes += if statement.writes { changed } else { 0 };
            }
            Err(message) => {
                failure = Some(message);
                break;
            }
        }
    }
    let sql = raw_sql(AssertSqlSafe(text));
    let mut results = match slot {
        Slot::Idle => pool.fetch_many(sql),
        Slot::Open(open) => (**open).fetch_many(sql),
    };
    let (mut mine, mut affected, mut error) = (Vec::new(), 0, None);
    while let Some(part) = results.next().await {
        match part {
            Ok(Either::Left(done)) => affected += done.rows_affected(),
            Ok(Either::Right(row)) => mine.push(row),
            Err(found) => error = Some(found.to_string()),
        }
    }
    match (&error, &failure) {
        (Some(error), Some(message)) if error.contains(message.as_str()) => {}
        (None, None) => {}
        _ => return Err(format!("{error:?}, and SQLite says: {failure:?}")),
    }
    if affected != u64::try_from(changes).unwrap() {
        return Err(format!(
            "{affected} rows affected, and SQLite says {changes}"
        ));
    }
    if mine.len() != theirs.len() {
        return Err(format!(
            "{} rows, and SQLite has {}",
            mine.len(),
            theirs.len()
        ));
    }
    for (mine, theirs) in mine.iter().zip(&theirs) {
        let types = mine
            .columns()
            .iter()
            .map(|column| column.type_info().data_type());
        let theirs = theirs.iter().zip(types).map(|(value, ty)| shown(value, ty));
        let theirs: Vec<String> = theirs.collect::<Result<_, _>>()?;
        let mine = cells(mine)?;
        if mine != theirs {
            return Err(format!("{mine:?}, and SQLite has {theirs:?}"));
        }
    }
    Ok(())
}

/// Runs one statement through the driver and compares.
async fn check(
    pool: &FlightSqlPool,
    slot: &mut Slot,
    statement: &Statement,
    wanted: Outcome,
    decls: &[Option<String>],
) -> Result<(), String> {
    // Before it runs, from the text alone.
    let sql = || AssertSqlSafe(statement.sql.clone());
    let described = match slot {
        Slot::Idle => {
            pool.describe(flightsql::SqlSafeStr::into_sql_str(sql()))
                .await
        }
        Slot::Open(open) => {
            (**open)
                .describe(flightsql::SqlSafeStr::into_sql_str(sql()))
                .await
        }
    };
    let run = query_with(sql(), arguments(&statement.binds));
    let got: Result<Vec<_>, _> = match slot {
        Slot::Idle => pool.fetch_many(run).try_collect().await,
        Slot::Open(open) => (**open).fetch_many(run).try_collect().await,
    };
    let (got, (rows, changes)) = match (got, wanted) {
        (Ok(got), Ok(wanted)) => (got, wanted),
        (Err(error), Err(message)) => {
            let error = error.to_string();
            return match error.contains(&message) {
                true => Ok(()),
                false => Err(format!("{error}, and SQLite says: {message}")),
            };
        }
        (Err(error), Ok(_)) => return Err(format!("{error}, and SQLite runs it")),
        (Ok(_), Err(message)) => return Err(format!("it runs, and SQLite says: {message}")),
    };
    let (mut read, mut affected): (Vec<FlightSqlRow>, u64) = (Vec::new(), 0);
    for part in got {
        match part {
            Either::Left(done) => affected += done.rows_affected(),
            Either::Right(row) => read.push(row),
        }
    }
    if statement.writes && !statement.rows && affected != u64::try_from(changes).unwrap() {
        return Err(format!(
            "{affected} rows affected, and SQLite says {changes}"
        ));
    }
    if !statement.rows {
        return Ok(());
    }
    let described = described.map_err(|error| format!("describe: {error}"))?;
    if let Some(row) = read.first() {
        types(row, &described.columns, &statement.sql, decls)?;
    }
    let mine: Vec<Vec<String>> = read.iter().map(cells).collect::<Result<_, _>>()?;
    for (index, nullable) in described.nullable.iter().enumerate() {
        let has_null = rows
            .iter()
            .any(|row| row[index] == rusqlite::types::Value::Null);
        if *nullable == Some(false) && has_null {
            return Err(format!("column {index} was described as NOT NULL"));
        }
    }
    let theirs = |row: &Vec<rusqlite::types::Value>| -> Result<Vec<String>, String> {
        let types = read.first().map(FlightSqlRow::columns).unwrap_or_default();
        row.iter()
            .zip(types)
            .map(|(value, column)| shown(value, column.type_info().data_type()))
            .collect()
    };
    let theirs: Vec<Vec<String>> = rows.iter().map(theirs).collect::<Result<_, _>>()?;
    match mine == theirs {
        true => Ok(()),
        false => Err(format!("{mine:?}, and SQLite has {theirs:?}")),
    }
}

/// A type known before the statement runs is the one it has then; a declared type is what the server documents.
fn types(
    row: &FlightSqlRow,
    described: &[flightsql::FlightSqlColumn],
    sql: &str,
    decls: &[Option<String>],
) -> Result<(), String> {
    let compound = ["UNION", "EXCEPT"].iter().any(|word| sql.contains(word));
    for (index, column) in row.columns().iter().enumerate() {
        let ty = column.type_info();
        let before = described.get(index).map(|column| column.type_info());
        if before.is_none_or(|before| !before.is_null() && before != ty) {
            return Err(format!(
                "column {index} is {ty:?}, and was described as {before:?}"
            ));
        }
        let Some(decl) = decls.get(index).and_then(Option::as_deref) else {
            continue;
        };
        // The values decide on the type of a column with numeric affinity.
        if !compound && decl != "STRING" && ty.data_type() != &declared(decl) {
            return Err(format!("column {index} is {ty:?}, and was declared {decl}"));
        }
    }
    Ok(())
}

fn declared(decl: &str) -> DataType {
    use arrow_schema::TimeUnit::Microsecond;
    match decl {
        "SMALLINT" => DataType::Int16,
        "INT" => DataType::Int32,
        "INTEGER" | "BIGINT" | "BIGSERIAL" | "INTEGER INTEGER" | "FLOATING POINT" => {
            DataType::Int64
        }
        "UBIGINT" => DataType::UInt64,
        "DOUBLE" | "REAL" | "DOUBLE PRECISION" => DataType::Float64,
        "BOOLEAN" => DataType::Boolean,
        "BLOB" => DataType::Binary,
        "DATE" => DataType::Date32,
        "TIME" => DataType::Time64(Microsecond),
        "TIMESTAMP" => DataType::Timestamp(Microsecond, None),
        "TIMESTAMPTZ" => DataType::Timestamp(Microsecond, Some("UTC".into())),
        "DECIMAL(10,2)" => DataType::Decimal128(10, 2),
        _ => DataType::Utf8,
    }
}

fn arguments(binds: &[Bind]) -> FlightSqlArguments {
    use flightsql::Arguments;
    let mut arguments = FlightSqlArguments::default();
    for bind in binds {
        let added = match bind.clone() {
            Bind::Int(value) => arguments.add(value),
            Bind::Real(value) => arguments.add(value),
            Bind::Text(value) => arguments.add(value),
            Bind::Blob(value) => arguments.add(value),
            Bind::Bool(value) => arguments.add(value),
            Bind::Date(value) => arguments.add(value),
            Bind::Time(value) => arguments.add(value),
            Bind::Stamp(value) => arguments.add(value),
            Bind::Instant(value) => arguments.add(value.and_utc()),
            Bind::Decimal(value) => arguments.add(value),
        };
        added.unwrap();
    }
    arguments
}

/// The values of a row, each as its type is shown.
fn cells(row: &FlightSqlRow) -> Result<Vec<String>, String> {
    (0..row.len()).map(|index| cell(row, index)).collect()
}

fn cell(row: &FlightSqlRow, index: usize) -> Result<String, String> {
    let ty = row.columns()[index].type_info().data_type().clone();
    match &ty {
        DataType::Null => Ok("NULL".to_owned()),
        DataType::Boolean => value::<bool>(row, index, |v| v.to_string()),
        DataType::UInt64 => value::<u64>(row, index, |v| v.to_string()),
        ty if ty.is_integer() => value::<i64>(row, index, |v| v.to_string()),
        DataType::Float64 => value::<f64>(row, index, |v| format!("{v:?}")),
        DataType::Utf8 => value::<String>(row, index, |v| v),
        DataType::Binary => value::<Vec<u8>>(row, index, |v| format!("{v:?}")),
        DataType::Date32 => value::<NaiveDate>(row, index, |v| v.to_string()),
        DataType::Time64(_) => value::<NaiveTime>(row, index, |v| v.to_string()),
        DataType::Timestamp(_, None) => value::<NaiveDateTime>(row, index, |v| v.to_string()),
        DataType::Timestamp(..) => {
            value::<DateTime<Utc>>(row, index, |v| v.naive_utc().to_string())
        }
        DataType::Decimal128(..) => value::<Decimal>(row, index, |v| v.to_string()),
        other => Err(format!("column {index} has the type {other}")),
    }
}

fn value<'r, T>(
    row: &'r FlightSqlRow,
    index: usize,
    show: impl Fn(T) -> String,
) -> Result<String, String>
where
    T: Decode<'r, FlightSql> + Type<FlightSql>,
{
    let value: Option<T> = row.try_get(index).map_err(|error| error.to_string())?;
    Ok(value.map_or_else(|| "NULL".to_owned(), show))
}
