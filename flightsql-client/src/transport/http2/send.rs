//! A request's body on its way out.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::{Reason, SendStream};
use http_body::Body as _;
use tokio::task::AbortHandle;
use tonic::body::Body;

/// A body and the stream it goes into. Ends when all is sent, or when the server wants no more.
pub(super) struct Sending {
    body: Body,
    stream: SendStream<Bytes>,
    /// Read from the body, and waiting for room.
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

    /// Sends what is ready at once: all of it, where the call has one message. A longer body goes on in a task,
    /// since a server may answer while it still reads.
    pub(super) async fn begin(mut self) -> Option<Upload> {
        let done = std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut self).poll(cx).is_ready()));
        if done.await {
            return None;
        }
        Some(Upload(tokio::spawn(self).abort_handle()))
    }

    /// Room for the bytes that wait; `false` when the stream has ended. The first message asks for none: h2 keeps it
    /// until the stream is open.
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

    /// What waits, if anything does. An error means that the stream has ended, which the response tells.
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
    /// How it went is told by the response: it fails when the stream does.
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
            // The first message waits for a look at what follows: the only one says that it is the last, which is a
            // frame less for the server to read. Later ones leave at once, while the next is being made.
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
                    // A client's gRPC body has no trailers.
                    this.waiting = frame.into_data().ok();
                }
                Poll::Ready(Some(Err(_))) => {
                    // The data broke off: the server must not take what came for the whole (`upload`).
                    this.stream.send_reset(Reason::INTERNAL_ERROR);
                    return Poll::Ready(());
                }
            }
        }
    }
}
