//! The parsers of untrusted bytes, for the fuzz targets of `fuzz/`. Not part of the public API.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use bytes::Bytes;

use crate::options::ConnectOptions;
use crate::protocol::decode::{Decoder, Item};
use crate::protocol::frames::{Frame, FrameDecoder};
use crate::protocol::schema;
use crate::transport::cookies::Cookies;
use crate::transport::method::Method;

/// The RPCs that carry cookies.
const METHODS: [Method; 6] = [
    Method::Handshake,
    Method::GetFlightInfo,
    Method::GetSchema,
    Method::DoGet,
    Method::DoPut,
    Method::DoAction,
];

/// The cookies of one connection.
#[derive(Debug, Default)]
pub struct CookieJar(Cookies);

impl CookieJar {
    /// Stores the cookie of a `Set-Cookie` header.
    pub fn set(&mut self, header: &str, plaintext: bool) {
        self.0.set(header, plaintext);
    }

    /// Returns the path and the `Cookie` header of each RPC.
    pub fn headers(&self) -> [(&'static str, Option<String>); 6] {
        METHODS.map(|method| (method.path(), self.0.header(method)))
    }
}

/// One message of a stream, before its checks.
#[derive(Debug)]
pub struct Message(Frame);

impl Message {
    /// Returns the flatbuffer.
    pub fn header(&self) -> &[u8] {
        &self.0.header
    }

    /// Returns the body.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }
}

/// Splits the bytes of a gRPC body into messages.
#[derive(Debug)]
pub struct Frames(FrameDecoder);

impl Frames {
    /// Creates a splitter for messages of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self(FrameDecoder::new(limit))
    }

    /// Adds bytes, after [`next`](Self::next) has returned `None`.
    pub fn push(&mut self, chunk: Bytes) {
        self.0.push(chunk);
    }

    /// Returns the next message; `None` if more bytes are needed.
    ///
    /// # Errors
    /// Returns the text of the error.
    #[expect(
        clippy::should_implement_trait,
        reason = "`None` is not the end: more bytes may follow"
    )]
    pub fn next(&mut self) -> Result<Option<Message>, String> {
        let next = self.0.next().map_err(|error| error.to_string())?;
        Ok(next.map(Message))
    }

    /// Checks that the bytes end with a complete message.
    ///
    /// # Errors
    /// Returns the text of the error.
    pub fn finish(&self) -> Result<(), String> {
        self.0.finish().map_err(|error| error.to_string())
    }
}

/// The content of a message.
#[derive(Debug)]
pub enum Decoded {
    /// The columns, as the server reported them.
    Schema(SchemaRef),
    /// Rows.
    Batch(RecordBatch),
}

/// Validates and decodes the messages of a stream.
#[derive(Debug)]
pub struct Messages(Decoder);

impl Messages {
    /// Creates a decoder with the limits of these options.
    pub fn new(options: &ConnectOptions) -> Self {
        Self(Decoder::new(schema::validator(&options.limits)))
    }

    /// Decodes the next message; `None` for a message that contains neither columns nor rows.
    ///
    /// # Errors
    /// Returns the text of the error.
    pub fn decode(&mut self, message: &Message) -> Result<Option<Decoded>, String> {
        let item = self.0.decode(&message.0);
        let item = item.map_err(|error| error.to_string())?;
        Ok(item.map(|item| match item {
            Item::Schema(schema) => Decoded::Schema(schema),
            Item::Batch(batch) => Decoded::Batch(batch),
        }))
    }
}
