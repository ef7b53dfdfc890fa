# SPDX-License-Identifier: Apache-2.0
"""What queues say of the house's sounds: only what makes sense, and Asterisk's own sounds never between them."""

from pathlib import Path

import pytest

from crm_core.domain.prompt import NAME, QUEUE_SOUNDS
from recordings.queue_sounds import queue_sounds

FOLDER = Path("/spool/prompts")


def options(*names):
    lines = [line for line in queue_sounds(names, FOLDER).splitlines() if not line.startswith(";")]
    return dict(line.split(" = ", 1) for line in lines)


def test_nothing_is_said_without_a_sound_for_it():
    assert options() == {}
    assert options("closed", "call-back") == {}


@pytest.mark.parametrize(
    ("names", "position", "holdtime"),
    [
        (["queue-thereare"], "yes", "no"),
        (["queue-youarenext"], "limit", "no"),
        (["queue-youarenext", "queue-thereare", "queue-callswaiting"], "yes", "no"),
        (["queue-holdtime"], None, None),  # '3' of what?
        (["queue-holdtime", "queue-minutes"], "no", "yes"),
        (["queue-callswaiting"], None, None),
    ],
)
def test_a_number_is_said_only_with_the_words_before_it(names, position, holdtime):
    told = options(*names)
    assert (told.get("announce-position"), told.get("announce-holdtime")) == (position, holdtime)
    assert ("announce-frequency" in told) is (position is not None)


def test_what_the_house_has_not_is_silent_and_not_asterisks():
    told = options("queue-thereare", "queue-minute")
    said = QUEUE_SOUNDS[:-1]
    assert {name: told[name] for name in said} == {name: f"/spool/prompts/{name}" for name in said}
    assert "periodic-announce" not in told
    told = options("queue-holdtime", "queue-minutes")
    assert told["queue-minute"] == "/spool/prompts/queue-minutes"


def test_the_offer_to_be_called_back_comes_again_and_again():
    told = options("queue-periodic-announce")
    assert told["periodic-announce"] == "/spool/prompts/queue-periodic-announce"
    assert told["periodic-announce-frequency"] == "60"
    assert "announce-frequency" not in told


def test_they_can_be_names_of_sounds():
    assert all(NAME.fullmatch(name) for name in QUEUE_SOUNDS)
