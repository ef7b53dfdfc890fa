# SPDX-License-Identifier: Apache-2.0
"""Many contacts, companies, leads or deals are dealt out: planned, shown, given some at a time; and taken back."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.listing import ListKind, ListQuery
from crm_core.domain.routing.assign_rules import Source
from crm_core.domain.share_plan import Dealer, Dealt, quotas
from crm_core.domain.sharing import (
    CLIENTS,
    BatchState,
    Owned,
    OwnedRecord,
    ShareBatch,
    ShareItem,
    Way,
    Whole,
    counted_with,
)
from crm_core.ports.store import Store, Tx
from crm_core.usecases.assign_owner import Assigner, load_assigner, load_standing
from crm_core.usecases.look_at_clients import Came
from crm_core.usecases.trail import Trail

AT_ONCE: Final = 100  # calls come in meanwhile: neither they nor their writes wait long
PLANNED_AT_ONCE: Final = 250  # nobody waits for what is only read
MOST: Final = 1_000_000


async def begin_sharing(tx: Tx, batch: ShareBatch) -> None:
    """It is planned by who works on batches; nothing is given until somebody has seen the plan."""
    if not batch.kinds:
        raise InvalidInputError("choose what is to go to others", field="kinds")
    if batch.way is Way.RULES and batch.list is not Whole.EVERYTHING and batch.kinds[0] not in CLIENTS:
        raise InvalidInputError("the rules say whose clients are, not whose deals", field="way")
    if batch.way is not Way.RULES and not batch.people:
        raise InvalidInputError("choose who is to get them", field="people")
    if batch.way is Way.RULES and await load_assigner(tx, batch.made_at) is None:
        raise InvalidInputError("no rules in force say who becomes the manager", field="way")
    able = (await load_standing(tx, batch.made_at)).names
    if not set(batch.people) <= set(able) - {batch.of}:
        raise InvalidInputError("choose people who work here and are not away", field="people")
    await tx.sharing.save(batch)


async def order(tx: Tx, batch_id: UUID, state: BatchState, into: BatchState, trail: Trail) -> ShareBatch:
    """'Give' what is planned, or 'take back' what was given; of two who say so at once, one."""
    if await tx.sharing.batch(batch_id) is None:
        raise NotFoundError
    if not await tx.sharing.claim(batch_id, state, into):
        raise ConflictError("This was done already.")
    batch = await tx.sharing.batch(batch_id)
    if batch is None:  # pragma: no cover - it was there
        raise NotFoundError
    told = _Told(list=batch.list, query=batch.query, way=batch.way, count=batch.total)
    trail.note_fields("share_batch", batch_id, None, told, into.value)
    return batch


async def plan(store: Store, batch: ShareBatch, query: ListQuery, now: datetime) -> ShareBatch:
    """Whose each of them becomes. Begun anew when it was cut off: nothing has been given yet."""
    async with store.begin() as tx:
        await tx.sharing.drop_items(batch.id)
    async with store.read() as tx:
        assigner = await load_assigner(tx, now) if batch.way is Way.RULES else None
    dealer = await _dealer(store, batch, query)
    async for page in _pages(store, batch, query):
        heirs = (
            await by_rules(store, assigner, batch.kinds[0], page, now)
            if batch.way is Way.RULES
            else {one.id: dealer.deal(one) for one in page}
        )
        batch = await plan_more(store, batch, page, heirs)
    return await planned(store, batch)


async def plan_more(
    store: Store, batch: ShareBatch, page: Sequence[OwnedRecord], heirs: Mapping[UUID, UUID | None]
) -> ShareBatch:
    items = [
        ShareItem(
            batch_id=batch.id,
            place=place,
            client_id=one.id,
            before_id=one.manager_id,
            after_id=heirs[one.id],
        )
        for place, one in enumerate(page, batch.total)
    ]
    batch = replace(batch, total=batch.total + len(items))
    async with store.begin() as tx:
        await tx.sharing.add_items(items)
        await tx.sharing.save(batch)
    return batch


async def planned(store: Store, batch: ShareBatch) -> ShareBatch:
    """It can be looked at."""
    batch = replace(batch, state=BatchState.PLANNED)
    async with store.begin() as tx:
        await tx.sharing.save(batch)
    return batch


async def _dealer(store: Store, batch: ShareBatch, query: ListQuery) -> Dealer:
    dealt = Dealt()
    if batch.way is Way.RULES:
        return Dealer({}, dealt)
    async for page in _pages(store, batch, query):
        dealt.count(page)
    besides = dict.fromkeys(batch.people, 0)
    if batch.way is Way.FEWEST_CLIENTS:
        async with store.read() as tx:
            have = await tx.sharing.counts(batch.people, counted_with(batch.kinds[0]))
        besides = {one: have[one] - dealt.owned[one] for one in batch.people}
    return Dealer(quotas(dealt, besides), dealt)


async def work_some(store: Store, batch: ShareBatch, now: datetime) -> ShareBatch:
    """The next few of what is given or taken back, in one transaction with their trail."""
    trail = Trail(Actor(batch.actor, batch.user_id), now)
    async with store.begin() as tx:
        await tx.clients.serialise()
        items = await tx.sharing.items(batch.id, batch.done, AT_ONCE)
        give = batch.state is BatchState.GIVING
        able = await _able(tx, batch, give=give)
        changed = [await _change(tx, kind, items, able, trail, give=give) for kind in batch.kinds]
        batch = replace(batch, done=batch.done + len(items), changed=batch.changed + sum(changed))
        if len(items) < AT_ONCE:
            state = BatchState.GIVEN if give else BatchState.TAKEN_BACK
            batch = replace(batch, state=state, ended_at=now)
            done = _Told(list=batch.list, query=batch.query, way=batch.way, count=batch.changed)
            trail.note_fields("share_batch", batch.id, None, done, state.value)
        await tx.sharing.save(batch)
        await trail.write(tx)
    return batch


async def _change(
    tx: Tx, kind: Owned, items: Sequence[ShareItem], able: Collection[UUID], trail: Trail, *, give: bool
) -> int:
    """Who is not whose they were by the plan has been changed since, and stays as they are."""
    known = {one.id: one.manager_id for one in await tx.sharing.records(kind, [i.client_id for i in items])}
    owners: dict[UUID, UUID | None] = {}
    places: list[int] = []
    for item in items:
        was, becomes = (item.before_id, item.after_id) if give else (item.after_id, item.before_id)
        if item.client_id not in known or known[item.client_id] != was or was == becomes:
            continue
        if (give and becomes is None) or item.given is give:
            continue
        if becomes is not None and becomes not in able:
            continue
        owners[item.client_id] = becomes
        places.append(item.place)
        whose = _WHOSE.get(kind, _Owner)
        trail.note_fields(kind.value, item.client_id, whose(was), whose(becomes), "share_out")
    await tx.sharing.set_owners(kind, owners, trail.now)
    if items:
        await tx.sharing.mark_given(items[0].batch_id, places, given=give)
    return len(owners)


async def _able(tx: Tx, batch: ShareBatch, *, give: bool) -> set[UUID]:
    """Who works here; and who had left before: what they had goes back to where it was."""
    return {
        user.id
        for user in await tx.people.users(archived=not give)
        if user.archived_at is None or (not give and user.archived_at <= batch.made_at)
    }


async def _pages(store: Store, batch: ShareBatch, query: ListQuery) -> AsyncIterator[Sequence[OwnedRecord]]:
    after: UUID | None = None
    while True:
        async with store.read() as tx:  # a transaction a page: the loop breathes between them
            page = await tx.sharing.page(ListKind(batch.list), query, after, PLANNED_AT_ONCE)
        if page:
            yield page
        if len(page) < PLANNED_AT_ONCE:
            return
        after = page[-1].id


async def by_rules(
    store: Store, assigner: Assigner | None, kind: Owned, page: Sequence[OwnedRecord], now: datetime
) -> Mapping[UUID, UUID | None]:
    """Where they came from is known of leads only. Who fits no rule stays whose they are."""
    if assigner is None:
        return {one.id: one.manager_id for one in page}
    async with store.read() as tx:
        first = await tx.sharing.first_talks(kind, [one.id for one in page])
        source = Source.CALL if kind is Owned.LEAD else None
        came = {one.id: Came(source=source, talked=first.get(one.id)) for one in page}
        decided = await assigner.decide(tx, kind, page, came, now)
    return {one.id: decided[one.id].user or one.manager_id for one in page}


@dataclass(frozen=True, slots=True)
class _Owner:
    manager_id: UUID | None


@dataclass(frozen=True, slots=True)
class _DealOwner:
    owner_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Doer:
    user_id: UUID | None


_WHOSE: Final = {Owned.DEAL: _DealOwner, Owned.TASK: _Doer}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    list: Any
    query: str
    way: Any
    count: int
