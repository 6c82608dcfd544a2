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

const CODE: &str = "grpc-status";
const MESSAGE: &str = "grpc-message";
const DETAILS: &str = "grpc-status-details-bin";

/// Appended to the server's message in place of the details.
const DROPPED: &[u8] = b"; `grpc-status-details-bin` is not valid base64 and was dropped";

/// gRPC sends base64 without padding and accepts both.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Replaces what the parser does not accept. The code and the message of the server remain.
pub(super) fn mend(headers: &mut HeaderMap) {
    // Without a code, nothing is parsed.
    if !headers.contains_key(CODE) {
        return;
    }
    let message = headers.get(MESSAGE).map(HeaderValue::as_bytes);
    let mut message = message.and_then(readable).map(String::into_bytes);
    if let Some(details) = headers.remove(DETAILS) {
        let decoded = BASE64.decode(details.as_bytes());
        // Encoded again, so that nothing depends on two decoders that agree.
        match decoded.map(|bytes| HeaderValue::try_from(BASE64.encode(bytes))) {
            Ok(Ok(details)) => {
                headers.insert(DETAILS, details);
            }
            Ok(Err(_)) | Err(_) => {
                let own = headers.get(MESSAGE).map(HeaderValue::as_bytes);
                let before = message.as_deref().or(own).unwrap_or_default();
                message = Some([before, DROPPED].concat());
            }
        }
    }
    if let Some(Ok(message)) = message.map(HeaderValue::try_from) {
        headers.insert(MESSAGE, message);
    }
}

/// A message whose text is not UTF-8, encoded anew with replacement characters.
fn readable(message: &[u8]) -> Option<String> {
    let decoded = percent_decode(message);
    match decoded.decode_utf8() {
        Ok(_) => None,
        Err(_) => {
            let text = percent_decode(message).decode_utf8_lossy();
            Some(percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string())
        }
    }
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
        mend(&mut map);
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
}
