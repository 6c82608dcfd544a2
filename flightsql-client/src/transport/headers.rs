//! Header names and values of options, as gRPC metadata.

use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue, MetadataMap};

use crate::error::{Error, Result};
use crate::options::ConnectOptions;

/// The metadata that every call of a connection carries, parsed once.
///
/// # Errors
/// A name or a value that HTTP cannot carry; the error names the header and never its value.
pub(crate) fn base(options: &ConnectOptions) -> Result<MetadataMap> {
    let headers = options
        .wire_headers()
        .map_err(|error| Error::configuration(error.to_string()))?;
    let mut map = MetadataMap::with_capacity(headers.len());
    for (name, value) in headers {
        let key = AsciiMetadataKey::from_bytes(name.as_bytes())
            .map_err(|_| bad(name, "the name is not a lower-case HTTP header name"))?;
        map.append(key, secret(name, value)?);
    }
    Ok(map)
}

/// A value that HTTP/2 may index in no table and that no `Debug` prints.
pub(crate) fn secret(name: &str, value: &str) -> Result<AsciiMetadataValue> {
    let mut value = AsciiMetadataValue::try_from(value)
        .map_err(|_| bad(name, "the value is not printable ASCII"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn bad(name: &str, why: &str) -> Error {
    Error::configuration(format!("header `{name}`: {why}"))
}
