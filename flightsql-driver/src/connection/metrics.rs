//! Gauges of a pool.

use flightsql_client::ChannelMetrics;
use sqlx_core::pool::Pool;

use crate::marker::FlightSql;

/// The state of a pool at one moment; returned by [`pool_metrics`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolMetrics {
    /// `db.client.connection.count` with the state `idle`.
    pub idle: u32,
    /// `db.client.connection.count` with the state `used`; includes connections that are being opened.
    pub used: u32,
    /// `db.client.connection.max`.
    pub max: u32,
    /// `db.client.connection.idle.min`: the connections that the pool keeps open.
    pub min: u32,
    /// The HTTP/2 connections that the connections of the pool share.
    pub channels: Vec<ChannelMetrics>,
}

/// Returns the state of a pool, for gauges. The function does not wait, and the pool does not wait for it.
///
/// SQLx does not report how many callers wait for a connection, how long they waited, or how many gave up. Measure
/// `db.client.connection.wait_time` and `db.client.connection.timeouts` around [`Pool::acquire`].
///
/// ```no_run
/// # async fn example() -> Result<(), sqlx_core::Error> {
/// let pool = flightsql_driver::pool_options().connect("flightsql+tcp://localhost:31337").await?;
/// let metrics = flightsql_driver::observe::pool_metrics(&pool);
/// println!("{} of {} connections are in use", metrics.used, metrics.max);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn pool_metrics(pool: &Pool<FlightSql>) -> PoolMetrics {
    let (size, options) = (pool.size(), pool.options());
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX).min(size);
    PoolMetrics {
        idle,
        used: size - idle,
        max: options.get_max_connections(),
        min: options.get_min_connections(),
        channels: pool.connect_options().channel_metrics(),
    }
}
