//! Networks of IP addresses: [RFC 4632, 3.1](https://www.rfc-editor.org/rfc/rfc4632#section-3.1).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::text::number;

/// The addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    first: IpAddr,
    /// The number of equal bits.
    prefix: u8,
}

impl Network {
    pub(crate) const fn new(first: IpAddr, prefix: u8) -> Self {
        Self { first, prefix }
    }

    /// Reads an IP address or `address/prefix`, without brackets. An address with bits after the prefix is invalid, since it is
    /// probably a typing error.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            None => (text, None),
            Some((address, prefix)) => (address, Some(prefix)),
        };
        let first: IpAddr = address.parse().ok()?;
        let prefix = match prefix {
            None => width(first),
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
            Some(_) => return None,
        };
        if prefix > width(first) || bits(first) != masked(first, prefix) {
            return None;
        }
        Some(Self { first, prefix })
    }

    /// Reads an IP address or `address/prefix`, and ignores the bits after the prefix.
    pub(crate) fn around(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/').unwrap_or((text, ""));
        let address: IpAddr = address.parse().ok()?;
        let prefix: u8 = match prefix {
            "" if text.ends_with('/') => return None,
            "" => width(address),
            digits => number(digits).ok()?,
        };
        let first = match (address, masked(address, prefix)) {
            _ if prefix > width(address) => return None,
            (IpAddr::V4(_), bits) => Ipv4Addr::from_bits(u32::try_from(bits).ok()?).into(),
            (IpAddr::V6(_), bits) => Ipv6Addr::from_bits(bits).into(),
        };
        Some(Self { first, prefix })
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        // `::ffff:10.0.0.1` is the IPv4 address, unless the network is one of such addresses.
        let address = match self.first {
            IpAddr::V4(_) => address.to_canonical(),
            IpAddr::V6(_) => address,
        };
        address.is_ipv4() == self.first.is_ipv4()
            && masked(address, self.prefix) == bits(self.first)
    }

    /// Returns `true` if every address of this network is in `other`.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.prefix >= other.prefix && other.contains(self.first)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix == width(self.first) {
            true => self.first.fmt(f),
            false => write!(f, "{}/{}", self.first, self.prefix),
        }
    }
}

fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Returns the bits of the prefix, followed by zeros.
fn masked(address: IpAddr, prefix: u8) -> u128 {
    let rest = u32::from(width(address).saturating_sub(prefix));
    let cleared = bits(address).checked_shr(rest).unwrap_or(0);
    cleared.checked_shl(rest).unwrap_or(0)
}
