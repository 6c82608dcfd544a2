//! Shared HTTP/2 channels.
//!
//! A pool's connections are light handles on a few channels: measured, 4 channels carry twice the queries
//! per second of one channel per task at 256 tasks. A channel is *one* socket for its whole life: it never
//! reconnects behind our back, since a new socket may lead to a restarted server that knows neither our
//! session nor our transaction. When it breaks, its connections are broken, and the next `connect` makes a
//! new one.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fmt, io};

use arrow_flight::flight_service_client::FlightServiceClient;
use http::{HeaderValue, Uri};
use tokio::sync::Mutex;
use tonic::client::Grpc;

use super::auth::SharedLogin;
use super::dial::dial;
use super::group::Group;
use super::http2::Http2;
use super::monitored::{ServerPreface, SocketState};
use crate::error::{Error, Result, TlsCause};
use crate::lock::lock;
use crate::options::{ConnectOptions, Transport};

/// One HTTP/2 connection. Clones share it.
#[derive(Clone)]
pub(crate) struct Channel {
    client: FlightServiceClient<Http2>,
    /// The same, for calls that the generated client does not have.
    grpc: Grpc<Http2>,
    http2: Http2,
    /// Where calls go, as the server is told.
    origin: Arc<Uri>,
    state: Arc<SocketState>,
}

impl Channel {
    /// Connects, and waits for the server preface, so that an HTTP/1 server, a TLS server or a silent
    /// port is named here and not by the first query.
    async fn open(options: &ConnectOptions, group: &Arc<Group>) -> Result<Self> {
        let state = SocketState::new();
        let (socket, round_trip) = dial(options, &state).await?;
        let origin = origin(options)?;
        let agent = user_agent(options)?;
        let http2 = Http2::handshake(socket, round_trip, &state, &options.limits, agent, group)
            .await
            .map_err(|error| lost(options, &state, Some(Box::new(error)), str::to_owned))?;
        match state.wait_for_preface().await {
            ServerPreface::Http2 if state.is_open() => {}
            // Nothing was sent yet that would have to be masked.
            _ => return Err(lost(options, &state, None, str::to_owned)),
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
            state,
        })
    }

    /// For [`upload`](super::upload).
    pub(crate) fn grpc(&self) -> Grpc<Http2> {
        self.grpc.clone()
    }

    /// For [`download`](super::download), with where its call goes.
    pub(crate) fn http2(&self) -> (Http2, &Uri) {
        (self.http2.clone(), &self.origin)
    }

    /// A handle for one call: the generated client wants `&mut`.
    pub(crate) fn client(&self) -> FlightServiceClient<Http2> {
        self.client.clone()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state.is_open()
    }

    pub(crate) fn state(&self) -> &SocketState {
        &self.state
    }

    /// Whether a new connection should come here. A server that has been silent is asked; one that takes its time may
    /// be well, but there are other channels.
    async fn is_usable(&self, options: &ConnectOptions) -> bool {
        if !self.is_open() || self.state.probe.silence() < options.ping_after {
            return self.is_open();
        }
        let asked = self.state.is_answering();
        let doubt = options.limits.keep_alive_timeout / 4;
        tokio::time::timeout(doubt, asked).await.unwrap_or(false)
    }

    /// Connections that may share this channel. One stream is left for what a connection does beside its result, such
    /// as closing a handle.
    fn room(&self) -> usize {
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

/// Connections on one channel before another is opened. A connection reads one result at a time, and
/// [RFC 9113](https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2) advises servers to allow no fewer than 100
/// streams: with more connections than that, a call could wait forever behind unread results.
const MAX_CONNECTIONS_PER_CHANNEL: usize = 64;

/// The channels that all clones of one options value share.
#[derive(Debug)]
pub(crate) struct Channels {
    slots: std::sync::Mutex<Vec<Arc<Slot>>>,
    /// How many are opened before connections share one.
    spread: usize,
    group: Arc<Group>,
    /// The login that goes with them under `login=shared`.
    pub(crate) login: Arc<SharedLogin>,
}

#[derive(Debug)]
struct Slot {
    channel: Mutex<Option<Channel>>,
    connections: AtomicUsize,
    /// Connections that its server was last seen to allow.
    room: AtomicUsize,
}

impl Slot {
    fn new() -> Self {
        Self {
            channel: Mutex::default(),
            connections: AtomicUsize::new(0),
            room: AtomicUsize::new(MAX_CONNECTIONS_PER_CHANNEL),
        }
    }

    fn load(&self) -> usize {
        self.connections.load(Ordering::Acquire)
    }

    fn has_room(&self) -> bool {
        self.load() < self.room.load(Ordering::Acquire)
    }
}

/// A connection's place on a channel, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Lease(Arc<Slot>);

impl Lease {
    /// Whether the server allows a stream for each connection of the channel, by its present settings.
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
            login: Arc::default(),
        }
    }

    /// The channel with the fewest connections, opened when it is not there, no longer open or no longer answering.
    /// Callers that want the same channel wait for one connect. Cancel-safe.
    pub(crate) async fn get(&self, options: &ConnectOptions) -> Result<(Channel, Lease)> {
        loop {
            let lease = self.lease();
            let channel = self.channel(&lease.0, options).await?;
            // Others may have come here before the server told how many streams it allows.
            if lease.fits(&channel) {
                return Ok((channel, lease));
            }
        }
    }

    async fn channel(&self, slot: &Slot, options: &ConnectOptions) -> Result<Channel> {
        let mut channel = slot.channel.lock().await;
        if let Some(channel) = &*channel
            && channel.is_usable(options).await
        {
            return Ok(channel.clone());
        }
        let opened = Channel::open(options, &self.group).await?;
        *channel = Some(opened.clone());
        Ok(opened)
    }

    fn lease(&self) -> Lease {
        let mut slots = lock(&self.slots);
        let free = slots.iter().filter(|slot| slot.has_room());
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

/// The scheme and authority of all calls.
fn origin(options: &ConnectOptions) -> Result<Uri> {
    let authority = authority(options);
    let scheme = match options.transport {
        Transport::Tls => "https",
        Transport::Tcp | Transport::Unix(_) => "http",
    };
    format!("{scheme}://{authority}")
        .parse()
        .map_err(|error| Error::configuration(format!("invalid authority `{authority}`: {error}")))
}

/// What `:authority` says; a unix socket has no name of its own.
fn authority(options: &ConnectOptions) -> String {
    match options.transport {
        Transport::Unix(_) => "localhost".to_owned(),
        _ => options.authority(),
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

/// Returns the error of a socket that was open and broke. `mask` removes our secrets from the server's text.
pub(crate) fn lost(
    options: &ConnectOptions,
    state: &SocketState,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    mask: impl Fn(&str) -> String,
) -> Error {
    let target = match &options.transport {
        Transport::Unix(path) => path.display().to_string(),
        _ => authority(options),
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
