# SPDX-License-Identifier: Apache-2.0
"""A watched CEL file: calls are given once they are over, given again until they are taken, and after a restart."""

import asyncio
import contextlib
import re

import pytest

from pbx_bridge.cel.watch import CelTimes, CelWatch
from tests.support.recordings_of_ami import PROFILE, SCENARIOS

ROWS = (SCENARIOS / "cel/inbound_answered.cel").read_text()
LATER = (SCENARIOS / "cel/queue_answered.cel").read_text()
QUICK = CelTimes(look_s=0.01, after_s=0.02, patient_s=0.1)


class Taker:
    """Says 'later', or fails, so many times."""

    def __init__(self) -> None:
        self.calls, self.asked, self.later, self.failing = [], [], 0, 0

    async def __call__(self, due) -> list:
        self.asked.append([one.patient for one in due])
        if self.failing:
            self.failing -= 1
            raise ConnectionError("the database is away")
        if self.later:
            self.later -= 1
            return due
        self.calls += [one.call for one in due]
        return []

    async def has(self, count):
        async with asyncio.timeout(20):
            while len(self.calls) < count:
                await asyncio.sleep(0.01)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rolodial.csv"
    path.touch()
    return path


@contextlib.asynccontextmanager
async def watching(file, taker):
    watch = CelWatch("main", file, PROFILE, file.with_name("place.json"), taker, QUICK)
    task = asyncio.create_task(watch.run())
    async with asyncio.timeout(20):
        while not file.with_name("place.json").exists():
            await asyncio.sleep(0.01)
    try:
        yield watch
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def write(file, text):
    with file.open("a") as out:
        out.write(text)


async def test_a_call_is_given_once(file):
    taker = Taker()
    async with watching(file, taker) as watch:
        write(file, ROWS)
        await taker.has(1)
        write(file, LATER)
        await taker.has(2)
        assert watch.waiting == watch.open_calls == 0
        assert watch.counters.calls == 2
    assert [call.answered_by for call in taker.calls] == ["101", "101"]


def many(count):
    """One after the other, each a call of its own."""
    names = re.compile(r'(?<=\.)(?=[01]")|(?<=-0)0{6}(?=[01]\b)|(?<="c6)6bd9f0(?=-)')
    seconds = re.compile(r"(?<=1795384)\d{3}(?=\.)")
    return "".join(
        seconds.sub(lambda at, each=each: str(int(at[0]) + 2 * each), names.sub(f"{each:06}", ROWS))
        for each in range(1, count + 1)
    )


async def test_what_was_written_while_nobody_read_is_read_whole_before_any_of_it_is_compared(file):
    """After a stop: each comparison takes its time, and for so long nobody would know how many calls there are."""
    taker, count = Taker(), 200
    taker.later = 2
    async with watching(file, taker) as watch:
        text = many(count)
        assert len(text) > 3 * 256 * 1024
        write(file, text)
        await taker.has(count)
        assert watch.counters.calls == count
    assert len(taker.asked[0]) >= count - 2, "all but those that ended just now"


async def test_what_is_no_row_is_counted_and_stops_nothing(file):
    taker = Taker()
    async with watching(file, taker) as watch:
        write(file, 'garbage\n"of","another","PBX"\n' + ROWS)
        await taker.has(1)
        assert watch.counters.strange == 2


async def test_a_call_that_is_beyond_us_costs_no_other_call(file, monkeypatch):
    """Not those that ended in the same moment, nor those of which the same piece of the file tells."""
    from pbx_bridge.cel import fold

    def beyond_us(rows, *more, story=fold.story, **rest):
        if any(row.app == "Queue" for row in rows):
            raise ZeroDivisionError
        return story(rows, *more, **rest)

    monkeypatch.setattr(fold, "story", beyond_us)
    taker = Taker()
    async with watching(file, taker) as watch:
        write(file, LATER + many(3))
        await taker.has(3)
        async with asyncio.timeout(20):
            while not watch.counters.faults:
                await asyncio.sleep(0.01)
        assert watch.open_calls == 0


async def test_later_and_failing_are_tried_again_and_patience_ends(file):
    taker = Taker()
    taker.later, taker.failing = 6, 1
    async with watching(file, taker):
        write(file, ROWS)
        await taker.has(1)
    assert taker.asked[0] == [True]
    assert taker.asked[-1] == [False]


async def test_killed_before_it_was_taken_it_is_given_after_the_restart(file):
    never = Taker()
    never.later = 10**6
    async with watching(file, never):
        write(file, ROWS)
        async with asyncio.timeout(20):
            while not never.asked:
                await asyncio.sleep(0.01)
    taker = Taker()
    async with watching(file, taker):
        await taker.has(1)


async def test_killed_in_mid_call_its_beginning_is_read_again(file):
    begun, end = ROWS[: ROWS.index('"BRIDGE_EXIT"')], ROWS[ROWS.index('"BRIDGE_EXIT"') :]
    async with watching(file, Taker()) as watch:
        write(file, begun)
        async with asyncio.timeout(20):
            while not watch.open_calls:
                await asyncio.sleep(0.01)
    write(file, end)
    taker = Taker()
    async with watching(file, taker):
        await taker.has(1)
    assert taker.calls[0].whole


async def test_taken_calls_are_not_given_again_after_a_restart(file):
    taker = Taker()
    async with watching(file, taker):
        write(file, ROWS)
        await taker.has(1)
        place = file.with_name("place.json")
        async with asyncio.timeout(20):
            while f'"offset": {len(ROWS.encode())}' not in place.read_text():
                await asyncio.sleep(0.01)
    again = Taker()
    async with watching(file, again):
        write(file, LATER)
        await again.has(1)
    assert [call.queue for call in again.calls] == ["retail"]


async def test_a_file_that_is_not_there_is_said(file):
    file.unlink()
    file.with_name("place.json").touch()
    taker = Taker()
    async with watching(file, taker) as watch:
        async with asyncio.timeout(20):
            while not watch.trouble:
                await asyncio.sleep(0.01)
        assert not watch.is_reading
        write(file, ROWS)
        await taker.has(1)
        assert watch.trouble == ""
