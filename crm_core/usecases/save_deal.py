# SPDX-License-Identifier: Apache-2.0
"""People make deals, bring them on, win and lose them."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.audit import Actor
from crm_core.domain.choice import ChoiceKind
from crm_core.domain.deal import FIRST_STAGE, Deal, DealState
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.money import InvalidAmountError, to_minor
from crm_core.ports.store import Store, Tx
from crm_core.usecases.client_meant import check_client, check_colleague
from crm_core.usecases.trail import Trail


class DealNotFoundError(NotFoundError):
    """There is no such deal."""


class DealFields(TypedDict, total=False):
    """What a form may say; what is not in it stays. No currency: the house's."""

    title: str
    contact_id: UUID | None
    company_id: UUID | None
    owner_id: UUID | None
    amount: Decimal
    currency: str
    stage: str
    state: DealState
    expected_on: date | None
    note: str | None


async def create_deal(store: Store, fields: DealFields, actor: Actor, now: datetime) -> Deal:
    """At the first stage that is offered, unless another is named."""
    async with store.begin() as tx:
        currency = (await tx.settings.house()).currency
        stages = [one.code for one in await tx.choices.all(ChoiceKind.STAGE) if not one.archived_at]
        empty = Deal(
            id=new_id(now),
            title="",
            amount=Decimal(0),
            currency=currency,
            stage=stages[0] if stages else FIRST_STAGE,
            created_at=now,
            updated_at=now,
        )
        return await _put(tx, None, _changed(empty, fields, now), Trail(actor, now))


async def edit_deal(
    store: Store,
    deal_id: UUID,
    fields: DealFields,
    actor: Actor,
    now: datetime,
    *,
    seen: datetime | None = None,
) -> Deal:
    """`seen`: updated_at of what the editor saw; ConflictError when it is no longer so."""
    async with store.begin() as tx:
        await tx.deals.hold(deal_id)
        before = await tx.deals.get(deal_id)
        if before is None:
            raise DealNotFoundError
        if seen is not None and seen != before.updated_at:
            raise ConflictError
        after = _changed(before, fields, now)
        if after == before:
            return before
        return await _put(tx, before, replace(after, updated_at=now), Trail(actor, now))


def _changed(before: Deal, fields: DealFields, now: datetime) -> Deal:
    cleaned = fields.copy()
    if "title" in fields:
        cleaned["title"] = clean.line(fields["title"]) or ""
    if "note" in fields:
        cleaned["note"] = clean.note(fields["note"])
    after = replace(before, **cleaned)
    if after.state is not before.state:
        after = replace(after, closed_at=None if after.is_open else now)
    return after


async def _put(tx: Tx, before: Deal | None, after: Deal, trail: Trail) -> Deal:
    if not after.title:
        raise InvalidInputError("a deal needs a title", field="title")
    if not (after.contact_id or after.company_id):
        raise InvalidInputError("a deal is with a contact or a company", field="contact_id")
    if after.amount < 0:
        raise InvalidAmountError("the sum of a deal is not below 0", field="amount")
    to_minor(after.amount, after.currency)  # raises for what the currency cannot express
    await check_client(tx, after.contact_id, after.company_id)
    if before is None or after.owner_id != before.owner_id:
        await check_colleague(tx, after.owner_id, "owner_id")
    if before is None or after.stage != before.stage:
        await _check_stage(tx, after.stage)
    await tx.deals.save(after)
    trail.note("deal", before, after)
    await trail.write(tx)
    return after


async def _check_stage(tx: Tx, code: str) -> None:
    known = {one.code for one in await tx.choices.all(ChoiceKind.STAGE) if not one.archived_at}
    if code not in known:
        raise InvalidInputError("there is no such stage", field="stage")
