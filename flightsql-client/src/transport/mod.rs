//! Opens HTTP/2 streams from options: sockets, proxies, TLS, shared channels, and the headers, token, cookies and deadline of every
//! RPC. Contains no Flight SQL messages.

pub(crate) mod auth;
pub(crate) mod call;
pub(crate) mod channel;
pub(crate) mod cookies;
pub(crate) mod deadline;
mod dial;
pub(crate) mod download;
pub(crate) mod elsewhere;
mod go_away;
mod group;
mod headers;
pub(crate) mod hosts;
#[cfg(feature = "oauth")]
mod http1;
mod http2;
pub(crate) mod locations;
pub(crate) mod method;
mod monitored;
pub(crate) mod observe;
pub(crate) mod plan;
mod probe;
pub(crate) mod proxy;
mod socket;
pub(crate) mod tls;
pub(crate) mod upload;

#[cfg(test)]
mod tests;
