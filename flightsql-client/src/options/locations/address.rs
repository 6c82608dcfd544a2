//! `host[:port]`: a host name or an IP address, with or without a port.

use std::fmt;
use std::net::Ipv6Addr;

use crate::options::text::{normal_host, number};

/// A host in its normal form, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// A name in lower case, or an IP address without brackets.
    pub(crate) host: String,
    /// `None`: any port.
    pub(crate) port: Option<u16>,
}

impl Address {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            let host = address.to_string();
            return Some(Self { host, port: None });
        }
        let (host, port) = split_port(text)?;
        let host = match host.parse::<Ipv6Addr>() {
            Ok(address) => address.to_string(),
            Err(_) => normal_name(host)?,
        };
        Some(Self { host, port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = &self.host;
        match self.port {
            None => f.write_str(host),
            Some(port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Some(port) => write!(f, "{host}:{port}"),
        }
    }
}

/// Splits `host`, `host:port`, `[IPv6]` or `[IPv6]:port`. The host is returned without brackets, and only an IPv6 host
/// contains a colon.
pub(crate) fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            if !host.contains(':') {
                return None;
            }
            match rest {
                "" => (host, None),
                _ => (host, Some(rest.strip_prefix(':')?)),
            }
        }
        None => match text.split_once(':') {
            None => (text, None),
            Some((host, port)) => (host, Some(port)),
        },
    };
    let port = match port {
        None => None,
        Some(digits) => Some(number::<u16>(digits).ok().filter(|port| *port != 0)?),
    };
    Some((host, port)).filter(|(host, _)| !host.is_empty())
}

/// Returns a host name in lower case, as ASCII and without the dot of the root, or an IPv4 address; `None` if it is neither.
pub(crate) fn normal_name(host: &str) -> Option<String> {
    let host = host.strip_suffix('.').unwrap_or(host);
    // `url` decodes `%`, and the text of a name has none.
    if host.contains(['%', '[']) || host.ends_with('.') {
        return None;
    }
    // Names of Docker contain `_`; `url` accepts more characters, such as `,` and `=`.
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    normal_host(host).filter(|host| host.bytes().all(is_part))
}
