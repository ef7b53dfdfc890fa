# SPDX-License-Identifier: Apache-2.0
"""What waits to go out (mail, webhooks, web push), and when a delivery that failed is tried again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

_STEPS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),  # and so on
)
TRIED_FOR = timedelta(days=3)


class OutKind(StrEnum):
    MAIL = "mail"
    WEBHOOK = "webhook"
    PUSH = "push"


class OutState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One thing to be delivered at least once. `target`: what is dead or alive as one (a server, an end point)."""

    id: UUID
    kind: OutKind
    target: str
    address: str
    payload: Mapping[str, Any]
    key: str
    created_at: datetime
    due_at: datetime
    state: OutState = OutState.WAITING
    tries: int = 0
    tried_from: datetime | None = None  # the three days begin here; None: at created_at
    last_error: str = ""
    settled_at: datetime | None = None


def next_try(item: Outgoing, now: datetime, chance: float) -> datetime | None:
    """When to try again after one more failure; None: it has been tried for long enough.

    `chance`, 0 to 1, spreads what failed together: the wait is between three quarters and five quarters of its step.
    """
    if now - (item.tried_from or item.created_at) >= TRIED_FOR:
        return None
    return now + _STEPS[min(item.tries, len(_STEPS) - 1)] * (0.75 + chance / 2)
