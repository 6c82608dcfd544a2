//! The body of a request while it is sent.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::{Reason, SendStream};
use http_body::Body as _;
use tokio::task::AbortHandle;
use tonic::body::Body;

/// A body and its stream. Ends when everything is sent, or when the server resets the stream.
pub(super) struct Sending {
    body: Body,
    stream: SendStream<Bytes>,
    /// Data of the body that waits for the flow-control window.
    waiting: Option<Bytes>,
    begun: bool,
}

/// A body that is still being sent. Dropping it resets the stream.
#[derive(Debug)]
pub(super) struct Upload(AbortHandle);

impl Drop for Upload {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Sending {
    pub(super) fn new(body: Body, stream: SendStream<Bytes>) -> Self {
        Self {
            body,
            stream,
            waiting: None,
            begun: false,
        }
    }

    /// Sends the available data, which is everything for an RPC with one message. A task sends the rest, since a server may
    /// respond before it has read everything.
    pub(super) async fn begin(mut self) -> Option<Upload> {
        let done = std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut self).poll(cx).is_ready()));
        if done.await {
            return None;
        }
        Some(Upload(tokio::spawn(self).abort_handle()))
    }

    /// Waits for flow-control capacity; `false` if the stream has ended. The first message needs none, since h2 keeps it until
    /// the stream is open.
    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        self.stream.reserve_capacity(1);
        while self.stream.capacity() == 0 {
            match ready!(self.stream.poll_capacity(cx)) {
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Poll::Ready(false),
            }
        }
        Poll::Ready(true)
    }

    /// Sends the waiting data, if any. An error means that the stream has ended, which the response reports.
    fn send(&mut self, last: bool) {
        if let Some(data) = self.waiting.take() {
            self.begun = true;
            let _ = self.stream.send_data(data, last);
        } else if last {
            let _ = self.stream.send_data(Bytes::new(), true);
        }
    }
}

impl Future for Sending {
    /// Returns no error: the response fails if the stream does.
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        loop {
            if this.stream.poll_reset(cx).is_ready() {
                return Poll::Ready(());
            }
            if this.begun && this.waiting.is_some() {
                if !ready!(this.poll_room(cx)) {
                    return Poll::Ready(());
                }
                this.send(false);
            }
            // The first message waits for the next one: an only message is marked as the last, which saves a frame. Later
            // messages are sent immediately, while the next one is created.
            match Pin::new(&mut this.body).poll_frame(cx) {
                Poll::Pending => {
                    this.send(false);
                    return Poll::Pending;
                }
                Poll::Ready(None) => {
                    this.send(true);
                    return Poll::Ready(());
                }
                Poll::Ready(Some(Ok(frame))) => {
                    this.send(false);
                    // The gRPC body of a client has no trailers.
                    this.waiting = frame.into_data().ok();
                }
                Poll::Ready(Some(Err(_))) => {
                    // The data was aborted: the server must not treat a part as complete (`upload`).
                    this.stream.send_reset(Reason::INTERNAL_ERROR);
                    return Poll::Ready(());
                }
            }
        }
    }
}
