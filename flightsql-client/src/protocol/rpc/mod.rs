//! Single entry point for all RPCs: `info`, `schema`, `get`, `put`, `upload` and `action`.
//!
//! Three rules apply to every RPC:
//!
//! - The response is read up to its trailers, because a server may reject a commit after sending headers, and because
//!   HTTP/2 counts abandoned streams against the connection.
//! - A missing response is an error where the protocol requires one.
//! - The request carries its deadline, headers and session.

mod attempt;
mod calls;
mod captured;
pub(crate) mod elsewhere;
mod statement;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tonic::Status;
use tonic::metadata::MetadataMap;

use crate::error::{Error, Result};
use crate::lock::lock;
use crate::options::ConnectOptions;
use crate::transport::auth;
use crate::transport::call::{self, CallState, Capture, StatementScope};
use crate::transport::channel::{Channel, Channels, Lease};
use crate::transport::deadline::Budget;
use crate::transport::hosts::Choice;
use crate::transport::method::Method;
use crate::transport::observe::Hooked;

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

/// The RPCs of one session. Clones share the channel and the session state, so that background tasks can run the cleanup of
/// a dropped session. A clone for one statement also has its scope, and collects its response headers.
#[derive(Debug, Clone)]
pub struct Rpc(Arc<Link>, Option<Arc<StatementScope>>, Option<Arc<Capture>>);

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
    /// Statements or calls changed the session, which only its own server knows.
    is_changed: AtomicBool,
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
        Self(
            Arc::new(Link {
                place: Mutex::new(Place {
                    channel: Arc::new(channel),
                    lease: Some(lease),
                }),
                channels: Arc::clone(channels),
                session,
                options: Arc::clone(options),
                has_settings,
                in_transaction: AtomicBool::new(false),
                is_changed: AtomicBool::new(false),
            }),
            None,
            None,
        )
    }

    pub(crate) fn options(&self) -> &ConnectOptions {
        &self.0.options
    }

    pub(crate) fn shared_options(&self) -> &Arc<ConnectOptions> {
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

    /// Records whether the session has state on the server that another server does not know.
    pub(crate) fn set_changed(&self, is_changed: bool) {
        self.0.is_changed.store(is_changed, Ordering::Release);
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
            && !link.is_changed.load(Ordering::Acquire)
            && !link.session.has_server_session()
    }

    /// Moves the session from a channel to another one of the same host, which alone knows its token and its prepared
    /// statements. If that host cannot be reached and the options have others, the session is lost. Cancel-safe.
    pub(crate) async fn leave(&self, left: &Arc<Channel>) -> Result<()> {
        let link = &self.0;
        if left.has_ended() {
            left.state().retire();
        }
        let budget = Budget::new("connect_timeout", link.options.timeouts.connect);
        let choice = Choice::Only(left.host());
        let opened = link.channels.get(&link.options, choice, &budget).await;
        let (channel, lease) = opened.inspect_err(|error| {
            if link.options.has_several_hosts() {
                link.session.mark_broken(error.to_string());
            }
        })?;
        let mut place = lock(&link.place);
        if Arc::ptr_eq(&place.channel, left) {
            place.channel = Arc::new(channel);
            // Cleanup that outlives its session takes no slot.
            place.lease = place.lease.as_ref().map(|_| lease);
        }
        Ok(())
    }

    /// Authenticates again on the same channel, with a new token if there is one. Cancel-safe.
    pub(crate) async fn login(&self) -> Result<()> {
        let link = &self.0;
        let channel = self.channel();
        let budget = Budget::new("connect_timeout", link.options.timeouts.connect);
        let tokens = link.channels.tokens(&link.options, &channel);
        let login = auth::login(&link.options, &channel, &link.session, &tokens);
        let outcome = budget.within(auth::step(&link.options), login).await;
        outcome.map_err(|error| link.session.masked(error))
    }

    /// Returns the error of a socket that is no longer open.
    pub(crate) fn lost(&self) -> Error {
        let mask = |text: &str| self.0.session.mask(text);
        self.channel().lost(&self.0.options, None, mask)
    }

    /// Converts a status to an error, which may mark the connection as broken.
    pub(crate) fn failure(
        &self,
        operation: Operation,
        status: &Status,
        channel: &Channel,
    ) -> Error {
        let (session, options) = (&self.0.session, &self.0.options);
        let error = call::failure(operation.name, status, session, channel, options);
        self.with_captured(operation, status, error)
    }

    /// Applies the headers or trailers of a response, and keeps those that the options list.
    pub(crate) fn received(&self, operation: Operation, metadata: &MetadataMap) {
        self.capture(operation, metadata);
        self.0
            .session
            .apply_response_metadata(metadata, call::is_plaintext(&self.0.options));
    }

    /// Calls the hook of the options for an RPC. Cleanup is sent even if the hook is wrong.
    pub(super) fn hooked(&self, method: Method, class: TimeoutClass) -> Result<Hooked> {
        Hooked::of(&self.0.options, method).or_else(|error| match class {
            TimeoutClass::Close => {
                log::debug!("sending a cleanup without the headers of the hook: {error}");
                Ok(Hooked::default())
            }
            _ => Err(error),
        })
    }

    pub(crate) fn answered(&self, channel: &Channel) {
        self.0.session.answered(channel);
    }
}
