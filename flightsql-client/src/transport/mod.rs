//! Everything between an option and an open HTTP/2 stream: sockets, TLS, shared channels, and
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
pub(crate) mod method;
mod monitored;
mod probe;
mod socket;
pub(crate) mod tls;
pub(crate) mod upload;

#[cfg(test)]
mod tests;
