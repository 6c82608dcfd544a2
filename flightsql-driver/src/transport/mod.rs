//! Everything between an option and an open HTTP/2 stream (layer 2): sockets, TLS, shared channels, and
//! what every call carries (headers, token, cookies, deadline).
//!
//! It knows gRPC and no Flight SQL message.

pub(crate) mod auth;
pub(crate) mod call;
pub(crate) mod channel;
mod cookies;
pub(crate) mod deadline;
mod dial;
pub(crate) mod download;
mod go_away;
mod group;
mod headers;
mod http2;
pub(crate) mod locations;
pub(crate) mod lock;
mod probe;
pub(crate) mod tls;
pub(crate) mod upload;
mod wire;

#[cfg(test)]
mod tests;
