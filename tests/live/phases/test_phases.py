# SPDX-License-Identifier: Apache-2.0
"""A call in each phase, a fault for all of them: afterwards the history is that of the undisturbed calls."""

import itertools

import pytest

from tests.live.phases.faults import Cut, Killed, Locked, Nothing, Stopped
from tests.live.phases.office import Office
from tests.live.phases.play import play
from tests.live.phases.scripts import SCRIPTS
from tests.live.phases.verdict import wrong
from tests.live.phases.wire import WireState

_turns = itertools.count()


@pytest.fixture(scope="module")
def office(asterisk_program, loop_thread, tmp_path_factory):
    home = tmp_path_factory.mktemp("phases")
    office = Office(asterisk_program, home, len(SCRIPTS), list(SCRIPTS).index("between_steps"))
    loop_thread.run(office.__aenter__())
    yield office
    loop_thread.run(office.__aexit__())


@pytest.fixture(scope="module")
def undisturbed(office, loop_thread):
    told = loop_thread.run(play(office, Nothing(), next(_turns)))
    return {one.case.phase: one for one in told}


def test_undisturbed(undisturbed):
    assert {phase: found for phase, one in undisturbed.items() if (found := wrong(one, None))} == {}
    assert {phase: one.calls[0].call.uncertain for phase, one in undisturbed.items()} == dict.fromkeys(SCRIPTS, ())


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        pytest.param(Killed(), False, id="killed"),
        pytest.param(Killed(), True, id="killed, calls end meanwhile"),
        pytest.param(Stopped(), False, id="stopped"),
        pytest.param(Locked(), False, id="database locked"),
        pytest.param(Cut(), False, id="network cut"),
        pytest.param(Cut(), True, id="network cut, calls end meanwhile"),
        pytest.param(Cut(WireState.HALF_OPEN), False, id="network half open"),
    ],
)
def test_afterwards_all_is_as_if_nothing_had_been(fault, ends, office, undisturbed, loop_thread):
    told = loop_thread.run(play(office, fault, next(_turns), ends_in_the_outage=ends))
    for one in told:
        print(one.case.phase, one.calls[0].call.uncertain)
    assert {one.case.phase: found for one in told if (found := wrong(one, undisturbed[one.case.phase]))} == {}
