//! Results as HTTP bodies, one record batch at a time. The service reads from the server only as fast as the client reads.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use arrow_array::RecordBatch;
use arrow_cast::cast;
use arrow_ipc::writer::StreamWriter;
use arrow_json::writer::{LineDelimited, Writer, WriterBuilder};
use arrow_schema::{ArrowError, DataType, Schema};
use axum::body::Body;
use bytes::Bytes;
use flightsql::{FlightSql, pool::PoolConnection};
use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::error::ApiError;
use crate::queries::export;

/// Encoder from record batches to bytes.
pub(crate) trait Format: Sized + Send + 'static {
    /// Starts a file. [`take`](Self::take) returns its first bytes.
    fn begin(schema: &Schema) -> Result<Self, ArrowError>;
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), ArrowError>;
    fn end(&mut self) -> Result<(), ArrowError>;
    /// Returns the bytes written since the last call.
    fn take(&mut self) -> Bytes;
}

/// The Arrow IPC stream format.
pub(crate) struct Arrow(StreamWriter<Vec<u8>>);

impl Format for Arrow {
    fn begin(schema: &Schema) -> Result<Self, ArrowError> {
        StreamWriter::try_new(Vec::new(), schema).map(Self)
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.0.write(batch)
    }

    fn end(&mut self) -> Result<(), ArrowError> {
        self.0.finish()
    }

    fn take(&mut self) -> Bytes {
        std::mem::take(self.0.get_mut()).into()
    }
}

/// One JSON object per line, with NULL as `null`.
pub(crate) struct NdJson(Vec<u8>);

impl Format for NdJson {
    fn begin(_schema: &Schema) -> Result<Self, ArrowError> {
        Ok(Self(Vec::new()))
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let mut lines: Writer<_, LineDelimited> = WriterBuilder::new()
            .with_explicit_nulls(true)
            .build(&mut self.0);
        lines.write(&with_offsets(batch)?)?;
        lines.finish()
    }

    fn end(&mut self) -> Result<(), ArrowError> {
        Ok(())
    }

    fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.0).into()
    }
}

/// Replaces the zone `UTC` with an offset, because Arrow's JSON writer supports named zones only with a feature.
fn with_offsets(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(|column| {
        let kind = match column.data_type() {
            DataType::Timestamp(unit, Some(zone)) if &**zone == "UTC" => {
                DataType::Timestamp(*unit, Some("+00:00".into()))
            }
            other => other.clone(),
        };
        cast(column, &kind)
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let schema = batch.schema();
    let names = schema.fields().iter().map(|field| field.name());
    RecordBatch::try_from_iter_with_nullable(
        names
            .zip(columns)
            .map(|(name, column)| (name, column, true)),
    )
}

/// Returns all flights as a body. An error before the first bytes is returned as an error. A later error aborts the body, so
/// that clients do not mistake a partial file for a complete one.
pub(crate) async fn body<F: Format>(
    connection: PoolConnection<FlightSql>,
) -> Result<Body, ApiError> {
    let mut chunks = Chunks::of(move |out| Box::pin(write::<F>(connection, out)));
    let first = chunks.try_next().await?;
    let rest = chunks.inspect_err(ApiError::log);
    let all = stream::iter(first.map(Ok)).chain(rest);
    Ok(Body::from_stream(all.map_err(|_| "the export was aborted")))
}

/// Writes the export. It owns the connection, which returns to its pool when the body ends or is dropped.
async fn write<F: Format>(
    mut connection: PoolConnection<FlightSql>,
    out: Sender<Bytes>,
) -> Result<(), ApiError> {
    let mut batches = connection.fetch_arrow(export!()).await?;
    let mut next = batches.try_next().await?;
    let schema = batches.schema().cloned();
    let mut file = F::begin(&schema.unwrap_or_else(|| Schema::empty().into()))?;
    while let Some(batch) = next {
        file.batch(&batch)?;
        if out.send(file.take()).await.is_err() {
            return Ok(());
        }
        next = batches.try_next().await?;
    }
    file.end()?;
    // The client has disconnected, so the error cannot be sent.
    let _ = out.send(file.take()).await;
    Ok(())
}

/// A stream of the chunks that a future sends. The stream polls the future and drops it with itself, so no task is needed.
struct Chunks {
    writer: Option<BoxFuture<'static, Result<(), ApiError>>>,
    written: Receiver<Bytes>,
    error: Option<ApiError>,
}

impl Chunks {
    fn of(writer: impl FnOnce(Sender<Bytes>) -> BoxFuture<'static, Result<(), ApiError>>) -> Self {
        let (out, written) = channel(1);
        Self {
            writer: Some(writer(out)),
            written,
            error: None,
        }
    }
}

impl Stream for Chunks {
    type Item = Result<Bytes, ApiError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(writer) = &mut self.writer
            && let Poll::Ready(result) = writer.as_mut().poll(cx)
        {
            self.writer = None;
            self.error = result.err();
        }
        let chunk = ready!(self.written.poll_recv(cx));
        Poll::Ready(match chunk {
            Some(chunk) => Some(Ok(chunk)),
            None => self.error.take().map(Err),
        })
    }
}
