//! Which addresses belong to everyone, which to a private network, and which to the machinery of a
//! cloud. Pure tables: the special-purpose registries of IANA, and where clouds keep their metadata.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who can be reached at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Anyone on the internet.
    Public,
    /// This machine or its network; what it is.
    Private(&'static str),
    /// What no workflow has any business with; what it is.
    Never(&'static str),
}

use Reach::{Never, Private, Public};

const METADATA: Reach = Never("a cloud metadata address");
const LINK_LOCAL: Reach = Never("a link-local address");
const LOOPBACK: Reach = Private("a loopback address");
const PRIVATE: Reach = Private("a private address");
const RESERVED: Reach = Private("a reserved address");
const MANY: Reach = Never("an address of many machines");

/// Address, length of the prefix, reach. The first that fits counts.
const V4: &[([u8; 4], u8, Reach)] = &[
    ([169, 254, 169, 254], 32, METADATA),
    // Containers of AWS.
    ([169, 254, 170, 2], 32, METADATA),
    // Alibaba, Oracle, Azure.
    ([100, 100, 100, 200], 32, METADATA),
    ([192, 0, 0, 192], 32, METADATA),
    ([168, 63, 129, 16], 32, METADATA),
    ([169, 254, 0, 0], 16, LINK_LOCAL),
    ([127, 0, 0, 0], 8, LOOPBACK),
    // Linux takes it for this machine.
    ([0, 0, 0, 0], 8, LOOPBACK),
    ([10, 0, 0, 0], 8, PRIVATE),
    ([172, 16, 0, 0], 12, PRIVATE),
    ([192, 168, 0, 0], 16, PRIVATE),
    ([100, 64, 0, 0], 10, PRIVATE),
    ([192, 0, 0, 0], 24, RESERVED),
    ([192, 0, 2, 0], 24, RESERVED),
    ([192, 88, 99, 0], 24, RESERVED),
    ([198, 18, 0, 0], 15, RESERVED),
    ([198, 51, 100, 0], 24, RESERVED),
    ([203, 0, 113, 0], 24, RESERVED),
    ([224, 0, 0, 0], 4, MANY),
    ([255, 255, 255, 255], 32, MANY),
    ([240, 0, 0, 0], 4, RESERVED),
];

const V6: &[([u16; 8], u8, Reach)] = &[
    // AWS and Google.
    ([0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254], 128, METADATA),
    ([0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254], 128, METADATA),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, LINK_LOCAL),
    ([0, 0, 0, 0, 0, 0, 0, 0], 127, LOOPBACK),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, PRIVATE),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, PRIVATE),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, MANY),
    ([0x2001, 0x0db8, 0, 0, 0, 0, 0, 0], 32, RESERVED),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, RESERVED),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, RESERVED),
    // All that is public begins with 001.
    ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3, Public),
];

/// Who can be reached at that address, also where it wraps an address of the older kind.
pub(super) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => embedded(address).map_or_else(|| reach_v6(address), reach_v4),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    let fits = |&&(network, length, _): &&([u8; 4], u8, Reach)| {
        let differs = address.to_bits() ^ Ipv4Addr::from(network).to_bits();
        differs.leading_zeros() >= u32::from(length)
    };
    V4.iter().find(fits).map_or(Public, |&(_, _, reach)| reach)
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    let fits = |&&(network, length, _): &&([u16; 8], u8, Reach)| {
        let differs = address.to_bits() ^ Ipv6Addr::from(network).to_bits();
        differs.leading_zeros() >= u32::from(length)
    };
    V6.iter()
        .find(fits)
        .map_or(RESERVED, |&(_, _, reach)| reach)
}

/// The address of the older kind that an address of the newer kind leads to.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        // `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        // Mapped, translated, and as once was compatible.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => {
            Some(from(high, low))
        }
        // NAT64, of the internet and of a network of its own, and 6to4.
        [0x64, 0xff9b, 0 | 1, .., high, low] | [0x2002, high, low, ..] => Some(from(high, low)),
        // Teredo, whose bits are turned over.
        [0x2001, 0, .., high, low] => Some(from(!high, !low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::metadata(METADATA, &[
        "169.254.169.254", "::ffff:169.254.169.254", "::169.254.169.254", "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1", "2001:0:1:2:3:4:5601:5601", "fd00:ec2::254", "fd20:ce::254",
        "100.100.100.200", "168.63.129.16", "169.254.170.2", "::ffff:0:a9fe:a9fe"])]
    #[case::link_local(LINK_LOCAL, &["169.254.0.1", "fe80::1", "febf::1", "::ffff:169.254.1.1"])]
    #[case::loopback(LOOPBACK, &[
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "::1", "::", "::ffff:127.0.0.1",
        "::127.0.0.1", "64:ff9b:1::7f00:1"])]
    #[case::private(PRIVATE, &[
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fc00::1", "fd12::1",
        "fec0::1", "::ffff:10.0.0.1", "2002:c0a8:101::"])]
    #[case::reserved(RESERVED, &[
        "192.0.2.1", "198.18.0.1", "203.0.113.9", "240.0.0.1", "2001:db8::1", "2001:2::1", "4000::1"])]
    #[case::many(MANY, &["224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1"])]
    #[case::public(Public, &[
        "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.128.0.1", "11.0.0.1", "2606:4700::1111",
        "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])]
    fn every_address_has_its_reach(#[case] wanted: Reach, #[case] addresses: &[&str]) {
        for address in addresses {
            assert_eq!(reach(address.parse().unwrap()), wanted, "{address}");
        }
    }
}
