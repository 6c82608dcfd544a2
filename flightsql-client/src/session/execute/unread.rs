//! Results that were dropped before their end.
//!
//! A server may go on with the statement of such a result, and some servers run nothing else meanwhile. The driver therefore
//! cancels it there: <https://arrow.apache.org/docs/format/Flight.html#downloading-data-by-running-a-heavy-query>.

use std::sync::Arc;
use std::task::{self, Poll, Waker};
use std::time::Duration;

use arrow_flight::FlightInfo;

use crate::error::Result;
use crate::protocol::cancel::{self, CancelActions};
use crate::protocol::messages::MessageStream;
use crate::protocol::rpc::Rpc;
use crate::session::Context;
use crate::session::cleanup::{Cleanup, Turn};
use crate::transport::deadline::within;

/// The time in which the end of a result may follow its rows. A server sends both together, so this covers the jitter of
/// a network; the next statement waits no longer for it.
const GRACE: Duration = Duration::from_millis(100);
/// Bytes of a result that are read in search of its end. A result with more rows than that is not about to end.
const READ_ON: usize = 64 << 10;

/// The way in which a session cancels the results that it drops.
#[derive(Debug, Clone)]
pub(crate) struct Cancellation {
    /// `None` if the dialect does not let the driver cancel.
    actions: Option<Arc<CancelActions>>,
}

impl Cancellation {
    pub(crate) fn new(is_allowed: bool, actions: &Arc<CancelActions>) -> Self {
        Self {
            actions: is_allowed.then(|| Arc::clone(actions)),
        }
    }

    /// Returns `true` if a result that is dropped before its end is cancelled on the server.
    pub(crate) fn is_possible(&self) -> bool {
        self.actions.as_ref().is_some_and(|actions| actions.any())
    }
}

/// A result that has lost its reader.
pub(crate) struct Unread {
    info: FlightInfo,
    /// The stream of its last endpoint, whose end is the end of the result.
    last: Option<MessageStream>,
    budget: usize,
}

impl Unread {
    /// Creates a result with the stream of its last endpoint, if it was opened. Returns `None` if the result has ended.
    pub(super) fn new(info: FlightInfo, last: Option<MessageStream>) -> Option<Self> {
        let mut unread = Self {
            info,
            last,
            budget: READ_ON,
        };
        // The end of a small result mostly arrives together with its rows.
        match unread.poll_end(&mut task::Context::from_waker(Waker::noop())) {
            Poll::Ready(true) => None,
            Poll::Ready(false) | Poll::Pending => Some(unread),
        }
    }

    /// The job that cancels the statement on the server, bounded by `close_timeout`.
    pub(super) fn cleanup(self, context: &Context) -> Cleanup {
        let (rpc, actions) = (context.rpc.clone(), context.cancellation.actions.clone());
        Cleanup::new("cancel a result", Turn::Urgent, async move {
            let Some(actions) = actions else {
                return Ok(());
            };
            let limit = rpc.options().timeouts.close;
            within(
                self.cancel(&rpc, &actions),
                "cancel",
                "close_timeout",
                limit,
            )
            .await
        })
    }

    /// Cancels the statement on the server, unless its result ends within [`GRACE`].
    async fn cancel(mut self, rpc: &Rpc, actions: &CancelActions) -> Result<()> {
        if self.last.is_some() {
            let end = std::future::poll_fn(|cx| self.poll_end(cx));
            if let Ok(true) = tokio::time::timeout(GRACE, end).await {
                return Ok(());
            }
        }
        // Resets the stream first: a server may wait for its reader before it takes the action.
        self.last = None;
        cancel::result(rpc, actions, self.info).await
    }

    /// `true` if the result has ended, `false` if more of it arrives.
    fn poll_end(&mut self, cx: &mut task::Context<'_>) -> Poll<bool> {
        match &mut self.last {
            Some(stream) => stream.poll_end(cx, &mut self.budget),
            None => Poll::Ready(false),
        }
    }
}
