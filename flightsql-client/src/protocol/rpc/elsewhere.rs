//! `DoGet` of an endpoint, at the connection in use or at another server.
//!
//! Nothing of the session leaves its server: no cookie, and no token or header unless the options permit it. Nothing that the
//! other server sends changes the session, and its failure leaves the session alone.

use std::sync::Arc;

use arrow_flight::Ticket;
use tonic::Status;
use tonic::metadata::MetadataMap;
use tracing::Instrument as _;

use super::attempt::ATTEMPTS;
use super::calls::ticket_message;
use super::{Operation, Rpc};
use crate::error::{Error, Result};
use crate::observe::RpcSpan;
use crate::transport::call::{self, CallState};
use crate::transport::channel::Channel;
use crate::transport::download::{self, Download};
use crate::transport::elsewhere::Guest;
use crate::transport::locations::{self, Origin, Route};
use crate::transport::method::Method;
use crate::transport::observe;

/// The server that a stream is read from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The session's own server. The session may have left the channel.
    Own(Arc<Channel>),
    Other(Box<Visit>),
}

/// One `DoGet` at another server.
#[derive(Debug)]
pub(crate) struct Visit {
    guest: Guest,
    /// A state of its own, so that tokens and cookies of this server reach no other.
    state: Arc<CallState>,
}

impl Rpc {
    /// Sends `DoGet` of a ticket to the connection in use, or to the first of the endpoint's locations that can be reached and
    /// that the options permit. Once the request was sent, no other location is tried.
    pub(crate) async fn get_at(
        &self,
        operation: Operation,
        ticket: Ticket,
        locations: &[&str],
    ) -> Result<(Download, Source, RpcSpan)> {
        let mask = |text: &str| self.session().mask(text);
        let channel = self.channel();
        let route = locations::route(self.options(), channel.server(), locations, &mask)?;
        match route {
            Route::Here => {
                let (download, channel, span) = self.get(operation, ticket).await?;
                Ok((download, Source::Own(channel), span))
            }
            Route::Elsewhere(origins) => {
                Box::pin(self.get_elsewhere(operation, ticket, origins)).await
            }
        }
    }

    /// Connects to another server, without a request.
    pub(crate) async fn reach(&self, origin: &Origin) -> Result<()> {
        let elsewhere = &self.0.channels.elsewhere;
        let origins = std::slice::from_ref(origin);
        elsewhere.first(self.options(), origins).await.map(drop)
    }

    async fn get_elsewhere(
        &self,
        operation: Operation,
        ticket: Ticket,
        origins: Vec<Origin>,
    ) -> Result<(Download, Source, RpcSpan)> {
        let message = ticket_message(operation, &ticket)?;
        let elsewhere = &self.0.channels.elsewhere;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let guest = elsewhere.first(self.options(), &origins).await?;
            let visit = Visit::new(guest, self.session())?;
            let (http2, origin) = visit.guest.channel().http2();
            // Without `grpc-timeout`, as for the connection in use.
            let mut request = visit.state.request(Method::DoGet, message.clone(), None);
            let span = observe::span(Method::DoGet, visit.guest.options(), visit.guest.channel());
            if visit.has_credentials() {
                let hooked = span
                    .span()
                    .in_scope(|| self.hooked(Method::DoGet, operation.timeout));
                request = hooked?.apply(self.with_headers(request));
            }
            let sent = download::do_get(http2, &origin, request).instrument(span.span().clone());
            let sent = Box::pin(async { Ok(sent.await) });
            match self.within_limit(operation, sent).await? {
                Ok((headers, download)) => {
                    self.capture(operation, &headers);
                    return Ok((download, Source::Other(Box::new(visit)), span));
                }
                Err(status) if call::is_unprocessed(&status) && attempts < ATTEMPTS => {
                    observe::failed(span, &status);
                    let channel = visit.guest.channel();
                    if channel.has_ended() {
                        channel.state().retire();
                    }
                }
                Err(status) => {
                    observe::failed(span, &status);
                    let error = self.with_captured_of_other(
                        operation,
                        &status,
                        visit.failure(operation, &status),
                    );
                    return Err(visit.named(error));
                }
            }
        }
    }
}

impl Visit {
    fn new(guest: Guest, session: &CallState) -> Result<Self> {
        // The headers of the guest's options are empty unless the options permit them.
        let state = CallState::new(guest.options())?;
        let visit = Self { guest, state };
        if visit.has_credentials() {
            visit.state.use_credential(session.credential());
        }
        Ok(visit)
    }

    /// Returns `true` if the options permit that this server receives the credentials.
    fn has_credentials(&self) -> bool {
        self.guest.options().locations.allows_credentials()
    }

    fn failure(&self, operation: Operation, status: &Status) -> Error {
        let (channel, options) = (self.guest.channel(), self.guest.options());
        call::failure(operation.name, status, &self.state, channel, options)
    }

    /// Names the server in an error that does not.
    fn named(&self, error: Error) -> Error {
        error.at_origin(&self.guest.origin().to_string())
    }
}

impl Source {
    /// Returns the error of a status that ended the stream.
    pub(crate) fn failure(&self, rpc: &Rpc, operation: Operation, status: &Status) -> Error {
        match self {
            Self::Own(channel) => rpc.failure(operation, status, channel),
            Self::Other(visit) => {
                rpc.with_captured_of_other(operation, status, visit.failure(operation, status))
            }
        }
    }

    /// Names the server in an error of the stream, unless it is the session's own.
    pub(crate) fn named(&self, error: Error) -> Error {
        match self {
            Self::Own(_) => error,
            Self::Other(visit) => visit.named(error),
        }
    }

    /// Records the complete response.
    pub(crate) fn ended(&self, rpc: &Rpc, operation: Operation, trailers: &MetadataMap) {
        match self {
            Self::Own(channel) => {
                rpc.received(operation, trailers);
                rpc.answered(channel);
            }
            Self::Other(visit) => {
                rpc.capture(operation, trailers);
                visit.state.answered(visit.guest.channel());
            }
        }
    }
}
