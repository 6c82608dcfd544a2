//! Shared HTTP/2 channels (layer 2).
//!
//! A pool's connections are light handles on a few channels: measured, 4 channels carry twice the queries
//! per second of one channel per task at 256 tasks. A channel is *one* socket for its whole life: it never
//! reconnects behind our back, since a new socket may lead to a restarted server that knows neither our
//! session nor our transaction. When it breaks, its connections are broken, and the next `connect` makes a
//! new one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fmt, io};

use arrow_flight::flight_service_client::FlightServiceClient;
use http::{HeaderValue, Uri};
use tokio::sync::Mutex;
use tonic::client::Grpc;

use super::auth::shared::SharedLogin;
use super::deadline::within;
use super::dial::dial;
use super::http2::Http2;
use super::lock::lock;
use super::wire::{Greeting, WireState};
use crate::error::{Error, Result};
use crate::options::{FlightSqlConnectOptions, Transport};

/// One HTTP/2 connection. Clones share it.
#[derive(Clone)]
pub(crate) struct Channel {
    client: FlightServiceClient<Http2>,
    /// The same, for calls that the generated client does not have.
    grpc: Grpc<Http2>,
    http2: Http2,
    /// Where calls go, as the server is told.
    origin: Arc<Uri>,
    state: Arc<WireState>,
}

impl Channel {
    /// Connects, and waits for the server's greeting, so that an HTTP/1 server, a TLS server or a silent
    /// port is named here and not by the first query.
    pub(crate) async fn open(options: &FlightSqlConnectOptions) -> Result<Self> {
        let state = WireState::new();
        let (wire, round_trip) = dial(options, &state).await?;
        let origin = origin(options)?;
        let agent = user_agent(options)?;
        let opened = async {
            let http2 = Http2::handshake(wire, round_trip, &state, &options.limits, agent)
                .await
                .map_err(|error| lost(options, &state, Some(Box::new(error))))?;
            match state.wait_for_greeting().await {
                Greeting::Http2 => Ok(http2),
                _ => Err(lost(options, &state, None)),
            }
        };
        let limit = options.timeouts.connect;
        let http2 = within(opened, "connect", "connect_timeout", limit).await?;
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

    pub(crate) fn state(&self) -> &WireState {
        &self.state
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
/// streams: with more connections than that, a call could wait for ever behind results that nobody reads.
const MAX_CONNECTIONS_PER_CHANNEL: usize = 64;

/// The channels that all clones of one options value share.
#[derive(Debug)]
pub(crate) struct Channels {
    slots: std::sync::Mutex<Vec<Arc<Slot>>>,
    /// How many are opened before connections share one.
    spread: usize,
    /// The login that goes with them under `login=shared`.
    pub(crate) login: Arc<SharedLogin>,
}

#[derive(Debug, Default)]
struct Slot {
    channel: Mutex<Option<Channel>>,
    connections: AtomicUsize,
}

/// A connection's place on a channel, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Lease(Arc<Slot>);

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
            login: Arc::default(),
        }
    }

    /// The channel with the fewest connections, opened when it is not there or its socket has closed. Callers
    /// that want the same channel wait for one connect. Cancel-safe.
    pub(crate) async fn get(&self, options: &FlightSqlConnectOptions) -> Result<(Channel, Lease)> {
        let lease = self.lease();
        let mut slot = lease.0.channel.lock().await;
        if let Some(channel) = slot.as_ref().filter(|channel| channel.is_open()) {
            let channel = channel.clone();
            drop(slot);
            return Ok((channel, lease));
        }
        let channel = Channel::open(options).await?;
        *slot = Some(channel.clone());
        drop(slot);
        Ok((channel, lease))
    }

    fn lease(&self) -> Lease {
        let mut slots = lock(&self.slots);
        let load = |slot: &Arc<Slot>| slot.connections.load(Ordering::Acquire);
        let least = slots.iter().min_by_key(|slot| load(slot)).cloned();
        let slot = match least {
            Some(slot) if load(&slot) == 0 => slot,
            Some(slot)
                if slots.len() >= self.spread && load(&slot) < MAX_CONNECTIONS_PER_CHANNEL =>
            {
                slot
            }
            _ => {
                let slot = Arc::new(Slot::default());
                slots.push(Arc::clone(&slot));
                slot
            }
        };
        slot.connections.fetch_add(1, Ordering::AcqRel);
        Lease(slot)
    }
}

/// The scheme and authority of all calls.
fn origin(options: &FlightSqlConnectOptions) -> Result<Uri> {
    let authority = authority(options);
    let scheme = match options.transport {
        Transport::Tls => "https",
        Transport::Tcp | Transport::Unix(_) => "http",
    };
    format!("{scheme}://{authority}").parse().map_err(|error| {
        Error::configuration(format!("`{authority}` is no usable authority: {error}"))
    })
}

/// What `:authority` says; a unix socket has no name of its own.
fn authority(options: &FlightSqlConnectOptions) -> String {
    match options.transport {
        Transport::Unix(_) => "localhost".to_owned(),
        _ => options.authority(),
    }
}

fn user_agent(options: &FlightSqlConnectOptions) -> Result<HeaderValue> {
    let own = concat!("flightsql/", env!("CARGO_PKG_VERSION"));
    let Some(name) = &options.application_name else {
        return Ok(HeaderValue::from_static(own));
    };
    HeaderValue::from_str(&format!("{name} {own}")).map_err(|_| {
        Error::configuration("`application_name` may only hold visible ASCII characters and spaces")
    })
}

/// Why a socket that was open is of no use, in one sentence.
pub(crate) fn lost(
    options: &FlightSqlConnectOptions,
    state: &WireState,
    source: Option<sqlx_core::error::BoxDynError>,
) -> Error {
    let target = match &options.transport {
        Transport::Unix(path) => path.display().to_string(),
        _ => authority(options),
    };
    let (kind, what) = match state.greeting() {
        Greeting::TlsAlert => {
            let advice = "the server refused the TLS connection; it may ask for a client certificate \
                          (`tls_client_cert`, `tls_client_key`)";
            return Error::tls(format!("{target}: {advice}"), source);
        }
        Greeting::Http1 => (
            io::ErrorKind::InvalidData,
            "an HTTP/1 server answered: it is no gRPC server, or a proxy before it does not pass HTTP/2",
        ),
        Greeting::Tls => (
            io::ErrorKind::InvalidData,
            "the server expects TLS; use flightsql:// instead of flightsql+tcp://",
        ),
        Greeting::Other => (
            io::ErrorKind::InvalidData,
            "the server does not speak HTTP/2: it is no gRPC server",
        ),
        Greeting::Awaited | Greeting::Closed if options.transport == Transport::Tls => (
            io::ErrorKind::ConnectionAborted,
            "the server hung up without a word after the TLS handshake; it may ask for a client certificate, \
             or be no gRPC server",
        ),
        Greeting::Awaited | Greeting::Closed => (
            io::ErrorKind::ConnectionAborted,
            "the server hung up without a word; it may expect TLS (flightsql://), or be no gRPC server",
        ),
        Greeting::Http2 if state.is_silent() => (
            io::ErrorKind::TimedOut,
            "the server answered no HTTP/2 ping within `keep_alive_timeout`; it may have vanished from the network",
        ),
        Greeting::Http2 => (
            io::ErrorKind::ConnectionReset,
            "the connection was lost; the server may have stopped or restarted",
        ),
    };
    Error::wire(kind, format!("{target}: {what}"), source)
}
