//! Bulk ingest: the server counts and drops the rows. For a table whose name starts with [`CHECKED`], the server returns the
//! checksum of its rows in an error, because the driver rejects a count that is larger than the number of rows.

use arrow_flight::FlightData;
use arrow_flight::decode::FlightRecordBatchStream;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tonic::{Status, Streaming};

use crate::borrowed::add_batch;
use crate::data::{Case, Checksum};

/// The bits of a checksum that fit in a row count.
pub(crate) const CHECK_MASK: u64 = i64::MAX.cast_unsigned();

/// Prefix of the name of a table whose rows are checked.
pub(crate) const CHECKED: &str = "checked_";

/// Reads the rest of an ingest into `table`; `first` is the message that named it.
pub(super) async fn ingest(
    table: &str,
    first: FlightData,
    messages: Streaming<FlightData>,
) -> Result<i64, Status> {
    match table.strip_prefix(CHECKED) {
        Some(name) => {
            let case = Case::ALL.into_iter().find(|case| case.name() == name);
            let case = case.ok_or_else(|| Status::not_found(table.to_owned()))?;
            let sum = checksum(case, first, messages).await?;
            Err(Status::aborted(format!("checksum {sum}")))
        }
        None => count(messages).await,
    }
}

/// Counts the rows that the messages report, without the cost of decoding.
async fn count(mut messages: Streaming<FlightData>) -> Result<i64, Status> {
    let mut rows = 0;
    while let Some(message) = messages.message().await? {
        let header = arrow_ipc::root_as_message(&message.data_header)
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        rows += header
            .header_as_record_batch()
            .map_or(0, |batch| batch.length());
    }
    Ok(rows)
}

async fn checksum(
    case: Case,
    first: FlightData,
    messages: Streaming<FlightData>,
) -> Result<i64, Status> {
    let messages = stream::iter([Ok(first)]).chain(messages.map_err(Into::into));
    let mut batches = FlightRecordBatchStream::new_from_flight_data(messages);
    let mut sum = Checksum::default();
    while let Some(batch) = batches.try_next().await? {
        add_batch(case, &batch, &mut sum).map_err(|error| Status::internal(error.to_string()))?;
    }
    Ok((sum.finish() & CHECK_MASK).cast_signed())
}
