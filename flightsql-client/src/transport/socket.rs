//! Sockets that HTTP/2 can run over.

use tokio::io::{AsyncRead, AsyncWrite};

/// Any socket that HTTP/2 can run over.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// A boxed socket; one virtual call per read is negligible next to the system call.
pub(crate) type BoxSocket = Box<dyn Socket>;

/// Returns the host as the resolver expects it: `::1` for `[::1]` in a URL.
pub(crate) fn socket_host(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}
