//! The gRPC status in headers or trailers, made safe for its parser (layer 2).
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
mod tests;
