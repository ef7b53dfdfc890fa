# SPDX-License-Identifier: Apache-2.0
"""Which network addresses are the open internet's."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# Only these are given out to the public; what is cut out of them carries another address inside, or is for examples.
_GIVEN_OUT = IPv6Network("2000::/3")
_CUT_OUT = (
    IPv6Network("2001::/23"),  # Teredo, ORCHID, benchmarks
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),  # 6to4
    IPv6Network("3fff::/20"),
)
_CUT_OUT_4 = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
    IPv4Network("100.64.0.0/10"),  # behind a carrier's NAT
)


def is_public(text: str) -> bool:
    """Whether this is an address of the open internet. IPv4 within IPv6 never is, in any of its forms."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        return _is_public_6(address)
    return _is_public_4(address)


def _is_public_4(address: IPv4Address) -> bool:
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special and not any(address in net for net in _CUT_OUT_4)


def _is_public_6(address: IPv6Address) -> bool:
    if address.scope_id or address not in _GIVEN_OUT:
        return False
    return address.is_global and not any(address in net for net in _CUT_OUT)
