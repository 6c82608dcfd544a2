//! Bulk ingest: `CommandStatementIngest` streams batches into a table in one RPC.
//!
//! <https://arrow.apache.org/docs/format/FlightSql.html#bulk-ingestion>

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_flight::sql::CommandStatementIngest;
use arrow_flight::{FlightData, FlightDescriptor, PutResult};
use arrow_schema::SchemaRef;
use either::Either;
use futures_core::Stream;
use futures_util::StreamExt;
use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::encode::{Encoder, in_plain, without_dictionaries};
use super::rpc::{Operation, Rpc, TimeoutClass};
use super::{command, update};
use crate::error::{Error, Result};
use crate::transport::call;

const INGEST: Operation = Operation::new("DoPut(CommandStatementIngest)", TimeoutClass::Ingest);

/// The reason for an abort: the error of the source, or `None` if the caller is gone.
type Broke = Option<Error>;

#[derive(Debug, Default)]
struct Sent {
    rows: AtomicI64,
    /// Whether all data was sent.
    whole: AtomicBool,
}

/// Sends all batches and returns the row count of the server; -1 means unknown. The count is also unknown if the server
/// returns none, or more than the rows that were sent.
///
/// The RPC has its own task, which aborts it if this future is dropped or times out. Servers may treat a dropped RPC as
/// complete; see `transport/upload`. Returns an error of `batches`, which aborts the RPC: the server must not treat a part as
/// all rows.
pub(crate) async fn run<S>(
    rpc: &Rpc,
    command: CommandStatementIngest,
    schema: SchemaRef,
    batches: S,
) -> Result<i64>
where
    S: Stream<Item = Result<RecordBatch>> + Send + 'static,
{
    // Nothing is sent on this channel: dropping this end aborts the data.
    let (_held, dropped) = oneshot::channel::<Infallible>();
    let (tell, broke) = oneshot::channel();
    let sent = Arc::new(Sent::default());
    let messages = encode(
        command::descriptor(&command),
        schema,
        batches,
        Arc::clone(&sent),
    );
    let data = breakable(messages, dropped, tell, Arc::clone(&sent));
    let call = tokio::spawn(upload(rpc.clone(), data, broke).in_current_span());
    let results = rpc
        .within_limit(INGEST, async { call.await.unwrap_or_else(|_| Err(gone())) })
        .await?;
    if !sent.whole.load(Ordering::Acquire) {
        return Err(Error::protocol(
            INGEST.name,
            "the server ended the ingest before it had read all batches; check which rows the table has",
        ));
    }
    count(&results, sent.rows.load(Ordering::Acquire))
}

fn count(results: &[PutResult], sent: i64) -> Result<i64> {
    let counted = results.iter().any(|result| !result.app_metadata.is_empty());
    if !counted && (sent > 0 || results.is_empty()) {
        return Ok(update::UNKNOWN);
    }
    let count = update::count(INGEST, results)?;
    Ok(if count > sent { update::UNKNOWN } else { count })
}

async fn upload(
    rpc: Rpc,
    data: impl Stream<Item = Option<FlightData>> + Send + 'static,
    mut broke: oneshot::Receiver<Broke>,
) -> Result<Vec<PutResult>> {
    let channel = rpc.channel();
    let mut call = pin!(rpc.upload(INGEST, &channel, data));
    tokio::select! {
        biased;
        Ok(cause) = &mut broke => {
            // The reset is on its way. The response no longer matters, and a server that reads nothing must not block.
            let limit = rpc.options().timeouts.close;
            drop(tokio::time::timeout(limit, call).await);
            Err(cause.unwrap_or_else(gone))
        }
        ended = &mut call => ended.map_err(|status| match broke.try_recv() {
            // The RPC failed because the data was aborted, which may happen before either is awaited.
            Ok(cause) => cause.unwrap_or_else(gone),
            Err(_) if call::is_unprocessed(&status) => unprocessed(),
            Err(_) => rpc.failure(INGEST, &status, &channel),
        })?,
    }
}

/// The rows were handed to a channel that the server has ended, and are gone.
fn unprocessed() -> Error {
    let text = format!(
        "{}: the server ended the channel before it processed the rows; nothing was stored, run the ingest again",
        INGEST.name
    );
    Error::io(std::io::ErrorKind::ConnectionAborted, text, None)
}

fn gone() -> Error {
    Error::argument("the ingest was aborted before its end")
}

/// Returns the schema with the descriptor, then the rows. A batch is encoded after the previous one was sent.
fn encode<S>(
    descriptor: FlightDescriptor,
    schema: SchemaRef,
    batches: S,
    sent: Arc<Sent>,
) -> impl Stream<Item = Result<FlightData>> + Send + 'static
where
    S: Stream<Item = Result<RecordBatch>> + Send + 'static,
{
    let plain = without_dictionaries(&schema);
    let (mut encoder, first) = Encoder::new(&plain, descriptor);
    let rows = batches.flat_map(move |batch| {
        let messages = batch
            .and_then(|batch| fitting(&schema, batch))
            .and_then(|batch| {
                let rows = i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
                sent.rows.fetch_add(rows, Ordering::AcqRel);
                in_plain(&plain, batch)
                    .and_then(|batch| encoder.batch(&batch))
                    .map_err(|error| {
                        Error::argument(format!("the batches cannot be sent: {error}"))
                    })
            });
        let messages = match messages {
            Ok(messages) => Either::Left(messages.into_iter().map(Ok)),
            Err(error) => Either::Right(std::iter::once(Err(error))),
        };
        futures_util::stream::iter(messages)
    });
    futures_util::stream::iter([Ok(first)]).chain(rows)
}

/// Returns the messages, and `None` once after an error or when `dropped` resolves. `tell` receives the reason first.
fn breakable(
    messages: impl Stream<Item = Result<FlightData>> + Send + 'static,
    dropped: oneshot::Receiver<Infallible>,
    tell: oneshot::Sender<Broke>,
    sent: Arc<Sent>,
) -> impl Stream<Item = Option<FlightData>> + Send + 'static {
    let open = Some((dropped, tell));
    futures_util::stream::unfold(
        (Box::pin(messages), open, sent),
        |(mut messages, open, sent)| async move {
            let (mut dropped, tell) = open?;
            let broke = tokio::select! {
                biased;
                _ = &mut dropped => None,
                next = messages.next() => match next {
                    None => {
                        sent.whole.store(true, Ordering::Release);
                        return None;
                    }
                    Some(Ok(data)) => return Some((Some(data), (messages, Some((dropped, tell)), sent))),
                    Some(Err(error)) => Some(error),
                },
            };
            // The receiver ends with the RPC, and therefore with this stream.
            let _ = tell.send(broke);
            Some((None, (messages, None, sent)))
        },
    )
}

/// Returns the batch with the schema of the ingest. The encoder does not check the columns, and the server would misread
/// other ones.
fn fitting(schema: &SchemaRef, batch: RecordBatch) -> Result<RecordBatch> {
    if Arc::ptr_eq(schema, batch.schema_ref()) || schema == batch.schema_ref() {
        return Ok(batch);
    }
    let refused = |why: &str| {
        Error::argument(format!(
            "a batch does not have the schema of the ingest: {why}"
        ))
    };
    let names = |schema: &SchemaRef| -> Vec<String> {
        schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect()
    };
    if names(schema) != names(batch.schema_ref()) {
        return Err(refused("its columns have other names, or another order"));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), batch.columns().to_vec(), &options)
        .map_err(|error| refused(&error.to_string()))
}
