//! A running result as a Flight stream.
//!
//! Layer: service. SQLite runs on a blocking thread, and a channel of a few batches provides backpressure.
//! In a transaction or session, a slow reader must not block the next command. The rest of the result is then stored in memory,
//! up to a limit, and the connection is free.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_flight::FlightData;
use arrow_flight::encode::{DictionaryHandling, FlightDataEncoderBuilder};
use arrow_schema::{Schema, SchemaRef};
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, error::TrySendError};
use tonic::Status;

use super::results::Reading;
use super::status::flight_error;
use crate::engine::{
    Cancel, Event, Execution, Job, Kind, Result, SqliteError, Wanted, cancelled, count_batch,
    count_schema, execute,
};

/// Maximum number of batches in the channel.
const DEPTH: usize = 2;
/// Maximum bytes of a result in memory for a slow reader in a transaction or session.
const SPILL: usize = 256 << 20;

/// The messages of a DoGet.
pub(crate) type DataStream = BoxStream<'static, Result<FlightData, Status>>;

/// A message from the thread to the stream. Without `End`, the stream was interrupted.
#[derive(Debug)]
enum Message {
    Event(Event),
    End(Result<()>),
}

/// Starts a result. Errors before the first row become the status of the RPC, and later errors are part of the stream.
pub(crate) async fn open(
    reading: Reading,
    batch_rows: usize,
    count_changes: bool,
) -> Result<DataStream, Status> {
    if let Some(outcome) = reading.announced.outcome.clone() {
        // The result counts as an open cursor until the stream is dropped.
        let batches = (0..outcome.batches.len()).map(move |at| {
            let _reading = &reading;
            Ok(outcome.batches[at].clone())
        });
        return Ok(encode(outcome.schema, stream::iter(batches).boxed()));
    }
    let (sender, mut receiver) = mpsc::channel(DEPTH);
    let readonly = reading.announced.plan.readonly;
    let cancel = reading.cancel.clone();
    // A change keeps its effects even if its rows are not read.
    let guard = readonly.then(|| cancel.on_drop());
    let reading = Arc::new(reading);
    let worker = Arc::clone(&reading);
    let handle = Handle::current();
    tokio::task::spawn_blocking(move || work(&worker, batch_rows, count_changes, sender, handle));
    let schema = match receiver.recv().await {
        Some(Message::Event(Event::Schema(schema))) => schema,
        Some(Message::End(Err(error))) => return Err(error.into()),
        _ => return Err(cut_off()),
    };
    let state = (receiver, guard, reading, cancel);
    let batches = stream::unfold(Some(state), |state| async move {
        let (mut receiver, guard, reading, cancel) = state?;
        let message = tokio::select! {
            biased;
            message = receiver.recv() => message,
            () = cancel.cancelled() => Some(Message::End(Err(cancelled()))),
        };
        match message {
            Some(Message::Event(Event::Batch(batch))) => {
                Some((Ok(batch), Some((receiver, guard, reading, cancel))))
            }
            Some(Message::End(Ok(()))) => None,
            Some(Message::End(Err(error))) => Some((Err(flight_error(error)), None)),
            Some(Message::Event(Event::Schema(_))) | None => {
                Some((Err(flight_error(cut_off())), None))
            }
        }
    });
    Ok(encode(schema, batches.boxed()))
}

/// Returns the result of a statement that has run and returned no rows.
pub(crate) fn nothing() -> DataStream {
    encode(Arc::new(Schema::empty()), stream::empty().boxed())
}

/// Returns available batches as a Flight stream.
pub(crate) fn of_batch(batch: RecordBatch) -> DataStream {
    encode(batch.schema(), stream::iter([Ok(batch)]).boxed())
}

fn encode(
    schema: SchemaRef,
    batches: BoxStream<'static, Result<RecordBatch, arrow_flight::error::FlightError>>,
) -> DataStream {
    FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_dictionary_handling(DictionaryHandling::Resend)
        .build(batches)
        .map_err(Status::from)
        .boxed()
}

fn cut_off() -> Status {
    Status::internal("the statement's thread ended unexpectedly")
}

fn work(
    reading: &Reading,
    batch_rows: usize,
    count_changes: bool,
    sender: mpsc::Sender<Message>,
    handle: Handle,
) {
    let announced = &reading.announced;
    let held = announced.site.held();
    let mut outlet = Outlet {
        sender,
        cancel: reading.cancel.clone(),
        held,
        handle,
        spill: VecDeque::new(),
        bytes: 0,
    };
    let plan = &announced.plan;
    let result = announced.site.run(Job::of(plan), &reading.cancel, |conn| {
        if count_changes && plan.is_change() {
            let count = execute(conn, plan, &announced.bound)?;
            outlet.send(Event::Schema(count_schema()))?;
            return outlet.send(Event::Batch(count_batch(count)?));
        }
        let execution = Execution {
            plan: Arc::clone(plan),
            bound: Arc::clone(&announced.bound),
            output: announced.output.clone(),
            window: reading.window,
            batch_rows,
        };
        execution.run(conn, &mut |event| outlet.send(event))
    });
    outlet.finish(result);
}

/// The sending end of the channel.
struct Outlet {
    sender: mpsc::Sender<Message>,
    cancel: Cancel,
    held: Option<Arc<dyn Wanted>>,
    handle: Handle,
    spill: VecDeque<Event>,
    bytes: usize,
}

impl Outlet {
    /// Sends an event, waits for space, or stores the event if another command needs the connection.
    fn send(&mut self, event: Event) -> Result<()> {
        if !self.spill.is_empty() {
            return self.keep(event);
        }
        let mut message = Message::Event(event);
        loop {
            message = match self.sender.try_send(message) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Closed(_)) => return Err(cancelled()),
                Err(TrySendError::Full(message)) => message,
            };
            match (&self.held, message) {
                (Some(held), Message::Event(event)) if held.is_wanted() => {
                    return self.keep(event);
                }
                (_, kept) => message = kept,
            }
            self.wait()?;
        }
    }

    /// Waits until there may be space.
    fn wait(&self) -> Result<()> {
        self.handle.block_on(async {
            let wanted = async {
                match &self.held {
                    Some(held) => held.wanted().notified().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                room = self.sender.reserve() => room.map(drop).map_err(|_| cancelled()),
                () = self.cancel.cancelled() => Err(cancelled()),
                () = wanted => Ok(()),
            }
        })
    }

    fn keep(&mut self, event: Event) -> Result<()> {
        if self.sender.is_closed() {
            return Err(cancelled());
        }
        if let Event::Batch(batch) = &event {
            self.bytes = self.bytes.saturating_add(batch.get_array_memory_size());
        }
        if self.bytes > SPILL {
            return Err(SqliteError::new(
                Kind::Exhausted,
                "another command of the transaction or session wants its connection and the rest of this result is too large to keep: read it first",
            ));
        }
        self.spill.push_back(event);
        Ok(())
    }

    /// Sends the stored events and the end, after the connection is free.
    fn finish(mut self, result: Result<()>) {
        self.held = None;
        let kept = std::mem::take(&mut self.spill);
        let sent = kept.into_iter().try_for_each(|event| self.send(event));
        // A closed channel has no receiver for the end, and a cancelled stream ends on its own.
        if sent.is_ok() && self.cancel.is_cancelled() {
            drop(self.sender.try_send(Message::End(result)));
        } else if sent.is_ok() {
            drop(self.sender.blocking_send(Message::End(result)));
        }
    }
}
