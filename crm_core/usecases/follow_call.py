# SPDX-License-Identifier: Apache-2.0
"""What screens are told while a call goes on: cards raised, closed and handed on, and who talks since when."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_core.domain.call import (
    Call,
    CallEnded,
    CallEvent,
    CallHeld,
    CallMerged,
    CallResumed,
    CallTransferred,
    Direction,
    Leg,
    LegAnswered,
    LegEnded,
    LegKind,
    LegRang,
    Transfer,
)
from crm_core.domain.call_history import KeptCall, started
from crm_core.domain.communication import Communication
from crm_core.domain.directory import Directory
from crm_core.domain.ids import new_id
from crm_core.domain.pop import PopCall, pop_head
from crm_core.ports.feed import Audience, Feed
from crm_core.usecases.keep_call import last_moment

# How a leg may end by itself; else the caller left.
_UNANSWERED = frozenset({"no_answer", "busy", "rejected", "failed", "answered_elsewhere"})


@dataclass(frozen=True, slots=True)
class _Screens:
    call: Call
    feed: Feed
    directory: Directory
    at: datetime

    def user(self, leg: Leg) -> UUID | None:
        if leg.kind is not LegKind.OPERATOR:
            return None
        return self.directory.presence.who(self.call.pbx, leg.device, leg.party)

    def users(self, legs: Iterable[Leg]) -> frozenset[UUID]:
        return frozenset(user for leg in legs if (user := self.user(leg)))

    def name(self, user: UUID | None) -> str | None:
        person = self.directory.operator(user) if user else None
        return person.name if person else None

    def tell(self, kind: str, user: UUID, **data: Any) -> None:
        said = {"call_id": str(self.call.id), "user_id": str(user), **data}
        self.feed.publish(kind, said, Audience.of(user))

    def tell_state(self, state: str, user: UUID, leg: Leg | None = None, **more: Any) -> None:
        told = {"direction": self.call.direction.value, "number": _number(self), **more}
        if leg:
            told["extension"] = leg.party
        self.tell("call", user, state=state, **told)


def follow_call(event: CallEvent, feed: Feed, directory: Directory) -> None:
    """Publish the frames of one event. Internal calls raise no cards."""
    if event.call.direction is Direction.INTERNAL:
        return
    told = _FRAMES.get(type(event))
    if told:
        told(_Screens(event.call, feed, directory, event.at or last_moment(event.call)), event)


def tell_communication(kept: KeptCall, what: Communication, feed: Feed, directory: Directory) -> None:
    """To those who may see the client: who took part, whose client it is, supervisors."""
    party = directory.identify(what.e164)
    likely = [party] if party else [one.party for one in directory.sharers(what.e164, what.updated_at)]
    users = kept.users | {one.manager_id for one in likely if one.manager_id}
    ids = ("id", "call_id", "contact_id", "company_id", "lead_id")
    data = {name: str(value) if (value := getattr(what, name)) else None for name in ids}
    feed.publish("communication", data, Audience(frozenset(users), frozenset({"supervisor", "admin"})))


def _rang(screens: _Screens, event: LegRang) -> None:
    call, user = screens.call, screens.user(event.leg)
    if call.direction is Direction.OUTBOUND:
        _show_outbound(screens)
        return
    if user is None:
        return
    handed = call.transfers[-1] if call.transfers else None
    if handed and not _is(screens, user, handed.by):
        _hand_on(screens, user, handed)
    elif user not in screens.directory.pops.users(call.id):
        _pop(
            screens, {user}, dict(screens.directory.pops.head(call.id) or _head(screens)) | {"stage": "first"}
        )
    screens.tell("pop.raised", user)
    screens.tell_state("ringing", user, event.leg)


def _answered(screens: _Screens, event: LegAnswered) -> None:
    user = screens.user(event.leg)
    if user:
        since = event.leg.answered_at or screens.at
        screens.tell_state("talking", user, event.leg, answered_at=since.isoformat())
        _close_others(screens, user)
    elif screens.call.direction is Direction.OUTBOUND:
        for leg in _active(screens.call):
            if operator := screens.user(leg):
                screens.tell_state("talking", operator, leg, answered_at=screens.at.isoformat())


def _close_others(screens: _Screens, answerer: UUID) -> None:
    """Who was shown the card as one of the next, or rings still, has no part in it any more."""
    talking = screens.users(leg for leg in _active(screens.call) if leg.answered_at)
    for user in screens.directory.pops.users(screens.call.id) - talking - {answerer}:
        screens.tell("pop.closed", user, reason="answered_elsewhere", by=screens.name(answerer))


def _leg_ended(screens: _Screens, event: LegEnded) -> None:
    user, leg = screens.user(event.leg), event.leg
    if user is None or user in screens.users(_active(screens.call)):
        return  # another device of theirs goes on
    if leg.answered_at:
        screens.tell_state("ended", user, leg, talk_s=leg.talk_s, ended_at=screens.at.isoformat())
        return
    answerer = _answerer(screens)
    if answerer:
        screens.tell("pop.closed", user, reason="answered_elsewhere", by=screens.name(answerer))
    elif leg.end_reason in _UNANSWERED or screens.call.answered_at:
        reason = leg.end_reason if leg.end_reason in _UNANSWERED else "caller_left"
        screens.tell("pop.closed", user, reason=reason)
    # Else it was cancelled, and Asterisk says so before it says who answered: the answer or the end tells why.


def _held(screens: _Screens, event: CallHeld | CallResumed) -> None:
    state = "held" if isinstance(event, CallHeld) else "talking"
    one = screens.user(event.leg)
    for user in {one} if one else screens.users(leg for leg in _active(screens.call) if leg.answered_at):
        screens.tell_state(state, user)


def _transferred(screens: _Screens, event: CallTransferred) -> None:
    """Whom it went to, if they talk already (an attended one); who is still rung gets the card then."""
    for leg in _active(screens.call):
        user = screens.user(leg)
        if user and leg.answered_at and _is(screens, user, event.transfer.to):
            _hand_on(screens, user, event.transfer)
            screens.tell_state("talking", user, leg, answered_at=leg.answered_at.isoformat())


def _merged(screens: _Screens, event: CallMerged) -> None:
    """The younger call's cards go; those who talk see the elder call."""
    for user in screens.users(screens.call.legs) | screens.directory.pops.users(event.merged):
        said = {"call_id": str(event.merged), "user_id": str(user), "reason": "transferred"}
        screens.feed.publish("pop.closed", said, Audience.of(user))
    screens.directory.pops.forget(event.merged)


def _ended(screens: _Screens, _event: CallEnded) -> None:
    call, pops = screens.call, screens.directory.pops
    talked = screens.users(leg for leg in call.legs if leg.answered_at)
    said: dict[str, Any] = {
        "disposition": call.disposition.value if call.disposition else None,
        "talk_s": call.talk_s,
        "ended_at": screens.at.isoformat(),
    }
    for user in talked:
        screens.tell_state("ended", user, **said)
    reason = "answered_elsewhere" if call.answered_at else "caller_left"
    for user in (pops.users(call.id) | screens.users(call.legs)) - talked:
        if call.direction is Direction.OUTBOUND:
            screens.tell_state("ended", user, **said)
        else:
            screens.tell("pop.closed", user, reason=reason, by=screens.name(_answerer(screens)))
    pops.forget(call.id)


def _show_outbound(screens: _Screens) -> None:
    """Who dials sees whom they call; the pop has the call's own id, so that saying it again changes nothing."""
    users = screens.users(_active(screens.call))
    if screens.call.dialled and users - screens.directory.pops.users(screens.call.id):
        _pop(screens, users, _head(screens) | {"pop": str(screens.call.id), "direction": "outbound"})
    for leg in _active(screens.call):
        if user := screens.user(leg):
            screens.tell_state("ringing", user, leg)


def _hand_on(screens: _Screens, user: UUID, transfer: Transfer) -> None:
    """The same card, and from whom it comes."""
    giver = next((leg for leg in screens.call.legs if leg.party and leg.party == transfer.by), None)
    known = screens.user(giver) if giver else None
    source = {"name": screens.name(known) or transfer.by, "talk_s": giver.talk_s if giver else None}
    head = dict(screens.directory.pops.head(screens.call.id) or _head(screens))
    _pop(screens, {user}, head | {"pop": str(new_id(screens.at)), "stage": "first", "from": source})


def _pop(screens: _Screens, users: Iterable[UUID], head: dict[str, Any]) -> None:
    people = frozenset(users)
    screens.directory.pops.note(screens.call.id, {k: v for k, v in head.items() if k != "from"}, people)
    screens.feed.publish("pop", head, Audience(users=people))


def _head(screens: _Screens) -> dict[str, Any]:
    call, directory = screens.call, screens.directory
    number = _number(screens)
    about = PopCall(
        pop=call.id,
        call_id=call.id,
        stage="first",
        did=call.dialled if call.direction is Direction.INBOUND else None,
        at=started(call),
        number=number,
        sharers=directory.sharers(number, started(call)),
    )
    party = directory.identify(number)
    return pop_head(
        about,
        party,
        operator=directory.operator,
        turnover=(directory.window, directory.currency),
    )


def _number(screens: _Screens) -> str | None:
    return screens.directory.normalise(
        screens.call.client_number, screens.directory.region_of(screens.call.pbx)
    )


def _active(call: Call) -> Iterable[Leg]:
    return [leg for leg in call.legs if leg.ended_at is None and leg.end_reason is None]


def _answerer(screens: _Screens) -> UUID | None:
    answered = [leg for leg in screens.call.legs if leg.answered_at and screens.user(leg)]
    first = min(answered, key=lambda leg: leg.answered_at or screens.at, default=None)
    return screens.user(first) if first else None


def _is(screens: _Screens, user: UUID, party: str | None) -> bool:
    found = screens.directory.operator_by_extension(screens.call.pbx, party) if party else None
    return found is not None and found.id == user


_FRAMES: dict[type[CallEvent], Callable[[_Screens, Any], None]] = {
    LegRang: _rang,
    LegAnswered: _answered,
    LegEnded: _leg_ended,
    CallHeld: _held,
    CallResumed: _held,
    CallTransferred: _transferred,
    CallMerged: _merged,
    CallEnded: _ended,
}
