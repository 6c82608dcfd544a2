//! Metrics of operations, connections and pools, and headers for trace propagation.
//!
//! An [`Observer`] and a [`HeaderHook`] are set with [`FlightSqlConnectOptions`](crate::FlightSqlConnectOptions).

pub use crate::connection::{PoolMetrics, pool_metrics};
pub use flightsql_client::{
    ChannelMetrics, ChannelState, ConnectionEvent, HeaderHook, Observer, OperationEvent, RpcHeaders,
};
