# SPDX-License-Identifier: Apache-2.0
"""What an admin may set about the FastAGI listener, and about the one that answers the same over HTTP."""

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FastAgiSettings:
    """Bound to the PBX's own loopback (FACTS A1); other peers must be named."""

    host: str = "127.0.0.1"
    port: int = 4573
    http_port: int | None = None  # for a PBX on another host, which asks over HTTP
    allowed: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    header_bytes: int = 16_384
    header_s: float = 1.0  # from connecting to the end of the header
    reply_s: float = 5.0  # Asterisk's answer to one command
    connections: int = 1000


class Peers:
    """Who may ask."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._networks = tuple(ipaddress.ip_network(network) for network in allowed)

    def may_ask(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._networks)
