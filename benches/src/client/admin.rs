//! Reads the RPC counts of the server. These requests are not counted.

use arrow_flight::Action;
use arrow_flight::flight_service_client::FlightServiceClient;
use bytes::Bytes;
use futures_util::TryStreamExt;
use tonic::transport::Channel;

use crate::Result;
use crate::baseline::channel;
use crate::server::{RESET_COUNTS, RPC_COUNTS};
use crate::variants::Rpcs;

/// A separate connection to the server's counters.
#[derive(Debug)]
pub(crate) struct Admin(FlightServiceClient<Channel>);

impl Admin {
    /// Connects to `address` (host:port).
    pub(crate) async fn connect(address: &str) -> Result<Self> {
        Ok(Self(FlightServiceClient::new(channel(address).await?)))
    }

    /// Sets all counts to zero.
    pub(crate) async fn reset(&mut self) -> Result<()> {
        self.action(RESET_COUNTS).await.map(drop)
    }

    /// Returns the RPCs since the last reset.
    pub(crate) async fn counts(&mut self) -> Result<Rpcs> {
        Ok(serde_json::from_slice(&self.action(RPC_COUNTS).await?)?)
    }

    async fn action(&mut self, name: &str) -> Result<Bytes> {
        let reply = self.0.do_action(Action::new(name, Bytes::new())).await?;
        let results: Vec<_> = reply.into_inner().try_collect().await?;
        let result = results.into_iter().next();
        Ok(result
            .ok_or("the server returned no result for an action")?
            .body)
    }
}
