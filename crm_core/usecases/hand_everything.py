# SPDX-License-Identifier: Apache-2.0
"""All that one person has goes to others as one batch: planned kind after kind, so that each goes with its client."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.share_plan import Heirs
from crm_core.domain.sharing import CLIENTS, EVERYTHING, Owned, OwnedRecord, ShareBatch, Way
from crm_core.ports.store import Store, Tx
from crm_core.usecases.assign_owner import Assigner, load_assigner
from crm_core.usecases.share_out import PLANNED_AT_ONCE, by_rules, plan_more, planned


async def count_everything(tx: Tx, person: UUID) -> dict[Owned, int]:
    return {kind: (await tx.sharing.counts([person], [kind]))[person] for kind in EVERYTHING}


async def plan_everything(store: Store, batch: ShareBatch, person: UUID, now: datetime) -> ShareBatch:
    """Begun anew when it was cut off: nothing has been given yet."""
    async with store.begin() as tx:
        await tx.sharing.drop_items(batch.id)
    async with store.read() as tx:
        assigner = await _assigner(tx, person, now) if batch.way is Way.RULES else None
    heirs = Heirs(batch.people)
    for kind in batch.kinds:
        async with store.read() as tx:
            ids = await tx.sharing.open_of(kind, person)
        for start in range(0, len(ids), PLANNED_AT_ONCE):
            async with store.read() as tx:
                found = await tx.sharing.records(kind, ids[start : start + PLANNED_AT_ONCE])
            page = [one for one in found if one.manager_id == person]
            if batch.way is Way.RULES:
                given = await _by_rules(store, assigner, kind, page, heirs, now)
            else:
                given = {one.id: heirs.deal(kind, one) for one in page}
            batch = await plan_more(store, batch, page, given)
    return await planned(store, batch)


async def _assigner(tx: Tx, person: UUID, now: datetime) -> Assigner | None:
    """Whom the rules would give them to, were that person not here."""
    assigner = await load_assigner(tx, now)
    if assigner is None:
        return None
    others = {user: name for user, name in assigner.standing.names.items() if user != person}
    return replace(assigner, standing=replace(assigner.standing, names=others))


async def _by_rules(
    store: Store,
    assigner: Assigner | None,
    kind: Owned,
    page: Sequence[OwnedRecord],
    heirs: Heirs,
    now: datetime,
) -> Mapping[UUID, UUID | None]:
    """The rules say whose clients are; deals and tasks go to whoever has the client then, else they stay."""
    if kind in CLIENTS:
        given = await by_rules(store, assigner, kind, page, now)
        for one in page:
            heir = given[one.id]
            if heir is not None and heir != one.manager_id:
                heirs.note(one.id, heir)
        return given
    able = assigner.standing.names if assigner else {}
    async with store.read() as tx:
        managers = await _managers(tx, page)
    return {
        one.id: heirs.of(one)
        or next((managers[each] for each in one.clients if managers.get(each) in able), one.manager_id)
        for one in page
    }


async def _managers(tx: Tx, page: Sequence[OwnedRecord]) -> dict[UUID, UUID | None]:
    clients = {each for one in page for each in one.clients}
    found = [await tx.sharing.records(kind, clients) for kind in (Owned.CONTACT, Owned.COMPANY)]
    return {one.id: one.manager_id for records in found for one in records}
