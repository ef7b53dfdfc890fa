# SPDX-License-Identifier: Apache-2.0
"""What became of each call, by the clocks of those who placed it and of the phones that it rang at. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from config.bench._telephony import Invite

MOST_EXTRA_S = 0.5
LEAST_REACHED = 0.99


@dataclass(frozen=True, slots=True)
class Seen:
    """`extra_s`: of each known caller's INVITE to a phone, what it took beyond the median when all was well; sorted."""

    calls: int
    failed: int  # neither a phone nor the queue took it
    waited: int  # of the rest: in the queue, and no phone rang before the caller left
    extra_s: tuple[float, ...]
    known: int  # callers whose manager was there to be rung
    reached: int  # of these
    disturbed: int  # callers whose manager is away, and who rang there all the same

    @property
    def p99_s(self) -> float:
        return (
            self.extra_s[min(len(self.extra_s) - 1, int(len(self.extra_s) * 0.99))] if self.extra_s else 0.0
        )

    @property
    def holds(self) -> bool:
        return (
            not self.failed
            and not self.disturbed
            and self.p99_s <= MOST_EXTRA_S
            and self.reached >= self.known * LEAST_REACHED
        )


@dataclass(frozen=True, slots=True)
class People:
    """`managers`: a client's number -> extension of who looks after it. Those in the queue may be busy with others."""

    managers: Mapping[str, str]
    away: frozenset[str]
    in_queue: frozenset[str]


def judge(
    sent: Mapping[str, Invite],
    rung: Mapping[str, Invite],
    answered: int,
    house: People,
    usual_s: float,
) -> Seen:
    """`answered`: calls that somebody, or the queue, took."""
    managers = house.managers
    there = {who for who in sent if who in managers and managers[who] not in house.away | house.in_queue}
    theirs = {who for who, one in rung.items() if managers.get(who) == one.called}
    away = {who for who in sent if managers.get(who) in house.away}
    return Seen(
        calls=len(sent),
        failed=len(sent) - answered,
        waited=sum(who not in rung for who in sent) - (len(sent) - answered),
        extra_s=tuple(sorted(rung[who].at - sent[who].at - usual_s for who in there if who in rung)),
        known=len(there),
        reached=len(there & theirs),
        disturbed=len(away & theirs),
    )
