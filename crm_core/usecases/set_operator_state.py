# SPDX-License-Identifier: Apache-2.0
"""An operator (or a supervisor for them) says available, paused, in a meeting, wrap-up or offline."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog

from crm_core.domain.audit import Actor, AuditEntry
from crm_core.domain.directory.people import OperatorState
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
) -> StateInterval:
    """Keep it, show it, tell the PBXs. One of them out of reach is logged: it is told again when it is back."""
    if user.id != user_id and user.role is Role.OPERATOR:
        raise ForbiddenError
    if reason and len(reason) > _LONGEST_REASON:
        raise InvalidInputError("the reason is too long", field="reason")
    async with store.begin() as tx:
        if await tx.people.user(user_id) is None:
            raise NotFoundError("there is no such user")
        await tx.states.hold(user_id)
        before = (await tx.states.current([user_id])).get(user_id)
        if before and (before.state, before.reason) == (state, reason):
            return before
        since = max(now, before.started_at) if before else now  # the clock may have been set back
        interval = StateInterval(
            id=new_id(now), user_id=user_id, state=state, reason=reason or None, started_at=since
        )
        await tx.states.start(interval)
        tx.changes.add("operator_state", user_id, now)
        await _write_down(tx, user, before, interval, now)
        extensions = [one for one in await tx.people.extensions(now) if one.user_id == user_id]
    tell_state(feed, interval)
    told = {extension: _word(interval) for extension in extensions}
    for extension, word in told.items():
        await _tell(pbxs, extension, word)
    await _look_again(store, feed, pbxs, interval, told, now)
    return interval


async def _look_again(
    store: Store,
    feed: Feed,
    pbxs: Sequence[Pbx],
    interval: StateInterval,
    told: dict[Extension, Word],
    now: datetime,
) -> None:
    """Of two changes at once, who listens may have heard the one that holds before the other."""
    try:
        await _tell_what_came(store, pbxs, now, told)
        async with store.read() as tx:
            after = (await tx.states.current([interval.user_id])).get(interval.user_id)
    except StoreAwayError as error:  # the state is kept, shown and told
        log.warning("not looked whether a state still holds", why=str(error))
        return
    if after and after.id != interval.id:
        tell_state(feed, after)


def tell_state(feed: Feed, interval: StateInterval) -> None:
    since = interval.started_at.isoformat()
    said = {"user_id": str(interval.user_id), "state": interval.state.value, "reason": interval.reason}
    feed.publish("operator", said | {"since": since}, EVERYBODY)


def queue_reason(interval: StateInterval | None) -> str:
    """With which the PBX's queues are paused; '' for who is simply not there."""
    if interval is None:
        return ""
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
    tx: Tx, user: User, before: StateInterval | None, after: StateInterval, now: datetime
) -> None:
    def told(interval: StateInterval | None) -> dict[str, str | None] | None:
        return {"state": interval.state.value, "reason": interval.reason} if interval else None

    await tx.audit.add(
        AuditEntry(
            id=new_id(now),
            at=now,
            actor=Actor(user.name, user.id),
            action="update",
            kind="operator_state",
            record_id=after.user_id,
            before=told(before),
            after=told(after),
        )
    )
