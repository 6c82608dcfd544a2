//! A relay between the driver and a test server that parses HTTP/2 frames: a network that drops packets, a server with gRPC's
//! ping rule, a server that allows few streams.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flightsql_testkit::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const MAX_CONCURRENT_STREAMS: u16 = 3;
const ENHANCE_YOUR_CALM: u32 = 11;
const PREFACE: usize = 24;

/// grpc-go's rule for pings, and its GOAWAY for a client that violates the rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PingRule {
    /// `MinTime`, 5 minutes by default; without open calls it is 24 times as long (2 hours).
    pub(crate) min_time: Duration,
    pub(crate) debug_data: &'static [u8],
}

/// Behavior of a relay besides passing frames on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) pings: Option<PingRule>,
    pub(crate) streams: Option<u32>,
}

/// The relay; it ends with the test's runtime.
pub(crate) struct Relay {
    address: std::net::SocketAddr,
    state: Arc<State>,
}

struct State {
    rules: Rules,
    target: String,
    /// Connections made before this many were swallowed pass nothing on.
    swallowed: watch::Sender<usize>,
    connections: Mutex<Vec<Arc<Connection>>>,
}

#[derive(Default)]
struct Counts {
    pings: usize,
    refused: bool,
    last_ping: Option<Instant>,
    strikes: u32,
    forgiven: bool,
    open: i64,
    /// Settings of the server that the client has not acknowledged, and those of the relay.
    acks: usize,
    foreign_acks: usize,
}

struct Connection {
    counts: Mutex<Counts>,
    /// Frames of the relay's own, for the client.
    inject: mpsc::UnboundedSender<Vec<u8>>,
}

struct Frame {
    kind: u8,
    flags: u8,
    bytes: Vec<u8>,
}

impl Relay {
    pub(crate) async fn start(server: &TestServer, rules: Rules) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            rules,
            target: server.address(),
            swallowed: watch::Sender::new(0),
            connections: Mutex::default(),
        });
        let accepting = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(Arc::clone(&accepting), client));
            }
        });
        Self { address, state }
    }

    pub(crate) fn url(&self, options: &str) -> String {
        format!("flightsql+tcp://{}?{options}", self.address)
    }

    /// Stops forwarding on all present connections. Their sockets stay open, and the kernel acknowledges data.
    pub(crate) fn swallow(&self) {
        let connections = self.connections();
        self.state.swallowed.send_replace(connections);
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.connections.lock().unwrap().len()
    }

    /// Number of pings that the client sent, over all connections.
    pub(crate) fn pings(&self) -> usize {
        self.sum(|counts| counts.pings)
    }

    /// Number of connections that ended because of their pings.
    pub(crate) fn refused(&self) -> usize {
        self.sum(|counts| usize::from(counts.refused))
    }

    /// Sends settings with this limit on all connections, as if the server had changed its mind.
    pub(crate) fn allow_streams(&self, limit: u32) {
        for connection in self.state.connections.lock().unwrap().iter() {
            connection.counts.lock().unwrap().foreign_acks += 1;
            let mut settings = frame(SETTINGS, 0, 6);
            settings.extend(setting(limit));
            connection.inject.send(settings).unwrap();
        }
    }

    /// Resolves when the client has acknowledged all that [`allow_streams`](Self::allow_streams) sent.
    pub(crate) async fn acknowledged(&self) {
        while self.sum(|counts| counts.foreign_acks) > 0 {
            tokio::task::yield_now().await;
        }
    }

    fn sum(&self, of: impl Fn(&Counts) -> usize) -> usize {
        let connections = self.state.connections.lock().unwrap();
        let counts = connections.iter().map(|one| one.counts.lock().unwrap());
        counts.map(|counts| of(&counts)).sum()
    }
}

fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
    vec![0, 0, length, kind, flags, 0, 0, 0, 0]
}

fn setting(limit: u32) -> Vec<u8> {
    [
        &MAX_CONCURRENT_STREAMS.to_be_bytes()[..],
        &limit.to_be_bytes(),
    ]
    .concat()
}

/// The frame that ends a connection; all streams so far count as processed.
fn go_away(debug_data: &[u8]) -> Vec<u8> {
    let mut bytes = frame(GOAWAY, 0, u8::try_from(8 + debug_data.len()).unwrap());
    bytes.extend(u32::MAX.wrapping_shr(1).to_be_bytes());
    bytes.extend(ENHANCE_YOUR_CALM.to_be_bytes());
    bytes.extend(debug_data);
    bytes
}

async fn relay(state: Arc<State>, client: TcpStream) {
    let server = TcpStream::connect(&state.target).await.unwrap();
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let (inject, injected) = mpsc::unbounded_channel();
    let connection = Arc::new(Connection {
        counts: Mutex::default(),
        inject,
    });
    let number = {
        let mut connections = state.connections.lock().unwrap();
        connections.push(Arc::clone(&connection));
        connections.len()
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut swallowed = state.swallowed.subscribe();
    let up = up(from_client, to_server, &state.rules, &connection);
    let down = down(from_server, to_client, &state.rules, &connection, injected);
    tokio::pin!(up, down);
    tokio::select! {
        _ = &mut up => return,
        _ = &mut down => return,
        _ = swallowed.wait_for(|swallowed| number <= *swallowed) => {}
    }
    // Both sockets stay open and are no longer read.
    std::future::pending::<()>().await;
}

async fn read_frame(from: &mut OwnedReadHalf) -> io::Result<Frame> {
    let mut head = [0; 9];
    from.read_exact(&mut head).await?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut bytes = head.to_vec();
    bytes.resize(9 + usize::try_from(length).unwrap(), 0);
    from.read_exact(&mut bytes[9..]).await?;
    Ok(Frame {
        kind: head[3],
        flags: head[4],
        bytes,
    })
}

/// Frames of the client.
async fn up(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    rules: &Rules,
    connection: &Connection,
) -> io::Result<()> {
    let mut preface = [0; PREFACE];
    from.read_exact(&mut preface).await?;
    to.write_all(&preface).await?;
    loop {
        let frame = read_frame(&mut from).await?;
        let mut pass = true;
        {
            let mut counts = connection.counts.lock().unwrap();
            match (frame.kind, frame.flags & ACK != 0) {
                (HEADERS, _) => counts.open += 1,
                (RST_STREAM, _) => counts.open -= 1,
                (SETTINGS, true) if counts.acks > 0 => counts.acks -= 1,
                (SETTINGS, true) if counts.foreign_acks > 0 => {
                    counts.foreign_acks -= 1;
                    pass = false;
                }
                (PING, false) => {
                    counts.pings += 1;
                    if let Some(rule) = &rules.pings
                        && counts.breaks(rule)
                    {
                        counts.refused = true;
                        connection.inject.send(go_away(rule.debug_data)).unwrap();
                    }
                }
                _ => {}
            }
        }
        if pass {
            to.write_all(&frame.bytes).await?;
        }
    }
}

/// Frames of the server.
async fn down(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    rules: &Rules,
    connection: &Connection,
    mut injected: mpsc::UnboundedReceiver<Vec<u8>>,
) -> io::Result<()> {
    let (frames, mut read) = mpsc::channel(1);
    // A frame is read completely, whatever happens meanwhile.
    let reading = async move {
        while let Ok(frame) = read_frame(&mut from).await {
            if frames.send(frame).await.is_err() {
                break;
            }
        }
    };
    let mut first = true;
    let writing = async {
        loop {
            tokio::select! {
                Some(bytes) = injected.recv() => {
                    to.write_all(&bytes).await?;
                    if bytes[3] == GOAWAY {
                        return Ok(());
                    }
                }
                frame = read.recv() => {
                    let Some(mut frame) = frame else { return Ok(()) };
                    if let (Some(limit), true) = (rules.streams, std::mem::take(&mut first)) {
                        assert_eq!(frame.kind, SETTINGS);
                        frame.bytes[2] += 6;
                        frame.bytes.extend(setting(limit));
                    }
                    connection.counts.lock().unwrap().sent(&frame);
                    to.write_all(&frame.bytes).await?;
                }
            }
        }
    };
    // The end of the writing is the end: a server that sent GOAWAY closes its socket.
    tokio::select! {
        ended = writing => ended,
        () = async { reading.await; std::future::pending().await } => Ok(()),
    }
}

impl Counts {
    /// `handlePing` of grpc-go's `http2_server.go`.
    fn breaks(&mut self, rule: &PingRule) -> bool {
        let now = Instant::now();
        let last = self.last_ping.replace(now);
        if std::mem::take(&mut self.forgiven) {
            self.strikes = 0;
            return false;
        }
        let least = match self.open {
            0 => rule.min_time * 24,
            _ => rule.min_time,
        };
        if last.is_some_and(|last| now < last + least) {
            self.strikes += 1;
        }
        self.strikes > 2
    }

    /// Headers and data forgive.
    fn sent(&mut self, frame: &Frame) {
        if frame.kind == SETTINGS && frame.flags & ACK == 0 {
            self.acks += 1;
        }
        if matches!(frame.kind, HEADERS | DATA) {
            self.forgiven = true;
        }
        let ends = matches!(frame.kind, HEADERS | DATA) && frame.flags & END_STREAM != 0;
        if ends || frame.kind == RST_STREAM {
            self.open -= 1;
        }
    }
}
