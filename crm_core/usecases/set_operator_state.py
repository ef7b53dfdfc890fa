# SPDX-License-Identifier: Apache-2.0
"""An operator (or a supervisor for them) is available, paused, in a meeting, in wrap-up or offline from now on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog

from crm_core.domain.audit import Actor, AuditEntry
from crm_core.domain.directory.people import OFF_SHIFT, OperatorState, StateSource
from crm_core.domain.errors import CrmError, ForbiddenError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.operator_state import StateInterval
from crm_core.domain.people import Extension, Role, User
from crm_core.ports.feed import EVERYBODY, Feed
from crm_core.ports.pbx import MEETING, Pbx, PbxMembers
from crm_core.ports.store import Store, StoreAwayError, Tx

log = structlog.get_logger()
_LONGEST_REASON = 200


class Word(NamedTuple):
    """What a PBX is told of somebody."""

    available: bool
    reason: str


def _word(interval: StateInterval | None) -> Word:
    """Of whom nothing is known: that they are not there."""
    available = interval is not None and interval.state is OperatorState.AVAILABLE
    return Word(available, "" if available else queue_reason(interval))


class NewState(NamedTuple):
    """What somebody is from now on, and who says so."""

    user_id: UUID
    state: OperatorState
    reason: str | None = None
    source: StateSource = StateSource.SCREEN
    until: datetime | None = None
    instead_of: UUID | None = None  # only if this is still what they are

    def changes_nothing(self, before: StateInterval) -> bool:
        """Who else says it is no change; but who was taken out by working hours is brought back by them."""
        if self.instead_of and self.instead_of != before.id:
            return True
        off_shift = self.state is OperatorState.OFFLINE and self.source is StateSource.SCHEDULE
        same = (before.state, before.reason, before.until) == (self.state, self.reason, self.until)
        return same and before.is_off_shift == off_shift


async def set_operator_state(  # noqa: PLR0913 - the order, and the ports it goes through
    store: Store,
    feed: Feed,
    pbxs: Sequence[Pbx],
    user: User,
    user_id: UUID,
    *,
    state: OperatorState,
    now: datetime,
    reason: str | None = None,
    source: StateSource = StateSource.SCREEN,
) -> StateInterval:
    """What a person says of themselves, or a supervisor of them."""
    if user.id != user_id and user.role is Role.OPERATOR:
        raise ForbiddenError
    if reason and len(reason) > _LONGEST_REASON:
        raise InvalidInputError("the reason is too long", field="reason")
    new, actor = NewState(user_id, state, reason or None, source), Actor(user.name, user.id)
    [interval] = await change_states(store, feed, pbxs, actor, [new], now)
    return interval


async def change_states(
    store: Store, feed: Feed, pbxs: Sequence[Pbx], actor: Actor, orders: Sequence[NewState], now: datetime
) -> list[StateInterval]:
    """Keep them, show them, tell the PBXs. One of them out of reach is logged: it is told again when it is back.

    Gives what each is now, in the order of users' ids.
    """
    begun: dict[UUID, StateInterval] = {}
    found = []
    async with store.begin() as tx:
        for new in sorted(
            orders, key=lambda one: one.user_id
        ):  # so that two of many never wait for each other
            before, after = await _keep(tx, actor, new, now)
            found.append(after)
            if after is not before:
                begun[new.user_id] = after
        extensions = await tx.people.extensions(now) if begun else []
    for interval in begun.values():
        tell_state(feed, interval)
    told = {one: _word(begun[one.user_id]) for one in extensions if one.user_id in begun}
    for extension, word in told.items():
        await _tell(pbxs, extension, word)
    if begun:
        await _look_again(store, feed, pbxs, begun, told, now)
    return found


async def _keep(
    tx: Tx, actor: Actor, new: NewState, now: datetime
) -> tuple[StateInterval | None, StateInterval]:
    """What they were, and what they are: the same, where nothing changes."""
    if await tx.people.user(new.user_id) is None:
        raise NotFoundError("there is no such user")
    await tx.states.hold(new.user_id)
    before = (await tx.states.current([new.user_id])).get(new.user_id)
    if before and new.changes_nothing(before):
        return before, before
    after = StateInterval(
        id=new_id(now),
        user_id=new.user_id,
        state=new.state,
        started_at=max(now, before.started_at) if before else now,  # the clock may have been set back
        reason=new.reason,
        source=new.source,
        until=new.until,
    )
    await tx.states.start(after)
    tx.changes.add("operator_state", new.user_id, now)
    await _write_down(tx, actor, before, after, now)
    return before, after


async def _look_again(
    store: Store,
    feed: Feed,
    pbxs: Sequence[Pbx],
    begun: Mapping[UUID, StateInterval],
    told: dict[Extension, Word],
    now: datetime,
) -> None:
    """Of two changes at once, who listens may have heard the one that holds before the other."""
    try:
        await _tell_what_came(store, pbxs, now, told)
        async with store.read() as tx:
            states = await tx.states.current(list(begun))
    except StoreAwayError as error:  # the states are kept, shown and told
        log.warning("not looked whether a state still holds", why=str(error))
        return
    for user_id, after in states.items():
        if after.id != begun[user_id].id:
            tell_state(feed, after)


def tell_state(feed: Feed, interval: StateInterval) -> None:
    said = {
        "user_id": str(interval.user_id),
        "state": interval.state.value,
        "reason": interval.reason,
        "since": interval.started_at.isoformat(),
        "source": interval.source.value if interval.source else None,
        "until": interval.until.isoformat() if interval.until else None,
    }
    feed.publish("operator", said, EVERYBODY)


def queue_reason(interval: StateInterval | None) -> str:
    """With which the PBX's queues are paused; '' for who is simply not there."""
    if interval is None:
        return ""
    if interval.is_off_shift:
        return OFF_SHIFT
    return MEETING if interval.state is OperatorState.MEETING else interval.reason or ""


async def tell_pbxs(
    pbxs: Sequence[PbxMembers], extensions: Sequence[Extension], *, available: bool, reason: str = ""
) -> bool:
    """Custom:rolodial-<extension> on each PBX where they have one: the dialplan looks there before it rings.

    False: not every one could be told.
    """
    all_told = True
    for extension in extensions:
        for pbx in pbxs:
            if pbx.name == extension.pbx:
                try:
                    await pbx.set_operator_available(extension.extension, available=available, reason=reason)
                except CrmError as error:
                    all_told = False
                    log.warning(
                        "PBX not told of a state", pbx=pbx.name, user=str(extension.user_id), why=str(error)
                    )
    return all_told


async def sync_states(store: Store, pbx: Pbx, now: datetime) -> bool:
    """After (re)connecting to a PBX: tell it everybody's state, which it may have missed or lost. False: not all."""
    return await _tell_what_came(store, [pbx], now, {}, everybody=True)


async def _tell_what_came(
    store: Store,
    pbxs: Sequence[PbxMembers],
    now: datetime,
    told: dict[Extension, Word],
    *,
    everybody: bool = False,
) -> bool:
    """Look whether what was told is still so, and tell it anew, until it is.

    While a PBX was told, another may have said otherwise, and told it sooner. Whoever tells last looks last, so what
    PBXs have in the end is what is kept, without anybody waiting for anybody.
    """
    names, all_told = {pbx.name for pbx in pbxs}, True
    users = None if everybody else {extension.user_id for extension in told}
    while True:
        async with store.read() as tx:
            states, extensions = await tx.states.current(users), await tx.people.extensions(now)
        concerned = [one for one in extensions if one.pbx in names and (everybody or one in told)]
        wanted = {one: _word(states.get(one.user_id)) for one in concerned}
        news = {one: word for one, word in wanted.items() if told.get(one) != word}
        if not news:
            return all_told
        for extension, word in news.items():
            all_told &= await _tell(pbxs, extension, word)
        told |= news


async def _tell(pbxs: Sequence[PbxMembers], extension: Extension, word: Word) -> bool:
    return await tell_pbxs(pbxs, [extension], available=word.available, reason=word.reason)


async def _write_down(
    tx: Tx, actor: Actor, before: StateInterval | None, after: StateInterval, now: datetime
) -> None:
    def told(interval: StateInterval | None) -> dict[str, str | None] | None:
        if interval is None:
            return None
        until = {"until": interval.until.isoformat()} if interval.until else {}
        return {"state": interval.state.value, "reason": interval.reason} | until

    await tx.audit.add(
        AuditEntry(
            id=new_id(now),
            at=now,
            actor=actor,
            action="update",
            kind="operator_state",
            record_id=after.user_id,
            before=told(before),
            after=told(after),
        )
    )
