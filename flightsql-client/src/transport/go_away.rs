//! The reason that a server gives in a GOAWAY frame.
//!
//! [RFC 9113, 6.8](https://www.rfc-editor.org/rfc/rfc9113#section-6.8). The debug data is text of the server: it is
//! bounded, masked and escaped before it is shown.

use std::fmt::{self, Write as _};

use h2::Reason;

/// Bytes of debug data that are kept, escaped. A message shows [`SHOWN`] characters of them.
const KEPT: usize = 4096;
const SHOWN: usize = 200;

/// The debug data of gRPC servers whose client pings too often
/// ([gRFC A8](https://github.com/grpc/proposal/blob/master/A8-client-side-keepalive.md)).
const TOO_MANY_PINGS: &str = "too_many_pings";

/// The last GOAWAY frame of a connection.
#[derive(Debug)]
pub(crate) struct GoAway {
    reason: Reason,
    debug: String,
}

impl GoAway {
    /// `None` unless the server sent the frame.
    pub(super) fn of(error: &h2::Error) -> Option<Self> {
        if !error.is_go_away() || !error.is_remote() {
            return None;
        }
        // The only way to the debug data: `connection error received: … (b"too_many_pings")`.
        let mut text = Bounded(String::new());
        let _ = write!(text, "{error}");
        let debug = text.0.split_once(" (b\"").map_or("", |(_, debug)| debug);
        let debug = debug.strip_suffix("\")").unwrap_or(debug);
        Some(Self {
            reason: error.reason()?,
            debug: unescape(debug),
        })
    }

    pub(crate) fn is_too_many_pings(&self) -> bool {
        self.reason == Reason::ENHANCE_YOUR_CALM && self.debug == TOO_MANY_PINGS
    }

    /// Returns the reason in one line, without the secrets that `mask` removes.
    pub(crate) fn describe(&self, mask: impl Fn(&str) -> String) -> String {
        let mut text = format!("the server sent GOAWAY {:?}", self.reason);
        if !self.debug.is_empty() {
            let masked = mask(&self.debug);
            let shown: String = masked.chars().take(SHOWN).collect();
            text.push_str(": ");
            text.extend(shown.escape_debug());
        }
        text
    }
}

struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = KEPT.saturating_sub(self.0.len());
        let fits = text.floor_char_boundary(room);
        self.0.push_str(text.get(..fits).unwrap_or_default());
        match fits == text.len() {
            true => Ok(()),
            false => Err(fmt::Error),
        }
    }
}

/// Returns the text of bytes that [`Bytes`](bytes::Bytes) printed, so that a secret in it can be masked.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let plain = match (byte, byte == b'\\') {
            (_, false) => Some(byte),
            (_, true) => match rest.next() {
                Some(b'n') => Some(b'\n'),
                Some(b'r') => Some(b'\r'),
                Some(b't') => Some(b'\t'),
                Some(b'0') => Some(0),
                Some(b'x') => hex(rest.next(), rest.next()),
                other => other,
            },
        };
        bytes.extend(plain);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{Bounded, GoAway, KEPT, Reason, unescape};
    use std::fmt::Write as _;

    #[test]
    fn i1_debug_data_as_bytes_print_it_is_read_back() {
        for text in [
            "too_many_pings",
            "a \"b\" \\ c",
            "\n\r\t\0",
            "\u{1b}[31m",
            "é",
        ] {
            let printed = format!("{:?}", bytes::Bytes::copy_from_slice(text.as_bytes()));
            let inner = printed
                .strip_prefix("b\"")
                .and_then(|text| text.strip_suffix('"'));
            assert_eq!(inner.map(unescape).as_deref(), Some(text));
        }
        // Cut anywhere, as by a bound.
        for cut in ["\\", "\\x", "\\x4", "\\xzz", "a\\"] {
            assert!(unescape(cut).len() <= 1, "{cut}");
        }
    }

    #[test]
    fn i1_long_debug_data_is_cut_before_it_is_copied() {
        let mut bounded = Bounded(String::new());
        assert!(write!(bounded, "{}", "é".repeat(KEPT)).is_err());
        assert_eq!(bounded.0.len(), KEPT);
        let go_away = GoAway {
            reason: Reason::NO_ERROR,
            debug: "secret ".repeat(100),
        };
        let text = go_away.describe(|text| text.replace("secret", "***"));
        assert!(
            text.starts_with("the server sent GOAWAY NO_ERROR: *** ***"),
            "{text}"
        );
        assert!(text.len() < 250, "{text}");
    }

    #[test]
    fn i1_only_a_frame_of_the_server_is_a_reason() {
        assert!(GoAway::of(&h2::Error::from(Reason::ENHANCE_YOUR_CALM)).is_none());
    }
}
