//! Point operations through the driver: on a connection for `latency`, through the pool for `concurrency`.

use flightsql::{
    ConnectOptions, FlightSqlConnection, FlightSqlPool, FlightSqlPoolOptions, Row, query,
};

use super::options;
use crate::Result;
use crate::client::PointClient;
use crate::server::{POINT_SQL, PREPARED_POINT_SQL, PREPARED_UPDATE_SQL};

/// A connection.
#[derive(Debug)]
pub(crate) struct Point(FlightSqlConnection);

/// A pool that all tasks share.
#[derive(Clone, Debug)]
pub(crate) struct PoolPoint(FlightSqlPool);

impl Point {
    /// Connects with the driver's defaults.
    pub(crate) async fn connect(address: &str) -> Result<Self> {
        Ok(Self(options(address)?.connect().await?))
    }
}

impl PoolPoint {
    /// Creates a pool of `connections` open connections.
    pub(crate) async fn connect(address: &str, connections: u32) -> Result<Self> {
        let pool = FlightSqlPoolOptions::new().max_connections(connections);
        let pool = pool.connect_with(options(address)?).await?;
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(pool.acquire().await?);
        }
        drop(open);
        Ok(Self(pool))
    }
}

impl PointClient for Point {
    async fn simple(&mut self) -> Result<i64> {
        let row = query(POINT_SQL).fetch_one(&mut self.0).await?;
        Ok(row.try_get(0)?)
    }

    async fn prepared(&mut self, id: i64) -> Result<i64> {
        let query = query(PREPARED_POINT_SQL).bind(id);
        let row = query.fetch_one(&mut self.0).await?;
        Ok(row.try_get(0)?)
    }

    async fn prepared_update(&mut self, id: i64) -> Result<u64> {
        let query = query(PREPARED_UPDATE_SQL).bind(id);
        Ok(query.execute(&mut self.0).await?.rows_affected())
    }
}

impl PointClient for PoolPoint {
    async fn simple(&mut self) -> Result<i64> {
        let row = query(POINT_SQL).fetch_one(&self.0).await?;
        Ok(row.try_get(0)?)
    }

    async fn prepared(&mut self, id: i64) -> Result<i64> {
        let row = query(PREPARED_POINT_SQL)
            .bind(id)
            .fetch_one(&self.0)
            .await?;
        Ok(row.try_get(0)?)
    }

    async fn prepared_update(&mut self, id: i64) -> Result<u64> {
        let query = query(PREPARED_UPDATE_SQL).bind(id);
        Ok(query.execute(&self.0).await?.rows_affected())
    }
}
