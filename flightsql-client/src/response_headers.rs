//! [`ResponseHeaders`]: the headers and trailers of responses that the client keeps for its caller.
//!
//! Headers: [gRPC over HTTP/2, responses](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses).

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// The most values that are kept of one statement. A result has three to five RPCs, and InfluxDB sends twelve trailers.
pub(crate) const MOST: usize = 64;

/// The longest value that is kept, in bytes. Correlation ids and timings have less than a hundred.
const LONGEST: usize = 4096;

/// The headers and trailers of the responses to one statement that the client keeps: those with common correlation ids, those
/// of the dialect ([`Session::response_headers`](crate::dialect::Session::response_headers)), and those that
/// [`ConnectOptions::response_headers`](crate::ConnectOptions::response_headers) lists.
///
/// The values are in the order in which they arrived, over all RPCs of the statement: its preparation, its plan, and each
/// endpoint of its result. Trailers arrive after the last row. If the client runs a read again, only the values of the last
/// attempt remain. The client keeps the last 64 values, and [`omitted`](Self::omitted) counts those before them.
///
/// Secrets of the connection are masked as `***` in the values, except for a text that the client sent in a header of the
/// same name, so that a program can compare its own correlation id. `Debug` shows names, and no values.
///
/// ```no_run
/// # async fn example(session: &mut flightsql_client::Session) -> flightsql_client::Result<()> {
/// let result = session.execute("SELECT * FROM cpu").await?;
/// let seconds = result.response_headers().get("x-influxdata-execution-duration-seconds");
/// println!("{} s, request {:?}", seconds.unwrap_or("?"), result.response_headers().get("x-request-id"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ResponseHeaders(Option<Arc<Kept>>);

#[derive(Clone, Default, PartialEq, Eq)]
struct Kept {
    values: VecDeque<ResponseHeader>,
    omitted: usize,
}

/// A header or trailer of one response.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseHeader {
    name: String,
    value: ResponseHeaderValue,
    operation: &'static str,
}

/// The value of a response header.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseHeaderValue {
    /// Text, without the secrets of the connection.
    Text(String),
    /// The decoded bytes of a header whose name ends in `-bin`, or the bytes of a text that is not UTF-8. Secrets in them are
    /// overwritten.
    Bytes(Bytes),
    /// The value has more than 4096 bytes, or consists of more than 64 binary values, and the client did not keep it.
    TooLong {
        /// The number of bytes.
        size: usize,
    },
}

impl ResponseHeaders {
    /// Returns the last value of this name if it is text; the name has lower-case letters.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.last(name)?.text()
    }

    /// Returns the last value of this name if it is binary, as that of a name that ends in `-bin`.
    #[must_use]
    pub fn get_bytes(&self, name: &str) -> Option<&[u8]> {
        match &self.last(name)?.value {
            ResponseHeaderValue::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    fn last(&self, name: &str) -> Option<&ResponseHeader> {
        self.iter().rev().find(|header| header.name == name)
    }

    /// Returns all values, in the order in which they arrived.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &ResponseHeader> {
        self.0.iter().flat_map(|kept| &kept.values)
    }

    /// Returns the number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |kept| kept.values.len())
    }

    /// Returns `true` if there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of earlier values that the client did not keep, because there are more than 64.
    #[must_use]
    pub fn omitted(&self) -> usize {
        self.0.as_ref().map_or(0, |kept| kept.omitted)
    }

    pub(crate) fn extend(&mut self, values: impl IntoIterator<Item = ResponseHeader>) {
        for value in values {
            let kept = Arc::make_mut(self.0.get_or_insert_default());
            if kept.values.len() >= MOST {
                kept.values.pop_front();
                kept.omitted = kept.omitted.saturating_add(1);
            }
            kept.values.push_back(value);
        }
    }

    /// Adds the values of a later statement.
    pub(crate) fn append(&mut self, later: &Self) {
        if self.0.is_none() {
            self.0.clone_from(&later.0);
            return;
        }
        self.extend(later.iter().cloned());
        if let Some(kept) = self.0.as_mut().filter(|_| later.omitted() > 0) {
            let kept = Arc::make_mut(kept);
            kept.omitted = kept.omitted.saturating_add(later.omitted());
        }
    }
}

impl ResponseHeader {
    /// Creates a value from its bytes, or notes only the size of a value that is too long.
    pub(crate) fn new(name: &str, operation: &'static str, value: ResponseHeaderValue) -> Self {
        let size = match &value {
            ResponseHeaderValue::Text(text) => text.len(),
            ResponseHeaderValue::Bytes(bytes) => bytes.len(),
            ResponseHeaderValue::TooLong { size } => *size,
        };
        let value = match size > LONGEST {
            true => ResponseHeaderValue::TooLong { size },
            false => value,
        };
        Self {
            name: name.to_owned(),
            value,
            operation,
        }
    }

    /// Returns the size if a value of so many bytes is too long to be kept.
    pub(crate) fn too_long(size: usize) -> Option<ResponseHeaderValue> {
        (size > LONGEST).then_some(ResponseHeaderValue::TooLong { size })
    }

    /// Returns the name, in lower case.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the value.
    #[must_use]
    pub fn value(&self) -> &ResponseHeaderValue {
        &self.value
    }

    /// Returns the value if it is text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            ResponseHeaderValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the RPC of the response, such as `DoGet` or `GetFlightInfo(CommandStatementQuery)`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }
}

impl fmt::Debug for ResponseHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for ResponseHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.name, self.value)
    }
}

// Without the value, which may be secret for another reason than the connection knows.
impl fmt::Debug for ResponseHeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::TooLong { size } => write!(f, "TooLong({size} bytes)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ResponseHeader, ResponseHeaderValue, ResponseHeaders};

    fn text(name: &str, value: impl Into<String>) -> ResponseHeader {
        ResponseHeader::new(name, "DoGet", ResponseHeaderValue::Text(value.into()))
    }

    #[test]
    fn returns_the_last_value_of_a_name() {
        let mut headers = ResponseHeaders::default();
        assert!(headers.is_empty() && headers.get("a").is_none());
        headers.extend([text("a", "1"), text("b", "2"), text("a", "3")]);
        assert_eq!((headers.get("a"), headers.get("b")), (Some("3"), Some("2")));
        assert_eq!(headers.get_bytes("a"), None);
        let all: Vec<_> = headers.iter().map(|h| (h.name(), h.text())).collect();
        assert_eq!(all, [("a", Some("1")), ("b", Some("2")), ("a", Some("3"))]);
    }

    #[test]
    fn keeps_the_last_values_and_counts_the_others() {
        let mut headers = ResponseHeaders::default();
        headers.extend((0..70).map(|n| text("a", n.to_string())));
        let before = headers.clone();
        assert_eq!((headers.len(), headers.omitted()), (64, 6));
        assert_eq!(headers.iter().next().unwrap().text(), Some("6"));
        headers.append(&before);
        assert_eq!((headers.len(), headers.omitted()), (64, 6 + 64 + 6));
        assert_eq!((before.len(), before.omitted()), (64, 6));
        let mut first = ResponseHeaders::default();
        first.append(&before);
        assert_eq!(first, before);
    }

    #[test]
    fn notes_the_size_of_a_long_value() {
        let value = |size: usize| text("a", "x".repeat(size)).value().clone();
        assert_eq!(value(4096), ResponseHeaderValue::Text("x".repeat(4096)));
        assert_eq!(value(4097), ResponseHeaderValue::TooLong { size: 4097 });
    }

    #[test]
    fn debug_shows_no_value() {
        let mut headers = ResponseHeaders::default();
        headers.extend([text("a", "swordfish")]);
        assert_eq!(format!("{headers:?}"), "[a: Text(9 bytes)]");
    }
}
