//! Group `pool`: many tasks on few connections.

use flightsql::{FlightSqlPool, FlightSqlPoolOptions, query};

use super::{Behavior, behavior};
use crate::context::{Context, sql};
use crate::verdict::{Stop, Verdict, same, shown};

const TASKS: u32 = 8;
const QUERIES: u32 = 25;
/// Fewer than the tasks, so that they wait for each other.
const CONNECTIONS: u32 = 3;

pub(super) fn all() -> Vec<Behavior> {
    let about = "8 tasks with 25 queries each on a pool of 3 connections get their own results";
    vec![behavior("pool", "tasks", about, tasks)]
}

async fn tasks(context: Context) -> Verdict {
    let pool = FlightSqlPoolOptions::new()
        .max_connections(CONNECTIONS)
        .connect(context.url())
        .await?;
    let work = (0..TASKS).map(|task| queries(context.clone(), pool.clone(), task));
    futures_util::future::try_join_all(work.map(|work| async {
        let done = tokio::spawn(work).await;
        done.unwrap_or_else(|panic| Err(Stop::Wrong(format!("a task panicked: {panic}"))))
    }))
    .await?;
    pool.close().await;
    Ok(())
}

async fn queries(context: Context, pool: FlightSqlPool, task: u32) -> Verdict {
    for n in 0..QUERIES {
        let (text, value) = context.quirks().number_query(task * QUERIES + n);
        let row = query(sql(text)).fetch_one(&pool).await?;
        same("number", shown(&row)?, value)?;
    }
    Ok(())
}
