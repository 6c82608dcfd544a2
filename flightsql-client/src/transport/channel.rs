//! Shared HTTP/2 channels.
//!
//! The connections of a pool share a few channels: with 256 tasks, 4 channels run twice the queries per second of one channel
//! per task. A channel is *one* socket and never reconnects, since a new socket may lead to a restarted server without the
//! session and the transaction. If it breaks, its connections are broken, and the next `connect` opens another one. After GOAWAY,
//! sessions without state on the server move to another channel (`protocol/rpc`).

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fmt, io};

use arrow_flight::flight_service_client::FlightServiceClient;
use http::{HeaderValue, Uri};
use tokio::sync::Mutex;
use tonic::client::Grpc;

use super::auth::Tokens;
use super::deadline::Budget;
use super::dial::dial;
use super::elsewhere::Elsewhere;
use super::group::Group;
use super::hosts::{Choice, HostHealth};
use super::http2::Http2;
use super::locations::Origin;
use super::monitored::{ServerPreface, SocketState};
use super::proxy;
use crate::error::{Error, Result, TlsCause};
use crate::lock::lock;
use crate::observe::{ChannelMetrics, ChannelState};
use crate::options::{ConnectOptions, Credentials, Transport};

/// An HTTP/2 connection. Clones share it.
#[derive(Clone)]
pub(crate) struct Channel {
    client: FlightServiceClient<Http2>,
    /// The client of [`upload`](super::upload), which the generated client does not have.
    grpc: Grpc<Http2>,
    http2: Http2,
    origin: Arc<Uri>,
    server: Arc<Origin>,
    /// The index of the server among the hosts of the options.
    host: usize,
    state: Arc<SocketState>,
}

impl Channel {
    /// Connects, and waits for the server preface, so that the error for an HTTP/1 server, a TLS server or a silent port is
    /// returned before the first query.
    /// Connects to one of `addresses` instead of those of the host name, if they are given.
    pub(super) async fn open(
        options: &ConnectOptions,
        addresses: Option<&[SocketAddr]>,
        group: &Arc<Group>,
    ) -> Result<Self> {
        let opened = Self::connect(options, addresses, group).await;
        // A proxy may send its credentials back in place of the server's first bytes.
        opened.map_err(|error| proxy::masked(error, options.proxy_secrets().into_iter()))
    }

    async fn connect(
        options: &ConnectOptions,
        addresses: Option<&[SocketAddr]>,
        group: &Arc<Group>,
    ) -> Result<Self> {
        let state = SocketState::new();
        let (socket, round_trip) = dial(options, addresses, &state).await?;
        let origin = origin(options)?;
        let agent = user_agent(options)?;
        let http2 = Http2::handshake(socket, round_trip, &state, &options.limits, agent, group)
            .await
            .map_err(|error| {
                lost(
                    options,
                    &options.address(),
                    &state,
                    Some(Box::new(error)),
                    str::to_owned,
                )
            })?;
        match state.wait_for_preface().await {
            ServerPreface::Http2 if state.is_open() => {}
            // No secret was sent to the server yet.
            _ => {
                return Err(lost(
                    options,
                    &options.address(),
                    &state,
                    None,
                    str::to_owned,
                ));
            }
        }
        let max = usize::try_from(options.limits.max_message_size).unwrap_or(usize::MAX);
        let client = FlightServiceClient::with_origin(http2.clone(), origin.clone())
            .max_decoding_message_size(max)
            .max_encoding_message_size(usize::MAX);
        let grpc = Grpc::with_origin(http2.clone(), origin.clone())
            .max_decoding_message_size(max)
            .max_encoding_message_size(usize::MAX);
        Ok(Self {
            client,
            grpc,
            http2,
            origin: Arc::new(origin),
            server: Arc::new(Origin::of(options)),
            host: 0,
            state,
        })
    }

    /// Sets the index of the server among the hosts of the options.
    pub(super) fn at_host(mut self, host: usize) -> Self {
        self.host = host;
        self
    }

    /// Returns the index of the server among the hosts of the options.
    pub(crate) fn host(&self) -> usize {
        self.host
    }

    /// Returns the address of the server that the channel is connected to; without meaning for a Unix socket.
    pub(crate) fn server(&self) -> &Origin {
        &self.server
    }

    /// Returns the error of this channel, which is no longer open. `mask` removes our secrets from the server's text.
    pub(crate) fn lost(
        &self,
        options: &ConnectOptions,
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
        mask: impl Fn(&str) -> String,
    ) -> Error {
        lost(options, &self.server.to_string(), &self.state, source, mask)
    }

    pub(crate) fn grpc(&self) -> Grpc<Http2> {
        self.grpc.clone()
    }

    /// Returns the HTTP/2 connection for [`download`](super::download), and the origin.
    pub(crate) fn http2(&self) -> (Http2, Arc<Uri>) {
        (self.http2.clone(), Arc::clone(&self.origin))
    }

    /// Returns a client for one RPC; its methods require `&mut`.
    pub(crate) fn client(&self) -> FlightServiceClient<Http2> {
        self.client.clone()
    }

    /// Returns `true` if the server ended the channel with GOAWAY.
    pub(crate) fn has_ended(&self) -> bool {
        self.http2.note_end();
        self.state.go_away().is_some()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state.is_open()
    }

    pub(crate) fn state(&self) -> &SocketState {
        &self.state
    }

    /// Returns `true` if a new connection may use this channel. After `ping_after` without a response, the server must reply to
    /// a ping within a short time, since other channels are available.
    pub(super) async fn is_usable(&self, options: &ConnectOptions) -> bool {
        if !self.is_open() || self.state.probe.silence() < options.ping_after {
            return self.is_open();
        }
        let asked = self.state.is_answering();
        let doubt = options.limits.keep_alive_timeout / 4;
        tokio::time::timeout(doubt, asked).await.unwrap_or(false)
    }

    /// Returns the number of connections that may share this channel. One stream is reserved for cleanup, such as closing a
    /// handle, next to a result.
    pub(super) fn room(&self) -> usize {
        let calls = self.http2.max_calls();
        calls
            .saturating_sub(1)
            .clamp(1, MAX_CONNECTIONS_PER_CHANNEL)
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("state", &self.state)
            .finish()
    }
}

/// The maximum number of connections on a channel. A connection reads one result at a time, and
/// [RFC 9113](https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2) advises servers to allow at least 100 streams. With more
/// connections, an RPC could wait forever for unread results.
pub(super) const MAX_CONNECTIONS_PER_CHANNEL: usize = 64;

/// The channels that all clones of one options value share.
#[derive(Debug)]
pub(crate) struct Channels {
    slots: std::sync::Mutex<Vec<Arc<Slot>>>,
    /// The number of channels that are opened before connections share one.
    spread: usize,
    group: Arc<Group>,
    /// The channels to other servers, which have endpoints of results.
    pub(crate) elsewhere: Arc<Elsewhere>,
    /// The hosts that failed lately.
    pub(crate) hosts: HostHealth,
    /// The latest token of a token source, which is for all hosts.
    tokens: Arc<Tokens>,
    /// The latest token of a handshake under `login=shared`, for each host that issued one.
    host_tokens: std::sync::Mutex<Vec<(usize, Arc<Tokens>)>>,
}

#[derive(Debug)]
struct Slot {
    channel: Mutex<Option<Channel>>,
    connections: AtomicUsize,
    /// The host of the last channel; `usize::MAX` before the first one.
    host: AtomicUsize,
    /// The number of connections that the server last allowed.
    room: AtomicUsize,
}

impl Slot {
    fn new() -> Self {
        Self {
            channel: Mutex::default(),
            connections: AtomicUsize::new(0),
            host: AtomicUsize::new(usize::MAX),
            room: AtomicUsize::new(MAX_CONNECTIONS_PER_CHANNEL),
        }
    }

    fn load(&self) -> usize {
        self.connections.load(Ordering::Acquire)
    }

    /// Returns the state of the channel; `None` before it is opened for the first time.
    fn metrics(&self) -> Option<ChannelMetrics> {
        let sessions = self.load();
        let Ok(channel) = self.channel.try_lock() else {
            return Some(ChannelMetrics::opening(sessions));
        };
        let channel = channel.as_ref()?;
        let state = match channel.is_open() {
            true => ChannelState::Open,
            false => ChannelState::Closed,
        };
        // A limit above 32 bits is h2's own, before the server reports one.
        let max_rpcs = u32::try_from(channel.http2.max_calls()).ok();
        Some(ChannelMetrics {
            state,
            rpcs: channel.http2.running_calls(),
            max_rpcs: max_rpcs.and_then(|max| usize::try_from(max).ok()),
            ..ChannelMetrics::opening(sessions)
        })
    }

    fn has_room(&self) -> bool {
        self.load() < self.room.load(Ordering::Acquire)
    }
}

/// The slot of a connection on a channel; dropping it frees the slot.
#[derive(Debug)]
pub(crate) struct Lease(Arc<Slot>);

impl Lease {
    /// Returns `true` if the current settings of the server allow a stream for each connection of the channel.
    pub(crate) fn fits(&self, channel: &Channel) -> bool {
        let room = channel.room();
        self.0.room.store(room, Ordering::Release);
        self.0.load() <= room
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Channels {
    pub(crate) fn new(spread: usize) -> Self {
        Self {
            slots: std::sync::Mutex::default(),
            spread,
            group: Arc::default(),
            elsewhere: Arc::default(),
            hosts: HostHealth::default(),
            tokens: Arc::default(),
            host_tokens: std::sync::Mutex::default(),
        }
    }

    /// Returns the tokens that the connections to the server of this channel share. A token that a server has issued never
    /// reaches another host of the options.
    pub(crate) fn tokens(&self, options: &ConnectOptions, channel: &Channel) -> Arc<Tokens> {
        if let Credentials::Tokens(_) = options.credentials {
            return Arc::clone(&self.tokens);
        }
        let mut tokens = lock(&self.host_tokens);
        let known = tokens.iter().find(|(host, _)| *host == channel.host());
        if let Some((_, known)) = known {
            return Arc::clone(known);
        }
        let own = Arc::default();
        tokens.push((channel.host(), Arc::clone(&own)));
        own
    }

    /// Returns the channel with the fewest connections. Opens it if it does not exist, is closed or does not respond; callers
    /// of one channel wait for a single connect. This method is cancel safe.
    pub(crate) async fn get(
        &self,
        options: &ConnectOptions,
        choice: Choice<'_>,
        budget: &Budget,
    ) -> Result<(Channel, Lease)> {
        loop {
            let lease = self.lease(choice);
            let channel = self.channel(&lease.0, options, choice, budget).await?;
            // Other connections may have used the channel before the server reported its limit of streams.
            if lease.fits(&channel) {
                return Ok((channel, lease));
            }
        }
    }

    async fn channel(
        &self,
        slot: &Slot,
        options: &ConnectOptions,
        choice: Choice<'_>,
        budget: &Budget,
    ) -> Result<Channel> {
        let ready = async {
            let place = slot.channel.lock().await;
            let usable = match &*place {
                Some(channel) if self.hosts.permits(options, choice, channel.host()) => {
                    channel.is_usable(options).await
                }
                _ => false,
            };
            Ok((place, usable))
        };
        let (mut place, usable) = budget.within("connect", ready).await?;
        if let Some(channel) = place.as_ref().filter(|_| usable) {
            return Ok(channel.clone());
        }
        let opened = self.hosts.open(options, choice, budget, &self.group);
        let opened = opened.await?;
        slot.host.store(opened.host(), Ordering::Release);
        *place = Some(opened.clone());
        Ok(opened)
    }

    /// Returns the state of the channels that were opened. Holds the lock only to copy their list.
    pub(crate) fn metrics(&self) -> Vec<ChannelMetrics> {
        let slots = lock(&self.slots).clone();
        slots.iter().filter_map(|slot| slot.metrics()).collect()
    }

    fn lease(&self, choice: Choice<'_>) -> Lease {
        let mut slots = lock(&self.slots);
        let free = slots.iter().filter(|slot| {
            let host = slot.host.load(Ordering::Acquire);
            // The channel of an unused slot can be replaced.
            slot.has_room() && (slot.load() == 0 || host == usize::MAX || choice.permits(host))
        });
        let least = free.min_by_key(|slot| slot.load()).cloned();
        let slot = match least {
            Some(slot) if slot.load() == 0 || slots.len() >= self.spread => slot,
            _ => {
                let slot = Arc::new(Slot::new());
                slots.push(Arc::clone(&slot));
                slot
            }
        };
        slot.connections.fetch_add(1, Ordering::AcqRel);
        Lease(slot)
    }
}

/// Returns the scheme and authority of all RPCs.
fn origin(options: &ConnectOptions) -> Result<Uri> {
    let authority = match &options.rpc_authority {
        Some(authority) => authority.clone(),
        None => authority(options),
    };
    let scheme = match options.transport {
        Transport::Tls => "https",
        Transport::Tcp | Transport::Unix(_) => "http",
    };
    format!("{scheme}://{authority}")
        .parse()
        .map_err(|error| Error::configuration(format!("invalid authority `{authority}`: {error}")))
}

/// Returns the default of the `:authority` header; a Unix socket has no host name.
fn authority(options: &ConnectOptions) -> String {
    match options.transport {
        Transport::Unix(_) => "localhost".to_owned(),
        _ => options.address(),
    }
}

fn user_agent(options: &ConnectOptions) -> Result<HeaderValue> {
    let own = concat!("flightsql/", env!("CARGO_PKG_VERSION"));
    let Some(name) = &options.application_name else {
        return Ok(HeaderValue::from_static(own));
    };
    HeaderValue::from_str(&format!("{name} {own}")).map_err(|_| {
        Error::configuration("`application_name` may only hold visible ASCII characters and spaces")
    })
}

/// Returns the error of a socket to the server `at`, which was open and broke. `mask` removes our secrets from the server's text.
fn lost(
    options: &ConnectOptions,
    at: &str,
    state: &SocketState,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    mask: impl Fn(&str) -> String,
) -> Error {
    let target = match &options.transport {
        Transport::Unix(path) => path.display().to_string(),
        _ => at.to_owned(),
    };
    // The server's own reason is the cause, and any other error its consequence.
    let go_away = state.go_away();
    let source = source.filter(|_| go_away.is_none());
    let (kind, what) = match state.preface() {
        ServerPreface::TlsAlert => {
            let advice = "the server refused the TLS connection; it may ask for a client certificate \
                          (`tls_client_cert`, `tls_client_key`)";
            return Error::tls(TlsCause::Refused, format!("{target}: {advice}"), source);
        }
        ServerPreface::Http1 => (
            io::ErrorKind::InvalidData,
            "the server responded with HTTP/1; it may not be a gRPC server, or a proxy in front of it may not forward HTTP/2",
        ),
        ServerPreface::Tls => (
            io::ErrorKind::InvalidData,
            "the server expects TLS; use flightsql:// instead of flightsql+tcp://",
        ),
        ServerPreface::Other => (
            io::ErrorKind::InvalidData,
            "the server does not speak HTTP/2; it may not be a gRPC server",
        ),
        ServerPreface::Awaited | ServerPreface::Closed if options.transport == Transport::Tls => (
            io::ErrorKind::ConnectionAborted,
            "the server closed the connection without a response after the TLS handshake; it may require a client certificate, \
             or may not be a gRPC server",
        ),
        ServerPreface::Awaited | ServerPreface::Closed => (
            io::ErrorKind::ConnectionAborted,
            "the server closed the connection without a response; it may expect TLS (flightsql://), or may not be a gRPC server",
        ),
        ServerPreface::Http2 if state.is_silent() => (
            io::ErrorKind::TimedOut,
            "the server did not respond to an HTTP/2 ping within `keep_alive_timeout`; it may have vanished from the network",
        ),
        ServerPreface::Http2 => (
            io::ErrorKind::ConnectionReset,
            "the connection was lost; the server may have stopped or restarted",
        ),
    };
    let what = match go_away {
        None => Cow::Borrowed(what),
        Some(go_away) => {
            let advice = match go_away.is_too_many_pings() {
                true => "raise `keep_alive_interval`",
                false => "it may have stopped or restarted",
            };
            let said = go_away.describe(mask);
            Cow::Owned(format!("the connection was lost: {said}; {advice}"))
        }
    };
    Error::io(kind, format!("{target}: {what}"), source)
}
