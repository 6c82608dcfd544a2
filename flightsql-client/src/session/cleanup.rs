//! Cleanup: jobs for resources on the server that the client dropped.
//!
//! Dropping never blocks. The owner of a resource pushes a [`Cleanup`] job, and a task runs it if a runtime is available.
//! Rollbacks, cancellations and statements are urgent: they run first, and before the connection is used again. Handles are
//! closed in the background, and the next use waits only for a long list of them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_core::future::BoxFuture;
use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

use crate::error::{Error, Result};
use crate::lock::lock;
use crate::protocol::rpc::Rpc;

/// The number of pending jobs for which the next use does not wait: enough for a burst of dropped streams, and few enough for
/// a server.
const MAX_WAITING: usize = 64;
/// The number of handles that a closing session closes at once: few enough for a server that allows few streams.
const CONCURRENT: usize = 16;

/// A job that releases a resource on the server.
pub struct Cleanup {
    /// The action, for logs. A handle may contain bound values, so it is not logged.
    what: &'static str,
    turn: Turn,
    /// The mutex is needed because a future is not `Sync` and a connection must be.
    job: Mutex<BoxFuture<'static, Result<()>>>,
}

/// The time at which a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// In the background.
    Background,
    /// Before the next statement, which waits for it.
    Urgent,
    /// In the background, and next to others of its kind once the session closes.
    Concurrent,
}

impl Cleanup {
    pub(crate) fn new(
        what: &'static str,
        turn: Turn,
        job: impl Future<Output = Result<()>> + Send + 'static,
    ) -> Self {
        let job = Mutex::new(Box::pin(job) as _);
        Self { what, turn, job }
    }
}

impl fmt::Debug for Cleanup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cleanup").field(&self.what).finish()
    }
}

/// The cleanup jobs of one session. Clones of the `Arc` live in streams and tasks that outlast a borrow of it.
#[derive(Debug)]
pub struct CleanupQueue {
    rpc: Rpc,
    jobs: Mutex<Jobs>,
    /// A job has ended.
    ended: Notify,
}

#[derive(Debug, Default)]
struct Jobs {
    waiting: VecDeque<Cleanup>,
    /// The urgent ones among those that wait or run.
    urgent: usize,
    is_running: bool,
    /// The time after which the session gives up. `None` before it is closed.
    end: Option<Instant>,
}

impl CleanupQueue {
    pub(crate) fn new(rpc: Rpc) -> Arc<Self> {
        Arc::new(Self {
            rpc,
            jobs: Mutex::default(),
            ended: Notify::new(),
        })
    }

    /// Adds a job. It runs in a task of its own if a Tokio runtime is running here, otherwise when the connection is used
    /// next. Never blocks.
    pub fn push(self: &Arc<Self>, cleanup: Cleanup) {
        let mut jobs = lock(&self.jobs);
        jobs.urgent += usize::from(cleanup.turn == Turn::Urgent);
        jobs.waiting.push_back(cleanup);
        drop(jobs);
        self.start();
    }

    /// All jobs together have this long from now on. A later call changes nothing.
    pub(crate) fn end_within(&self, limit: Duration) {
        lock(&self.jobs).end.get_or_insert(Instant::now() + limit);
    }

    /// Waits for the jobs that must end before the connection is used again. Cancel-safe.
    pub async fn before_use(self: &Arc<Self>) {
        self.wait(|jobs| jobs.urgent == 0 && jobs.waiting.len() <= MAX_WAITING)
            .await;
    }

    /// Returns `true` if a job waits or runs.
    pub(crate) fn any(&self) -> bool {
        let jobs = lock(&self.jobs);
        jobs.is_running || !jobs.waiting.is_empty()
    }

    /// The jobs that wait, oldest first.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> Vec<&'static str> {
        let jobs = lock(&self.jobs);
        jobs.waiting.iter().map(|job| job.what).collect()
    }

    /// Waits until all jobs have ended. Cancel-safe.
    pub async fn settle(self: &Arc<Self>) {
        self.wait(|jobs| jobs.waiting.is_empty() && !jobs.is_running)
            .await;
    }

    async fn wait(self: &Arc<Self>, enough: impl Fn(&Jobs) -> bool) {
        if enough(&lock(&self.jobs)) {
            return;
        }
        loop {
            let notified = self.ended.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if enough(&lock(&self.jobs)) {
                return;
            }
            self.start();
            notified.await;
            // A runtime that is shutting down drops each new task immediately, which wakes this loop. This await lets the
            // runtime drop the waiting task too; without it, the loop would never end.
            tokio::task::yield_now().await;
        }
    }

    /// Starts the task that runs the jobs, once.
    fn start(self: &Arc<Self>) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let mut jobs = lock(&self.jobs);
        if jobs.is_running || jobs.waiting.is_empty() {
            return;
        }
        jobs.is_running = true;
        // A runtime that is shutting down drops the task immediately, and the drop locks the jobs.
        drop(jobs);
        let runner = Runner {
            queue: Arc::clone(self),
            urgent: 0,
            is_over: false,
        };
        runtime.spawn(runner.run());
    }

    async fn run(&self, cleanup: Cleanup) {
        if !self.rpc.is_open() && !self.rpc.is_replaceable() {
            // The connection is lost, and with it its resources on the server.
            return;
        }
        let job = cleanup.job.into_inner();
        let job = job.unwrap_or_else(PoisonError::into_inner);
        let end = lock(&self.jobs).end;
        let ended = match end {
            None => Some(job.await),
            // A server that has not replied until now gets no further RPC.
            Some(end) if Instant::now() >= end => None,
            Some(end) => timeout_at(end, job).await.ok(),
        };
        let error = match ended {
            Some(Ok(())) => return,
            // A handle or transaction that the server no longer knows is already released.
            Some(Err(error)) => self.rpc.session().mask(&error.to_string()),
            None => "`close_timeout` has passed".to_owned(),
        };
        log::debug!("failed to {} after a drop: {error}", cleanup.what);
    }
}

/// The task that runs the jobs. If the runtime drops it half-way, the next use starts another.
struct Runner {
    queue: Arc<CleanupQueue>,
    /// 1 while an urgent job is running.
    urgent: usize,
    /// Whether it has ended, after which another task may be running.
    is_over: bool,
}

impl Runner {
    async fn run(mut self) {
        let queue = Arc::clone(&self.queue);
        loop {
            let batch = self.next();
            if batch.is_empty() {
                return;
            }
            join_all(batch.into_iter().map(|cleanup| queue.run(cleanup))).await;
            self.ended();
        }
    }

    /// The oldest urgent job, or the oldest one: the next statement does not wait for closed handles. A session that closes
    /// closes its handles together, so that a distant server does not use up `close_timeout`. When there is none, the task is
    /// over, and the next `push` starts another.
    fn next(&mut self) -> Vec<Cleanup> {
        let mut jobs = lock(&self.queue.jobs);
        let urgent = jobs.waiting.iter().position(|job| job.turn == Turn::Urgent);
        let first = jobs.waiting.remove(urgent.unwrap_or(0));
        let mut batch: Vec<Cleanup> = first.into_iter().collect();
        let [first] = &batch[..] else {
            jobs.is_running = false;
            self.is_over = true;
            return batch;
        };
        self.urgent = usize::from(first.turn == Turn::Urgent);
        if first.turn == Turn::Concurrent && jobs.end.is_some() {
            while batch.len() < CONCURRENT
                && let Some(next) = jobs
                    .waiting
                    .pop_front_if(|next| next.turn == Turn::Concurrent)
            {
                batch.push(next);
            }
        }
        batch
    }

    fn ended(&mut self) {
        lock(&self.queue.jobs).urgent -= std::mem::take(&mut self.urgent);
        self.queue.ended.notify_waiters();
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // An interrupted job is lost with its runtime; waiters must be woken.
        if !self.is_over {
            lock(&self.queue.jobs).is_running = false;
        }
        self.ended();
    }
}

/// Runs `call` to its end, also if this future is dropped: otherwise the client would never learn the id of a handle or a
/// transaction that the server creates. `unclaimed` gets a result whose caller is gone. Cancel-safe.
pub(crate) async fn run_detached<T, F, G>(call: F, unclaimed: G) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
    G: FnOnce(T) + Send + 'static,
{
    let (send, receive) = oneshot::channel();
    let run = async move {
        let result = call.await.map(|value| Unclaimed(Some((value, unclaimed))));
        // Without a receiver, the value is dropped here; otherwise, the receiver drops it.
        let _ = send.send(result);
    };
    tokio::spawn(run.in_current_span());
    match receive.await {
        Ok(result) => result?.claim(),
        Err(_) => Err(shut_down()),
    }
}

fn shut_down() -> Error {
    Error::io(
        std::io::ErrorKind::Interrupted,
        "the runtime shut down in the middle of a call",
        None,
    )
}

/// A result that is released if it is dropped unclaimed.
struct Unclaimed<T, G: FnOnce(T)>(Option<(T, G)>);

impl<T, G: FnOnce(T)> Unclaimed<T, G> {
    fn claim(mut self) -> Result<T> {
        let (value, _) = self.0.take().ok_or_else(shut_down)?;
        Ok(value)
    }
}

impl<T, G: FnOnce(T)> Drop for Unclaimed<T, G> {
    fn drop(&mut self) {
        if let Some((value, unclaimed)) = self.0.take() {
            unclaimed(value);
        }
    }
}
