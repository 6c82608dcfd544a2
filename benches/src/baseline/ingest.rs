//! Baseline of the bench `ingest`: prepared batches, through arrow-flight's client.

use arrow_array::RecordBatch;
use arrow_flight::sql::CommandStatementIngest;
use arrow_flight::sql::client::FlightSqlServiceClient;
use tonic::transport::Channel;

use super::channel;
use crate::Result;
use crate::client::Writer;
use crate::data::Case;

/// A writer of prepared batches.
#[derive(Debug)]
pub(crate) struct Ingest(FlightSqlServiceClient<Channel>);

impl Ingest {
    /// Connects with tonic's default settings.
    pub(crate) async fn connect(address: &str) -> Result<Self> {
        Ok(Self(FlightSqlServiceClient::new(channel(address).await?)))
    }
}

impl Writer for Ingest {
    type Input = Vec<RecordBatch>;

    fn prepare(_: Case, batches: Vec<RecordBatch>) -> Result<Self::Input> {
        Ok(batches)
    }

    async fn write(&mut self, table: &str, input: &Self::Input) -> Result<i64> {
        let command = CommandStatementIngest {
            table: table.to_owned(),
            ..CommandStatementIngest::default()
        };
        let batches = futures_util::stream::iter(input.clone().into_iter().map(Ok));
        Ok(self.0.execute_ingest(command, batches).await?)
    }
}
