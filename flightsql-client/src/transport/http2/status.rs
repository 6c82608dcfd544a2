//! The gRPC status in headers or trailers, made safe for its parser.
//!
//! tonic's `Status::from_header_map` panics on `grpc-status-details-bin` that is not base64, and replaces the server's
//! code if `grpc-message` is not UTF-8.
//! Protocol: [gRPC over HTTP/2, responses](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::{HeaderMap, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode, percent_encode};

pub(super) const CODE: &str = "grpc-status";
pub(super) const MESSAGE: &str = "grpc-message";
const DETAILS: &str = "grpc-status-details-bin";
/// Appended to the server's message in place of the details.
const DROPPED: &[u8] = b"; `grpc-status-details-bin` is not valid base64 and was dropped";

/// gRPC sends base64 without padding and accepts both.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Prepares the headers of a response. A status of success before a body does not count: the trailers decide.
pub(super) fn mend_head(headers: &mut HeaderMap, is_end: bool, limit: u32) {
    mend(headers, limit);
    if !is_end && headers.get(CODE).is_some_and(|code| code == SUCCESS) {
        for name in [CODE, MESSAGE, DETAILS] {
            headers.remove(name);
        }
    }
}

const SUCCESS: &str = "0";

/// Replaces what the parser does not accept. The code and the message of the server remain; of a message that is longer than
/// `limit` bytes, the start.
pub(super) fn mend(headers: &mut HeaderMap, limit: u32) {
    // Without a code, nothing is parsed.
    let mut codes = headers.get_all(CODE).iter();
    let Some(first) = codes.next() else {
        return;
    };
    // A call has succeeded if all codes say so.
    if first == SUCCESS
        && let Some(failure) = codes.find(|code| *code != SUCCESS).cloned()
    {
        headers.insert(CODE, failure);
    }
    let message = headers.get(MESSAGE).map(HeaderValue::as_bytes);
    let mut message = message.and_then(|message| readable(message, limit));
    if let Some(details) = headers.remove(DETAILS) {
        let decoded = BASE64.decode(details.as_bytes());
        // Encoded again, so that nothing depends on two decoders that agree.
        match decoded.map(|bytes| HeaderValue::try_from(BASE64.encode(bytes))) {
            Ok(Ok(details)) => {
                headers.insert(DETAILS, details);
            }
            Ok(Err(_)) | Err(_) => {
                let own = headers.get(MESSAGE).map(HeaderValue::as_bytes);
                let before = message.as_ref().map(HeaderValue::as_bytes).or(own);
                let both = [before.unwrap_or_default(), DROPPED].concat();
                message = HeaderValue::try_from(both).ok().or(message);
            }
        }
    }
    if let Some(message) = message {
        headers.insert(MESSAGE, message);
    }
}

/// A message whose text is not UTF-8, with replacement characters, or the start of a message that is too long; `None` for
/// any other message.
fn readable(message: &[u8], limit: u32) -> Option<HeaderValue> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let decoded = percent_decode(message).decode_utf8();
    if decoded.is_ok() && message.len() <= limit {
        return None;
    }
    let text = percent_decode(message).decode_utf8_lossy();
    let start = text
        .get(..text.floor_char_boundary(limit))
        .unwrap_or_default();
    Some(match start.len() == text.len() {
        true => encoded(start),
        false => encoded(&format!(
            "{start} … (the message has {} bytes; raise `max_header_size` to see all of them)",
            text.len()
        )),
    })
}

/// A text as gRPC sends it.
pub(super) fn encoded(text: &str) -> HeaderValue {
    let text = percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string();
    HeaderValue::try_from(text).expect("percent-encoded text is ASCII")
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use tonic::{Code, Status};

    use super::mend;

    fn status(headers: &[(&'static str, &[u8])]) -> Option<Status> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        mend(&mut map, 100);
        Status::from_header_map(&map)
    }

    #[test]
    fn d1_details_that_are_not_base64_keep_code_and_message() {
        for details in [&b"%%%"[..], b"a", b"QUJ\xff", b"QUI=QUI=", b"QUJ_", b" "] {
            let status = status(&[
                ("grpc-status", b"5"),
                ("grpc-message", b"no%20table"),
                ("grpc-status-details-bin", details),
            ])
            .unwrap();
            assert_eq!(status.code(), Code::NotFound);
            assert_eq!(
                status.message(),
                "no table; `grpc-status-details-bin` is not valid base64 and was dropped"
            );
            assert!(status.details().is_empty());
        }
    }

    #[test]
    fn d1_details_in_base64_pass_with_and_without_padding() {
        for details in [&b"QUI="[..], b"QUI"] {
            let status = status(&[
                ("grpc-status", b"5"),
                ("grpc-status-details-bin", details),
                ("grpc-status-details-bin", b"%%%"),
            ])
            .unwrap();
            assert_eq!((status.message(), status.details()), ("", b"AB".as_slice()));
        }
    }

    #[test]
    fn d1_a_message_that_is_not_utf8_keeps_the_code() {
        for (message, text) in [
            (&b"a%FFb"[..], "a\u{fffd}b"),
            (b"a\xffb c", "a\u{fffd}b c"),
            (b"50%", "50%"),
            (b"%zz%4", "%zz%4"),
        ] {
            let status = status(&[("grpc-status", b"3"), ("grpc-message", message)]).unwrap();
            assert_eq!(
                (status.code(), status.message()),
                (Code::InvalidArgument, text)
            );
        }
        let both = status(&[
            ("grpc-status", b"3"),
            ("grpc-message", b"a%FF"),
            ("grpc-status-details-bin", b"%"),
        ]);
        let both = both.unwrap();
        assert!(
            both.message()
                .starts_with("a\u{fffd}; `grpc-status-details-bin`")
        );
    }

    #[test]
    fn d1_a_code_that_is_no_number_is_unknown() {
        for code in [&b"x"[..], b"", b"-1", b"99", b"5 5", b"\xff"] {
            assert_eq!(
                status(&[("grpc-status", code)]).unwrap().code(),
                Code::Unknown
            );
        }
        // Without a code, the details belong to no status.
        assert!(status(&[("grpc-status-details-bin", b"%")]).is_none());
    }

    #[test]
    fn b5_a_long_message_keeps_the_code_and_its_start() {
        let text = "é".repeat(51);
        let message = super::encoded(&text);
        let status = status(&[("grpc-status", b"13"), ("grpc-message", message.as_bytes())]);
        let status = status.unwrap();
        assert_eq!(status.code(), Code::Internal);
        assert_eq!(
            status.message(),
            format!(
                "{} … (the message has 102 bytes; raise `max_header_size` to see all of them)",
                "é".repeat(50)
            )
        );
        // 100 bytes after decoding are not too many.
        let message = super::encoded(&"é".repeat(50));
        let short = self::status(&[("grpc-status", b"13"), ("grpc-message", message.as_bytes())]);
        assert_eq!(short.unwrap().message(), "é".repeat(50));
    }

    #[test]
    fn d5_two_codes_succeed_only_together() {
        for (codes, code) in [
            ([&b"0"[..], b"0"], Code::Ok),
            ([b"0", b"13"], Code::Internal),
            ([b"13", b"0"], Code::Internal),
            ([b"5", b"13"], Code::NotFound),
        ] {
            let [first, second] = codes;
            let status = status(&[("grpc-status", first), ("grpc-status", second)]);
            assert_eq!(status.unwrap().code(), code);
        }
    }

    #[test]
    fn d5_success_before_a_body_is_no_status() {
        for (code, is_end, left) in [("0", false, false), ("0", true, true), ("13", false, true)] {
            let mut map = HeaderMap::new();
            map.insert("grpc-status", HeaderValue::from_static(code));
            map.insert("grpc-message", HeaderValue::from_static("done"));
            super::mend_head(&mut map, is_end, 100);
            assert_eq!(
                (
                    map.contains_key("grpc-status"),
                    map.contains_key("grpc-message")
                ),
                (left, left)
            );
        }
    }
}
