# SPDX-License-Identifier: Apache-2.0
"""What people did is what the history says, of every kind of call; many at once, on a real Asterisk."""

import pytest

from pbx_bridge.cel.rows import cel_row
from tests.live.scenarios.run import perform_all
from tests.live.scenarios.scripts import SCENARIOS


@pytest.fixture(scope="session")
def outcomes(request, asterisk_program, loop_thread, tmp_path_factory):
    """Only those that are asked for are played."""
    asked = {item.callspec.params["name"] for item in request.session.items if _is_ours(item)}
    scripts = {name: script for name, script in SCENARIOS.items() if name in asked}
    home = tmp_path_factory.mktemp("studio")
    played = loop_thread.run(perform_all(asterisk_program, home, scripts))
    return {outcome.name: outcome for outcome in played}


def _is_ours(item):
    return item.path.name == "test_scenarios.py" and "name" in getattr(item, "callspec", item).params


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_history_says_what_people_did(name, outcomes):
    outcome = outcomes[name]
    assert outcome.differences() == []
    assert all(cel_row(line) for line in outcome.cel.splitlines(keepends=True))
