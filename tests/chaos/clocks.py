# SPDX-License-Identifier: Apache-2.0
"""The clock of the PBX, or of our host, is set an hour on and back: each by libfaketime, for one process alone."""

import asyncio
import os
import time
import urllib.request
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

from pbx_bridge.cel.rows import parse
from tests.chaos.fault import CannotRunError, fault
from tests.chaos.stage import Stage, pause
from tests.chaos.truth import kept, since
from tests.live.product.screen import logged_in

_NEAR_S = 10.0
Told = Callable[[], Awaitable[float]]
_SANE = "none negative, none > real + 2 s"


class Clock:
    """Of whatever is started `with clock.worn():`; set while it runs."""

    def __init__(self, stage: Stage) -> None:
        found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        if not found:
            raise CannotRunError("libfaketime is not installed (Debian: faketime)")
        self._library = found[0]
        self._file = stage.home / "clock"
        self.set("+0")

    def set(self, offset: str) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(f"{offset}\n")
        new.replace(self._file)

    @contextmanager
    def worn(self):
        before = dict(os.environ)
        os.environ |= {
            "LD_PRELOAD": str(self._library), "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


async def _set_in_mid_call(stage: Stage, clock: Clock, told: Told) -> None:
    """`told` is how far off the clock in question says that it is: a fault that was not there proves nothing."""
    for offset, seconds in (("+1h", 3600), ("+0", 0), ("-1h", -3600), ("+0", 0)):
        await stage.talking()
        clock.set(offset)
        await pause(7)
        off = await told()
        assert abs(off - seconds) < _NEAR_S, f"set {offset}, and the clock is {off:.0f} s off"


async def _of_pbx(stage: Stage) -> float:
    """By the youngest row of CEL, which calls write each second or so."""
    row = next(row for line in reversed(since(stage.pbx.cel_file, 0)) if (row := parse(line)))
    return row.at - time.time()


async def _of_product(stage: Stage) -> float:
    return await asyncio.to_thread(_date_off, f"{stage.product.url}/readyz")


def _date_off(url: str) -> float:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own, loopback
        return parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()


async def _sane(stage: Stage) -> str:
    await pause(5)
    calls = [
        one for ones in (await kept(stage.product, stage.witness.told().cel)).calls.values() for one in ones
    ]
    lengths = [length for one in calls for length in (one.talk_s, one.wait_s)]
    assert calls
    assert min(lengths) >= 0, f"a length of {min(lengths):.1f} s"
    assert max(lengths) <= 4.5, f"a length of {max(lengths):.1f} s"
    return f"longest talk or wait {max(lengths):.1f} s, shortest {min(lengths):.1f} s"


@fault(15, "PBX clock +-1 h", f"durations by monotonic receive time; {_SANE}", load=0)
async def of_the_pbx(stage: Stage) -> str:
    clock = Clock(stage)
    await stage.pbx.stop()
    with clock.worn():
        await stage.pbx.start()
    await stage.ready_within(30)
    stage.load.clients = 4
    await stage.load.start()
    try:
        await _set_in_mid_call(stage, clock, partial(_of_pbx, stage))
        await stage.load.stop()
        return await _sane(stage)
    finally:
        clock.set("+0")
        await stage.load.stop()
        await stage.pbx.stop()
        await stage.pbx.start()


@fault(16, "clock of our host +-1 h", f"the same ({_SANE}); sessions and pages sane", load=0)
async def of_our_host(stage: Stage) -> str:
    clock = Clock(stage)
    stage.product.kill()
    try:
        with clock.worn():
            stage.product.start()
        await stage.product.ready()
        stage.load.clients = 4
        await stage.load.start()
        await _set_in_mid_call(stage, clock, partial(_of_product, stage))
        for offset in ("+1h", "-1h", "+0"):
            clock.set(offset)
            async with logged_in(stage.product, "sofia") as browser:
                for path in ("/", "/calls", "/settings/balance"):
                    status, _, _ = await browser.get(path)
                    assert status == 200, f"{path} answers {status} at {offset}"
        await stage.load.stop()
        return f"{await _sane(stage)}; who was logged in stays so"
    finally:
        clock.set("+0")
        await stage.load.stop()
        stage.product.kill()
        stage.product.start()
        await stage.product.ready()  # what is kept is looked at on its pages
