//! A peer that writes HTTP/2 frames by hand: what no HTTP/2 library sends.
//!
//! Frames: [RFC 9113, 6](https://www.rfc-editor.org/rfc/rfc9113#section-6). Header blocks:
//! [RFC 7541, 6.2.2](https://www.rfc-editor.org/rfc/rfc7541#section-6.2.2).

use std::io;

use flightsql_testkit::arrow_flight::{FlightEndpoint, FlightInfo, Ticket};
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::perform::ints;

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

/// `END_STREAM`, and `ACK` of settings and pings.
pub(super) const END_STREAM: u8 = 1;
pub(super) const ACK: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
pub(super) const PADDED: u8 = 8;

/// The `:status 200` of the static table.
pub(super) const OK: u8 = 0x88;

/// The largest window.
const MOST: u32 = (1 << 31) - 1;

/// Returns a frame.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// Returns one setting.
pub(super) fn setting(id: u16, value: u32) -> Vec<u8> {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend(value.to_be_bytes());
    bytes
}

/// Returns a header of a block, which no table keeps.
pub(super) fn header(name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Vec<u8> {
    let mut bytes = vec![0];
    for text in [name.as_ref(), value.as_ref()] {
        bytes.extend(length(text.len()));
        bytes.extend(text);
    }
    bytes
}

/// An integer with a prefix of 7 bits.
fn length(length: usize) -> Vec<u8> {
    let Some(mut rest) = length.checked_sub(127) else {
        return vec![u8::try_from(length).unwrap()];
    };
    let mut bytes = vec![127];
    while rest >= 128 {
        bytes.push(u8::try_from(rest % 128).unwrap() | 128);
        rest /= 128;
    }
    bytes.push(u8::try_from(rest).unwrap());
    bytes
}

/// The block of a gRPC response's headers.
pub(super) fn head() -> Vec<u8> {
    let mut block = vec![OK];
    block.extend(header("content-type", "application/grpc"));
    block
}

/// The frame of a gRPC response's headers.
pub(super) fn opening(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, head())
}

/// The frame of trailers with this code.
pub(super) fn trailers(stream: u32, code: &str) -> Vec<u8> {
    let flags = END_HEADERS | END_STREAM;
    frame(HEADERS, flags, stream, header("grpc-status", code))
}

/// A gRPC message in one DATA frame.
pub(super) fn message(stream: u32, message: impl AsRef<[u8]>) -> Vec<u8> {
    let message = message.as_ref();
    let mut bytes = vec![0];
    bytes.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    bytes.extend(message);
    frame(DATA, 0, stream, bytes)
}

/// One socket of a client.
pub(super) struct Peer {
    read: OwnedReadHalf,
    write: OwnedWriteHalf,
    /// The window of a stream at first, by the client's settings.
    window: usize,
}

impl Peer {
    pub(super) fn new(socket: TcpStream) -> Self {
        socket.set_nodelay(true).unwrap();
        let (read, write) = socket.into_split();
        Self {
            read,
            write,
            window: 65_535,
        }
    }

    /// Reads the client's preface, and sends the server's.
    pub(super) async fn preface(&mut self) -> io::Result<()> {
        self.read.read_exact(&mut [0; 24]).await?;
        // Windows without an end, since a peer reads or ignores what the client sends.
        let settings = [setting(3, 100), setting(4, MOST)].concat();
        self.send(frame(SETTINGS, 0, 0, settings)).await?;
        let more = (MOST - 65_535).to_be_bytes();
        self.send(frame(WINDOW_UPDATE, 0, 0, more)).await
    }

    pub(super) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.write.write_all(bytes.as_ref()).await
    }

    /// Waits for the first bytes of the client.
    pub(super) async fn hear(&mut self) -> io::Result<()> {
        self.read.read(&mut [0; 64]).await.map(drop)
    }

    async fn read_frame(&mut self) -> io::Result<(u8, u8, u32, Vec<u8>)> {
        let mut head = [0; 9];
        self.read.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.read.read_exact(&mut payload).await?;
        if head[3] == SETTINGS {
            let settings = payload.chunks_exact(6);
            for setting in settings.filter(|setting| setting[..2] == [0, 4]) {
                let window = u32::from_be_bytes(setting[2..].try_into().unwrap());
                self.window = usize::try_from(window).unwrap();
            }
        }
        Ok((head[3], head[4], stream, payload))
    }

    /// Returns the stream of the next complete request.
    pub(super) async fn request(&mut self) -> io::Result<u32> {
        loop {
            let (kind, flags, stream, payload) = self.read_frame().await?;
            match kind {
                DATA | HEADERS if flags & END_STREAM != 0 => return Ok(stream),
                SETTINGS if flags & ACK == 0 => self.send(frame(SETTINGS, ACK, 0, [])).await?,
                PING if flags & ACK == 0 => self.send(frame(PING, ACK, 0, payload)).await?,
                _ => {}
            }
        }
    }

    /// Sends a gRPC message, as the window of its stream allows.
    pub(super) async fn send_message(&mut self, stream: u32, message: &[u8]) -> io::Result<()> {
        let mut bytes = vec![0];
        bytes.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        bytes.extend(message);
        let mut window = self.window;
        for part in bytes.chunks(1 << 15) {
            while window < part.len() {
                let (kind, _, of, payload) = self.read_frame().await?;
                if kind == WINDOW_UPDATE && of == stream {
                    let more = u32::from_be_bytes(payload[..4].try_into().unwrap());
                    window += usize::try_from(more).unwrap();
                }
            }
            window -= part.len();
            self.send(frame(DATA, 0, stream, part)).await?;
        }
        Ok(())
    }

    /// Replies to the next request with the plan of a result, and returns the stream of the request that reads it.
    pub(super) async fn planned(&mut self) -> io::Result<u32> {
        let stream = self.request().await?;
        let endpoint = FlightEndpoint::new().with_ticket(Ticket::new("t"));
        let info = FlightInfo::new().with_endpoint(endpoint);
        let info = info.try_with_schema(&ints([]).schema()).unwrap();
        self.send(opening(stream)).await?;
        self.send(message(stream, info.encode_to_vec())).await?;
        self.send(trailers(stream, "0")).await?;
        self.request().await
    }

    /// Refuses all further requests, which shows that the connection works.
    pub(super) async fn refuse(mut self) -> io::Result<()> {
        loop {
            let stream = self.request().await?;
            let mut block = head();
            block.extend(header("grpc-status", "5"));
            block.extend(header("grpc-message", "after the attack"));
            let flags = END_HEADERS | END_STREAM;
            self.send(frame(HEADERS, flags, stream, block)).await?;
        }
    }

    /// Reads what the client sends until it closes the socket.
    pub(super) async fn wait(mut self) -> io::Result<()> {
        let mut bytes = vec![0; 1 << 16];
        while self.read.read(&mut bytes).await? > 0 {}
        Ok(())
    }

    /// Sends these bytes again and again until the client closes the socket.
    pub(super) async fn flood(self, bytes: Vec<u8>) -> io::Result<()> {
        let Self {
            mut read,
            mut write,
            ..
        } = self;
        // At least 64 KiB at a time.
        let bytes = bytes.repeat((1 << 16) / bytes.len() + 1);
        let reading = async move {
            let mut read_bytes = vec![0; 1 << 16];
            while read.read(&mut read_bytes).await? > 0 {}
            Ok(())
        };
        let writing = async move {
            loop {
                write.write_all(&bytes).await?;
            }
        };
        tokio::select! {
            ended = reading => ended,
            ended = writing => ended,
        }
    }

    /// Sends these bytes again and again, and reads nothing.
    pub(super) async fn flood_unread(mut self, bytes: Vec<u8>) -> io::Result<()> {
        let bytes = bytes.repeat((1 << 16) / bytes.len() + 1);
        loop {
            self.send(&bytes).await?;
        }
    }
}
