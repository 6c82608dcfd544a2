//! A reply stream: it is counted, catches panics, and applies the fault of its RPC.
//!
//! Job: the stream type of every streaming method. Layer: harness, above [`super::fault`] and [`super::io`].

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use prost::Message;
use tonic::Status;

use super::{
    fault::After,
    io::{Cut, Link},
    state::{Count, State},
};
use crate::stream::BoxStream;

/// The time for sent messages to reach the socket before the connection is closed.
const FLUSH_DEADLINE: Duration = Duration::from_millis(500);

/// The gRPC prefix of every message: a flag byte and a length of four bytes.
const GRPC_PREFIX: u64 = 5;

pub(crate) struct ReplyStream<T> {
    inner: BoxStream<T>,
    after: Option<(usize, After)>,
    sent: usize,
    bytes: u64,
    link: Option<Arc<Link>>,
    written_before: u64,
    cutting: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    ended: bool,
    state: Arc<State>,
    _open: Count,
    _running: Count,
}

impl<T: Message + 'static> ReplyStream<T> {
    pub(crate) fn new(
        inner: BoxStream<T>,
        after: Option<(usize, After)>,
        link: Option<Arc<Link>>,
        state: Arc<State>,
        running: Count,
    ) -> Self {
        Self {
            inner,
            after,
            sent: 0,
            bytes: 0,
            written_before: link.as_ref().map_or(0, |link| link.written()),
            link,
            cutting: None,
            ended: false,
            _open: state.open_streams.one(),
            _running: running,
            state,
        }
    }

    /// Polls the next message of the service. A panic is recorded for the test and ends the stream.
    fn poll_inner(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Status>>> {
        let polled = catch_unwind(AssertUnwindSafe(|| self.inner.as_mut().poll_next(cx)));
        polled.unwrap_or_else(|panic| Poll::Ready(Some(Err(self.state.panicked(panic)))))
    }

    fn poll_skipping(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Status>>> {
        loop {
            match ready!(self.poll_inner(cx)) {
                Some(Ok(_)) => {}
                end => {
                    self.ended = true;
                    return Poll::Ready(end);
                }
            }
        }
    }

    fn poll_after(
        &mut self,
        after: After,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<T, Status>>> {
        match after {
            After::Skip => self.poll_skipping(cx),
            After::Hang => Poll::Pending,
            After::Fail(status) => {
                self.ended = true;
                Poll::Ready(Some(Err(status)))
            }
            After::Cut => {
                let link = self.link.clone();
                let target = self.written_before + self.bytes;
                let cutting = self
                    .cutting
                    .get_or_insert_with(|| Box::pin(cut_when_written(link, target)));
                // Stay pending, because the end of the connection drops this stream.
                if cutting.as_mut().poll(cx).is_ready() {
                    self.cutting = Some(Box::pin(std::future::pending()));
                }
                Poll::Pending
            }
        }
    }
}

impl<T: Message + 'static> Stream for ReplyStream<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.ended {
            return Poll::Ready(None);
        }
        let due = this
            .after
            .clone()
            .filter(|(messages, _)| this.sent >= *messages);
        if let Some((_, after)) = due {
            return this.poll_after(after, cx);
        }
        let item = ready!(this.poll_inner(cx));
        match (&item, this.after.clone()) {
            (Some(Ok(message)), _) => {
                let len = u64::try_from(message.encoded_len()).unwrap_or(u64::MAX);
                this.bytes += len.saturating_add(GRPC_PREFIX);
                this.sent += 1;
            }
            // The stream is shorter than the fault's count, so apply the fault at its end.
            (None, Some((_, after))) => {
                this.after = Some((0, after.clone()));
                return this.poll_after(after, cx);
            }
            _ => this.ended = true,
        }
        Poll::Ready(item)
    }
}

impl<T> fmt::Debug for ReplyStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyStream")
            .field("sent", &self.sent)
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}

/// Closes the connection after `target` bytes were sent.
pub(crate) async fn cut_when_written(link: Option<Arc<Link>>, target: u64) {
    if let Some(link) = link {
        // A timeout is fine: the peer does not read, and loses the rest.
        let _ = tokio::time::timeout(FLUSH_DEADLINE, link.flushed(target)).await;
        link.cut(Cut::Close);
    }
}
