//! The driver's variants, in the style of user code.

mod ingest;
mod model;
mod point;
mod rows;

pub(crate) use ingest::{IngestBatches, IngestRows};
pub(crate) use point::{Point, PoolPoint};
pub(crate) use rows::{Batches, Fetch, FetchAll, FetchAllAs, FetchPool};

use flightsql::FlightSqlConnectOptions;

use crate::Result;

/// Returns the driver's default options for a plaintext server at `address` (host:port).
fn options(address: &str) -> Result<FlightSqlConnectOptions> {
    Ok(format!("flightsql+tcp://{address}").parse()?)
}

/// Returns options with the HTTP/2 settings that tonic takes over from hyper: frames of 16 KiB, a stream window of 2 MiB and a
/// connection window of 5 MiB.
fn options_equal(address: &str) -> Result<FlightSqlConnectOptions> {
    let frame = format!("http2_frame_size={}", 16 << 10);
    let stream = format!("http2_stream_window={}", 2 << 20);
    let connection = format!("http2_connection_window={}", 5 << 20);
    Ok(format!("flightsql+tcp://{address}?{frame}&{stream}&{connection}").parse()?)
}
