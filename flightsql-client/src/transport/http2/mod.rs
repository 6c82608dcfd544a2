//! HTTP/2 of gRPC, over the [`h2`] crate.
//!
//! `mod` (handshake, and one call) · `send` (a request's body) · `body` (a response's body) · `driver` (the task that owns the
//! socket) · `keep_alive` (pings) · `status` (a gRPC status that is safe to parse) · `foreign` (responses that are not gRPC).
//!
//! The channel of tonic passes each RPC through three tasks, and writes headers and body separately, so a server wakes up
//! twice: 128 µs for an RPC that takes 66 µs here. Here an RPC goes from its caller directly to the task that owns the
//! socket, and one write sends headers and body.

mod body;
mod driver;
mod foreign;
mod keep_alive;
mod send;
mod status;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Builder, SendRequest};
use http::header::{HeaderValue, USER_AGENT};
use http::{Request, Response};
use tokio::sync::oneshot;
use tonic::body::Body;
use tower_service::Service;

pub(crate) use self::body::ResponseBody;
use self::send::Sending;
use super::group::Group;
use super::monitored::{MonitoredSocket, SocketState};
use super::socket::BoxSocket;
use crate::options::Limits;

/// An HTTP/2 connection as the service of the generated client. Clones share it.
#[derive(Clone)]
pub(crate) struct Http2 {
    send: SendRequest<Bytes>,
    shared: Arc<Shared>,
}

struct Shared {
    /// Gives the reason of a lost connection; RPCs have their own clones.
    send: SendRequest<Bytes>,
    user_agent: HeaderValue,
    max_header_size: u32,
    socket: Arc<SocketState>,
    calls: Arc<Calls>,
    /// Dropped with the last handle and the last RPC, which wakes the task: it then closes the socket.
    _alive: oneshot::Sender<Infallible>,
}

/// The state of the RPCs of a connection, for its pings.
#[derive(Debug, Default)]
struct Calls {
    /// RPCs that wait for the server. A slow consumer does not wait, and its server may have sent everything: a ping without
    /// an open RPC would violate the rule of gRPC.
    waiting: AtomicUsize,
    /// Whether headers or data arrived since the last reply to a ping.
    answered: AtomicBool,
    /// All RPCs, including results that are being read.
    running: AtomicUsize,
}

struct Open {
    shared: Arc<Shared>,
    waits: bool,
}

impl Open {
    /// Creates an RPC that waits for its response.
    fn new(shared: &Arc<Shared>) -> Self {
        let mut open = Self {
            shared: Arc::clone(shared),
            waits: false,
        };
        open.wait();
        shared.calls.running.fetch_add(1, Ordering::Relaxed);
        open
    }

    fn wait(&mut self) {
        if !self.waits {
            self.waits = true;
            self.shared.calls.waiting.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn stop_waiting(&mut self) {
        if self.waits {
            self.waits = false;
            self.shared.calls.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Records headers or data of the server, once between two pings.
    fn answered(&mut self) {
        self.stop_waiting();
        let answered = &self.shared.calls.answered;
        if !answered.load(Ordering::Relaxed) {
            answered.store(true, Ordering::Relaxed);
        }
    }

    /// Notes the reason, if the server reported one.
    fn failed(&mut self, error: &h2::Error) {
        self.stop_waiting();
        self.shared.socket.note_go_away(error);
        // An RPC that was running fails with its socket, and only the connection received the frame before that.
        self.shared.note_end();
    }
}

impl Shared {
    fn note_end(&self) {
        let mut cx = Context::from_waker(Waker::noop());
        if let Poll::Ready(Err(error)) = self.send.clone().poll_ready(&mut cx) {
            self.socket.note_go_away(&error);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.stop_waiting();
        self.shared.calls.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Http2 {
    /// Starts HTTP/2 on a socket with this round-trip time. [`SocketState::wait_for_preface`] waits for the server.
    pub(crate) async fn handshake(
        socket: MonitoredSocket<BoxSocket>,
        round_trip: Duration,
        state: &Arc<SocketState>,
        limits: &Limits,
        user_agent: HeaderValue,
        group: &Arc<Group>,
    ) -> Result<Self, h2::Error> {
        let (send, connection) = builder(limits, round_trip).handshake(socket).await?;
        let (alive, gone) = oneshot::channel();
        let calls = Arc::<Calls>::default();
        let driver = driver::Driver::new(connection, gone, limits, state, &calls, group);
        tokio::spawn(driver.run());
        let shared = Shared {
            send: send.clone(),
            user_agent,
            max_header_size: limits.max_header_size,
            socket: Arc::clone(state),
            calls,
            _alive: alive,
        };
        Ok(Self {
            send,
            shared: Arc::new(shared),
        })
    }

    /// Records the reason of a server that ended the connection while no RPC was running.
    pub(crate) fn note_end(&self) {
        self.shared.note_end();
    }

    /// Returns the number of RPCs that run.
    pub(crate) fn running_calls(&self) -> usize {
        self.shared.calls.running.load(Ordering::Relaxed)
    }

    /// Number of concurrent RPCs that the server allows, as last reported.
    pub(crate) fn max_calls(&self) -> usize {
        self.send.current_max_send_streams()
    }
}

/// The limit of streams before the settings of the server: a number that servers do not send.
const UNTOLD: usize = usize::MAX - 1;

/// Returns the settings of h2. `options/limits.rs` has the reasons for the numbers of the options.
fn builder(limits: &Limits, round_trip: Duration) -> Builder {
    let mut builder = Builder::new();
    builder
        .enable_push(false)
        .max_frame_size(limits.http2_frame_size)
        .initial_window_size(limits.stream_window(round_trip))
        .initial_connection_window_size(limits.http2_connection_window)
        .max_header_list_size(limits.header_room())
        .initial_max_send_streams(UNTOLD)
        // A dropped result resets its stream, and late frames count against the connection. With the default of 1024, a
        // thousand dropped results would end it.
        .max_local_error_reset_streams(None)
        // The maximum of buffered data per stream before a sender waits for the socket: half a message.
        .max_send_buffer_size(1 << 20);
    builder
}

impl Service<Request<Body>> for Http2 {
    type Response = Response<ResponseBody>;
    type Error = h2::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, h2::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), h2::Error>> {
        // A stream above the server's limit waits in h2 until another ends.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (send, open) = (self.send.clone(), Open::new(&self.shared));
        Box::pin(exchange(send, request, open))
    }
}

/// Runs an RPC up to the response headers. Dropping the future or the response resets the stream.
async fn exchange(
    mut send: SendRequest<Bytes>,
    request: Request<Body>,
    mut open: Open,
) -> Result<Response<ResponseBody>, h2::Error> {
    let (mut parts, body) = request.into_parts();
    parts.version = http::Version::HTTP_2;
    parts
        .headers
        .insert(USER_AGENT, open.shared.user_agent.clone());
    let head = Request::from_parts(parts, ());
    let (response, stream) = send.send_request(head, false).inspect_err(|error| {
        // The server accepts no more streams, or the socket broke: no new connection may use this channel.
        open.shared.socket.retire();
        open.failed(error);
    })?;
    drop(send);
    let upload = Sending::new(body, stream).begin().await;
    let mut response = response.await.inspect_err(|error| open.failed(error))?;
    open.answered();
    foreign::explain(&mut response).await;
    let is_end = response.body().is_end_stream();
    status::mend_head(response.headers_mut(), is_end, open.shared.max_header_size);
    Ok(response.map(|stream| ResponseBody::new(stream, upload, open)))
}

flightsql_dialect::debug_fields!(Http2, |it| { calls: it.shared.calls });

#[cfg(test)]
mod tests;
