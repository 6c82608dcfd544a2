//! Addresses that a server must not send a client to: its own machine, its link, and the metadata services of clouds.
//!
//! Ranges: [RFC 6890](https://www.rfc-editor.org/rfc/rfc6890).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::options::{ConnectOptions, Hosts, Network, Pattern, Transport};

/// The kinds of addresses that need an explicit permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    /// The credentials of a machine in a cloud.
    Metadata,
    /// This machine.
    Loopback,
    /// The machines on the same link.
    LinkLocal,
    /// No machine; some systems connect to this machine.
    Unspecified,
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Network {
    Network::new(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix)
}

const fn v6(first: u128, prefix: u8) -> Network {
    Network::new(IpAddr::V6(Ipv6Addr::from_bits(first)), prefix)
}

/// The ranges of each kind, the narrowest first.
const RANGES: &[(Special, Network)] = &[
    // AWS, Azure, Google Cloud, Oracle, DigitalOcean; AWS ECS and EKS; Alibaba Cloud; Azure's host.
    (Special::Metadata, v4(169, 254, 169, 254, 32)),
    (Special::Metadata, v4(169, 254, 170, 2, 32)),
    (Special::Metadata, v4(169, 254, 170, 23, 32)),
    (Special::Metadata, v4(100, 100, 100, 200, 32)),
    (Special::Metadata, v4(168, 63, 129, 16, 32)),
    // AWS and its EKS, Google Cloud, Oracle.
    (Special::Metadata, v6(0xfd00_0ec2 << 96 | 0x254, 128)),
    (Special::Metadata, v6(0xfd00_0ec2 << 96 | 0x23, 128)),
    (Special::Metadata, v6(0xfd20_00ce << 96 | 0x254, 128)),
    (Special::Metadata, v6(0xfd00_00c1 << 96 | 0xa9fe_a9fe, 128)),
    (Special::Loopback, v4(127, 0, 0, 0, 8)),
    (Special::Loopback, v6(1, 128)),
    (Special::LinkLocal, v4(169, 254, 0, 0, 16)),
    (Special::LinkLocal, v6(0xfe80 << 112, 10)),
    (Special::Unspecified, v4(0, 0, 0, 0, 8)),
    (Special::Unspecified, v6(0, 128)),
];

/// NAT64 addresses contain an IPv4 address: [RFC 6052](https://www.rfc-editor.org/rfc/rfc6052#section-2.1).
const NAT64: Network = v6(0x0064_ff9b << 96, 96);

impl Special {
    /// Returns the kind of an address; `None` for an ordinary one.
    pub(super) fn of(address: IpAddr) -> Option<Self> {
        range(address).map(|(special, _)| special)
    }

    /// Returns the kind of a host name that every resolver maps to such an address; `None` for an ordinary one.
    pub(super) fn of_name(host: &str) -> Option<Self> {
        let is = |name: &str| {
            let before = host.strip_suffix(name);
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        if is("localhost") || is("localhost.localdomain") {
            return Some(Self::Loopback);
        }
        let metadata = [
            "metadata.google.internal",
            "metadata.goog",
            "instance-data.ec2.internal",
        ];
        let is_metadata =
            metadata.into_iter().any(is) || matches!(host, "metadata" | "instance-data");
        is_metadata.then_some(Self::Metadata)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Metadata => "a cloud metadata address",
            Self::Loopback => "a loopback address",
            Self::LinkLocal => "a link-local address",
            Self::Unspecified => "an unspecified address",
        }
    }

    /// Returns `true` if the server that the options name, or each of several, is of this kind itself.
    pub(super) fn is_of_server(self, options: &ConnectOptions) -> bool {
        match &options.transport {
            Transport::Unix(_) => self == Self::Loopback,
            Transport::Tcp | Transport::Tls => {
                let mut hosts = options.get_hosts().into_iter();
                hosts.all(|(host, _)| Self::of_host(host) == Some(self))
            }
        }
    }

    /// Returns the kind of a host name or address.
    pub(super) fn of_host(host: &str) -> Option<Self> {
        match host.parse() {
            Ok(address) => Self::of(address),
            Err(_) => Self::of_name(host),
        }
    }
}

/// Returns `true` if a pattern names this address or its range literally. `0.0.0.0/0` names no address literally.
pub(super) fn is_named(pattern: &Pattern, address: IpAddr) -> bool {
    let (Hosts::Network(network), Some((_, range))) = (&pattern.hosts, range(address)) else {
        return false;
    };
    network.is_within(&range) && network.contains(plain(address))
}

fn range(address: IpAddr) -> Option<(Special, Network)> {
    let address = plain(address);
    RANGES
        .iter()
        .find(|(_, range)| range.contains(address))
        .copied()
}

/// Returns the IPv4 address inside an IPv6 address that maps to one.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if NAT64.contains(address) => {
            let [.., a, b, c, d] = v6.octets();
            Ipv4Addr::new(a, b, c, d).into()
        }
        _ => address.to_canonical(),
    }
}
