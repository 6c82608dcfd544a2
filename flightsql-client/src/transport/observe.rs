//! The span of an RPC, and the headers of the hook.

use tonic::metadata::{AsciiMetadataKey, KeyAndValueRef, MetadataMap};
use tonic::{Request, Status};

use super::channel::Channel;
use super::headers;
use super::method::Method;
use crate::error::{Error, Result, StatusCode};
use crate::observe::RpcSpan;
use crate::options::{ConnectOptions, Secret, header_problem};

/// Starts the span of an RPC on a channel.
pub(crate) fn span(method: Method, options: &ConnectOptions, channel: &Channel) -> RpcSpan {
    RpcSpan::start(
        method.name(),
        || options.server_at(&channel.server().host, channel.server().port),
        || channel.state().peer(),
    )
}

/// Records the status of a failed RPC.
pub(crate) fn failed(span: RpcSpan, status: &Status) {
    span.fail(StatusCode::from_number(i32::from(status.code())).name());
}

/// The headers that the hook adds to an RPC.
#[derive(Debug, Default)]
pub(crate) struct Hooked(MetadataMap);

impl Hooked {
    /// Calls the hook of the options, which must happen in the span of the RPC.
    pub(crate) fn of(options: &ConnectOptions, method: Method) -> Result<Self> {
        let Some(hook) = &options.observe.hook else {
            return Ok(Self::default());
        };
        let added = hook.headers(method.name()).map_err(|_| {
            Error::configuration("the header hook panicked; correct it, or remove `header_hook`")
        })?;
        let mut map = MetadataMap::with_capacity(added.len());
        for (name, value) in &added {
            // A name that is not valid may be anything, so no error shows it.
            let is_name = http::HeaderName::from_bytes(name.as_bytes()).is_ok();
            if let Some(problem) = header_problem(name, &Secret::new(value)).filter(|_| is_name) {
                return Err(Error::configuration(format!(
                    "header `{name}` of the header hook {problem}"
                )));
            }
            let key = AsciiMetadataKey::from_bytes(name.as_bytes()).map_err(|_| {
                Error::configuration(
                    "a header of the header hook has no valid name; use letters, digits and `-`",
                )
            })?;
            map.insert(key, headers::secret(name, value)?);
        }
        Ok(Self(map))
    }

    /// Writes the headers, except those that the options or the statement set.
    pub(crate) fn apply<T>(self, mut request: Request<T>) -> Request<T> {
        let metadata = request.metadata_mut();
        for header in self.0.iter() {
            if let KeyAndValueRef::Ascii(name, value) = header
                && !metadata.contains_key(name)
            {
                metadata.insert(name.clone(), value.clone());
            }
        }
        request
    }
}
