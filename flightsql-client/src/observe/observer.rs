//! [`Observer`]: the receiver of metrics.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Receives the metrics of the operations and connections of a client or pool; set by
/// [`ConnectOptions::observer`](crate::ConnectOptions::observer). Its methods run in the task of the operation, so they must not block.
///
/// Attributes contain no SQL, no values and no secrets. A panic of a method is caught and logged once, and the operation
/// continues; a program that aborts on panics still aborts.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use flightsql_client::{Observer, OperationEvent};
///
/// /// Adds the durations of `db.client.operation.duration`.
/// #[derive(Default)]
/// struct Total(Mutex<f64>);
///
/// impl Observer for Total {
///     fn operation(&self, event: &OperationEvent<'_>) {
///         *self.0.lock().unwrap() += event.duration.as_secs_f64();
///     }
/// }
///
/// let total = Arc::new(Total::default());
/// let options = flightsql_client::ConnectOptions::new().observer(Arc::clone(&total));
/// # drop(options);
/// ```
pub trait Observer: Send + Sync + 'static {
    /// Reports an operation that has ended: one value of `db.client.operation.duration`.
    fn operation(&self, event: &OperationEvent<'_>) {
        let _ = event;
    }

    /// Reports that a connection was opened, or that opening it failed: one value of `db.client.connection.create_time`.
    fn connection_created(&self, event: &ConnectionEvent<'_>) {
        let _ = event;
    }

    /// Reports that a pool got a connection back: one value of `db.client.connection.use_time`. Only the driver calls this
    /// method, for pools made with its `pool_options`.
    fn connection_released(&self, event: &ConnectionEvent<'_>) {
        let _ = event;
    }
}

/// The observer of several options, or one that the program keeps.
impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn operation(&self, event: &OperationEvent<'_>) {
        (**self).operation(event);
    }

    fn connection_created(&self, event: &ConnectionEvent<'_>) {
        (**self).connection_created(event);
    }

    fn connection_released(&self, event: &ConnectionEvent<'_>) {
        (**self).connection_released(event);
    }
}

/// An operation that has ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OperationEvent<'a> {
    /// The time from the call to the end of the result. For a stream, it includes the time that the caller takes between
    /// batches.
    pub duration: Duration,
    /// `db.system.name`: the engine, as the dialect names it.
    pub system: &'a str,
    /// `db.namespace`: the catalog and schema of the options, as `catalog|schema`.
    pub namespace: Option<&'a str>,
    /// `db.operation.name`: the leading keyword of a statement as written, or `INGEST`, `PREPARE`, `DESCRIBE`, `BEGIN`, `SAVEPOINT`,
    /// `COMMIT`, `ROLLBACK`, `RELEASE SAVEPOINT`, `ROLLBACK TO SAVEPOINT`, or the name of a catalog command. `None` for a statement of an unknown kind.
    pub operation: Option<&'a str>,
    /// `db.collection.name`: the table of an ingest.
    pub collection: Option<&'a str>,
    /// `db.operation.batch.size`: the number of parameter sets, if there are two or more.
    pub batch_size: Option<u64>,
    /// `error.type`: the gRPC code of an error response, otherwise a word such as `timeout` or `io`. `None` without an error.
    pub error_type: Option<&'static str>,
    /// `db.response.status_code`: the gRPC code of an error response of the server.
    pub status_code: Option<&'static str>,
    /// `server.address`: the host of the options that the connection uses, or the path of the Unix socket.
    pub server_address: &'a str,
    /// `server.port`; `None` for a Unix socket.
    pub server_port: Option<u16>,
    /// Whether the caller dropped the operation or its result before the end.
    pub is_cancelled: bool,
    /// The rows of the result that were read, or the rows that an ingest sent.
    pub rows: u64,
    /// The batches of the result that were read, or the batches that an ingest sent.
    pub batches: u64,
    /// The bytes of the result that were read, as gRPC messages, before decompression.
    pub bytes: u64,
    /// The endpoints of the result that were opened.
    pub endpoints: u64,
    /// The rows that the statement changed, if the server reported them.
    pub rows_affected: Option<u64>,
}

/// A connection that was opened or released.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConnectionEvent<'a> {
    /// The time that opening the connection took, or the time between its acquire and its release.
    pub duration: Duration,
    /// `db.system.name`: the engine, as the dialect names it.
    pub system: &'a str,
    /// `db.namespace`: the catalog and schema of the options, as `catalog|schema`.
    pub namespace: Option<&'a str>,
    /// `error.type` of a connection that was not opened.
    pub error_type: Option<&'static str>,
    /// `server.address`: the first host of the options, or the path of the Unix socket.
    pub server_address: &'a str,
    /// `server.port`; `None` for a Unix socket.
    pub server_port: Option<u16>,
    /// Whether the caller dropped the connect before its end.
    pub is_cancelled: bool,
}

/// The observer of options, whose panics end here.
#[derive(Clone)]
pub(crate) struct ObserverSlot {
    observer: Arc<dyn Observer>,
    has_panicked: Arc<AtomicBool>,
}

impl ObserverSlot {
    pub(crate) fn new(observer: Arc<dyn Observer>) -> Self {
        Self {
            observer,
            has_panicked: Arc::default(),
        }
    }

    pub(crate) fn tell(&self, tell: impl FnOnce(&dyn Observer)) {
        let told = catch_unwind(AssertUnwindSafe(|| tell(&*self.observer)));
        if told.is_err() && !self.has_panicked.swap(true, Ordering::AcqRel) {
            log::error!(
                "an observer panicked; its metrics are incomplete, and later panics are not logged"
            );
        }
    }
}

impl fmt::Debug for ObserverSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
