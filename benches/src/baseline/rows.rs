//! Baselines of the bench `rows`.

use std::hint::black_box;

use arrow_array::RecordBatch;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::sql::client::FlightSqlServiceClient;
use futures_util::TryStreamExt;
use tonic::transport::{Channel, Endpoint};

use crate::Result;
use crate::borrowed::{Borrowed, IntsRef, MixedRef, StringsRef, add_batch};
use crate::client::Reader;
use crate::data::{Case, Checksum};

/// baseline-1: batches that are dropped unread.
#[derive(Debug)]
pub(crate) struct Batches {
    client: FlightSqlServiceClient<Channel>,
    case: Case,
}

/// baseline-2: every batch as a `Vec` of structs that borrow from the batch.
#[derive(Debug)]
pub(crate) struct Structs {
    client: FlightSqlServiceClient<Channel>,
    case: Case,
}

impl Batches {
    /// Connects with tonic's default settings.
    pub(crate) async fn connect(address: &str, case: Case) -> Result<Self> {
        let client = connect(address).await?;
        Ok(Self { client, case })
    }
}

impl Structs {
    /// Connects with tonic's default settings.
    pub(crate) async fn connect(address: &str, case: Case) -> Result<Self> {
        let client = connect(address).await?;
        Ok(Self { client, case })
    }
}

impl Reader for Batches {
    async fn read(&mut self, sql: &str, sum: Option<&mut Checksum>) -> Result<u64> {
        let mut batches = query(&mut self.client, sql).await?;
        let mut rows = 0;
        let mut sum = sum;
        while let Some(batch) = batches.try_next().await? {
            rows += u64::try_from(batch.num_rows())?;
            if let Some(sum) = &mut sum {
                add_batch(self.case, &batch, sum)?;
            }
        }
        Ok(rows)
    }
}

impl Reader for Structs {
    async fn read(&mut self, sql: &str, sum: Option<&mut Checksum>) -> Result<u64> {
        let mut batches = query(&mut self.client, sql).await?;
        let mut rows = 0;
        let mut sum = sum;
        while let Some(batch) = batches.try_next().await? {
            let sum = sum.as_deref_mut();
            rows += match self.case {
                Case::Ints => structs::<IntsRef>(&batch, sum)?,
                Case::Mixed => structs::<MixedRef<'_>>(&batch, sum)?,
                Case::Strings => structs::<StringsRef<'_>>(&batch, sum)?,
            };
        }
        Ok(rows)
    }
}

async fn connect(address: &str) -> Result<FlightSqlServiceClient<Channel>> {
    let channel = Endpoint::from_shared(format!("http://{address}"))?
        .connect()
        .await?;
    Ok(FlightSqlServiceClient::new(channel))
}

async fn query(
    client: &mut FlightSqlServiceClient<Channel>,
    sql: &str,
) -> Result<FlightRecordBatchStream> {
    let info = client.execute(sql.to_owned(), None).await?;
    let endpoint = info.endpoint.into_iter().next();
    let ticket = endpoint.and_then(|endpoint| endpoint.ticket);
    Ok(client.do_get(ticket.ok_or("no ticket")?).await?)
}

fn structs<'a, B: Borrowed<'a>>(batch: &'a RecordBatch, sum: Option<&mut Checksum>) -> Result<u64> {
    let rows = black_box(B::rows(batch)?);
    if let Some(sum) = sum {
        rows.iter().for_each(|row| row.add_to(sum));
    }
    Ok(u64::try_from(rows.len())?)
}
