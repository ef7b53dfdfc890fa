# SPDX-License-Identifier: Apache-2.0
"""Who of a call talked, when and with whom; whose time the call's time is. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crm_core.domain.call import Direction, TransferKind
from pbx_bridge.cel.parties import Parties, Party
from pbx_bridge.cel.rows import CelRow
from pbx_bridge.cel.together import moments, stays_of

BLINK_S = 0.05  # Local channels that optimise themselves away, a transfer's change of bridges


@dataclass(slots=True)
class Talk:
    """A stretch of the call in which the client, or who stayed after them, was with somebody."""

    since: float
    until: float
    others: list[Party]


@dataclass(slots=True)
class Handing:
    """A transfer in the making."""

    kind: TransferKind
    at: float
    by: Party | None
    to: str | None
    completed: bool = False
    parks: bool = False  # sent to a parking place: back at the one who sent it is no transfer


@dataclass(slots=True)
class Hearing:
    parties: Parties
    rows: Sequence[CelRow]
    caller: Party
    client: Party
    direction: Direction
    handed: list[Handing] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    alone: float = 0.0
    first: dict[int, float] = field(default_factory=dict)  # when each party first talked
    spoken: dict[int, float] = field(default_factory=dict)  # and how long, in all
    waited: dict[int, float] = field(default_factory=dict)  # alone in a bridge after that


def listen(told: Hearing) -> None:
    """Everybody's time first: of an outbound call, who talked first is the client."""
    parties, end = told.parties, told.rows[-1].at
    stays = stays_of(told.rows, parties.ends, end)
    heard: list[tuple[float, float, list[list[Party]], list[Party]]] = []
    for moment in moments(stays, parties.doors):
        groups = [_people(parties, group, moment.since) for group in moment.groups]
        alone = _people(parties, moment.alone, moment.since)
        alone += [group[0] for group in groups if len(group) == 1]
        groups = [group for group in groups if len(group) > 1]
        heard.append((moment.since, moment.until, groups, alone))
        for party in (one for group in groups for one in group):
            told.first.setdefault(id(party), moment.since)
            told.spoken[id(party)] = told.spoken.get(id(party), 0.0) + moment.until - moment.since
        for party in alone:
            if id(party) in told.first:
                told.waited[id(party)] = told.waited.get(id(party), 0.0) + moment.until - moment.since
    told.client = _client(told)
    for since, until, groups, alone in heard:
        _note(told, since, until, groups, alone)


def _people(parties: Parties, uniqueids: Iterable[str], at: float) -> list[Party]:
    return [party for uniqueid in uniqueids if (party := parties.at(uniqueid, at))]


def _client(told: Hearing) -> Party:
    """The party whose time the call's time is: the outside one, else the caller."""
    outside = [one for one in told.parties.all if one.is_outside]
    if told.direction is Direction.INBOUND or not outside:
        return told.caller
    return min(
        (one for one in outside if id(one) in told.first),
        key=lambda one: told.first[id(one)],
        default=outside[-1],
    )


def _note(told: Hearing, since: float, until: float, groups: list[list[Party]], alone: list[Party]) -> None:
    client = told.client
    mine = next((group for group in groups if client in group), None)
    if mine is None and since >= client.until - BLINK_S and _may_leave(told):
        mine = next(iter(groups), None)
    if mine is None:
        if client in alone and told.talks:
            told.alone += until - since
        return
    others = [one for one in mine if one is not client]
    last = told.talks[-1] if told.talks else None
    if last and last.others[-1] is others[-1] and since - last.until < BLINK_S:
        last.until = until
    else:
        told.talks.append(Talk(since, until, others))
    for handing in _pending(told.handed, since):
        handing.completed |= any(_has_taken(one, handing) for one in others)


def _has_taken(party: Party, handing: Handing) -> bool:
    if handing.parks and handing.by and party.number == handing.by.number:
        return False
    return party is not handing.by


def _may_leave(told: Hearing) -> bool:
    """The client handed the call over, or nobody of it is outside: those who stay talk on."""
    return told.direction is Direction.INTERNAL or any(one.by is told.client for one in told.handed)


def _pending(handed: Sequence[Handing], at: float) -> Sequence[Handing]:
    """The last one before then: an earlier one is over when another begins."""
    return [one for one in handed if one.at <= at + BLINK_S][-1:]
