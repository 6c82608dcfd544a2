//! Bulk ingest (layer 3): `CommandStatementIngest`, batches streamed into a table in one call.
//!
//! <https://arrow.apache.org/docs/format/FlightSql.html#bulk-ingestion>

use arrow_array::RecordBatch;
use arrow_flight::FlightData;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::sql::CommandStatementIngest;
use arrow_schema::SchemaRef;
use futures_core::Stream;
use futures_util::StreamExt;
use tokio::sync::oneshot;

use super::rpc::{Operation, Rpc, Under};
use super::{command, update};
use crate::error::{Error, Result};

const INGEST: Operation = Operation::new("DoPut(CommandStatementIngest)", Under::Ingest);

/// Sends every batch of `batches` and gives the server's row count; -1 means unknown.
///
/// # Errors
/// An error of `batches` aborts the call: its end is never sent, so that the server does not take a part
/// for the whole.
pub(crate) async fn run<S>(
    rpc: &Rpc,
    command: CommandStatementIngest,
    schema: SchemaRef,
    batches: S,
) -> Result<i64>
where
    S: Stream<Item = std::result::Result<RecordBatch, sqlx_core::Error>> + Send + 'static,
{
    let (data, failed) = encode(command::descriptor(&command), schema, batches);
    tokio::select! {
        results = rpc.put(INGEST, data) => update::count(INGEST, &results?),
        Ok(error) = failed => Err(error),
    }
}

/// The messages of the call, and where an error of the source arrives. After an error the messages neither
/// go on nor end.
fn encode<S>(
    descriptor: arrow_flight::FlightDescriptor,
    schema: SchemaRef,
    batches: S,
) -> (
    impl Stream<Item = FlightData> + Send + 'static,
    oneshot::Receiver<Error>,
)
where
    S: Stream<Item = std::result::Result<RecordBatch, sqlx_core::Error>> + Send + 'static,
{
    let (send, failed) = oneshot::channel();
    let source =
        batches.map(|batch| batch.map_err(|error| FlightError::ExternalError(Box::new(error))));
    let encoder = FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_flight_descriptor(Some(descriptor))
        .build(source);
    let data = futures_util::stream::unfold(
        (Box::pin(encoder), Some(send)),
        |(mut encoder, mut send)| async move {
            match encoder.next().await? {
                Ok(data) => Some((data, (encoder, send))),
                Err(error) => {
                    if let Some(send) = send.take() {
                        // The receiver lives as long as the call.
                        let _ = send.send(source_error(error));
                    }
                    std::future::pending().await
                }
            }
        },
    );
    (data, failed)
}

fn source_error(error: FlightError) -> Error {
    match error {
        FlightError::ExternalError(inner) => match inner.downcast::<sqlx_core::Error>() {
            Ok(error) => Error::from(*error),
            Err(other) => Error::argument(format!("the batches cannot be sent: {other}")),
        },
        other => Error::argument(format!("the batches cannot be sent: {other}")),
    }
}
