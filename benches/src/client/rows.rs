//! Bench `rows`: a warm-up read whose values are checked, then the timed read.

use super::Reader;
use super::admin::Admin;
use crate::data::Checksum;
use crate::measure::{Meter, peak_rss_kb};
use crate::variants::{RowsSample, RowsVariant, TableTask};
use crate::{Result, baseline, driver};

pub(super) async fn run(task: &TableTask<RowsVariant>) -> Result<RowsSample> {
    let (address, case) = (task.address.as_str(), task.case);
    match task.variant {
        RowsVariant::Baseline1 => {
            read(task, baseline::Batches::connect(address, case).await?).await
        }
        RowsVariant::Baseline2 => {
            read(task, baseline::Structs::connect(address, case).await?).await
        }
        RowsVariant::Batches => read(task, driver::Batches::connect(address, case).await?).await,
        RowsVariant::BatchesEqual => {
            read(task, driver::Batches::connect_equal(address, case).await?).await
        }
        RowsVariant::Fetch => read(task, driver::Fetch::connect(address, case).await?).await,
        RowsVariant::FetchPool => {
            read(task, driver::FetchPool::connect(address, case).await?).await
        }
        RowsVariant::FetchAll => read(task, driver::FetchAll::connect(address, case).await?).await,
        RowsVariant::FetchAllAs => {
            read(task, driver::FetchAllAs::connect(address, case).await?).await
        }
    }
}

async fn read(task: &TableTask<RowsVariant>, mut reader: impl Reader) -> Result<RowsSample> {
    let sql = task.case.sql(task.rows);
    let mut admin = Admin::connect(&task.address).await?;
    let mut checksum = Checksum::default();
    let warm_up_rows = reader.read(&sql, Some(&mut checksum)).await?;
    admin.reset().await?;

    let meter = Meter::start()?;
    let rows = reader.read(&sql, None).await?;
    let cost = meter.stop()?;

    if rows != warm_up_rows {
        return Err(format!("{warm_up_rows} rows in the warm-up, then {rows}").into());
    }
    Ok(RowsSample {
        rows,
        checksum: checksum.finish(),
        wall_ns: cost.wall_ns,
        cpu_ns: cost.cpu_ns,
        peak_rss_kb: peak_rss_kb()?,
        rpcs: admin.counts().await?,
    })
}
