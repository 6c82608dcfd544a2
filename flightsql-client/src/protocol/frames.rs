//! `FlightData` messages from the bytes of a gRPC body, without I/O.
//!
//! The body of a message is most of the received data. The decoder copies it once, from the chunk of the socket to an aligned
//! buffer that the columns share. The generated client and arrow together copy it twice. Spec: `FlightData` in
//! [Flight.proto](https://github.com/apache/arrow/blob/main/format/Flight.proto), the
//! [gRPC prefix](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) and the
//! [wire format](https://protobuf.dev/programming-guides/encoding/).

use std::fmt;

use arrow_buffer::{Buffer, MutableBuffer};
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use prost::Message;

/// `FlightData.data_header`.
const HEADER: u64 = 2;
/// `FlightData.data_body`.
const BODY: u64 = 1000;
/// The maximum number of bytes that are reserved for a message before they arrive.
const MAX_RESERVED: usize = 16 << 20;

/// The parts of a message that arrow reads.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    /// The flatbuffer `Message`; empty if the message has only `app_metadata`.
    pub(crate) header: Vec<u8>,
    /// The body, aligned to 64 bytes as arrow allocates.
    pub(crate) body: Buffer,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FrameError {
    /// A message longer than `max_message_size`.
    TooLong { length: usize, limit: usize },
    /// A compressed message, which the driver did not request.
    Compressed,
    /// The first byte of something other than a gRPC message.
    NotGrpc(u8),
    /// The protobuf encoding is malformed.
    Malformed(&'static str),
    /// The response ended inside a message.
    Truncated,
}

/// Returns a message with the prefix of gRPC, not compressed; `None` if it is too long for one.
pub(crate) fn encode(message: &impl Message) -> Option<Bytes> {
    let length = message.encoded_len();
    let mut buffer = BytesMut::with_capacity(PREFIX_LEN + length);
    buffer.put_u8(0);
    buffer.put_u32(u32::try_from(length).ok()?);
    message.encode(&mut buffer).ok()?;
    Some(buffer.freeze())
}

/// Splits chunks into messages.
#[derive(Debug)]
pub(crate) struct FrameDecoder {
    limit: usize,
    chunk: Bytes,
    at: At,
    /// The remaining bytes of the message.
    left: usize,
    header: Vec<u8>,
    body: MutableBuffer,
}

/// The position in a message.
#[derive(Debug, Clone, Copy)]
enum At {
    /// Inside the prefix of gRPC: the number of bytes so far, and their value.
    Prefix { count: u8, length: usize },
    /// Inside the tag of a field, or at the end of the message.
    Tag(Varint),
    /// Inside an unused number.
    Number(Varint),
    /// Inside the length of a field.
    Length(Field, Varint),
    /// Inside a field with this many remaining bytes.
    Bytes(Field, usize),
}

#[derive(Debug, Clone, Copy)]
enum Field {
    Header,
    Body,
    Unread,
}

/// A number in [base 128](https://protobuf.dev/programming-guides/encoding/#varints), as far as it has arrived.
#[derive(Debug, Clone, Copy, Default)]
struct Varint {
    value: u64,
    shift: u32,
}

/// The length of the prefix: a flag for compression, and the length of the message.
const PREFIX_LEN: usize = 5;

const PREFIX: At = At::Prefix {
    count: 0,
    length: 0,
};

impl FrameDecoder {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            chunk: Bytes::new(),
            at: PREFIX,
            left: 0,
            header: Vec::new(),
            body: MutableBuffer::new(0),
        }
    }

    /// Adds the next bytes, after [`next`](Self::next) has used all others.
    pub(crate) fn push(&mut self, chunk: Bytes) {
        debug_assert!(self.chunk.is_empty(), "the last chunk has been read");
        self.chunk = chunk;
    }

    /// Returns the next complete message; `None` if more bytes are needed. After an error, the rest is meaningless.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, FrameError> {
        loop {
            if self.left == 0 {
                match self.at {
                    At::Tag(number) if number.shift == 0 => {
                        self.at = PREFIX;
                        return Ok(Some(self.take()));
                    }
                    At::Prefix { .. } => {}
                    _ => return Err(FrameError::Malformed("a field is longer than its message")),
                }
            }
            if self.chunk.is_empty() {
                return Ok(None);
            }
            self.step()?;
        }
    }

    /// Checks that the bytes end with a complete message.
    pub(crate) fn finish(&self) -> Result<(), FrameError> {
        match self.at {
            At::Prefix { count: 0, .. } => Ok(()),
            _ => Err(FrameError::Truncated),
        }
    }

    fn take(&mut self) -> Frame {
        let body = std::mem::replace(&mut self.body, MutableBuffer::new(0));
        Frame {
            header: std::mem::take(&mut self.header),
            body: body.into(),
        }
    }

    /// Reads one byte, or the available bytes of a field.
    fn step(&mut self) -> Result<(), FrameError> {
        self.at = match self.at {
            At::Prefix { count, length } => {
                let byte = self.chunk.get_u8();
                return self.prefix(byte, count, length);
            }
            At::Tag(number) => match number.read(self.byte())? {
                Ok(tag) => self.field(tag)?,
                Err(number) => At::Tag(number),
            },
            At::Number(number) => match number.read(self.byte())? {
                Ok(_) => At::Tag(Varint::default()),
                Err(number) => At::Number(number),
            },
            At::Length(field, number) => match number.read(self.byte())? {
                Ok(length) => self.begin(field, length)?,
                Err(number) => At::Length(field, number),
            },
            At::Bytes(field, rest) => {
                let count = rest.min(self.chunk.len());
                self.keep(field, count);
                self.chunk.advance(count);
                self.left -= count;
                after(field, rest - count)
            }
        };
        Ok(())
    }

    fn prefix(&mut self, byte: u8, count: u8, length: usize) -> Result<(), FrameError> {
        match (count, byte) {
            (0, 0) => {}
            (0, 1) => return Err(FrameError::Compressed),
            (0, other) => return Err(FrameError::NotGrpc(other)),
            _ => {}
        }
        let length = length << 8 | usize::from(byte);
        if usize::from(count) + 1 < PREFIX_LEN {
            self.at = At::Prefix {
                count: count + 1,
                length,
            };
            return Ok(());
        }
        if length > self.limit {
            let limit = self.limit;
            return Err(FrameError::TooLong { length, limit });
        }
        self.left = length;
        self.at = At::Tag(Varint::default());
        Ok(())
    }

    /// Returns a byte of the message, which [`next`](Self::next) has checked to exist.
    fn byte(&mut self) -> u8 {
        self.left -= 1;
        self.chunk.get_u8()
    }

    /// Begins a field. Of two fields with one number, the last counts, as in protobuf.
    fn begin(&mut self, field: Field, length: u64) -> Result<At, FrameError> {
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= self.left)
            .ok_or(FrameError::Malformed("a field is longer than its message"))?;
        match field {
            Field::Header => self.header = Vec::with_capacity(length.min(MAX_RESERVED)),
            Field::Body => self.body = MutableBuffer::with_capacity(length.min(MAX_RESERVED)),
            Field::Unread => {}
        }
        Ok(after(field, length))
    }

    fn keep(&mut self, field: Field, count: usize) {
        let bytes = &self.chunk[..count];
        match field {
            Field::Header => self.header.extend_from_slice(bytes),
            Field::Body => self.body.extend_from_slice(bytes),
            Field::Unread => {}
        }
    }

    /// Returns the position after a tag.
    fn field(&mut self, tag: u64) -> Result<At, FrameError> {
        let (number, wire_type) = (tag >> 3, tag & 7);
        if number == 0 || number >= 1 << 29 {
            return Err(FrameError::Malformed("a field has no legal number"));
        }
        let field = match number {
            HEADER => Field::Header,
            BODY => Field::Body,
            _ => Field::Unread,
        };
        match (field, wire_type) {
            (_, 2) => Ok(At::Length(field, Varint::default())),
            (Field::Unread, 0) => Ok(At::Number(Varint::default())),
            (Field::Unread, 1) => self.begin(field, 8),
            (Field::Unread, 5) => self.begin(field, 4),
            _ => Err(FrameError::Malformed("a field has a wrong type")),
        }
    }
}

/// Returns the position in a field with this many remaining bytes.
fn after(field: Field, rest: usize) -> At {
    match rest {
        0 => At::Tag(Varint::default()),
        rest => At::Bytes(field, rest),
    }
}

impl Varint {
    /// Adds a byte. Returns the number if it is complete.
    fn read(self, byte: u8) -> Result<Result<u64, Self>, FrameError> {
        // The tenth byte has room for one bit.
        if self.shift == 63 && byte > 1 {
            return Err(FrameError::Malformed("a number is too long"));
        }
        let value = self.value | u64::from(byte & 0x7f) << self.shift;
        Ok(match byte & 0x80 {
            0 => Ok(value),
            _ => Err(Self {
                value,
                shift: self.shift + 7,
            }),
        })
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length, limit } => write!(
                f,
                "a message has {length} bytes, more than {limit}; raise `max_message_size`"
            ),
            Self::Compressed => {
                f.write_str("a gRPC message is compressed, although the driver did not request it")
            }
            Self::NotGrpc(byte) => write!(
                f,
                "a message begins with the byte {byte}, which no gRPC message does"
            ),
            Self::Malformed(what) => write!(f, "invalid FlightData message: {what}"),
            Self::Truncated => f.write_str("the stream ended in the middle of a message"),
        }
    }
}

#[cfg(test)]
mod tests;
