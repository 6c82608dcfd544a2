//! Group `query`, second part: results of many batches, and results that are not read to the end.

use flightsql::{Executor, FlightSqlBatch, Row, query_scalar};
use futures_util::TryStreamExt;

use super::query::GROUP;
use super::{Behavior, behavior};
use crate::context::{Context, sql};
use crate::verdict::{Stop, Verdict, check, same};

/// Fills more than three batches of the usual 8192 rows.
const MANY: u32 = 30_000;
/// Exceeds the HTTP/2 windows of servers with low latency.
const TOO_MANY: u32 = 100_000;

pub(super) fn all() -> Vec<Behavior> {
    vec![
        behavior(
            GROUP,
            "many_rows",
            "30 000 rows arrive, each exactly once",
            many_rows,
        ),
        behavior(
            GROUP,
            "arrow",
            "record batches and rows contain the same values",
            arrow,
        ),
        behavior(
            GROUP,
            "first_row",
            "a query reads only the first row of a long result, and the connection stays usable",
            first_row,
        ),
        behavior(
            GROUP,
            "dropped_stream",
            "a stream is dropped before its end, and the connection stays usable",
            dropped_stream,
        ),
        behavior(
            GROUP,
            "mid_stream",
            "an error after some rows is returned, and the connection stays usable",
            mid_stream,
        ),
    ]
}

async fn many_rows(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let text = sql(context.quirks().rows_query(MANY));
    let mut numbers: Vec<i64> = query_scalar(text).fetch_all(&mut connection).await?;
    numbers.sort_unstable();
    let expected = 1..=i64::from(MANY);
    same("rows", numbers.len(), expected.clone().count())?;
    check(
        numbers.into_iter().eq(expected),
        "the numbers are not in order",
    )
}

async fn arrow(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let text = context.quirks().rows_query(1000);
    let mut by_row: Vec<i64> = query_scalar(sql(&*text)).fetch_all(&mut connection).await?;
    let mut by_batch = Vec::new();
    let mut batches = connection.fetch_arrow(sql(text)).await?;
    while let Some(batch) = batches.try_next().await? {
        let batch = FlightSqlBatch::try_from(batch)?;
        let column = batch.column_at::<i64>(0)?;
        for row in 0..batch.num_rows() {
            by_batch.push(column.get(row)?);
        }
    }
    drop(batches);
    by_row.sort_unstable();
    by_batch.sort_unstable();
    same("rows", by_batch.len(), 1000)?;
    check(by_row == by_batch, "batches and rows differ")?;
    context.answers(&mut connection).await
}

async fn first_row(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let text = sql(context.quirks().rows_query(TOO_MANY));
    let row = connection.fetch_optional(text).await?;
    let number: i64 = row
        .ok_or_else(|| Stop::Wrong("no row arrived".to_owned()))?
        .try_get("n")?;
    let all = 1..=i64::from(TOO_MANY);
    check(all.contains(&number), format!("row {number} is missing"))?;
    context.answers(&mut connection).await
}

async fn dropped_stream(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    for _ in 0..3 {
        let mut rows = connection.fetch(sql(context.quirks().rows_query(TOO_MANY)));
        for _ in 0..10 {
            check(
                rows.try_next().await?.is_some(),
                "fewer than 10 rows arrived",
            )?;
        }
        drop(rows);
        context.answers(&mut connection).await?;
    }
    Ok(())
}

async fn mid_stream(context: Context) -> Verdict {
    let text = context.quirks().mid_stream_query()?;
    let mut connection = context.connect().await?;
    let mut rows = connection.fetch(sql(text));
    let mut good = 0_u64;
    let error = loop {
        match rows.try_next().await {
            Ok(Some(_)) => good += 1,
            Ok(None) => return Err(Stop::Wrong(format!("the error was lost after {good} rows"))),
            Err(error) => break error,
        }
    };
    let ours = error.as_database_error().is_some();
    check(ours, format!("expected the server's error, got: {error}"))?;
    let end = rows.try_next().await?.is_none();
    check(end, "the stream continues after the error")?;
    drop(rows);
    context.answers(&mut connection).await
}
