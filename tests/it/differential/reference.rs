//! SQLite itself: one database file, one connection for each of the driver's, and its values in the driver's terms.

use std::path::PathBuf;

use arrow_schema::DataType;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use rusqlite::Connection;
use rusqlite::types::Value;
use rust_decimal::Decimal;

use super::script::{Bind, CONNECTIONS, Statement, spelled};

pub(crate) struct Reference {
    pub(crate) connections: Vec<Connection>,
    path: PathBuf,
}

/// Outcome of a statement: rows, or the number of changes.
pub(crate) type Outcome = Result<(Vec<Vec<Value>>, usize), String>;

impl Reference {
    pub(crate) fn open(case: usize) -> Self {
        let name = format!(
            "flightsql-differential-{}-{case}.sqlite",
            std::process::id()
        );
        let path = std::env::temp_dir().join(name);
        remove(&path);
        let open = |_| {
            let connection = Connection::open(&path).unwrap();
            connection
                .query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
                .unwrap();
            connection
                .execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF")
                .unwrap();
            connection
        };
        let connections = (0..CONNECTIONS).map(open).collect();
        Self { connections, path }
    }

    pub(crate) fn run(&self, connection: usize, statement: &Statement) -> Outcome {
        let connection = &self.connections[connection];
        let run = || -> rusqlite::Result<(Vec<Vec<Value>>, usize)> {
            let mut prepared = connection.prepare(&statement.sql)?;
            for (index, bind) in statement.binds.iter().enumerate() {
                prepared.raw_bind_parameter(index + 1, stored(bind))?;
            }
            let count = prepared.column_count();
            let mut rows = prepared.raw_query();
            let mut read = Vec::new();
            while let Some(row) = rows.next()? {
                let values = (0..count).map(|column| row.get(column));
                read.push(values.collect::<rusqlite::Result<Vec<Value>>>()?);
            }
            let changes = usize::try_from(connection.changes()).unwrap();
            Ok((read, changes))
        };
        run().map_err(|error| match error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message,
            rusqlite::Error::SqlInputError { msg, .. } => msg,
            other => other.to_string(),
        })
    }

    /// The declared type of each column, if SQLite reports one.
    pub(crate) fn declared(&self, connection: usize, sql: &str) -> Vec<Option<String>> {
        let Ok(prepared) = self.connections[connection].prepare(sql) else {
            return Vec::new();
        };
        let columns = prepared.columns();
        let decl = |column: &rusqlite::Column<'_>| column.decl_type().map(str::to_owned);
        columns.iter().map(decl).collect()
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        self.connections.clear();
        remove(&self.path);
    }
}

fn remove(path: &std::path::Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        drop(std::fs::remove_file(name));
    }
}

/// A bound value in the form that the server documents to store.
fn stored(bind: &Bind) -> Value {
    const STAMP: &str = "%Y-%m-%d %H:%M:%S";
    match bind {
        Bind::Int(None) => Value::Null,
        Bind::Int(Some(number)) => Value::Integer(*number),
        Bind::Real(number) => Value::Real(*number),
        Bind::Text(text) => Value::Text(text.clone()),
        Bind::Blob(bytes) => Value::Blob(bytes.clone()),
        Bind::Bool(truth) => Value::Integer(i64::from(*truth)),
        Bind::Date(date) => Value::Text(date.to_string()),
        Bind::Time(time) => Value::Text(spelled(NaiveDate::default().and_time(*time), "%H:%M:%S")),
        Bind::Stamp(stamp) | Bind::Instant(stamp) => Value::Text(spelled(*stamp, STAMP)),
        Bind::Decimal(number) if number.fract().is_zero() => {
            Value::Integer(i64::try_from(number.trunc()).unwrap())
        }
        Bind::Decimal(number) => Value::Real(number.to_string().parse().unwrap()),
    }
}

/// A value of SQLite as a column of an Arrow type shows it; an error for one that the type cannot hold.
pub(crate) fn shown(value: &Value, ty: &DataType) -> Result<String, String> {
    let unfit = || Err(format!("{value:?} is not of type {ty}"));
    Ok(match (value, ty) {
        (Value::Null, _) => "NULL".to_owned(),
        (Value::Integer(n), DataType::Boolean) if (0..2).contains(n) => (*n == 1).to_string(),
        (Value::Integer(n), ty) if ty.is_integer() => n.to_string(),
        (Value::Integer(n), DataType::Float64) => {
            format!("{:?}", n.to_string().parse::<f64>().unwrap())
        }
        (Value::Real(n), DataType::Float64) => format!("{n:?}"),
        (Value::Integer(n), DataType::Utf8) => n.to_string(),
        (Value::Real(n), DataType::Utf8) => format!("{n:?}"),
        (Value::Text(text), DataType::Utf8) => text.clone(),
        (Value::Blob(bytes), DataType::Binary) => format!("{bytes:?}"),
        (Value::Text(text), DataType::Binary) => format!("{:?}", text.as_bytes()),
        (Value::Integer(n), DataType::Decimal128(_, s)) => scaled(&n.to_string(), *s)?,
        (Value::Real(n), DataType::Decimal128(_, s)) => scaled(&n.to_string(), *s)?,
        (Value::Text(text), DataType::Date32) => match text.parse::<NaiveDate>() {
            Ok(date) => date.to_string(),
            Err(_) => return unfit(),
        },
        (Value::Text(text), DataType::Time64(_)) => match text.parse::<NaiveTime>() {
            Ok(time) => time.to_string(),
            Err(_) => return unfit(),
        },
        (Value::Text(text), DataType::Timestamp(..)) => match instant(text) {
            Some(stamp) => stamp.to_string(),
            None => return unfit(),
        },
        _ => return unfit(),
    })
}

fn scaled(text: &str, scale: i8) -> Result<String, String> {
    let number: Decimal = text
        .parse()
        .map_err(|_| format!("{text} is not a decimal"))?;
    let scale = u32::try_from(scale).unwrap();
    let half_up = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    let mut number = number.round_dp_with_strategy(scale, half_up);
    number.rescale(scale);
    Ok(number.to_string())
}

fn instant(text: &str) -> Option<NaiveDateTime> {
    let zoned = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%:z");
    let plain = || NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f");
    zoned
        .map(|stamp| stamp.naive_utc())
        .or_else(|_| plain())
        .ok()
}
