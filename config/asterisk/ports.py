# SPDX-License-Identifier: Apache-2.0
"""Free ports on this machine, and a clear word when a wanted one is taken."""

import itertools
import os
import random
import socket

from crm_core.domain.errors import CrmError

# Beside what free_port chooses from, below what the kernel gives to clients.
_BLOCKS = range(32_000, 32_760, 8)
_blocks = itertools.islice(itertools.cycle(_BLOCKS), os.getpid() % len(_BLOCKS), None)
_KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


class PortInUseError(CrmError):
    """The port is in use by another program. Choose another one."""

    def __init__(self, what: str, host: str, port: int) -> None:
        super().__init__(f"{what}: port {port} on {host} is in use by another program. Choose another one.")


def is_free(host: str, port: int, kinds: tuple[str, ...] = ("tcp", "udp")) -> bool:
    for kind in kinds:
        with socket.socket(socket.AF_INET, _KINDS[kind]) as probe:
            if kind == "tcp":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def need_free(what: str, host: str, port: int, kinds: tuple[str, ...] = ("tcp", "udp")) -> None:
    if not is_free(host, port, kinds):
        raise PortInUseError(what, host, port)


def free_port(host: str = "127.0.0.1", kinds: tuple[str, ...] = ("tcp", "udp")) -> int:
    """A port nobody listens on, outside the range the kernel gives to clients where that is possible."""
    for _ in range(500):
        port = random.randint(20_000, 31_999)  # noqa: S311 - no secret
        if is_free(host, port, kinds):
            return port
    raise PortInUseError("any port", host, 0)


def free_block(host: str) -> int:
    """The even first one of eight free UDP ports; the next call gives others, though nobody has taken these yet."""
    for start in itertools.islice(_blocks, len(_BLOCKS)):
        if all(is_free(host, port, ("udp",)) for port in range(start, start + _BLOCKS.step)):
            return start
    raise PortInUseError("any eight ports", host, _BLOCKS.start)


def free_range(size: int = 400) -> tuple[int, int]:
    """An even start for RTP; Asterisk itself passes over single ports that are taken."""
    for _ in range(100):
        start = random.randrange(10_000, 19_500 - size, 2)  # noqa: S311 - no secret
        if all(is_free("127.0.0.1", port, ("udp",)) for port in range(start, start + size, 16)):
            return start, start + size - 1
    return 10_000, 10_000 + size - 1
