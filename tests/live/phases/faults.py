# SPDX-License-Identifier: Apache-2.0
"""What fails for all calls at once, and how it heals: ours, the database's, the network's, Asterisk's."""

import asyncio
import os
import signal
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.live.phases.office import Office
from tests.live.phases.wire import WireState


class Fault(Protocol):
    kills_the_pbx: bool

    async def begin(self, office: Office) -> None: ...
    async def heal(self, office: Office) -> None: ...


@dataclass
class Nothing:
    kills_the_pbx = False

    async def begin(self, office: Office) -> None: ...
    async def heal(self, office: Office) -> None: ...


@dataclass
class Killed:
    """kill -9 of the product; it is started again."""

    kills_the_pbx = False

    async def begin(self, office: Office) -> None:
        office.product.kill()

    async def heal(self, office: Office) -> None:
        office.product.start()
        await office.product.ready()


@dataclass
class Stopped:
    """SIGTERM: the product ends as it is told to; it is started again."""

    kills_the_pbx = False

    async def begin(self, office: Office) -> None:
        await asyncio.to_thread(office.product.stop)

    async def heal(self, office: Office) -> None:
        office.product.start()
        await office.product.ready()


@dataclass
class Locked:
    """Somebody holds SQLite's one lock of writers."""

    kills_the_pbx = False
    lasts_s: float = 7.0  # longer than anybody waits for the lock
    _holder: sqlite3.Connection | None = None

    async def begin(self, office: Office) -> None:
        await asyncio.to_thread(self._hold, office.product.home / "rolodial.db")

    def _hold(self, database: Path) -> None:
        self._holder = sqlite3.connect(database, timeout=60, isolation_level=None, check_same_thread=False)
        self._holder.execute("BEGIN IMMEDIATE")

    async def heal(self, office: Office) -> None:
        await asyncio.sleep(self.lasts_s)
        assert self._holder is not None
        self._holder.execute("ROLLBACK")
        self._holder.close()


@dataclass
class Full:
    """Not a byte is left on the disk of our database, journal and recordings."""

    kills_the_pbx = False

    async def begin(self, office: Office) -> None:
        with (office.product.home / "filler").open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError:
                    continue

    async def heal(self, office: Office) -> None:
        (office.product.home / "filler").unlink()


@dataclass
class Cut:
    """The network to Asterisk's AMI."""

    kills_the_pbx = False

    async def begin(self, office: Office) -> None:
        office.ami.become(WireState.CUT)

    async def heal(self, office: Office) -> None:
        office.ami.become(WireState.WHOLE)


@dataclass
class HalfOpen:
    """The network to Asterisk's AMI swallows all, and nobody is told."""

    kills_the_pbx = False

    async def begin(self, office: Office) -> None:
        office.ami.become(WireState.HALF_OPEN)

    async def heal(self, office: Office) -> None:
        office.ami.become(WireState.WHOLE)


@dataclass
class Asterisk:
    """kill -9; it is started again."""

    kills_the_pbx = True

    async def begin(self, office: Office) -> None:
        os.killpg(office.pbx.pid, signal.SIGKILL)

    async def heal(self, office: Office) -> None:
        await office.pbx.kill()
        await office.pbx.start()
