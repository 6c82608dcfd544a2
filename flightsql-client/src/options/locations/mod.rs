//! Options for endpoints on other addresses: the policy, the allow-list, the map of addresses, and the credentials.
//!
//! `transport/locations` applies them to the locations that a server reports.

mod address;
mod network;

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;

use super::text::ValueError;
use super::{ConnectOptions, Credentials, OptionsError, Transport};
use crate::dialect::LocationPolicy;
pub(crate) use address::{Address, split_port};
pub(crate) use network::Network;

/// The credentials that the driver sends to an address in the allow-list of locations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LocationCredentials {
    /// Sends no credentials to another address: no `authorization` header, no header of the options, no cookie and no
    /// client certificate. The default.
    #[default]
    None,
    /// Sends the `authorization` header, the headers of the options and the client certificate to the addresses in the
    /// allow-list. Cookies stay on their own address.
    AllowList,
}

/// The options for endpoints on other addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LocationOptions {
    /// `None`: the allow-list if there is one, otherwise the policy of the dialect.
    pub(crate) policy: Option<LocationPolicy>,
    pub(crate) allow: Vec<Allowed>,
    pub(crate) map: Vec<Mapped>,
    pub(crate) credentials: LocationCredentials,
}

/// An entry of the allow-list. The builder keeps an invalid entry until the options are checked.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Allowed(Option<Pattern>);

/// An entry of the map. The builder keeps an invalid entry until the options are checked.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Mapped(Option<(Address, Address)>);

/// Addresses that endpoints may be on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) hosts: Hosts,
    /// `None`: any port.
    port: Option<u16>,
}

/// The hosts of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hosts {
    /// One host name.
    Name(String),
    /// All names that end with this text, which begins with a dot.
    Below(String),
    /// One IP address, or a network of them.
    Network(Network),
}

pub(super) const ALLOW: &str = "location_allow";
pub(super) const MAP: &str = "location_map";
pub(super) const CREDENTIALS: &str = "location_credentials";

const ENTRY: &str = "must be `host`, `host:port`, `*.domain`, an IP address or a network such as `10.0.0.0/8`; write `[…]` around an \
                     IPv6 address or network that has a port";
const PAIR: &str = "must be `from=to`, each as `host` or `host:port`; write `[…]` around an IPv6 address that has a port";

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        let (hosts, port) = match Network::parse(text) {
            // An IPv6 address or network without a port.
            Some(network) => (Hosts::Network(network), None),
            None => {
                let (host, port) = split_port(text)?;
                (Hosts::parse(host)?, port)
            }
        };
        Some(Self { hosts, port })
    }

    /// Returns `true` if the pattern lists this port.
    pub(crate) fn has_port(&self, port: u16) -> bool {
        self.port.is_none_or(|listed| listed == port)
    }

    /// Returns `true` if the pattern lists this host, which is a normalized name or IP address, at this port.
    pub(crate) fn has_host(&self, host: &str, port: u16) -> bool {
        let listed = match &self.hosts {
            Hosts::Name(name) => name == host,
            Hosts::Below(domain) => host.len() > domain.len() && host.ends_with(domain.as_str()),
            Hosts::Network(network) => host.parse().is_ok_and(|address| network.contains(address)),
        };
        listed && self.has_port(port)
    }

    /// Returns `true` if the pattern lists this IP address, at this port.
    pub(crate) fn has_address(&self, address: IpAddr, port: u16) -> bool {
        match &self.hosts {
            Hosts::Network(network) => network.contains(address) && self.has_port(port),
            Hosts::Name(_) | Hosts::Below(_) => false,
        }
    }
}

impl Hosts {
    fn parse(host: &str) -> Option<Self> {
        if let Some(network) = Network::parse(host) {
            return Some(Self::Network(network));
        }
        let (domain, is_below) = match host.strip_prefix("*.") {
            Some(domain) => (domain, true),
            None => (host, false),
        };
        let name = address::normal_name(domain)?;
        match (Network::parse(&name), is_below) {
            // Another way to write an IPv4 address, such as `127.1`.
            (Some(network), false) => Some(Self::Network(network)),
            (Some(_), true) => None,
            (None, true) => Some(Self::Below(format!(".{name}"))),
            (None, false) => Some(Self::Name(name)),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match &self.hosts {
            Hosts::Name(name) => name.clone(),
            Hosts::Below(domain) => format!("*{domain}"),
            Hosts::Network(network) => network.to_string(),
        };
        match self.port {
            None => f.write_str(&host),
            Some(port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Some(port) => write!(f, "{host}:{port}"),
        }
    }
}

impl Allowed {
    pub(super) fn parse(text: &str) -> Self {
        Self(Pattern::parse(text))
    }

    pub(crate) fn pattern(&self) -> Option<&Pattern> {
        self.0.as_ref()
    }
}

impl Mapped {
    pub(super) fn parse(from: &str, to: &str) -> Self {
        let pair = Address::parse(from).zip(Address::parse(to));
        // A target without a port keeps the port of the location, so a source that names one is complete on its own.
        Self(pair)
    }

    pub(crate) fn pair(&self) -> Option<&(Address, Address)> {
        self.0.as_ref()
    }
}

/// The text of an invalid entry may be anything, also a secret.
const INVALID: &str = "<invalid>";

impl fmt::Debug for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(pattern) => write!(f, "{pattern}"),
            None => f.write_str(INVALID),
        }
    }
}

impl fmt::Debug for Mapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some((from, to)) => write!(f, "{from}={to}"),
            None => f.write_str(INVALID),
        }
    }
}

impl LocationOptions {
    pub(super) fn allow(&mut self, entry: &str) {
        let entry = Allowed::parse(entry);
        if !self.allow.contains(&entry) {
            self.allow.push(entry);
        }
    }

    pub(super) fn add_map(&mut self, from: &str, to: &str) {
        self.map.push(Mapped::parse(from, to));
    }

    /// Adds an entry of a URL.
    pub(super) fn read_allow(&mut self, text: &str) -> Result<(), ValueError> {
        if Pattern::parse(text).is_none() {
            return Err(ENTRY.into());
        }
        self.allow(text);
        Ok(())
    }

    /// Adds an entry of a URL.
    pub(super) fn read_map(&mut self, text: &str) -> Result<(), ValueError> {
        let (from, to) = text.split_once('=').ok_or(PAIR)?;
        self.add_map(from, to);
        self.check_map()
    }

    pub(super) fn show_allow(&self) -> Vec<String> {
        let patterns = self.allow.iter().filter_map(Allowed::pattern);
        patterns.map(Pattern::to_string).collect()
    }

    pub(super) fn show_map(&self) -> Vec<String> {
        let pairs = self.map.iter().filter_map(Mapped::pair);
        pairs.map(|(from, to)| format!("{from}={to}")).collect()
    }

    pub(crate) fn allows_credentials(&self) -> bool {
        self.credentials == LocationCredentials::AllowList
    }

    fn check_map(&self) -> Result<(), ValueError> {
        for (index, entry) in self.map.iter().enumerate() {
            let Some((from, _)) = entry.pair() else {
                return Err(PAIR.into());
            };
            let mut before = self.map[..index].iter().filter_map(Mapped::pair);
            if before.any(|(known, _)| known == from) {
                return Err("maps one address more than once; keep one of them".into());
            }
        }
        Ok(())
    }
}

impl ConnectOptions {
    pub(crate) fn location_policy(&self) -> LocationPolicy {
        let listed = !self.locations.allow.is_empty();
        let implied = listed.then_some(LocationPolicy::AllowList);
        let of_dialect = || self.dialect.profile().session.locations;
        self.locations.policy.or(implied).unwrap_or_else(of_dialect)
    }

    /// Returns the options to read an endpoint on another server with. They have no credentials unless the options permit them.
    pub(crate) fn at_origin(&self, tls: bool, host: &str, port: u16) -> Self {
        let mut own = self.clone();
        own.transport = match tls {
            true => Transport::Tls,
            false => Transport::Tcp,
        };
        own.set_host(host);
        own.set_port(port);
        // These names are those of the server itself.
        own.tls.server_name = None;
        own.rpc_authority = None;
        own.session.clear();
        own.credentials = Credentials::Anonymous;
        if !self.locations.allows_credentials() {
            own.headers.clear();
            // Some dialects send them as headers.
            (own.catalog, own.schema) = (None, None);
            own.tls.client_identity = None;
        }
        own
    }

    /// Returns `true` if endpoints on other addresses may be read.
    pub(super) fn reads_elsewhere(&self) -> bool {
        self.location_policy() == LocationPolicy::AllowList && !self.locations.allow.is_empty()
    }

    pub(super) fn check_locations(&self) -> Result<(), OptionsError> {
        let own = &self.locations;
        if own.allow.iter().any(|entry| entry.pattern().is_none()) {
            return Err(OptionsError::value(ALLOW, ENTRY));
        }
        own.check_map()
            .map_err(|problem| OptionsError::value(MAP, problem))?;
        if !own.allow.is_empty() && self.location_policy() != LocationPolicy::AllowList {
            let text = "has no effect with this value of `locations`; set `locations=allow_list`, or remove it";
            return Err(OptionsError::value(ALLOW, text));
        }
        if !own.map.is_empty() && self.location_policy() == LocationPolicy::Ignore {
            let text = "has no effect under `locations=ignore`; remove one of them";
            return Err(OptionsError::value(MAP, text));
        }
        if own.allows_credentials() && own.allow.is_empty() {
            let text = "has no effect without `location_allow`; set `location_allow`, or remove it";
            return Err(OptionsError::value(CREDENTIALS, text));
        }
        Ok(())
    }
}
