//! Bench `mapping`: the cost of a dialect's type map, in nanoseconds per converted value.
//!
//! Each run reads a table of ten columns twice, column by column through `try_get`: with a dialect without rules, and with a
//! dialect whose rules convert three of the columns. The difference is the cost of the three conversions.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::{ArrayRef, Int8Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::DataType;
use flightsql::dialect::{DialectProfile, LogicalType, TypeRule};
use flightsql::types::{Decimal, Uuid};
use flightsql::{ConnectOptions, FlightSqlConnectOptions, FlightSqlConnection, Row, query};
use flightsql_testkit::{Reply, Script, TestServer};
use futures_util::TryStreamExt as _;

use super::{float, round};
use crate::Result;
use crate::data::BATCH_ROWS;

/// The plan of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Batches of [`BATCH_ROWS`] rows in the table.
    pub(crate) batches: usize,
    pub(crate) runs: usize,
}

/// Number of columns without a rule.
const PLAIN: usize = 7;

/// Runs the plan, and prints a line for each of the three kinds and one for all.
///
/// # Errors
/// Returns an error if the server or a read fails.
pub(crate) async fn run(plan: &Plan) -> Result<()> {
    let script = Script::new();
    let server = TestServer::scripted(script.clone()).await?;
    let batch = batch()?;
    let table = vec![batch.clone(); plan.batches];
    let _ = script
        .get_flight_info(Reply::ticket(batch.schema(), "t").always())
        .do_get(Reply::batches(batch.schema(), table).always());
    let url = server.url();
    let mut plain = connect(&url, Vec::new()).await?;
    let rules = vec![
        rule("uuid", "uuid"),
        rule("price", "decimal(12,2)"),
        rule("flag", "bool"),
    ];
    let mut mapped = connect(&url, rules).await?;
    // Warm up, and check that both dialects read every row.
    let rows = as_sent(&mut plain).await?;
    assert_eq!(rows, as_meant(&mut mapped).await?, "rows read");
    let mut costs = Vec::new();
    let mut ratios = Vec::new();
    for _ in 0..plan.runs {
        let start = Instant::now();
        as_sent(&mut plain).await?;
        let sent = start.elapsed().as_secs_f64();
        let start = Instant::now();
        as_meant(&mut mapped).await?;
        let meant = start.elapsed().as_secs_f64();
        costs.push((meant - sent) * 1e9 / (float(rows) * 3.0));
        ratios.push(meant / sent);
    }
    println!(
        "mapping  {rows} rows of 10 columns, 3 converted (text to uuid, text to decimal, int8 to bool): \
         {} ns a converted value, {} x the time without rules (medians of {} runs)",
        round(median(&mut costs)),
        round(median(&mut ratios)),
        plan.runs
    );
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn rule(column: &str, means: &str) -> TypeRule {
    let mut rule = TypeRule::new(
        LogicalType::Any,
        means.parse().expect("the types of this file are valid"),
    );
    rule.column = Some(column.to_owned());
    rule
}

async fn connect(url: &str, rules: Vec<TypeRule>) -> Result<FlightSqlConnection> {
    let mut profile = DialectProfile::new("bench");
    profile.types.map = rules;
    let options: FlightSqlConnectOptions = url.parse()?;
    Ok(options.dialect(Arc::new(profile)).connect().await?)
}

fn batch() -> Result<RecordBatch> {
    let rows = || 0..BATCH_ROWS;
    let uuids: StringArray = rows()
        .map(|row| Some(format!("67e55044-10b1-426f-9247-{row:012x}")))
        .collect();
    let prices: StringArray = rows().map(|row| Some(format!("{row}.25"))).collect();
    let flags: Int8Array = rows().map(|row| Some(i8::from(row % 2 == 0))).collect();
    let number: ArrayRef = Arc::new(
        rows()
            .map(|row| i64::try_from(row).ok())
            .collect::<Int64Array>(),
    );
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("uuid".to_owned(), Arc::new(uuids)),
        ("price".to_owned(), Arc::new(prices)),
        ("flag".to_owned(), Arc::new(flags)),
    ];
    debug_assert_eq!(number.data_type(), &DataType::Int64);
    columns.extend((0..PLAIN).map(|index| (format!("n{index}"), Arc::clone(&number))));
    Ok(RecordBatch::try_from_iter(columns)?)
}

/// Reads every column as sent.
async fn as_sent(connection: &mut FlightSqlConnection) -> Result<u64> {
    let mut rows = query("SELECT * FROM t").fetch(connection);
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        black_box(row.try_get::<&str, _>(0)?);
        black_box(row.try_get::<&str, _>(1)?);
        black_box(row.try_get::<i8, _>(2)?);
        for column in 3..3 + PLAIN {
            black_box(row.try_get::<i64, _>(column)?);
        }
        count += 1;
    }
    Ok(count)
}

/// Reads every column as meant.
async fn as_meant(connection: &mut FlightSqlConnection) -> Result<u64> {
    let mut rows = query("SELECT * FROM t").fetch(connection);
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        black_box(row.try_get::<Uuid, _>(0)?);
        black_box(row.try_get::<Decimal, _>(1)?);
        black_box(row.try_get::<bool, _>(2)?);
        for column in 3..3 + PLAIN {
            black_box(row.try_get::<i64, _>(column)?);
        }
        count += 1;
    }
    Ok(count)
}
