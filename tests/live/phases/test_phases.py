# SPDX-License-Identifier: Apache-2.0
"""A call in each phase, a fault for all of them: afterwards the history is that of the undisturbed calls."""

import itertools
import subprocess
import time

import pytest

from tests.live.phases.faults import Asterisk, Cut, Full, HalfOpen, Killed, Locked, Nothing, Stopped
from tests.live.phases.office import Office
from tests.live.phases.play import play
from tests.live.phases.scripts import SCRIPTS
from tests.live.phases.verdict import wrong, wrong_after_death
from tests.support.stalls import RUNS

pytestmark = pytest.mark.timeout(900)  # on a machine that does much else

_turns = itertools.count()


@pytest.fixture(scope="module")
def office(asterisk_program, loop_thread, tmp_path_factory):
    home = tmp_path_factory.mktemp("phases")
    office = Office(asterisk_program, home, len(SCRIPTS), list(SCRIPTS).index("between_steps"))
    loop_thread.run(office.__aenter__())
    yield office
    loop_thread.run(office.__aexit__())


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own for all that the product keeps; its log is elsewhere."""
    place = tmp_path / "small"
    place.mkdir()
    said = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96m", "rolodial", place], check=False, capture_output=True
    )
    if said.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        (place / "serve.log").symlink_to(tmp_path / "serve.log")
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@pytest.fixture(scope="module")
def undisturbed(office, loop_thread, stall_watch):
    """Played again, if the machine stood still and disturbed it."""
    for _ in range(RUNS):
        began = time.monotonic()
        told = loop_thread.run(play(office, Nothing(), next(_turns)))
        if not any(wrong(one, None) for one in told) or not stall_watch.spoilt(
            "the undisturbed calls", began
        ):
            break
    return {one.case.phase: one for one in told}


def test_undisturbed_nothing_is_in_doubt(undisturbed):
    assert {phase: found for phase, one in undisturbed.items() if (found := wrong(one, None))} == {}
    doubts = {phase: one.calls[0].call.uncertain for phase, one in undisturbed.items()}
    assert doubts == dict.fromkeys(SCRIPTS, ())


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Killed(), id="killed"),
        pytest.param(Stopped(), id="stopped"),
        pytest.param(Cut(), id="network cut"),
        pytest.param(HalfOpen(), id="network half open"),
    ],
)
def test_nobody_listened_for_a_while(fault, office, undisturbed, loop_thread):
    """What only AMI tells, and told nobody, is marked; all else is as if nothing had been."""
    told = loop_thread.run(play(office, fault, next(_turns)))
    assert {one.case.phase: found for one in told if (found := wrong(one, undisturbed[one.case.phase]))} == {}


def test_the_database_was_away(office, undisturbed, loop_thread):
    """Longer than anybody waits for its lock. AMI was heard all the time, so nothing is in doubt."""
    told = loop_thread.run(play(office, Locked(), next(_turns), ends_in_the_outage=True))
    assert {one.case.phase: found for one in told if (found := wrong(one, undisturbed[one.case.phase]))} == {}
    assert {one.case.phase for one in told if one.calls[0].call.uncertain} == set()


def test_the_disk_was_full(small_disk, asterisk_program, tmp_path, undisturbed, loop_thread):
    """Of database, journal and recordings at once: what cannot be written waits."""
    office = Office(
        asterisk_program, tmp_path, len(SCRIPTS), list(SCRIPTS).index("between_steps"), data=small_disk
    )
    loop_thread.run(office.__aenter__())
    try:
        told = loop_thread.run(play(office, Full(), 0, ends_in_the_outage=True))
    finally:
        loop_thread.run(office.__aexit__())
    assert {one.case.phase: found for one in told if (found := wrong(one, undisturbed[one.case.phase]))} == {}
    assert {one.case.phase for one in told if one.calls[0].call.uncertain} == set()


@pytest.mark.parametrize("fault", [pytest.param(Asterisk(), id="killed")])
def test_asterisk_died(fault, office, undisturbed, loop_thread):
    """Its calls die with it. The first ones of the new start have the ids of the old, and are other calls."""
    told = loop_thread.run(play(office, fault, next(_turns)))
    found = {one.case.phase: wrong_after_death(one) for one in told if not one.case.facts}
    found |= {one.case.phase: wrong(one, undisturbed[one.case.phase]) for one in told if one.case.facts}
    assert {phase: what for phase, what in found.items() if what} == {}
    dead = {kept.call.id for one in told for kept in one.calls}
    again = loop_thread.run(play(office, Nothing(), next(_turns)))
    assert {one.case.phase: what for one in again if (what := wrong(one, undisturbed[one.case.phase]))} == {}
    assert dead.isdisjoint(one.calls[0].call.id for one in again)
    assert {one.calls[0].call.uncertain for one in again} == {()}
