# SPDX-License-Identifier: Apache-2.0
"""What became of each call, by the clocks of those who placed it and of the phones that it rang at. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from config.bench._telephony import Invite

MOST_EXTRA_S = 0.5
LEAST_REACHED = 0.99


@dataclass(frozen=True, slots=True)
class Seen:
    """`extra_s`: of each call that rang somewhere, what it took beyond the median when all was well; sorted."""

    calls: int
    rang_nowhere: int
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
            not self.rang_nowhere
            and not self.disturbed
            and self.p99_s <= MOST_EXTRA_S
            and self.reached >= self.known * LEAST_REACHED
        )


def judge(
    sent: Mapping[str, Invite],
    rung: Mapping[str, Invite],
    managers: Mapping[str, str],
    away: frozenset[str],
    usual_s: float,
) -> Seen:
    """`managers`: number of a client -> extension of who looks after it; callers who are not there are strangers."""
    there = {who for who in sent if who in managers and managers[who] not in away}
    theirs = {who for who, one in rung.items() if managers.get(who) == one.called}
    return Seen(
        calls=len(sent),
        rang_nowhere=sum(who not in rung for who in sent),
        extra_s=tuple(sorted(rung[who].at - one.at - usual_s for who, one in sent.items() if who in rung)),
        known=len(there),
        reached=len(there & theirs),
        disturbed=len(theirs - there),
    )
