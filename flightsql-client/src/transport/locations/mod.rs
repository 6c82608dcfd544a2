//! The choice of the server that an endpoint is read from.
//!
//! A location is untrusted text from the server. The driver connects to another address only if the options list it, and the
//! check holds for the addresses of a host name as well. [Flight](https://arrow.apache.org/docs/format/Flight.html#connection-reuse)
//! defines the list: the data is at *any* of its locations. The connection in use is therefore preferred, since it exists.

mod parse;
mod special;

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;

use self::parse::{Location, short, shown};
use self::special::Special;
use crate::dialect::LocationPolicy;
use crate::error::{Error, Result};
use crate::options::{Allowed, ConnectOptions, Hosts, Pattern, Transport};

/// The maximum number of locations of an endpoint. A cluster stores a result on a few of its nodes, and a longer list would be
/// a way to let the client connect to many hosts.
const MAX_LOCATIONS: usize = 100;

/// The server that an endpoint is read from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The connection in use.
    Here,
    /// One of these, in the order of the server.
    Elsewhere(Vec<Origin>),
}

/// Another server: the scheme, the host in its normal form, and the port, after `location_map`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    pub(crate) tls: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Origin {
    /// Returns the server of these options, which have one host.
    pub(crate) fn of(options: &ConnectOptions) -> Self {
        Self {
            tls: options.transport == Transport::Tls,
            host: options.get_host().to_owned(),
            port: options.get_port(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// The reason why a location is not read.
enum Refusal {
    /// The location is not the address of a Flight server.
    Unusable,
    Socket,
    Elsewhere,
    Plaintext(Origin),
    Unlisted(Origin),
    Special(Origin, Special),
}

/// Returns the server to read an endpoint with these locations from. `own` is the server that the session is connected to; other
/// hosts of the options are other origins. `mask` removes our secrets from a text of the server.
///
/// # Errors
/// Returns an error if the options permit none of the locations, or if there are more than [`MAX_LOCATIONS`].
pub(crate) fn route(
    options: &ConnectOptions,
    own: &Origin,
    locations: &[&str],
    mask: &dyn Fn(&str) -> String,
) -> Result<Route> {
    let policy = options.location_policy();
    if locations.is_empty() || policy == LocationPolicy::Ignore {
        return Ok(Route::Here);
    }
    if locations.len() > MAX_LOCATIONS {
        let count = locations.len();
        return Err(Error::protocol(
            "GetFlightInfo",
            format!("an endpoint has {count} locations, more than the limit of {MAX_LOCATIONS}"),
        ));
    }
    let mut origins: Vec<Origin> = Vec::new();
    let mut refused = None;
    for text in locations {
        match choose(options, own, text) {
            Ok(None) => return Ok(Route::Here),
            Ok(Some(origin)) if origins.contains(&origin) => {}
            Ok(Some(origin)) => origins.push(origin),
            // A location that the options could permit is of more use than one that is not usable.
            Err(refusal) => match &refused {
                Some((_, known)) if !matches!(known, Refusal::Unusable) => {}
                Some(_) if matches!(refusal, Refusal::Unusable) => {}
                _ => refused = Some((*text, refusal)),
            },
        }
    }
    match refused {
        Some((text, refusal)) if origins.is_empty() => Err(refusal.error(text, mask)),
        _ => Ok(Route::Elsewhere(origins)),
    }
}

/// Checks the addresses of an origin before the driver connects to one of them, since a name may have any address.
pub(crate) fn check(options: &ConnectOptions, origin: &Origin, addresses: &[IpAddr]) -> Result<()> {
    let patterns = || options.locations.allow.iter().filter_map(Allowed::pattern);
    let at_port = || patterns().filter(|pattern| pattern.has_port(origin.port));
    let by_host = patterns().any(|pattern| pattern.has_host(&origin.host, origin.port));
    let names_host = at_port()
        .any(|pattern| matches!(&pattern.hosts, Hosts::Name(name) if *name == origin.host));
    for address in addresses.iter().copied() {
        let is_listed =
            by_host || at_port().any(|pattern| pattern.has_address(address, origin.port));
        if !is_listed {
            return Err(Error::argument(format!(
                "the result is at `{origin}`, whose address {address} is not in `location_allow`; set \
                 `location_allow={origin}` to read it from there"
            )));
        }
        let Some(special) = Special::of(address) else {
            continue;
        };
        // A name such as `localhost` states the kind of its address, and any other name must not have such an address.
        let by_name = names_host && Special::of_name(&origin.host) == Some(special);
        let by_address = at_port().any(|pattern| special::is_named(pattern, address));
        if !(special.is_of_server(options) || by_name || by_address) {
            let kind = special.name();
            return Err(Error::argument(format!(
                "the result is at `{origin}`, whose address {address} is {kind}; set `location_allow` to that address if it \
                 is right"
            )));
        }
    }
    Ok(())
}

/// Returns the origin of a location; `None` for the connection in use.
fn choose(
    options: &ConnectOptions,
    server: &Origin,
    text: &str,
) -> std::result::Result<Option<Origin>, Refusal> {
    let mut origin = match parse::parse(text).ok_or(Refusal::Unusable)? {
        Location::Reuse => return Ok(None),
        Location::Unix(path) => {
            let is_here =
                matches!(&options.transport, Transport::Unix(own) if own.to_str() == Some(path));
            return if is_here {
                Ok(None)
            } else {
                Err(Refusal::Socket)
            };
        }
        Location::Tcp(origin) => origin,
    };
    let is_mapped = map(options, &mut origin);
    let has_host = !matches!(options.transport, Transport::Unix(_));
    let own = server.host.strip_suffix('.').unwrap_or(&server.host);
    if has_host && Special::of_host(&origin.host) == Some(Special::Unspecified) {
        // A server that listens on all addresses reports `0.0.0.0`, which means its own host.
        own.clone_into(&mut origin.host);
    }
    // An address that the options map to the server is the server, whatever scheme it reports.
    let same_scheme = is_mapped || origin.tls == (options.transport == Transport::Tls);
    if has_host && same_scheme && origin.host == own && origin.port == server.port {
        return Ok(None);
    }
    if options.location_policy() != LocationPolicy::AllowList {
        return Err(Refusal::Elsewhere);
    }
    if options.transport == Transport::Tls && !origin.tls {
        return Err(Refusal::Plaintext(origin));
    }
    if !may_be_listed(options, &origin) {
        return Err(match unpermitted(options, &origin) {
            Some(special) => Refusal::Special(origin, special),
            None => Refusal::Unlisted(origin),
        });
    }
    match unpermitted(options, &origin) {
        Some(special) => Err(Refusal::Special(origin, special)),
        None => Ok(Some(origin)),
    }
}

/// Applies `location_map`. An entry with a port has precedence over one without.
fn map(options: &ConnectOptions, origin: &mut Origin) -> bool {
    let pairs = || {
        options
            .locations
            .map
            .iter()
            .filter_map(|entry| entry.pair())
    };
    let by_port =
        pairs().find(|(from, _)| from.host == origin.host && from.port == Some(origin.port));
    let by_host = || pairs().find(|(from, _)| from.host == origin.host && from.port.is_none());
    let Some((_, to)) = by_port.or_else(by_host) else {
        return false;
    };
    origin.host.clone_from(&to.host);
    origin.port = to.port.unwrap_or(origin.port);
    true
}

/// Returns `true` if the allow-list has the host, or may have its addresses, which [`check`] looks at.
fn may_be_listed(options: &ConnectOptions, origin: &Origin) -> bool {
    let is_name = origin.host.parse::<IpAddr>().is_err();
    let mut patterns = options.locations.allow.iter().filter_map(Allowed::pattern);
    let has_addresses = |pattern: &Pattern| matches!(pattern.hosts, Hosts::Network(_));
    patterns.any(|pattern| {
        pattern.has_host(&origin.host, origin.port)
            || (is_name && has_addresses(pattern) && pattern.has_port(origin.port))
    })
}

/// Returns the kind of an address that needs an explicit permission and has none.
fn unpermitted(options: &ConnectOptions, origin: &Origin) -> Option<Special> {
    let special = Special::of_host(&origin.host)?;
    let mut patterns = options.locations.allow.iter().filter_map(Allowed::pattern);
    let is_named = |pattern: &Pattern| match (&pattern.hosts, origin.host.parse()) {
        (Hosts::Name(name), Err(_)) => *name == origin.host,
        (_, Ok(address)) => special::is_named(pattern, address),
        (_, Err(_)) => false,
    };
    let is_permitted = special.is_of_server(options)
        || patterns.any(|pattern| pattern.has_port(origin.port) && is_named(pattern));
    (!is_permitted).then_some(special)
}

impl Refusal {
    fn error(self, text: &str, mask: &dyn Fn(&str) -> String) -> Error {
        let masked = mask(text);
        // The normal form of a secret has another case, and a part of one is a secret as well.
        let has_secret = masked != text;
        let at = match &self {
            _ if has_secret => short(&masked),
            Self::Plaintext(origin) | Self::Unlisted(origin) | Self::Special(origin, _) => {
                short(&origin.to_string())
            }
            Self::Unusable | Self::Socket | Self::Elsewhere => shown(text),
        };
        let itself = "set `locations=ignore` if this server can serve its tickets itself";
        Error::argument(match self {
            Self::Unusable => {
                format!(
                    "the result is at `{at}`, which is not the address of a Flight server; {itself}"
                )
            }
            Self::Socket => {
                format!("the result is at `{at}`, which is another Unix socket; {itself}")
            }
            Self::Elsewhere => format!(
                "the result is at `{at}`, which is another origin; list it with `location_allow`, or {itself}"
            ),
            Self::Plaintext(_) => format!(
                "the result is at `{at}` without TLS, and this connection uses TLS; let the server report locations with \
                 `grpc+tls`"
            ),
            Self::Unlisted(_) => format!(
                "the result is at `{at}`, which is not in `location_allow`; set `location_allow={at}` to read it from there"
            ),
            Self::Special(_, special) => format!(
                "the result is at `{at}`, which is {}; set `location_allow` to that host if it is right",
                special.name()
            ),
        })
    }
}
