# SPDX-License-Identifier: Apache-2.0
"""What is taken away while calls come: our process, its port, its packets, its database, its disk."""

import asyncio
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from config.bench._house import House
from tests.chaos.disk import Disk
from tests.chaos.fault import CannotRunError
from tests.support.postgresql import Cluster

_LOST = "0.3"  # of the packets


@dataclass(frozen=True, slots=True)
class Scene:
    house: House
    data: Path
    disk: Disk | None = None
    cluster: Cluster | None = None


Change = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """`answers`: the CRM still leads calls, so their cards come as ever and nothing else may lead them."""

    name: str
    begin: Change
    heal: Change
    answers: bool = False
    database: str = "sqlite"
    needs_disk: bool = False
    elsewhere: bool = False  # as a CRM on another host, which is asked over HTTP


async def _kill(scene: Scene) -> None:
    scene.house.serve.signal(signal.SIGKILL)


async def _halt(scene: Scene) -> None:
    scene.house.serve.signal(signal.SIGSTOP)


async def _go_on(scene: Scene) -> None:
    scene.house.serve.signal(signal.SIGCONT)


async def _start(scene: Scene) -> None:
    await scene.house.serve.stop()
    await scene.house.serve.start()


def _packets(scene: Scene, how: str, *what: str) -> None:
    """Those to and from the port that callers wait for, here and nowhere else."""
    if shutil.which("iptables") is None:
        raise CannotRunError("packets cannot be dropped here (package iptables, and root)")
    port = str(scene.house.http_port)
    for side in ("--dport", "--sport"):
        rule = ["iptables", how, "INPUT", "-i", "lo", "-p", "tcp", side, port, *what, "-j", "DROP"]
        done = subprocess.run(rule, check=False, capture_output=True, text=True)
        if done.returncode:
            raise CannotRunError(f"packets cannot be dropped here: {done.stderr.strip()}")


async def _swallow(scene: Scene) -> None:
    _packets(scene, "-A")


async def _let_through(scene: Scene) -> None:
    _packets(scene, "-D")


_SOME = ("-m", "statistic", "--mode", "random", "--probability", _LOST)


async def _lose_some(scene: Scene) -> None:
    _packets(scene, "-A", *_SOME)


async def _lose_none(scene: Scene) -> None:
    _packets(scene, "-D", *_SOME)


class _Locked:
    """Somebody holds SQLite's one lock of writers."""

    def __init__(self) -> None:
        self._holder: sqlite3.Connection | None = None

    async def begin(self, scene: Scene) -> None:
        self._holder = sqlite3.connect(scene.data / "rolodial.db", timeout=20, isolation_level=None)
        self._holder.execute("BEGIN IMMEDIATE")

    async def heal(self, _scene: Scene) -> None:
        if self._holder:
            self._holder.close()


async def _stop_database(scene: Scene) -> None:
    assert scene.cluster is not None
    await asyncio.to_thread(scene.cluster.halt)


async def _start_database(scene: Scene) -> None:
    assert scene.cluster is not None
    await asyncio.to_thread(scene.cluster.go_on)


async def _fill(scene: Scene) -> None:
    assert scene.disk is not None
    await asyncio.to_thread(scene.disk.fill)


async def _empty(scene: Scene) -> None:
    assert scene.disk is not None
    scene.disk.empty()


_locked = _Locked()
FAULTS = (
    Fault("killed", _kill, _start),
    Fault("stopped", _halt, _go_on),
    Fault("port swallowed, asked over HTTP", _swallow, _let_through, elsewhere=True),
    Fault("packets dropped, asked over HTTP", _lose_some, _lose_none, elsewhere=True),
    Fault("database locked", _locked.begin, _locked.heal, answers=True),
    Fault("disk full", _fill, _empty, answers=True, needs_disk=True),
    Fault("database stopped", _stop_database, _start_database, answers=True, database="postgresql"),
)
