//! The check of an endpoint's locations.
//!
//! A location is untrusted text from the server: credentials never leave the configured origin, and the driver never connects
//! to another host because a server names it.
//! [FlightEndpoint](https://arrow.apache.org/docs/format/Flight.html#connection-reuse) defines the list.

use http::Uri;

use crate::dialect::LocationPolicy;
use crate::error::{Error, Result};
use crate::options::{ConnectOptions, Transport};

/// The location that means "the connection you already have".
const REUSE: &str = "arrow-flight-reuse-connection://";
/// The prefix of a socket path, which `Uri` cannot parse without a host.
const UNIX: &str = "grpc+unix://";

/// Checks that one of an endpoint's locations is this connection, or that there are no locations. Returns an error if every
/// location is another origin, since this server may not have the data.
pub(crate) fn allow(options: &ConnectOptions, locations: &[&str]) -> Result<()> {
    if locations.is_empty() || options.location_policy() == LocationPolicy::Ignore {
        return Ok(());
    }
    if locations.iter().any(|location| is_here(options, location)) {
        return Ok(());
    }
    let named = locations.first().copied().unwrap_or_default();
    Err(Error::argument(format!(
        "the result is at `{}`, which is another origin; connect there, or set `locations=ignore` \
         if this server can serve its tickets itself",
        named.chars().take(200).collect::<String>()
    )))
}

fn is_here(options: &ConnectOptions, location: &str) -> bool {
    if location.starts_with(REUSE) {
        return true;
    }
    if let (Some(named), Transport::Unix(path)) = (location.strip_prefix(UNIX), &options.transport)
    {
        return Some(named) == path.to_str();
    }
    let Ok(uri) = location.parse::<Uri>() else {
        return false;
    };
    let scheme_matches = matches!(
        (uri.scheme_str(), &options.transport),
        (Some("grpc+tls" | "grpcs" | "https"), Transport::Tls)
            | (Some("grpc" | "grpc+tcp" | "http"), Transport::Tcp)
    );
    let host = |text: &str| text.trim_matches(['[', ']']).to_ascii_lowercase();
    scheme_matches
        && uri.host().map(host) == Some(host(&options.host))
        && uri.port_u16() == Some(options.port)
}
