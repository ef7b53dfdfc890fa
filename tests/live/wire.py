# SPDX-License-Identifier: Apache-2.0
"""The wire to a phone: carries the dialogs that began while this phone was plugged in, and none older.

Asterisk repeats an INVITE that nobody answered for 32 seconds, also after its call is over. Whoever sat down at that
address in the next test would be rung by the call of the last one, which is then cancelled at once; SIPp counts that
as its own call gone wrong.
"""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Self

_CALL_ID = re.compile(rb"^(?:call-id|i)\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_LARGEST = 65_535

Address = tuple[str, int]


class Wire:
    """Holds the address that Asterisk knows; what plays the phone listens on a port of its own, on the same host."""

    def __init__(self, at: Address, pbx: Address) -> None:
        self.host, self.port = at
        self._pbx = pbx
        self._plugged: int | None = None
        self._ports: dict[bytes, int | None] = {}  # Call-ID -> who was plugged in when it began
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(at)
        self._thread = threading.Thread(target=self._carry, daemon=True)

    def plug(self, port: int) -> None:
        """From now on new calls ring there; to one who left they stay silent, as to a phone that is off."""
        self._plugged = port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", (self.host, self.port))  # nothing said: the end
        self._thread.join()
        self._socket.close()

    def _carry(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(_LARGEST)
            if not data:
                return
            if sender != self._pbx:
                self._socket.sendto(data, self._pbx)
            elif (port := self._port_of(data)) is not None:
                self._socket.sendto(data, (self.host, port))

    def _port_of(self, data: bytes) -> int | None:
        found = _CALL_ID.search(data)
        return self._ports.setdefault(found[1], self._plugged) if found else None


@contextmanager
def wired(addresses: dict[str, Address], pbx: Address) -> Iterator[dict[str, Wire]]:
    """One for each name, until the end."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Wire(at, pbx)) for name, at in addresses.items()}
