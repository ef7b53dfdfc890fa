# SPDX-License-Identifier: Apache-2.0
"""In which order people of a group are rung."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from crm_core.domain.routing.facts import Candidate
from crm_core.domain.routing.rules import How

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
AT_ONCE = 40  # phones rung by one step: what one line of AGI carries


def in_order(people: Iterable[Candidate], how: How) -> list[Candidate]:
    """Those rung together are ordered as well: where there are too many, the last are left out."""
    return sorted(people, key=_KEYS[how])


def dial_target(people: Iterable[Candidate]) -> str:
    """`101:PJSIP/101&102:PJSIP/102`: what the dialplan re-checks and rings."""
    return "&".join([f"{extension}:{device}" for person in people for extension, device in person.pairs])


def _turn(person: Candidate) -> tuple[int, int]:
    return person.turn, person.id.int  # as the id's text would order them, and faster


def _least_recent(person: Candidate) -> tuple[datetime, int, int]:
    return person.last_talk_at or _LONG_AGO, person.turn, person.id.int


def _fewest(person: Candidate) -> tuple[int, datetime, int, int]:
    return person.talks_today, *_least_recent(person)


_KEYS: dict[How, Callable[[Candidate], Any]] = {
    How.RING_ALL: _least_recent,
    How.ROUND_ROBIN: _turn,
    How.LEAST_RECENT: _least_recent,
    How.FEWEST_CALLS: _fewest,
}
