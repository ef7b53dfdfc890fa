# SPDX-License-Identifier: Apache-2.0
"""What people did is what the history says, of every kind of call; many at once, on a real Asterisk."""

import time

import pytest

from pbx_bridge.cel.rows import cel_row
from tests.live.scenarios.run import perform_all
from tests.live.scenarios.scripts import SCENARIOS
from tests.support.stalls import RUNS

pytestmark = pytest.mark.timeout(
    1200
)  # the first one waits until all are played, again where that was spoilt


@pytest.fixture(scope="session")
def outcomes(request, asterisk_program, loop_thread, tmp_path_factory, stall_watch):
    """Only those that are asked for are played; again, those that went wrong while the machine stood still."""
    asked = {item.callspec.params["name"] for item in request.session.items if _is_ours(item)}
    scripts = {name: script for name, script in SCENARIOS.items() if name in asked}
    outcomes = {}
    for _ in range(RUNS):
        began, home = time.monotonic(), tmp_path_factory.mktemp("studio")
        played = loop_thread.run(perform_all(asterisk_program, home, scripts))
        outcomes |= {outcome.name: outcome for outcome in played}
        scripts = {name: script for name, script in scripts.items() if outcomes[name].differences()}
        if not scripts or not stall_watch.spoilt(f"scenarios {', '.join(scripts)}", began):
            break
    return outcomes


def _is_ours(item):
    return item.path.name == "test_scenarios.py" and "name" in getattr(item, "callspec", item).params


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_history_says_what_people_did(name, outcomes):
    outcome = outcomes[name]
    assert outcome.differences() == []
    assert all(cel_row(line) for line in outcome.cel.splitlines(keepends=True))
