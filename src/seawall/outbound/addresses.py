"""Which IP addresses are public: everything that is listed as special is not.

The lists are the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and later),
with forms that carry an IPv4 address inside an IPv6 one, and metadata services of clouds.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from seawall.vocab.decisions import Allowed, Decision, Refused

_V4 = tuple(
    (IPv4Network(network), word)
    for network, word in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by carriers"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud's metadata service"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "for documentation"),
        ("192.31.196.0/24", "reserved for protocols"),
        ("192.52.193.0/24", "reserved for protocols"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "reserved for protocols"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_V6_PUBLIC = IPv6Network("2000::/3")
_V6 = tuple(
    (IPv6Network(network), word)
    for network, word in (
        ("2001::/23", "reserved for protocols"),
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "reserved for protocols"),
        ("3fff::/20", "for documentation"),
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)


def vet_address(text: str) -> Decision:
    """Allow an address that is public, as a resolver spells it ("93.184.215.14", "2600::1")."""
    try:
        address = ip_address(text)
    except ValueError:
        return Refused("not an IP address")
    if isinstance(address, IPv4Address):
        return _vet_v4(address)
    return _vet_v6(address)


def _vet_v4(address: IPv4Address) -> Decision:
    for network, word in _V4:
        if address in network:
            return Refused(f"the address is {word}")
    return Allowed()


def _vet_v6(address: IPv6Address) -> Decision:
    if address.scope_id is not None or address not in _V6_PUBLIC:
        return Refused("the address is not a public one")
    for network, word in _V6:
        if address in network:
            return Refused(f"the address is {word}")
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return Refused("the address carries an IPv4 one (ISATAP)")
    return Allowed()
