//! One RPC: its attempts, its replies and its deadline.

use std::sync::Arc;
use std::time::Duration;

use futures_core::future::BoxFuture;
use prost::Message;
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument as _;

use super::{Operation, Rpc, TimeoutClass};
use crate::error::{Error, Result};
use crate::observe::RpcSpan;
use crate::transport::call;
use crate::transport::channel::Channel;
use crate::transport::deadline::within;
use crate::transport::method::Method;
use crate::transport::observe::{self, Hooked};

/// Replies to an action or a put before the driver stops reading: Flight SQL names at most one.
const MAX_REPLIES: usize = 1024;
/// Replies that are kept: the one that the protocol names, and a second as a sign that there were several.
const KEPT_REPLIES: usize = 2;

/// Attempts of an RPC that servers refuse to process.
pub(super) const ATTEMPTS: usize = 5;

/// A running RPC.
pub(super) type Call<'a, T> = BoxFuture<'a, std::result::Result<T, Status>>;

/// Sends one attempt of an RPC.
pub(super) type Attempt<'a, T> = &'a (dyn Fn(&Channel, Hooked) -> Call<'static, T> + Sync);

/// The response of an RPC, its channel, and its span.
pub(super) type Answer<T> = (T, Arc<Channel>, RpcSpan);

impl Rpc {
    pub(super) fn request<T>(
        &self,
        method: Method,
        operation: Operation,
        message: T,
        hooked: Hooked,
    ) -> Request<T> {
        let limit = self.own_limit(operation.timeout).1;
        hooked.apply(self.with_headers(self.0.session.request(method, message, limit)))
    }

    pub(super) fn accept<T>(
        &self,
        operation: Operation,
        answer: Response<T>,
        channel: &Channel,
    ) -> T {
        let (metadata, message, _) = answer.into_parts();
        self.received(operation, &metadata);
        self.answered(channel);
        message
    }
    /// Sends an RPC, and sends it again on another channel if the server has not processed it
    /// ([RFC 9113, 8.7](https://www.rfc-editor.org/rfc/rfc9113#section-8.7)). This includes
    /// writes, which have not run. Each attempt is an RPC with a span of its own.
    async fn attempt<T>(
        &self,
        method: Method,
        operation: Operation,
        call: Attempt<'_, T>,
    ) -> Result<Answer<T>> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let channel = self.channel();
            let span = observe::span(method, self.options(), &channel);
            let sent = span.span().in_scope(|| {
                let hooked = self.hooked(method, operation.timeout)?;
                Ok::<_, Error>(call(&channel, hooked))
            });
            let status = match sent?.instrument(span.span().clone()).await {
                Ok(answer) => return Ok((answer, channel, span)),
                Err(status) => status,
            };
            observe::failed(span, &status);
            // Cleanup names what it cleans up by an id, which another server does not know.
            let moves = self.may_move() || matches!(operation.timeout, TimeoutClass::Close);
            if !call::is_unprocessed(&status) || attempts == ATTEMPTS || !moves {
                return Err(self.failure(operation, &status, &channel));
            }
            Box::pin(self.leave(&channel)).await?;
        }
    }

    /// Awaits one response within the deadline of the RPC. The future is boxed, because futures of tonic have 5 kB and every
    /// caller would contain and move them. Its type is erased, because the compiler checks the futures of callers only to a
    /// certain depth.
    pub(super) fn timed<'a, T: Send + 'a>(
        &'a self,
        method: Method,
        operation: Operation,
        call: Attempt<'a, T>,
    ) -> BoxFuture<'a, Result<Answer<T>>> {
        Box::pin(self.within_limit(operation, self.attempt(method, operation, call)))
    }

    /// Awaits all replies within the deadline of the RPC, read to the trailers.
    pub(super) fn drained<'a, T: Message + 'a>(
        &'a self,
        method: Method,
        operation: Operation,
        call: Attempt<'a, Response<Streaming<T>>>,
    ) -> BoxFuture<'a, Result<Vec<T>>> {
        let drained = async move {
            let (answer, channel, span) = self.attempt(method, operation, call).await?;
            let drained = self.drain(operation, answer, &channel);
            match drained.instrument(span.span().clone()).await {
                Ok(drained) => {
                    // Replies without an end are cancelled, and have no status.
                    if drained.is_ok() {
                        span.succeed();
                    }
                    drained
                }
                Err(status) => {
                    observe::failed(span, &status);
                    Err(self.failure(operation, &status, &channel))
                }
            }
        };
        Box::pin(self.within_limit(operation, drained))
    }

    /// Reads the replies to the trailers, and returns the first [`KEPT_REPLIES`]. All of them together may be as large as one
    /// message, so that endless replies cost neither memory nor time.
    pub(super) async fn drain<T: Message>(
        &self,
        operation: Operation,
        answer: Response<Streaming<T>>,
        channel: &Channel,
    ) -> std::result::Result<Result<Vec<T>>, Status> {
        let limit = u64::from(self.0.options.limits.max_message_size);
        let mut stream = self.accept(operation, answer, channel);
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
            self.received(operation, &trailers);
        }
        Ok(Ok(replies))
    }

    pub(crate) async fn within_limit<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let (option, limit) = self.limit(operation.timeout);
        let done = within(call, operation.name, option, limit).await;
        done.map_err(|error| self.named(operation, error))
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
        let (option, limit) = match class {
            TimeoutClass::Query => ("query_timeout", timeouts.query),
            TimeoutClass::Update | TimeoutClass::Ingest => ("update_timeout", timeouts.update),
            TimeoutClass::Metadata => ("metadata_timeout", timeouts.metadata),
            TimeoutClass::Close => ("close_timeout", Some(timeouts.close)),
        };
        self.limit_of_statement(class, option, limit)
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
