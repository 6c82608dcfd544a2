//! Single entry point for all RPCs: `info`, `schema`, `get`, `put`, `upload` and `action`.
//!
//! Three rules apply to every RPC:
//!
//! - The response is read up to its trailers, because a server may reject a commit after sending headers, and because
//!   HTTP/2 counts abandoned streams against the connection.
//! - A missing response is an error where the protocol requires one.
//! - The request carries its deadline, headers and session.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_flight::{
    Action, FlightData, FlightDescriptor, FlightInfo, PutResult, SchemaResult, Ticket,
};
use futures_core::Stream;
use futures_core::future::BoxFuture;
use prost::Message;
use prost::bytes::Bytes;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};

use super::frames;
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::options::ConnectOptions;
use crate::transport::call::{self, CallState};
use crate::transport::channel::{self, Channel, Channels, Lease};
use crate::transport::deadline::{Budget, within};
use crate::transport::download::{self, Download};
use crate::transport::method::Method;
use crate::transport::upload;

/// Replies to an action or a put before the driver stops reading: Flight SQL names at most one.
const MAX_REPLIES: usize = 1024;
/// Replies that are kept: the one that the protocol names, and a second as a sign that there were several.
const KEPT_REPLIES: usize = 2;

/// The option that limits the time of an RPC.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TimeoutClass {
    Query,
    Update,
    /// An update that lasts as long as the caller has batches to send.
    Ingest,
    Metadata,
    Close,
}

/// The name of an RPC in errors and logs, and the class of its deadline.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) timeout: TimeoutClass,
}

impl Operation {
    pub(crate) const fn new(name: &'static str, timeout: TimeoutClass) -> Self {
        Self { name, timeout }
    }
}

/// A running RPC.
type Call<'a, T> = BoxFuture<'a, std::result::Result<T, Status>>;

/// The RPCs of one session. Clones share the channel and the session state, so that background tasks can run the cleanup of
/// a dropped session.
#[derive(Debug, Clone)]
pub struct Rpc(Arc<Link>);

/// Sends one attempt of an RPC.
type Attempt<'a, T> = &'a (dyn Fn(&Channel) -> Call<'static, T> + Sync);

/// Attempts of an RPC that servers refuse to process.
const ATTEMPTS: usize = 5;

/// The state that all clones of an [`Rpc`] share.
#[derive(Debug)]
struct Link {
    place: Mutex<Place>,
    channels: Arc<Channels>,
    session: Arc<CallState>,
    options: Arc<ConnectOptions>,
    /// The session has options or first statements, which only its own server knows.
    has_settings: bool,
    in_transaction: AtomicBool,
}

/// The channel of a session, and its slot on it.
#[derive(Debug)]
struct Place {
    channel: Arc<Channel>,
    /// `None` once the session is gone, and only its cleanup is left.
    lease: Option<Lease>,
}

impl Rpc {
    pub(crate) fn new(
        (channel, lease): (Channel, Lease),
        channels: &Arc<Channels>,
        session: Arc<CallState>,
        options: &Arc<ConnectOptions>,
        has_settings: bool,
    ) -> Self {
        Self(Arc::new(Link {
            place: Mutex::new(Place {
                channel: Arc::new(channel),
                lease: Some(lease),
            }),
            channels: Arc::clone(channels),
            session,
            options: Arc::clone(options),
            has_settings,
            in_transaction: AtomicBool::new(false),
        }))
    }

    pub(crate) fn options(&self) -> &ConnectOptions {
        &self.0.options
    }

    pub fn session(&self) -> &CallState {
        &self.0.session
    }

    pub(crate) fn channel(&self) -> Arc<Channel> {
        Arc::clone(&lock(&self.0.place).channel)
    }

    /// Returns `true` if the server allows a stream for each session of the channel.
    pub(crate) fn has_room(&self) -> bool {
        let place = lock(&self.0.place);
        let lease = place.lease.as_ref();
        lease.is_none_or(|lease| lease.fits(&place.channel))
    }

    pub(crate) fn free(&self) {
        lock(&self.0.place).lease = None;
    }

    /// Records whether commands carry the id of a transaction.
    pub(crate) fn set_in_transaction(&self, is_open: bool) {
        self.0.in_transaction.store(is_open, Ordering::Release);
    }

    /// Returns `true` if the socket is open, as far as the driver knows.
    pub(crate) fn is_open(&self) -> bool {
        self.channel().is_open()
    }

    /// Returns `true` if the server ended the channel with GOAWAY, so that another channel may take its place.
    pub(crate) fn is_replaceable(&self) -> bool {
        self.channel().has_ended()
    }

    /// Returns `true` if RPCs may move to another channel, which may lead to another server: nothing is open that only this
    /// server knows. Prepared statements that another server does not know are prepared again.
    pub(crate) fn may_move(&self) -> bool {
        let link = &self.0;
        !link.has_settings
            && !link.in_transaction.load(Ordering::Acquire)
            && !link.session.has_server_session()
    }

    /// Moves the session from a channel to another one. Cancel-safe.
    pub(crate) async fn leave(&self, left: &Arc<Channel>) -> Result<()> {
        let link = &self.0;
        if left.has_ended() {
            left.state().retire();
        }
        let budget = Budget::new("connect_timeout", link.options.timeouts.connect);
        let opened = budget.within("connect", link.channels.get(&link.options));
        let (channel, lease) = opened.await?;
        let mut place = lock(&link.place);
        if Arc::ptr_eq(&place.channel, left) {
            place.channel = Arc::new(channel);
            // Cleanup that outlives its session takes no slot.
            place.lease = place.lease.as_ref().map(|_| lease);
        }
        Ok(())
    }

    /// Returns the error of a socket that is no longer open.
    pub(crate) fn lost(&self) -> Error {
        channel::lost(&self.0.options, self.channel().state(), None, |text| {
            self.0.session.mask(text)
        })
    }

    /// Sends `GetFlightInfo` of a command. Some servers execute the command here.
    pub(crate) async fn info(
        &self,
        operation: Operation,
        descriptor: FlightDescriptor,
    ) -> Result<FlightInfo> {
        let call = |channel: &Channel| -> Call<'static, _> {
            let mut client = channel.client();
            let request = self.request(Method::GetFlightInfo, operation, descriptor.clone());
            Box::pin(async move { client.get_flight_info(request).await })
        };
        let (answer, channel) = self.timed(operation, &call).await?;
        Ok(self.accept(answer, &channel))
    }

    /// Sends `GetSchema` of a command, which reports the columns of its result without running it.
    pub(crate) async fn schema(
        &self,
        operation: Operation,
        descriptor: FlightDescriptor,
    ) -> Result<SchemaResult> {
        let call = |channel: &Channel| -> Call<'static, _> {
            let mut client = channel.client();
            let request = self.request(Method::GetSchema, operation, descriptor.clone());
            Box::pin(async move { client.get_schema(request).await })
        };
        let (answer, channel) = self.timed(operation, &call).await?;
        Ok(self.accept(answer, &channel))
    }

    /// Sends `DoGet` of a ticket. The body has its own deadlines; see [`messages`](super::messages).
    /// Also returns the channel, to which a failure of the body belongs.
    pub(crate) async fn get(
        &self,
        operation: Operation,
        ticket: Ticket,
    ) -> Result<(Download, Arc<Channel>)> {
        let message = frames::encode(&ticket).ok_or_else(|| {
            Error::protocol(operation.name, "the ticket is too long for a gRPC message")
        })?;
        let call = |channel: &Channel| -> Call<'static, _> {
            let (http2, origin) = channel.http2();
            // Without `grpc-timeout`, which would bound the complete stream and the time that the caller needs.
            let request = self.0.session.request(Method::DoGet, message.clone(), None);
            Box::pin(async move { download::do_get(http2, &origin, request).await })
        };
        let ((headers, download), channel) = self.timed(operation, &call).await?;
        self.apply_response_metadata(&headers);
        self.answered(&channel);
        Ok((download, channel))
    }

    /// Sends `data` with `DoPut`, and returns the replies, read to the trailers.
    ///
    /// # Errors
    /// Returns an error if the server ends the RPC before the last message was sent.
    pub(crate) async fn put(
        &self,
        operation: Operation,
        data: Vec<FlightData>,
    ) -> Result<Vec<PutResult>> {
        let left = Arc::new(AtomicUsize::new(0));
        let call = |channel: &Channel| -> Call<'static, _> {
            let mut client = channel.client();
            let leaving = Arc::clone(&left);
            leaving.store(data.len(), Ordering::Release);
            let data = data.clone().into_iter().inspect(move |_| {
                leaving.fetch_sub(1, Ordering::AcqRel);
            });
            let request = self.request(Method::DoPut, operation, futures_util::stream::iter(data));
            Box::pin(async move { client.do_put(request).await })
        };
        let results = self.drained(operation, &call).await?;
        if left.load(Ordering::Acquire) > 0 {
            return Err(Error::protocol(
                operation.name,
                "the server ended the RPC before it had read all rows; check which rows it has applied",
            ));
        }
        Ok(results)
    }

    /// Sends data with `DoPut` that may be aborted by a `None`, and reads the replies to the trailers. Sets no deadline, and
    /// returns the bare status, because an abort does not break the connection.
    pub(crate) async fn upload(
        &self,
        operation: Operation,
        channel: &Channel,
        data: impl Stream<Item = Option<FlightData>> + Send + 'static,
    ) -> std::result::Result<Result<Vec<PutResult>>, Status> {
        // Without `grpc-timeout`, after which tonic would drop the RPC instead of aborting it.
        let request = self.0.session.request(Method::DoPut, data, None);
        let answer = upload::do_put(channel.grpc(), request).await?;
        self.drain(operation, answer, channel).await
    }

    /// Sends `DoAction`, and returns the replies, read to the trailers.
    pub(crate) async fn action(
        &self,
        operation: Operation,
        action: Action,
    ) -> Result<Vec<arrow_flight::Result>> {
        let call = |channel: &Channel| -> Call<'static, _> {
            let mut client = channel.client();
            let request = self.request(Method::DoAction, operation, action.clone());
            Box::pin(async move { client.do_action(request).await })
        };
        self.drained(operation, &call).await
    }

    pub(crate) async fn action_reply(&self, operation: Operation, action: Action) -> Result<Bytes> {
        let replies = self.action(operation, action).await?;
        match replies.into_iter().next() {
            Some(reply) => Ok(reply.body),
            None => Err(Error::protocol(
                operation.name,
                "the server ended the RPC without a reply",
            )),
        }
    }

    /// Converts a status to an error, which may mark the connection as broken.
    pub(crate) fn failure(
        &self,
        operation: Operation,
        status: &Status,
        channel: &Channel,
    ) -> Error {
        let (session, options) = (&self.0.session, &self.0.options);
        call::failure(operation.name, status, session, channel, options)
    }

    pub(crate) fn apply_response_metadata(&self, metadata: &MetadataMap) {
        self.0
            .session
            .apply_response_metadata(metadata, call::is_plaintext(&self.0.options));
    }

    pub(crate) fn answered(&self, channel: &Channel) {
        self.0.session.answered(channel);
    }

    fn request<T>(&self, method: Method, operation: Operation, message: T) -> Request<T> {
        let limit = self.own_limit(operation.timeout).1;
        self.0.session.request(method, message, limit)
    }

    fn accept<T>(&self, answer: Response<T>, channel: &Channel) -> T {
        let (metadata, message, _) = answer.into_parts();
        self.apply_response_metadata(&metadata);
        self.answered(channel);
        message
    }

    /// Sends an RPC, and sends it again on another channel if the server has not processed it
    /// ([RFC 9113, 8.7](https://www.rfc-editor.org/rfc/rfc9113#section-8.7)). This includes
    /// writes, which have not run. Also returns the channel of the response.
    async fn attempt<T>(
        &self,
        operation: Operation,
        call: Attempt<'_, T>,
    ) -> Result<(T, Arc<Channel>)> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let channel = self.channel();
            let status = match call(&channel).await {
                Ok(answer) => return Ok((answer, channel)),
                Err(status) => status,
            };
            // Cleanup names what it cleans up by an id, which another server does not know.
            let moves = self.may_move() || matches!(operation.timeout, TimeoutClass::Close);
            if !call::is_unprocessed(&status) || attempts == ATTEMPTS || !moves {
                return Err(self.failure(operation, &status, &channel));
            }
            Box::pin(self.leave(&channel)).await?;
        }
    }

    /// Awaits one response within the deadline of the RPC. The future is boxed, because futures of tonic have 5 kB and every
    /// caller would contain and move them.
    async fn timed<T>(
        &self,
        operation: Operation,
        call: Attempt<'_, T>,
    ) -> Result<(T, Arc<Channel>)> {
        let attempt = Box::pin(self.attempt(operation, call));
        self.within_limit(operation, attempt).await
    }

    /// Awaits all replies within the deadline of the RPC, read to the trailers.
    async fn drained<T: Message>(
        &self,
        operation: Operation,
        call: Attempt<'_, Response<Streaming<T>>>,
    ) -> Result<Vec<T>> {
        let drained = Box::pin(async {
            let (answer, channel) = self.attempt(operation, call).await?;
            let drained = self.drain(operation, answer, &channel).await;
            drained.map_err(|status| self.failure(operation, &status, &channel))?
        });
        self.within_limit(operation, drained).await
    }

    /// Reads the replies to the trailers, and returns the first [`KEPT_REPLIES`]. All of them together may be as large as one
    /// message, so that endless replies cost neither memory nor time.
    async fn drain<T: Message>(
        &self,
        operation: Operation,
        answer: Response<Streaming<T>>,
        channel: &Channel,
    ) -> std::result::Result<Result<Vec<T>>, Status> {
        let limit = u64::from(self.0.options.limits.max_message_size);
        let mut stream = self.accept(answer, channel);
        let (mut replies, mut count, mut size) = (Vec::new(), 0, 0_u64);
        while let Some(reply) = stream.message().await? {
            count += 1;
            size = size.saturating_add(u64::try_from(reply.encoded_len()).unwrap_or(u64::MAX));
            if count > MAX_REPLIES || size > limit {
                return Ok(Err(endless(operation, size > limit)));
            }
            if replies.len() < KEPT_REPLIES {
                replies.push(reply);
            }
        }
        if let Some(trailers) = stream.trailers().await? {
            self.apply_response_metadata(&trailers);
        }
        Ok(Ok(replies))
    }

    pub(crate) async fn within_limit<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let (option, limit) = self.limit(operation.timeout);
        within(call, operation.name, option, limit).await
    }

    /// Returns the limit of an RPC and the option that sets it. Without a limit, `idle_timeout` applies, except for an ingest,
    /// in which the client sends the data.
    fn limit(&self, class: TimeoutClass) -> (&'static str, Option<Duration>) {
        let (option, limit) = self.own_limit(class);
        match (class, limit) {
            (TimeoutClass::Ingest, _) | (_, Some(_)) => (option, limit),
            (_, None) => ("idle_timeout", self.0.options.timeouts.idle),
        }
    }

    /// Returns the limit that the options set for a class of RPCs, which is sent to the server too.
    fn own_limit(&self, class: TimeoutClass) -> (&'static str, Option<Duration>) {
        let timeouts = &self.0.options.timeouts;
        match class {
            TimeoutClass::Query => ("query_timeout", timeouts.query),
            TimeoutClass::Update | TimeoutClass::Ingest => ("update_timeout", timeouts.update),
            TimeoutClass::Metadata => ("metadata_timeout", timeouts.metadata),
            TimeoutClass::Close => ("close_timeout", Some(timeouts.close)),
        }
    }
}

fn endless(operation: Operation, too_large: bool) -> Error {
    let text = match too_large {
        true => "the server sent more than `max_message_size` bytes in replies to one call; raise that option \
                 if they are legitimate"
            .to_owned(),
        false => format!(
            "the server sent more than {MAX_REPLIES} replies to one RPC; the protocol allows at most one"
        ),
    };
    Error::protocol(operation.name, text)
}
