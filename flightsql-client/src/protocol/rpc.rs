//! Single entry point for all RPCs: `info`, `schema`, `get`, `put`, `upload` and `action`.
//!
//! Three rules apply to every RPC:
//!
//! - The response is read up to its trailers, because a server may reject a commit after sending headers, and because
//!   HTTP/2 counts abandoned streams against the connection.
//! - A missing response is an error where the protocol requires one.
//! - The request carries its deadline, headers and session.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
use crate::options::ConnectOptions;
use crate::transport::call::{self, CallState};
use crate::transport::channel::{self, Channel};
use crate::transport::deadline::within;
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
    pub(crate) const fn new(name: &'static str, class: TimeoutClass) -> Self {
        Self {
            name,
            timeout: class,
        }
    }
}

/// A call under way.
type Call<'a, T> = BoxFuture<'a, std::result::Result<T, Status>>;

/// A connection's way to its server. Clones share the channel and the session, so that background tasks
/// can run the cleanup of a dropped session.
#[derive(Debug, Clone)]
pub struct Rpc(Arc<Link>);

/// What all clones of one [`Rpc`] share.
#[derive(Debug)]
struct Link {
    channel: Channel,
    session: Arc<CallState>,
    options: Arc<ConnectOptions>,
}

impl Rpc {
    pub(crate) fn new(
        channel: Channel,
        session: Arc<CallState>,
        options: Arc<ConnectOptions>,
    ) -> Self {
        Self(Arc::new(Link {
            channel,
            session,
            options,
        }))
    }

    pub(crate) fn options(&self) -> &ConnectOptions {
        &self.0.options
    }

    pub fn session(&self) -> &CallState {
        &self.0.session
    }

    /// The channel, which other connections use too.
    pub(crate) fn channel(&self) -> &Channel {
        &self.0.channel
    }

    /// The socket is open as far as we know.
    pub(crate) fn is_open(&self) -> bool {
        self.0.channel.is_open()
    }

    /// The error of a socket that is no longer open.
    pub(crate) fn lost(&self) -> Error {
        let (channel, options) = (&self.0.channel, &self.0.options);
        channel::lost(options, channel.state(), None, |text| {
            self.0.session.mask(text)
        })
    }

    /// `GetFlightInfo`: what a command answers and where to read it. Some servers execute here.
    pub(crate) async fn info(
        &self,
        operation: Operation,
        descriptor: FlightDescriptor,
    ) -> Result<FlightInfo> {
        let mut client = self.0.channel.client();
        let request = self.request(Method::GetFlightInfo, operation, descriptor);
        let call = async move { client.get_flight_info(request).await };
        let answer = self.timed(operation, Box::pin(call)).await?;
        Ok(self.accept(answer))
    }

    /// `GetSchema`: the columns of a command's result, without running it.
    pub(crate) async fn schema(
        &self,
        operation: Operation,
        descriptor: FlightDescriptor,
    ) -> Result<SchemaResult> {
        let mut client = self.0.channel.client();
        let request = self.request(Method::GetSchema, operation, descriptor);
        let call = async move { client.get_schema(request).await };
        let answer = self.timed(operation, Box::pin(call)).await?;
        Ok(self.accept(answer))
    }

    /// `DoGet`: the stream of one ticket. Its body has deadlines of its own, see
    /// [`batches`](super::batches).
    pub(crate) async fn get(&self, operation: Operation, ticket: Ticket) -> Result<Download> {
        let (http2, origin) = self.0.channel.http2();
        let message = frames::encode(&ticket).ok_or_else(|| {
            Error::protocol(operation.name, "the ticket is too long for a gRPC message")
        })?;
        // No `grpc-timeout`: it would bound the whole stream, however long the caller reads it.
        let request = self.0.session.request(Method::DoGet, message, None);
        let call = Box::pin(download::do_get(http2, origin, request));
        let (headers, download) = self.timed(operation, call).await?;
        self.apply_response_metadata(&headers);
        self.answered();
        Ok(download)
    }

    /// `DoPut`: sends `data`, and gives every answer, read to the trailers.
    ///
    /// # Errors
    /// An answer before the last message has left: what was not sent has not run.
    pub(crate) async fn put(
        &self,
        operation: Operation,
        data: Vec<FlightData>,
    ) -> Result<Vec<PutResult>> {
        let mut client = self.0.channel.client();
        let left = Arc::new(AtomicUsize::new(data.len()));
        let leaving = Arc::clone(&left);
        let data = data.into_iter().inspect(move |_| {
            leaving.fetch_sub(1, Ordering::AcqRel);
        });
        let request = self.request(Method::DoPut, operation, futures_util::stream::iter(data));
        let call = async move { client.do_put(request).await };
        let results = self.drained(operation, Box::pin(call)).await?;
        if left.load(Ordering::Acquire) > 0 {
            return Err(Error::protocol(
                operation.name,
                "the server ended the call before it had read all rows; check which of them it has run",
            ));
        }
        Ok(results)
    }

    /// `DoPut` of data that may break off (a `None` in it), read to the trailers. Without a deadline of its
    /// own, and with the bare status: what a break leads to is no failure of the connection.
    pub(crate) async fn upload(
        &self,
        operation: Operation,
        data: impl Stream<Item = Option<FlightData>> + Send + 'static,
    ) -> std::result::Result<Result<Vec<PutResult>>, Status> {
        // No `grpc-timeout`: tonic would drop the call then, and not break it off.
        let request = self.0.session.request(Method::DoPut, data, None);
        let answer = upload::do_put(self.0.channel.grpc(), request).await?;
        self.drain(operation, answer).await
    }

    /// `DoAction`: gives every answer, read to the trailers.
    pub(crate) async fn action(
        &self,
        operation: Operation,
        action: Action,
    ) -> Result<Vec<arrow_flight::Result>> {
        let mut client = self.0.channel.client();
        let request = self.request(Method::DoAction, operation, action);
        let call = async move { client.do_action(request).await };
        self.drained(operation, Box::pin(call)).await
    }

    /// An action that must answer exactly what the protocol names: no answer is an error.
    pub(crate) async fn action_reply(&self, operation: Operation, action: Action) -> Result<Bytes> {
        let replies = self.action(operation, action).await?;
        match replies.into_iter().next() {
            Some(reply) => Ok(reply.body),
            None => Err(Error::protocol(
                operation.name,
                "the server ended the call without an answer",
            )),
        }
    }

    /// The status as our error; it may mark the connection as broken.
    pub(crate) fn failure(&self, operation: Operation, status: &Status) -> Error {
        call::failure(
            operation.name,
            status,
            &self.0.session,
            &self.0.channel,
            &self.0.options,
        )
    }

    /// Adopts what trailers set.
    pub(crate) fn apply_response_metadata(&self, metadata: &MetadataMap) {
        self.0
            .session
            .apply_response_metadata(metadata, call::is_plaintext(&self.0.options));
    }

    /// The server answered just now.
    pub(crate) fn answered(&self) {
        self.0.session.answered(&self.0.channel);
    }

    fn request<T>(&self, method: Method, operation: Operation, message: T) -> Request<T> {
        let limit = self.own_limit(operation.timeout).1;
        self.0.session.request(method, message, limit)
    }

    fn accept<T>(&self, answer: Response<T>) -> T {
        let (metadata, message, _) = answer.into_parts();
        self.apply_response_metadata(&metadata);
        self.answered();
        message
    }

    /// One answer within the call's deadline. The call comes boxed: tonic's futures have 5 kB, and every caller
    /// on the way up would carry and move them.
    async fn timed<T>(&self, operation: Operation, call: Call<'_, T>) -> Result<T> {
        let answered = async {
            call.await
                .map_err(|status| self.failure(operation, &status))
        };
        self.within_limit(operation, answered).await
    }

    /// All answers within the call's deadline, read to the trailers.
    async fn drained<T: Message>(
        &self,
        operation: Operation,
        call: Call<'_, Response<Streaming<T>>>,
    ) -> Result<Vec<T>> {
        let drained = Box::pin(async {
            let drained = match call.await {
                Ok(answer) => self.drain(operation, answer).await,
                Err(status) => Err(status),
            };
            drained.map_err(|status| self.failure(operation, &status))?
        });
        self.within_limit(operation, drained).await
    }

    /// Reads the messages of an answer to the trailers, and returns the first [`KEPT_REPLIES`]. All of them together may
    /// be as large as one message, so that a server without end costs neither memory nor time.
    async fn drain<T: Message>(
        &self,
        operation: Operation,
        answer: Response<Streaming<T>>,
    ) -> std::result::Result<Result<Vec<T>>, Status> {
        let limit = u64::from(self.0.options.limits.max_message_size);
        let mut stream = self.accept(answer);
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

    /// `call` for as long as the operation may take.
    pub(crate) async fn within_limit<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let (option, limit) = self.limit(operation.timeout);
        within(call, operation.name, option, limit).await
    }

    /// The deadline of a call, with the option that sets it. Where the user set none, a server that stays
    /// silent for `idle_timeout` is given up; an ingest has no such end, since it is we who send.
    fn limit(&self, class: TimeoutClass) -> (&'static str, Option<Duration>) {
        let (option, limit) = self.own_limit(class);
        match (class, limit) {
            (TimeoutClass::Ingest, _) | (_, Some(_)) => (option, limit),
            (_, None) => ("idle_timeout", self.0.options.timeouts.idle),
        }
    }

    /// The deadline that the user set for this kind of call; the server is told of it.
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

/// The error for replies without end.
fn endless(operation: Operation, too_large: bool) -> Error {
    let text = match too_large {
        true => "the server sent more than `max_message_size` bytes in replies to one call; raise that option \
                 if they are legitimate"
            .to_owned(),
        false => format!(
            "the server sent more than {MAX_REPLIES} replies to one call, and the protocol names one at most"
        ),
    };
    Error::protocol(operation.name, text)
}
