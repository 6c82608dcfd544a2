//! The response headers and trailers that the options list, without secrets.

use std::sync::{Arc, Mutex, Weak};

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use tonic::metadata::MetadataMap;

use super::CallState;
use super::secrets::is_value;
use crate::lock::lock;
use crate::options::{ConnectOptions, is_binary};
use crate::response_headers::{MOST, ResponseHeader, ResponseHeaderValue, ResponseHeaders};

/// The response headers of one statement, which its RPCs collect.
#[derive(Debug, Default)]
pub(crate) struct Capture(Mutex<ResponseHeaders>);

impl Capture {
    pub(crate) fn headers(&self) -> ResponseHeaders {
        lock(&self.0).clone()
    }

    /// Forgets the headers of an attempt that failed.
    pub(crate) fn clear(&self) {
        *lock(&self.0) = ResponseHeaders::default();
    }

    pub(crate) fn extend(&self, headers: impl IntoIterator<Item = ResponseHeader>) {
        lock(&self.0).extend(headers);
    }
}

/// gRPC sends base64 without padding and accepts both.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl CallState {
    /// Returns the headers of a response that the options list, with masked values.
    pub(crate) fn captured(
        &self,
        options: &ConnectOptions,
        operation: &'static str,
        metadata: &MetadataMap,
    ) -> Vec<ResponseHeader> {
        let headers = metadata.as_ref();
        let mut captured = Vec::new();
        // The names are few in most responses, and each is in the map once.
        for name in headers.keys() {
            let name = name.as_str();
            if !options.keeps_response_header(name) {
                continue;
            }
            for value in headers.get_all(name) {
                let value = value.as_bytes();
                // gRPC may join binary values of one name. A server could send a million empty ones.
                let parts: Vec<&[u8]> = match is_binary(name) {
                    true => value.split(|byte| *byte == b',').take(MOST + 1).collect(),
                    false => vec![value],
                };
                if parts.len() > MOST {
                    let size = value.len();
                    let value = ResponseHeaderValue::TooLong { size };
                    captured.push(ResponseHeader::new(name, operation, value));
                    continue;
                }
                captured.extend(parts.into_iter().map(|part| {
                    let value = self.captured_value(name, part);
                    ResponseHeader::new(name, operation, value)
                }));
            }
        }
        captured
    }

    fn captured_value(&self, name: &str, value: &[u8]) -> ResponseHeaderValue {
        if !is_binary(name)
            && let Some(too_long) = ResponseHeader::too_long(value.len())
        {
            return too_long;
        }
        let decoded = match is_binary(name) {
            true => BASE64.decode(value.trim_ascii()).ok(),
            false => None,
        };
        if let Some(decoded) = decoded {
            if let Some(too_long) = ResponseHeader::too_long(decoded.len()) {
                return too_long;
            }
            let mut bytes = Bytes::from(decoded);
            self.mask_bytes(&mut bytes);
            return ResponseHeaderValue::Bytes(bytes);
        }
        match std::str::from_utf8(value) {
            Ok(text) if self.was_sent(name, text) => ResponseHeaderValue::Text(text.to_owned()),
            Ok(text) => ResponseHeaderValue::Text(self.mask(text)),
            Err(_) => {
                let mut bytes = Bytes::copy_from_slice(value);
                self.mask_bytes(&mut bytes);
                ResponseHeaderValue::Bytes(bytes)
            }
        }
    }

    /// Returns `true` if the client sent this value in a header of the same name, and it contains no other secret. The caller
    /// has listed the name of the header, which is not one of credentials, so that the value can be compared.
    fn was_sent(&self, name: &str, value: &str) -> bool {
        let is_sent = |sent: &MetadataMap| {
            let sent = sent.get(name);
            sent.is_some_and(|sent| sent.as_encoded_bytes() == value.as_bytes())
        };
        let carried = self.carried();
        let mut statements = carried.statements.iter().filter_map(Weak::upgrade);
        let sent = is_sent(&self.base) || statements.any(|statement| is_sent(statement.headers()));
        sent && !carried.secrets.has_credential(value)
            && !carried
                .cookies
                .values()
                .any(|cookie| is_value(cookie) && value.contains(cookie))
    }

    /// Overwrites the secrets in bytes with `*`, and keeps their length, so that a message around them stays valid.
    pub(crate) fn mask_bytes(&self, bytes: &mut Bytes) {
        let carried = self.carried();
        let statements: Vec<Arc<_>> = (carried.statements.iter())
            .filter_map(Weak::upgrade)
            .collect();
        let cookies = carried.cookies.values().filter(|value| is_value(value));
        let headers = statements.iter().flat_map(|statement| statement.secrets());
        let secrets = carried.secrets.iter().chain(cookies).chain(headers);
        let mut masked: Option<Vec<u8>> = None;
        for secret in secrets {
            let mut from = 0;
            while let Some(place) = find(&bytes[from..], secret.as_bytes()) {
                let place = from + place;
                let masked = masked.get_or_insert_with(|| bytes.to_vec());
                masked[place..place + secret.len()].fill(b'*');
                from = place + 1;
            }
        }
        if let Some(masked) = masked {
            *bytes = masked.into();
        }
    }
}

/// Returns the first place of a part, which is not empty.
fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    let first = part.first()?;
    let mut windows = bytes.windows(part.len());
    // The first byte alone decides nearly always, and the details of an error may have a megabyte.
    windows.position(|window| window.first() == Some(first) && window == part)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use tonic::metadata::{MetadataMap, MetadataValue};

    use crate::options::{ConnectOptions, StatementOptions};
    use crate::response_headers::{ResponseHeader, ResponseHeaderValue, ResponseHeaders};
    use crate::transport::call::{CallState, StatementScope};

    fn options() -> ConnectOptions {
        ConnectOptions::new()
            .username("ann")
            .password("hunter2")
            .header("x-tenant", "swordfish")
            .header("x-same", "hunter2")
            .header("x-raw-bin", "AAECc3dvcmRmaXNo")
            .response_headers("x-tenant,x-echo,x-same,x-raw-bin,x-many-bin")
    }

    fn captured(
        state: &CallState,
        headers: impl IntoIterator<Item = (&'static str, &'static str)>,
    ) -> ResponseHeaders {
        let mut map = http::HeaderMap::new();
        for (name, value) in headers {
            // As in Latin-1, so that a value need not be UTF-8.
            let value: Vec<u8> = value.chars().map(|c| u8::try_from(c).unwrap()).collect();
            map.append(name, http::HeaderValue::from_bytes(&value).unwrap());
        }
        let metadata = MetadataMap::from_headers(map);
        let mut headers = ResponseHeaders::default();
        headers.extend(state.captured(&options(), "DoGet", &metadata));
        headers
    }

    #[test]
    fn keeps_the_listed_headers_only() {
        let state = CallState::new(&options()).unwrap();
        let headers = captured(
            &state,
            [
                ("set-cookie", "a=b"),
                ("authorization", "Bearer abcdefgh"),
                ("date", "today"),
                ("x-request-id", "7f3a"),
                ("x-echo", "one"),
                ("x-echo", "two"),
            ],
        );
        let all: Vec<_> = headers.iter().map(|h| (h.name(), h.text())).collect();
        assert_eq!(
            all,
            [
                ("x-request-id", Some("7f3a")),
                ("x-echo", Some("one")),
                ("x-echo", Some("two"))
            ]
        );
        assert_eq!(
            headers.iter().next().map(ResponseHeader::operation),
            Some("DoGet")
        );
    }

    #[test]
    fn masks_secrets_except_for_a_header_that_was_sent() {
        let state = CallState::new(&options()).unwrap();
        let headers = captured(
            &state,
            [
                ("x-tenant", "swordfish"),
                ("x-echo", "got swordfish and hunter2"),
                // The password is a secret also if it was sent as a header.
                ("x-same", "hunter2"),
            ],
        );
        assert_eq!(headers.get("x-tenant"), Some("swordfish"));
        assert_eq!(headers.get("x-echo"), Some("got *** and ***"));
        assert_eq!(headers.get("x-same"), Some("***"));
        let other = captured(&state, [("x-tenant", "a swordfish")]);
        assert_eq!(other.get("x-tenant"), Some("a ***"));
    }

    #[test]
    fn masks_headers_of_a_statement_except_for_the_same_name() {
        let state = CallState::new(&options()).unwrap();
        let statement = StatementOptions::new().header("x-request-id", "cabbage7");
        let scope = StatementScope::start(&Arc::new(statement)).unwrap();
        state.mask_headers_of(&scope);
        let sent = [("x-request-id", "cabbage7"), ("x-echo", "cabbage7")];
        let headers = captured(&state, sent);
        assert_eq!(headers.get("x-request-id"), Some("cabbage7"));
        assert_eq!(headers.get("x-echo"), Some("***"));
    }

    #[test]
    fn decodes_binary_headers_and_overwrites_secrets_in_them() {
        let state = CallState::new(&options()).unwrap();
        let headers = captured(
            &state,
            [
                // `\0\1\2swordfish`, which was sent.
                ("x-raw-bin", "AAECc3dvcmRmaXNo"),
                ("x-many-bin", "QUI=, QUI,%"),
                ("x-echo", "\u{ff}hunter2\u{ff}"),
            ],
        );
        assert_eq!(headers.get_bytes("x-raw-bin"), Some(&b"************"[..]));
        let many = headers
            .iter()
            .filter(|header| header.name() == "x-many-bin");
        let many: Vec<_> = many.map(|header| header.value().clone()).collect();
        let decoded = ResponseHeaderValue::Bytes(Bytes::from_static(b"AB"));
        let invalid = ResponseHeaderValue::Text("%".to_owned());
        assert_eq!(many, [decoded.clone(), decoded, invalid]);
        assert_eq!(headers.get_bytes("x-echo"), Some(&b"\xff*******\xff"[..]));
    }

    #[test]
    fn notes_only_the_size_of_many_joined_values() {
        let state = CallState::new(&options()).unwrap();
        let mut map = http::HeaderMap::new();
        let commas = ",".repeat(1_000_000);
        map.insert("x-many-bin", http::HeaderValue::try_from(commas).unwrap());
        let captured = state.captured(&options(), "DoGet", &MetadataMap::from_headers(map));
        let values: Vec<_> = captured.iter().map(ResponseHeader::value).collect();
        assert_eq!(values, [&ResponseHeaderValue::TooLong { size: 1_000_000 }]);
    }

    #[test]
    fn notes_only_the_size_of_a_long_value() {
        let state = CallState::new(&options()).unwrap();
        let mut metadata = MetadataMap::new();
        let long = "x".repeat(60_000);
        metadata.insert("x-echo", MetadataValue::try_from(long.as_str()).unwrap());
        metadata.insert_bin("x-many-bin", MetadataValue::from_bytes(long.as_bytes()));
        let captured = state.captured(&options(), "DoGet", &metadata);
        for header in captured {
            let too_long = ResponseHeaderValue::TooLong { size: 60_000 };
            assert_eq!(header.value(), &too_long, "{}", header.name());
        }
    }
}
