//! `FlightData` messages out of the bytes of a gRPC body (pure, no I/O).
//!
//! The body of a message is most of what a client receives. It is copied once, from the chunk that the socket gave
//! to an aligned buffer which the columns then share; the generated client and arrow together copy it twice.
//! Spec: `FlightData` in
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

/// Bytes reserved on the word of a message alone; what is longer grows with what has come.
const MAX_RESERVED: usize = 16 << 20;

/// One message: what arrow reads of it.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    /// The flatbuffer `Message`; empty when the message has only `app_metadata`.
    pub(crate) header: Vec<u8>,
    /// Begins at a multiple of 64 bytes in memory, as arrow allocates.
    pub(crate) body: Buffer,
}

/// What is wrong with the bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FrameError {
    /// A message longer than `max_message_size`.
    TooLong { length: usize, limit: usize },
    /// A message in a form that was not asked for.
    Compressed,
    /// No gRPC at all.
    NotGrpc(u8),
    /// The protobuf encoding is wrong.
    Malformed(&'static str),
    /// The answer ended inside a message.
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
    /// Longest message.
    limit: usize,
    chunk: Bytes,
    at: At,
    /// Bytes of the message that are still to come.
    left: usize,
    header: Vec<u8>,
    body: MutableBuffer,
}

/// Where in a message the next byte stands.
#[derive(Debug, Clone, Copy)]
enum At {
    /// In gRPC's prefix: this many of its bytes have come, with this value.
    Prefix { count: u8, length: usize },
    /// In the tag of a field, or before the end of the message.
    Tag(Varint),
    /// In an unused number.
    Number(Varint),
    /// In the length of a field.
    Length(Field, Varint),
    /// In a field with this many bytes to come.
    Bytes(Field, usize),
}

#[derive(Debug, Clone, Copy)]
enum Field {
    Header,
    Body,
    Unread,
}

/// A number in [base 128](https://protobuf.dev/programming-guides/encoding/#varints), as far as it has come.
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
    /// For messages of at most `limit` bytes.
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

    /// The next bytes; only when [`next`](Self::next) has none left.
    pub(crate) fn push(&mut self, chunk: Bytes) {
        debug_assert!(self.chunk.is_empty(), "the last chunk has been read");
        self.chunk = chunk;
    }

    /// The next message that is whole; `None` when more bytes are needed. After an error the rest means nothing.
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

    /// All bytes have come.
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

    /// Reads on by one byte, or by all there is of a field.
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

    /// A byte of the message. [`next`](Self::next) has seen that there is one.
    fn byte(&mut self) -> u8 {
        self.left -= 1;
        self.chunk.get_u8()
    }

    /// A field begins. Of two with one number the last is the value, as protobuf has it.
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

    /// Copies the next bytes of a field.
    fn keep(&mut self, field: Field, count: usize) {
        let bytes = &self.chunk[..count];
        match field {
            Field::Header => self.header.extend_from_slice(bytes),
            Field::Body => self.body.extend_from_slice(bytes),
            Field::Unread => {}
        }
    }

    /// What a tag announces.
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

/// A field with so many bytes to come, or what follows it.
fn after(field: Field, rest: usize) -> At {
    match rest {
        0 => At::Tag(Varint::default()),
        rest => At::Bytes(field, rest),
    }
}

impl Varint {
    /// The number, or what there is of it with one more byte.
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
                f.write_str("a gRPC message is compressed, which the driver did not ask for")
            }
            Self::NotGrpc(byte) => write!(
                f,
                "a message begins with the byte {byte}, which no gRPC message does"
            ),
            Self::Malformed(what) => write!(f, "invalid FlightData message: {what}"),
            Self::Truncated => f.write_str("it ends inside a message"),
        }
    }
}

#[cfg(test)]
mod tests;
