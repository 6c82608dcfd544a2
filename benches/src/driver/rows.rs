//! The driver's variants of the bench `rows`.

use std::hint::black_box;

use flightsql::{
    AssertSqlSafe, ConnectOptions, Error, FlightSqlConnection, FlightSqlPool, FlightSqlPoolOptions,
    query_as,
};
use futures_util::{Stream, TryStreamExt};

use super::model::{Ints, Mixed, Model, Strings};
use super::{options, options_equal};
use crate::Result;
use crate::borrowed::add_batch;
use crate::client::Reader;
use crate::data::{Case, Checksum};

/// Batches, dropped unread.
#[derive(Debug)]
pub(crate) struct Batches(FlightSqlConnection, Case);

/// Structs from a connection's stream, each dropped.
#[derive(Debug)]
pub(crate) struct Fetch(FlightSqlConnection, Case);

/// Structs from the pool's stream, each dropped.
#[derive(Debug)]
pub(crate) struct FetchPool(FlightSqlPool, Case);

/// Structs in one Vec.
#[derive(Debug)]
pub(crate) struct FetchAll(FlightSqlConnection, Case);

/// Structs in one Vec, without rows in between.
#[derive(Debug)]
pub(crate) struct FetchAllAs(FlightSqlConnection, Case);

impl Batches {
    /// Connects with the driver's defaults.
    pub(crate) async fn connect(address: &str, case: Case) -> Result<Self> {
        Ok(Self(options(address)?.connect().await?, case))
    }

    /// Connects with the default HTTP/2 settings of tonic, which arrow-flight's client uses.
    pub(crate) async fn connect_equal(address: &str, case: Case) -> Result<Self> {
        Ok(Self(options_equal(address)?.connect().await?, case))
    }
}

impl Fetch {
    /// Connects with the driver's defaults.
    pub(crate) async fn connect(address: &str, case: Case) -> Result<Self> {
        Ok(Self(options(address)?.connect().await?, case))
    }
}

impl FetchPool {
    /// Creates a pool with the defaults of the driver and SQLx.
    pub(crate) async fn connect(address: &str, case: Case) -> Result<Self> {
        let pool = FlightSqlPoolOptions::new();
        Ok(Self(pool.connect_with(options(address)?).await?, case))
    }
}

impl FetchAll {
    /// Connects with the driver's defaults.
    pub(crate) async fn connect(address: &str, case: Case) -> Result<Self> {
        Ok(Self(options(address)?.connect().await?, case))
    }
}

impl FetchAllAs {
    /// Connects with the driver's defaults.
    pub(crate) async fn connect(address: &str, case: Case) -> Result<Self> {
        Ok(Self(options(address)?.connect().await?, case))
    }
}

impl Reader for Batches {
    async fn read(&mut self, sql: &str, sum: Option<&mut Checksum>) -> Result<u64> {
        let sql = AssertSqlSafe(sql.to_owned());
        let mut batches = self.0.fetch_arrow(sql).await?;
        let mut rows = 0;
        let mut sum = sum;
        while let Some(batch) = batches.try_next().await? {
            rows += u64::try_from(batch.num_rows())?;
            if let Some(sum) = &mut sum {
                add_batch(self.1, &batch, sum)?;
            }
        }
        Ok(rows)
    }
}

impl Reader for Fetch {
    async fn read(&mut self, sql: &str, sum: Option<&mut Checksum>) -> Result<u64> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.1 {
            Case::Ints => drain(query_as::<_, Ints>(sql).fetch(&mut self.0), sum).await,
            Case::Mixed => drain(query_as::<_, Mixed>(sql).fetch(&mut self.0), sum).await,
            Case::Strings => drain(query_as::<_, Strings>(sql).fetch(&mut self.0), sum).await,
        }
    }
}

impl Reader for FetchPool {
    async fn read(&mut self, sql: &str, sum: Option<&mut Checksum>) -> Result<u64> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.1 {
            Case::Ints => drain(query_as::<_, Ints>(sql).fetch(&self.0), sum).await,
            Case::Mixed => drain(query_as::<_, Mixed>(sql).fetch(&self.0), sum).await,
            Case::Strings => drain(query_as::<_, Strings>(sql).fetch(&self.0), sum).await,
        }
    }
}

impl Reader for FetchAll {
    async fn read(&mut self, sql: &str, sum: Option<&mut Checksum>) -> Result<u64> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.1 {
            Case::Ints => count(query_as::<_, Ints>(sql).fetch_all(&mut self.0).await?, sum),
            Case::Mixed => count(query_as::<_, Mixed>(sql).fetch_all(&mut self.0).await?, sum),
            Case::Strings => count(
                query_as::<_, Strings>(sql).fetch_all(&mut self.0).await?,
                sum,
            ),
        }
    }
}

impl Reader for FetchAllAs {
    async fn read(&mut self, sql: &str, sum: Option<&mut Checksum>) -> Result<u64> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.1 {
            Case::Ints => count(self.0.fetch_all_as::<Ints>(sql).await?, sum),
            Case::Mixed => count(self.0.fetch_all_as::<Mixed>(sql).await?, sum),
            Case::Strings => count(self.0.fetch_all_as::<Strings>(sql).await?, sum),
        }
    }
}

/// Reads all rows of a stream and drops each.
async fn drain<T: Model>(
    mut stream: impl Stream<Item = Result<T, Error>> + Unpin,
    mut sum: Option<&mut Checksum>,
) -> Result<u64> {
    let mut rows = 0;
    while let Some(row) = stream.try_next().await? {
        let row = black_box(row);
        rows += 1;
        if let Some(sum) = &mut sum {
            row.add_to(sum);
        }
    }
    Ok(rows)
}

/// Counts collected rows.
fn count<T: Model>(rows: Vec<T>, sum: Option<&mut Checksum>) -> Result<u64> {
    let rows = black_box(rows);
    if let Some(sum) = sum {
        rows.iter().for_each(|row| row.add_to(sum));
    }
    Ok(u64::try_from(rows.len())?)
}
