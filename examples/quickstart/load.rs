//! Fills the tables through the driver: small tables row by row with a prepared INSERT in a transaction, and the flights as
//! Arrow batches with bulk ingest.

use std::sync::Arc;
use std::time::Instant;

use arrow_array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use csv::StringRecord;
use flightsql::types::chrono::{DateTime, Utc};
use flightsql::{
    AssertSqlSafe, Connection, FlightSqlConnection, FlightSqlPool, SqlSafeStr, SqlStr, ToArrow,
    query, query_scalar,
};

use crate::tables::{Kind, Result, TABLES, Table};

/// Files with more rows use bulk ingest.
const ROW_BY_ROW: usize = 2_000;

/// Rows of one Arrow batch. They amount to a few hundred kilobytes, far below the limit of 4 MiB of many servers.
const BATCH_ROWS: usize = 8_192;

/// A loaded table, for printing.
#[derive(ToArrow)]
pub(crate) struct Loaded {
    table: &'static str,
    rows: i64,
    loaded_by: &'static str,
    seconds: f64,
}

/// Creates and fills every table. The row counts are queried from the server.
pub(crate) async fn all(pool: &FlightSqlPool) -> Result<Vec<Loaded>> {
    let mut conn = pool.acquire().await?;
    let mut loaded = Vec::new();
    for table in &TABLES {
        loaded.push(
            load(&mut conn, table)
                .await
                .map_err(|error| format!("{}: {error}", table.file))?,
        );
    }
    Ok(loaded)
}

async fn load(conn: &mut FlightSqlConnection, table: &Table) -> Result<Loaded> {
    let started = Instant::now();
    let records = table.read()?;
    query(table.create).execute(&mut *conn).await?;
    let (way, sent) = if records.len() > ROW_BY_ROW {
        ("bulk ingest", ingest(conn, table, &records).await?)
    } else {
        ("prepared INSERT", insert(conn, table, &records).await?)
    };
    let rows: i64 = query_scalar(sql(format!("SELECT COUNT(*) FROM {}", table.name)))
        .fetch_one(&mut *conn)
        .await?;
    if usize::try_from(rows) != Ok(records.len()) || u64::try_from(rows) != Ok(sent) {
        return Err(format!(
            "the file has {} rows, {sent} were accepted, the table has {rows}",
            records.len()
        )
        .into());
    }
    Ok(Loaded {
        table: table.name,
        rows,
        loaded_by: way,
        seconds: (started.elapsed().as_secs_f64() * 100.0).round() / 100.0,
    })
}

/// Inserts all rows or none, in one transaction, with one prepared statement.
async fn insert(
    conn: &mut FlightSqlConnection,
    table: &Table,
    records: &[StringRecord],
) -> Result<u64> {
    // The SQL contains only names of `tables.rs` and never data, because the values are bound.
    let names = table.column_names();
    let marks = vec!["?"; names.len()].join(", ");
    let insert = sql(format!(
        "INSERT INTO {} ({}) VALUES ({marks})",
        table.name,
        names.join(", ")
    ));

    let mut tx = conn.begin().await?;
    let mut rows = 0;
    for record in records {
        let mut row = query(insert.clone());
        for (column, (_, kind)) in table.columns.iter().enumerate() {
            row = match kind {
                Kind::Text => row.bind(table.field::<String>(record, column)?),
                Kind::Int => row.bind(table.field::<i64>(record, column)?),
                Kind::Float => row.bind(table.field::<f64>(record, column)?),
                Kind::Time => row.bind(table.field::<DateTime<Utc>>(record, column)?),
            };
        }
        rows += row.execute(&mut *tx).await?.rows_affected();
    }
    tx.commit().await?;
    Ok(rows)
}

/// Sends a few Arrow batches in one RPC.
async fn ingest(
    conn: &mut FlightSqlConnection,
    table: &Table,
    records: &[StringRecord],
) -> Result<u64> {
    let batches = records
        .chunks(BATCH_ROWS)
        .map(|rows| batch(table, rows))
        .collect::<Result<Vec<_>>>()?;
    Ok(conn
        .ingest(table.name)
        .batches(batches)
        .await?
        .rows_affected())
}

fn batch(table: &Table, records: &[StringRecord]) -> Result<RecordBatch> {
    let mut columns: Vec<(&str, ArrayRef, bool)> = Vec::new();
    for (column, (name, kind)) in table.columns.iter().enumerate() {
        let array: ArrayRef = match kind {
            Kind::Text => Arc::new(StringArray::from(values::<String>(table, records, column)?)),
            Kind::Int => Arc::new(Int64Array::from(values::<i64>(table, records, column)?)),
            Kind::Float => Arc::new(Float64Array::from(values::<f64>(table, records, column)?)),
            Kind::Time => {
                let times = values::<DateTime<Utc>>(table, records, column)?;
                let micros = times
                    .into_iter()
                    .map(|time| time.map(|time| time.timestamp_micros()));
                Arc::new(TimestampMicrosecondArray::from_iter(micros).with_timezone("UTC"))
            }
        };
        columns.push((name, array, true));
    }
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

fn values<T>(table: &Table, records: &[StringRecord], column: usize) -> Result<Vec<Option<T>>>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    records
        .iter()
        .map(|record| table.field(record, column))
        .collect()
}

fn sql(text: String) -> SqlStr {
    AssertSqlSafe(text).into_sql_str()
}
