//! Group `ingest`: bulk ingest in its modes.

use flightsql::{FlightSqlConnection, IngestMode};

use super::updates::Person;
use super::{Behavior, behavior};
use crate::context::{Context, people};
use crate::verdict::{Stop, Verdict, check, same};

const GROUP: &str = "ingest";

pub(super) fn all() -> Vec<Behavior> {
    vec![
        behavior(
            GROUP,
            "create",
            "creates a table from the rows, and rejects an existing one",
            create,
        ),
        behavior(GROUP, "append", "adds rows to a table", append),
        behavior(GROUP, "replace", "replaces the old table", replace),
        behavior(
            GROUP,
            "missing",
            "rejects rows for a table that does not exist",
            missing,
        ),
    ]
}

/// Ingests people with these ids. Every third one has no name.
async fn ingest(
    connection: &mut FlightSqlConnection,
    table: &str,
    mode: IngestMode,
    ids: std::ops::Range<i64>,
) -> Result<(), flightsql::Error> {
    let rows: Vec<Person> = ids
        .clone()
        .map(|id| Person { id, name: name(id) })
        .collect();
    let done = connection.ingest(table).mode(mode).rows(&rows).await?;
    match done.known_rows_affected() {
        Some(count) if usize::try_from(count) != Ok(rows.len()) => {
            Err(flightsql::Error::Protocol(format!(
                "{} rows were sent, but the server counted {count}",
                rows.len()
            )))
        }
        _ => Ok(()),
    }
}

fn name(id: i64) -> Option<String> {
    (id % 3 != 0).then(|| format!("name {id}"))
}

async fn holds(
    connection: &mut FlightSqlConnection,
    table: &str,
    ids: std::ops::Range<i64>,
) -> Verdict {
    let seen = people(connection, table).await?;
    let expected: Vec<_> = ids.map(|id| (id, name(id))).collect();
    same("rows", seen.len(), expected.len())?;
    check(
        seen == expected,
        "the table contains other rows than those that were sent",
    )
}

/// Returns an unused table name, on a server with bulk ingest.
async fn fresh(context: &Context) -> Result<(FlightSqlConnection, String), Stop> {
    Ok((context.connect().await?, context.table_name()))
}

async fn create(context: Context) -> Verdict {
    let (mut connection, table) = fresh(&context).await?;
    ingest(&mut connection, &table, IngestMode::Create, 0..1000).await?;
    holds(&mut connection, &table, 0..1000).await?;
    let twice = ingest(&mut connection, &table, IngestMode::Create, 0..1).await;
    context.refused("creating an existing table", twice)?;
    holds(&mut connection, &table, 0..1000).await
}

async fn append(context: Context) -> Verdict {
    let (mut connection, table) = fresh(&context).await?;
    ingest(&mut connection, &table, IngestMode::Create, 0..5).await?;
    ingest(&mut connection, &table, IngestMode::Append, 5..20).await?;
    ingest(&mut connection, &table, IngestMode::CreateAppend, 20..25).await?;
    holds(&mut connection, &table, 0..25).await
}

async fn replace(context: Context) -> Verdict {
    let (mut connection, table) = fresh(&context).await?;
    ingest(&mut connection, &table, IngestMode::Create, 0..5).await?;
    ingest(&mut connection, &table, IngestMode::Replace, 10..13).await?;
    holds(&mut connection, &table, 10..13).await
}

async fn missing(context: Context) -> Verdict {
    let (mut connection, table) = fresh(&context).await?;
    let lost = ingest(&mut connection, &table, IngestMode::Append, 0..5).await;
    context.refused("rows for a table that does not exist", lost)?;
    context.answers(&mut connection).await
}
