//! The text of a location.

use super::Origin;
use crate::options::Address;

/// The scheme of the location that means "the connection you already have".
const REUSE: &str = "arrow-flight-reuse-connection";

/// The maximum length of a location: a host name has at most 253 bytes, a scheme and a port are short.
const LONGEST: usize = 1024;

/// The number of characters of a location in an error.
const SHOWN: usize = 100;

pub(super) enum Location<'t> {
    /// The connection in use.
    Reuse,
    /// A path of a Unix socket.
    Unix(&'t str),
    Tcp(Origin),
}

/// Reads a location; `None` if it is not the address of a Flight server.
pub(super) fn parse(text: &str) -> Option<Location<'_>> {
    if text.len() > LONGEST {
        return None;
    }
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let tls = match scheme.as_str() {
        REUSE => return Some(Location::Reuse),
        "grpc+unix" => return rest.starts_with('/').then_some(Location::Unix(rest)),
        "grpc" | "grpc+tcp" | "http" => false,
        "grpc+tls" | "grpcs" | "https" => true,
        _ => return None,
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // A URL with a path is a file at an HTTP server, and not a Flight server.
    if scheme.starts_with("http") && !matches!(path, "" | "/") {
        return None;
    }
    let Address { host, port } = Address::parse(authority)?;
    // Only TLS has a default port, as in the URL of a connection.
    let port = port.or(tls.then_some(443))?;
    Some(Location::Tcp(Origin { tls, host, port }))
}

/// Returns a location for an error: without user, path and query, which may be secret, and of bounded length.
pub(super) fn shown(text: &str) -> String {
    match text.split_once("://") {
        Some((scheme, rest)) if !rest.starts_with('/') => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = authority.rsplit('@').next().unwrap_or_default();
            let cut = if authority.len() < rest.len() {
                "/…"
            } else {
                ""
            };
            short(&format!("{scheme}://{host}{cut}"))
        }
        _ => short(text),
    }
}

/// Returns the first characters of a text, without control characters.
pub(super) fn short(text: &str) -> String {
    let mut characters = text.escape_debug();
    let mut short: String = characters.by_ref().take(SHOWN).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    short
}
