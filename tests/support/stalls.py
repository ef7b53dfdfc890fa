# SPDX-License-Identifier: Apache-2.0
"""A plugin of pytest: what failed while the whole machine stood still is run again, and that is told at the end.

Many tests measure real time, because the product promises some: 300 ms for a route, a second for a card. A virtual
machine that is halted for three seconds in mid-call breaks every such promise, and says nothing of the product. Only a
stall that was seen excuses a failure; a test that fails on a machine that runs is failed at its first run, and says how
long the longest stall was.

Each processor is watched by itself, because a virtual machine may be halted by halves; and so is the clock of the day,
because who is frozen and thawed finds only that one moved on.
"""

import os
import threading
import time
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from _pytest.runner import runtestprotocol

LEAST_S = 0.5  # no scheduler keeps a thread waiting for so long; a halted machine does
_NOTED_S = 0.1
_EVERY_S = 0.05
_MOST_PROCESSORS = 8
RUNS = 3
_AGAIN = "ran again"


@dataclass
class StallWatch:
    """For each processor a thread that sleeps for a moment, over and over, and notes when a moment was long."""

    stalls: list[tuple[float, float]] = field(default_factory=list)  # when it was over, how long it was
    told: list[str] = field(default_factory=list)  # what was done again, beside tests
    _end: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for processor in sorted(os.sched_getaffinity(0))[:_MOST_PROCESSORS]:
            thread = threading.Thread(target=self._watch, args=(processor,), name="stall-watch", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _watch(self, processor: int) -> None:
        os.sched_setaffinity(0, {processor})  # of this thread
        while not self._end.is_set():
            before, day_before = time.monotonic(), time.time()
            self._end.wait(_EVERY_S)
            over, day = time.monotonic(), time.time()
            late = max(over - before - _EVERY_S, abs((day - day_before) - (over - before)))
            if late > _NOTED_S:
                self.stalls.append((over, late))

    def longest_since(self, moment: float) -> float:
        time.sleep(2 * _EVERY_S)  # one that has just ended is noted by now
        return max((length for over, length in self.stalls if over > moment), default=0.0)

    def spoilt(self, what: str, since: float) -> bool:
        """What went wrong did so while the machine stood still: it is to be done again, and that is told."""
        stood = self.longest_since(since)
        if stood > LEAST_S:
            self.told.append(f"{what}: {stood:.1f} s")
        return stood > LEAST_S


_watch = pytest.StashKey[StallWatch]()


def pytest_configure(config):
    config.addinivalue_line(
        "markers", f"spoilt_by(seconds): how long a stall excuses its failure; else {LEAST_S}"
    )
    config.stash[_watch] = StallWatch()
    config.stash[_watch].start()


def pytest_unconfigure(config):
    config.stash[_watch].stop()


@pytest.fixture(scope="session")
def stall_watch(request):
    """For what many tests share: a fixture that went wrong is made again by itself, or not at all."""
    return request.config.stash[_watch]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in _reports(item, nextitem):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _reports(item, nextitem):
    for run in range(1, RUNS + 1):
        began = time.monotonic()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        failed = [report for report in reports if report.failed]
        if not failed:
            break
        stood = item.config.stash[_watch].longest_since(began)
        for report in failed:
            report.sections.append(("the machine's longest stall meanwhile", f"{stood:.2f} s"))
        if run == RUNS or stood <= _excuse(item):
            break
        item.user_properties.append((_AGAIN, f"{stood:.1f}"))
        _forget_failures(item)
    return reports


def _excuse(item):
    mark = item.get_closest_marker("spoilt_by")
    return mark.args[0] if mark else LEAST_S


def _forget_failures(item):
    """A wider fixture that could not be made is kept as its exception: it is to be made anew."""
    for found in item._fixtureinfo.name2fixturedefs.values():
        for one in found:
            if one.cached_result is not None and one.cached_result[2] is not None:
                one.finish(SimpleNamespace(node=item))  # or pytest says that it was never finished


def pytest_terminal_summary(terminalreporter):
    told = {
        f"{report.nodeid}: {value} s"
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == _AGAIN
    } | set(terminalreporter.config.stash[_watch].told)
    if told:
        terminalreporter.section("run again, because the machine stood still")
    for line in sorted(told):
        terminalreporter.write_line(line)
