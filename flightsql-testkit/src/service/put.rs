//! DoPut: updates, binds, and the record batches that come with them.
//!
//! Layer: service. Messages: `CommandStatementUpdate`, `CommandPreparedStatementUpdate`, `DoPutUpdateResult`
//! (<https://arrow.apache.org/docs/format/FlightSql.html>).

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::sql::CommandStatementUpdate;
use arrow_flight::{FlightData, PutResult};
use arrow_schema::SchemaRef;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use prost::Message;
use rusqlite::Connection;
use tonic::{Status, Streaming};

use super::Inner;
use super::caller::Caller;
use super::status::{blocking, malformed};
use crate::engine::{
    Bound, Cancel, Job, Kind, Plan, Result as EngineResult, Sql, SqliteError, Verb, atomically,
    execute, execute_many,
};

/// Maximum bytes of parameters in one DoPut.
const MAX_BYTES: usize = 256 << 20;

/// The record batches of a DoPut, decoded as they arrive.
pub(crate) struct Batches {
    inner: FlightRecordBatchStream,
}

impl Batches {
    /// Creates the decoder. `first` is the message with the descriptor, and may contain the schema too.
    pub(crate) fn new(first: FlightData, rest: Streaming<FlightData>) -> Self {
        let all = stream::iter([Ok(first)]).chain(rest);
        // A message without a header contains a descriptor or nothing.
        let data = all.filter(|message| {
            let keep = !message
                .as_ref()
                .is_ok_and(|data: &FlightData| data.data_header.is_empty());
            std::future::ready(keep)
        });
        let data =
            data.map(|message| message.map_err(|status| FlightError::Tonic(Box::new(status))));
        Self {
            inner: FlightRecordBatchStream::new_from_flight_data(data),
        }
    }

    /// Returns the next batch. The decoder panics on some malformed input, which is an error of the client.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>, Status> {
        match AssertUnwindSafe(self.inner.next()).catch_unwind().await {
            Ok(None) => Ok(None),
            Ok(Some(Ok(batch))) => Ok(Some(batch)),
            Ok(Some(Err(FlightError::Tonic(status)))) => Err(*status),
            Ok(Some(Err(error))) => Err(malformed(error)),
            Err(_) => Err(malformed("invalid Arrow IPC data")),
        }
    }

    /// Returns the schema after its message was read.
    pub(crate) fn schema(&self) -> Option<SchemaRef> {
        self.inner.schema().cloned()
    }

    /// Returns all batches, up to the limit.
    pub(crate) async fn collect(mut self) -> Result<Vec<RecordBatch>, Status> {
        let mut batches = Vec::new();
        let mut bytes = 0_usize;
        while let Some(batch) = self.next().await? {
            bytes = bytes.saturating_add(own_bytes(&batch));
            if bytes > MAX_BYTES {
                return Err(Status::resource_exhausted(format!(
                    "the parameters are more than {MAX_BYTES} bytes"
                )));
            }
            batches.push(batch);
        }
        Ok(batches)
    }
}

/// Returns the bytes that the columns of a batch use. The buffers of one message are parts of one allocation, which
/// `get_array_memory_size` counts again for each column.
fn own_bytes(batch: &RecordBatch) -> usize {
    let columns = batch.columns().iter().map(|column| {
        let used = column.to_data().get_slice_memory_size();
        used.unwrap_or_else(|_| column.get_array_memory_size())
    });
    columns.fold(0, usize::saturating_add)
}

impl Inner {
    /// Handles `CommandStatementUpdate`.
    pub(crate) async fn update(
        &self,
        caller: &Caller,
        command: CommandStatementUpdate,
    ) -> Result<i64, Status> {
        if self.config.updates_as_queries {
            return Err(Status::unimplemented(
                "updates are sent as queries to this server",
            ));
        }
        let sql = Sql::parse(&command.query)?;
        let site = self.site(caller, command.transaction_id.as_ref(), &sql)?;
        let style = self.config.placeholder;
        let cancel = Cancel::default();
        let watch = cancel.clone();
        blocking(&cancel, move || {
            let plan = site.plan(Some(&sql), &watch, |conn, catalog| {
                Plan::new(conn, catalog, sql.clone(), style)
            })?;
            let bound = plan.params.unbound()?;
            site.run(Job::of(&plan), &watch, |conn| execute(conn, &plan, &bound))
        })
        .await
    }

    /// Handles `CommandPreparedStatementUpdate`: runs once per row, all or nothing. Without batches, it uses the bound values.
    pub(crate) async fn update_prepared(
        &self,
        caller: &Caller,
        handle: &Bytes,
        batches: Vec<RecordBatch>,
    ) -> Result<i64, Status> {
        let (site, plan) = self.prepared_plan(caller, handle).await?;
        let batches = if batches.is_empty() {
            self.bound_batches(handle)?
        } else {
            batches
        };
        if self.config.updates_as_queries {
            return Ok(-1);
        }
        let cancel = Cancel::default();
        let watch = cancel.clone();
        blocking(&cancel, move || {
            site.run(Job::of(&plan), &watch, |conn| {
                execute_rows(conn, &plan, &batches)
            })
        })
        .await
    }
}

fn execute_rows(conn: &Connection, plan: &Arc<Plan>, batches: &[RecordBatch]) -> EngineResult<i64> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    if plan.params.list().is_empty()
        && batches
            .iter()
            .all(|batch| batch.num_columns() == 0 || batch.num_rows() == 0)
    {
        // Without parameters, a missing or empty batch means one run, and rows without columns mean one run each.
        return match rows {
            0 | 1 => execute(conn, plan, &Bound::default()),
            _ => atomically(conn, || {
                (0..rows).try_fold(
                    0,
                    |sum, _| Ok(sum + execute(conn, plan, &Bound::default())?),
                )
            }),
        };
    }
    match rows {
        0 => Err(SqliteError::new(
            Kind::Invalid,
            format!(
                "the statement has {} parameter(s) and no row of values was sent",
                plan.params.list().len()
            ),
        )),
        1 => execute_many(conn, plan, batches),
        _ if plan.sql.verb() == Verb::Change => {
            atomically(conn, || execute_many(conn, plan, batches))
        }
        _ => execute_many(conn, plan, batches),
    }
}

/// Returns a reply to DoPut with one message.
pub(crate) fn put_result(message: &impl Message) -> PutResult {
    PutResult {
        app_metadata: message.encode_to_vec().into(),
    }
}
