# SPDX-License-Identifier: Apache-2.0
"""Requests to addresses that people typed in: bounded in time and size, and never to a private network.

The check stands where the socket is made, on the very address that is connected to: no name that changes its answer,
no odd spelling of an address and no literal can go round it.
"""

import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import hdrs

from crm_core.domain.addresses import is_public
from crm_core.ports.outbox import DeliveryError

ANSWER_KEPT = 2048
_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)


class PrivateAddressError(OSError):
    """Refused before anything was sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str  # its first 2 kB

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004


class WebClient:
    """One for the life of the process; make it within the loop."""

    def __init__(self, *, allow_private: bool = False) -> None:
        make_socket = _any_socket if allow_private else _public_socket
        connector = aiohttp.TCPConnector(
            limit=64, limit_per_host=4, use_dns_cache=False, socket_factory=make_socket
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=_TIMEOUT,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """DeliveryError when nothing was answered; redirects are answers."""
        said = {**headers, hdrs.USER_AGENT: "Rolodial", hdrs.ACCEPT_ENCODING: "identity"}
        try:
            async with self._session.post(url, data=body, headers=said, allow_redirects=False) as response:
                start = await _start(response.content)
                return Answer(response.status, start.decode("utf-8", "replace").replace("\0", ""))
        except TimeoutError as error:
            raise DeliveryError("no answer within 10 seconds") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise DeliveryError(_words(error)) from error

    async def close(self) -> None:
        await self._session.close()


async def _start(content: aiohttp.StreamReader) -> bytes:
    """The first bytes; the rest is left where it is."""
    start = b""
    while len(start) < ANSWER_KEPT and (chunk := await content.read(ANSWER_KEPT - len(start))):
        start += chunk
    return start


def _any_socket(info: tuple[Any, ...]) -> socket.socket:
    family, kind, protocol, _, _ = info
    return socket.socket(family, kind, protocol)


def _public_socket(info: tuple[Any, ...]) -> socket.socket:
    if not is_public(str(info[4][0])):
        raise PrivateAddressError(errno.EACCES, "a private address")
    return _any_socket(info)


def _words(error: Exception) -> str:
    if "private address" in str(error):
        return "the address is within a private network: that is not allowed here"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"there is no such host: {error.host}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate is not valid: {error.certificate_error}"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
