//! The baselines: the same work through arrow-flight's
//! [`FlightSqlServiceClient`](arrow_flight::sql::client::FlightSqlServiceClient), without a driver.

mod ingest;
mod point;
mod rows;

pub(crate) use ingest::Ingest;
pub(crate) use point::Point;
pub(crate) use rows::{Batches, Structs};

use tonic::transport::{Channel, Endpoint};

use crate::Result;

/// Opens a channel with tonic's default settings, without the limit on dropped replies.
///
/// tonic ends a connection after 1024 replies that were dropped before their trailers, and arrow-flight's client drops every
/// reply to a DoPut or DoAction. With the limit, a long run of prepared statements would end with GOAWAY.
pub(crate) async fn channel(address: &str) -> Result<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?;
    let endpoint = endpoint.http2_max_local_error_reset_streams(None);
    Ok(endpoint.connect().await?)
}
