# SPDX-License-Identifier: Apache-2.0
"""An operator (or a supervisor for them) says available, paused, in a meeting, wrap-up or offline."""

from collections.abc import Sequence
from datetime import datetime
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
from crm_core.ports.store import Store, Tx

log = structlog.get_logger()
_LONGEST_REASON = 200


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
        before = (await tx.states.current([user_id])).get(user_id)
        if before and (before.state, before.reason) == (state, reason):
            return before
        if await tx.people.user(user_id) is None:
            raise NotFoundError("there is no such user")
        since = max(now, before.started_at) if before else now  # the clock may have been set back
        interval = StateInterval(
            id=new_id(now), user_id=user_id, state=state, reason=reason or None, started_at=since
        )
        await tx.states.start(interval)
        tx.changes.add("operator_state", user_id, now)
        await _write_down(tx, user, before, interval, now)
        extensions = [one for one in await tx.people.extensions(now) if one.user_id == user_id]
    tell_state(feed, interval)
    await tell_pbxs(
        pbxs, extensions, available=state is OperatorState.AVAILABLE, reason=queue_reason(interval)
    )
    return interval


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
    async with store.read() as tx:
        states, extensions = await tx.states.current(), await tx.people.extensions(now)
    all_told = True
    for extension in extensions:
        known = states.get(extension.user_id)
        available = known is not None and known.state is OperatorState.AVAILABLE
        all_told &= await tell_pbxs(
            [pbx], [extension], available=available, reason="" if available else queue_reason(known)
        )
    return all_told


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
