//! Options for several hosts: the further ones, their order, and the limit of connecting to one of them.
//!
//! A URL writes them as `a:443,b:443`, or with one key `host` for each further host, since [`Url`](url::Url) has a single port.

mod split;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::locations::{Address, split_port};
use super::text::{ValueError, normal_host};
use super::timeouts::check_max;
use super::{ConnectOptions, DEFAULT_TLS_PORT, OptionsError, Transport};
pub(super) use split::split;

/// The order in which a new channel tries several hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum HostOrder {
    /// As listed: the first host that can be reached. The default.
    #[default]
    Ordered,
    /// A random order for each channel, which distributes the channels of a pool over the hosts.
    Random,
}

/// The hosts after the first one, and the way to connect to all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HostOptions {
    pub(crate) more: Vec<FurtherHost>,
    pub(crate) order: HostOrder,
    /// `None`: a share of `connect_timeout`.
    pub(crate) connect_timeout: Option<Duration>,
}

/// A host after the first one. The builder keeps an invalid entry until the options are checked.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FurtherHost(Option<Address>);

/// The maximum number of hosts. Clusters list a handful, and one connect has to try all of them.
const MAX_HOSTS: usize = 64;

pub(super) const KEY: &str = "host";
const TIMEOUT: &str = "host_connect_timeout";

const ENTRY: &str =
    "must be `host` or `host:port`; write `[…]` around an IPv6 address that has a port";
const TOO_MANY: &str = "lists more than 64 hosts; list fewer, or one name with several addresses";

impl FurtherHost {
    /// Reads `host`, `host:port`, an IPv6 address, or one in brackets with or without a port.
    pub(super) fn parse(text: &str) -> Self {
        Self(address(text))
    }

    /// Reads an entry of the authority of a URL, whose name is percent-encoded.
    fn of_url(text: &str) -> Self {
        let parse = || {
            let (host, port) = split_port(text)?;
            let decoded = percent_decode_str(host).decode_utf8().ok()?;
            // A colon is a part of an IPv6 address only, whose brackets are gone.
            let is_clear = decoded.contains(':') == host.contains(':');
            let host = host_name(&decoded).filter(|_| is_clear)?;
            Some(Address { host, port })
        };
        Self(parse())
    }

    fn address(&self) -> Option<&Address> {
        self.0.as_ref()
    }
}

fn address(text: &str) -> Option<Address> {
    let (host, port) = match text.parse::<std::net::Ipv6Addr>() {
        Ok(_) => (text, None),
        Err(_) => split_port(text)?,
    };
    let host = host_name(host)?;
    Some(Address { host, port })
}

/// Returns a host in its normal form. Unlike `url`, it rejects `,` and other characters that no name has.
fn host_name(text: &str) -> Option<String> {
    let is_address = text.parse::<std::net::Ipv6Addr>().is_ok();
    // `url` decodes `%`.
    if !is_address && text.contains(['%', '[']) {
        return None;
    }
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"-._:".contains(&b);
    normal_host(text).filter(|host| host.bytes().all(is_part))
}

/// The text of an invalid entry may be anything, also a secret.
impl fmt::Debug for FurtherHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(address) => write!(f, "{address}"),
            None => f.write_str("<invalid>"),
        }
    }
}

impl HostOptions {
    /// Adds an entry of the key `host`.
    pub(super) fn read(&mut self, text: &str) -> Result<(), ValueError> {
        if self.more.len() + 1 >= MAX_HOSTS {
            return Err(TOO_MANY.into());
        }
        let host = FurtherHost::parse(text);
        if host.address().is_none() {
            return Err(ENTRY.into());
        }
        self.more.push(host);
        Ok(())
    }

    pub(super) fn show(&self) -> Vec<String> {
        let addresses = self.more.iter().filter_map(FurtherHost::address);
        addresses.map(Address::to_string).collect()
    }
}

impl ConnectOptions {
    /// Returns the hosts with their ports, in the order of the options; without meaning for a Unix socket.
    pub fn get_hosts(&self) -> Vec<(&str, u16)> {
        let more = self.hosts.more.iter().filter_map(FurtherHost::address);
        let more = more.map(|at| (&*at.host, at.port.unwrap_or(DEFAULT_TLS_PORT)));
        std::iter::once((&*self.host, self.port))
            .chain(more)
            .collect()
    }

    pub(crate) fn has_several_hosts(&self) -> bool {
        !self.hosts.more.is_empty()
    }

    /// Sets all hosts, each as `host` or `host:port`.
    pub(super) fn set_hosts(&mut self, hosts: impl IntoIterator<Item = impl AsRef<str>>) {
        let mut hosts = hosts.into_iter();
        let first = hosts.next();
        let first = first.as_ref().map_or("", AsRef::as_ref);
        (self.port, self.port_named) = (DEFAULT_TLS_PORT, false);
        match address(first) {
            Some(address) => {
                self.set_host(&address.host);
                if let Some(port) = address.port {
                    self.set_port(port);
                }
            }
            None => self.set_host(first),
        }
        let more = hosts.map(|host| FurtherHost::parse(host.as_ref()));
        self.hosts.more = more.collect();
    }

    /// Sets the hosts after the first one, as they are in the authority of a URL.
    pub(super) fn set_further_hosts<'t>(&mut self, entries: impl IntoIterator<Item = &'t str>) {
        let entries = entries.into_iter().map(FurtherHost::of_url);
        self.hosts.more = entries.collect();
    }

    /// Returns the options of one host, by its index.
    pub(crate) fn at_host(&self, index: usize) -> Cow<'_, Self> {
        let Some((host, port)) = self.get_hosts().get(index).copied() else {
            return Cow::Borrowed(self);
        };
        if !self.has_several_hosts() {
            return Cow::Borrowed(self);
        }
        let mut own = self.clone();
        own.set_host(host);
        own.set_port(port);
        Cow::Owned(own)
    }

    /// Rejects invalid and repeated hosts. The first one is checked on its own.
    pub(super) fn check_hosts(&self) -> Result<(), OptionsError> {
        let own = &self.hosts;
        if let Some(limit) = own.connect_timeout {
            check_max(TIMEOUT, limit)?;
            if limit > self.timeouts.connect {
                let text = "must be at most `connect_timeout`, which limits all hosts together";
                return Err(OptionsError::value(TIMEOUT, text));
            }
        }
        if own.more.is_empty() {
            return Ok(());
        }
        if let Transport::Unix(_) = self.transport {
            let text = "has no effect on a Unix socket; remove it";
            return Err(OptionsError::value(KEY, text));
        }
        if own.more.len() >= MAX_HOSTS {
            return Err(OptionsError::value(KEY, TOO_MANY));
        }
        let mut known = vec![(&*self.host, self.port)];
        for (index, host) in own.more.iter().enumerate() {
            let place = index + 2;
            let Some(address) = host.address() else {
                let text = format!("{place} of the list {ENTRY}");
                return Err(OptionsError::value(KEY, text));
            };
            if address.port.is_none() && self.transport == Transport::Tcp {
                let text = format!(
                    "{place} of the list has no port, and plaintext has no default port; specify one for each host"
                );
                return Err(OptionsError::value(KEY, text));
            }
            let at = (&*address.host, address.port.unwrap_or(DEFAULT_TLS_PORT));
            if known.contains(&at) {
                let text = format!("{place} of the list repeats an earlier one; remove it");
                return Err(OptionsError::value(KEY, text));
            }
            known.push(at);
        }
        Ok(())
    }
}
