//! Binary headers: names that end in `-bin`, whose values are base64 in options and on the wire.
//!
//! gRPC: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>, "Custom-Metadata".

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Base64 with or without padding, as gRPC requires of a receiver.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Returns `true` if the value of the header is binary.
pub(crate) fn is_binary(name: &str) -> bool {
    name.ends_with("-bin")
}

/// Returns the bytes of a binary header; `None` for a text header and for a value that is not base64.
pub(crate) fn binary_value(name: &str, value: &str) -> Option<Vec<u8>> {
    BASE64.decode(value).ok().filter(|_| is_binary(name))
}
