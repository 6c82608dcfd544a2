//! Bench `concurrency`: concurrent point queries from many tasks.

use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::PointClient;
use super::admin::Admin;
use super::latency::expect;
use crate::measure::Meter;
use crate::variants::{ConcurrencySample, ConcurrencyTask, ConcurrencyVariant};
use crate::{Result, baseline, driver};

pub(super) async fn run(task: &ConcurrencyTask) -> Result<ConcurrencySample> {
    let address = task.address.as_str();
    match task.variant {
        ConcurrencyVariant::ChannelPerTask => {
            let mut clients = Vec::new();
            for _ in 0..task.tasks {
                clients.push(baseline::Point::new(baseline::channel(address).await?));
            }
            query(task, clients).await
        }
        ConcurrencyVariant::SharedChannel => {
            let channel = baseline::channel(address).await?;
            let clients = (0..task.tasks).map(|_| baseline::Point::new(channel.clone()));
            query(task, clients.collect()).await
        }
        ConcurrencyVariant::Pool => {
            let pool = driver::PoolPoint::connect(address, task.tasks).await?;
            let clients = (0..task.tasks).map(|_| pool.clone()).collect();
            query(task, clients).await
        }
    }
}

/// Starts one task per client, all at the same time.
async fn query<C: PointClient>(
    task: &ConcurrencyTask,
    clients: Vec<C>,
) -> Result<ConcurrencySample> {
    let mut admin = Admin::connect(&task.address).await?;
    let each = task.operations.div_ceil(u64::from(task.tasks.max(1)));
    let warm = Arc::new(Barrier::new(clients.len() + 1));
    let go = Arc::new(Barrier::new(clients.len() + 1));
    let operations = each * u64::from(task.tasks);

    let mut running = JoinSet::new();
    for mut client in clients {
        let (warm, go) = (Arc::clone(&warm), Arc::clone(&go));
        running.spawn(async move {
            // Pass both barriers even after an error; otherwise the other tasks would wait forever.
            let ready = points(&mut client, each.div_ceil(10)).await;
            warm.wait().await;
            go.wait().await;
            ready?;
            points(&mut client, each).await
        });
    }
    warm.wait().await;
    admin.reset().await?;

    let meter = Meter::start()?;
    go.wait().await;
    while let Some(finished) = running.join_next().await {
        finished??;
    }
    let cost = meter.stop()?;

    Ok(ConcurrencySample {
        operations,
        wall_ns: cost.wall_ns,
        cpu_ns: cost.cpu_ns,
        rpcs: admin.counts().await?,
    })
}

async fn points(client: &mut impl PointClient, count: u64) -> Result<()> {
    for _ in 0..count {
        expect(client.simple().await?, 7)?;
    }
    Ok(())
}
