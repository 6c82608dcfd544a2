//! Header names and values of options, as gRPC metadata.

use tonic::metadata::{
    AsciiMetadataKey, AsciiMetadataValue, BinaryMetadataKey, BinaryMetadataValue, MetadataMap,
};

use crate::error::{Error, Result};
use crate::options::{ConnectOptions, binary_value, is_binary};

/// Returns the metadata of every RPC of a connection. Returns an error with the name of the header, and never its value, if
/// the name or the value is invalid in HTTP.
pub(crate) fn base(options: &ConnectOptions) -> Result<MetadataMap> {
    let headers = options
        .wire_headers()
        .map_err(|error| Error::configuration(error.to_string()))?;
    let mut map = MetadataMap::with_capacity(headers.len());
    for (name, value) in headers {
        let invalid = |_| bad(name, "the name is not a lower-case HTTP header name");
        if is_binary(name) {
            let key = BinaryMetadataKey::from_bytes(name.as_bytes()).map_err(invalid)?;
            let bytes =
                binary_value(name, value).ok_or_else(|| bad(name, "the value is not base64"))?;
            map.append_bin(key, secret_bytes(&bytes));
            continue;
        }
        let key = AsciiMetadataKey::from_bytes(name.as_bytes()).map_err(invalid)?;
        map.append(key, secret(name, value)?);
    }
    Ok(map)
}

/// Returns a value that HTTP/2 never indexes and `Debug` never prints.
pub(crate) fn secret(name: &str, value: &str) -> Result<AsciiMetadataValue> {
    let mut value = AsciiMetadataValue::try_from(value)
        .map_err(|_| bad(name, "the value is not printable ASCII"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Returns a binary value that HTTP/2 never indexes and `Debug` never prints.
pub(crate) fn secret_bytes(bytes: &[u8]) -> BinaryMetadataValue {
    let mut value = BinaryMetadataValue::from_bytes(bytes);
    value.set_sensitive(true);
    value
}

fn bad(name: &str, why: &str) -> Error {
    Error::configuration(format!("header `{name}`: {why}"))
}
