# SPDX-License-Identifier: Apache-2.0
"""What an admin may set about the FastAGI listener."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FastAgiSettings:
    """Bound to the PBX's own loopback (FACTS A1); other peers must be named."""

    host: str = "127.0.0.1"
    port: int = 4573
    allowed: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    header_bytes: int = 16_384
    header_s: float = 1.0  # from connecting to the end of the header
    reply_s: float = 5.0  # Asterisk's answer to one command
    connections: int = 1000
