# SPDX-License-Identifier: Apache-2.0
"""People create and edit companies."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.audit import Actor
from crm_core.domain.client import ClientKind, Company
from crm_core.domain.client_field import Given
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.tags import tags
from crm_core.ports.store import Store, Tx
from crm_core.usecases.fill_fields import filled
from crm_core.usecases.regroup import check_group, regroup
from crm_core.usecases.trail import Trail


class CompanyNotFoundError(NotFoundError):
    """There is no such company."""


class CompanyFields(TypedDict, total=False):
    """What a form may say; what is not in it stays."""

    name: str
    external_id: str | None
    tax_id: str | None
    parent_id: UUID | None
    manager_id: UUID | None
    tags: tuple[str, ...]
    fields: Mapping[str, Given]  # by their keys; those that are not in it stay


async def create_company(store: Store, fields: CompanyFields, actor: Actor, now: datetime) -> Company:
    async with store.begin() as tx:
        return await create_company_in(tx, fields, Trail(actor, now))


async def create_company_in(tx: Tx, fields: CompanyFields, trail: Trail) -> Company:
    await tx.clients.serialise()
    empty = Company(id=new_id(trail.now), name="", created_at=trail.now, updated_at=trail.now)
    return await put_company(tx, None, await _after(tx, empty, fields), trail)


async def edit_company(
    store: Store,
    company_id: UUID,
    fields: CompanyFields,
    actor: Actor,
    now: datetime,
    *,
    seen: datetime | None = None,
) -> Company:
    """`seen`: updated_at of what the editor saw; ConflictError when it is no longer so."""
    async with store.begin() as tx:
        return await edit_company_in(tx, company_id, fields, Trail(actor, now), seen)


async def edit_company_in(
    tx: Tx, company_id: UUID, fields: CompanyFields, trail: Trail, seen: datetime | None = None
) -> Company:
    await tx.clients.serialise()
    before = await tx.clients.company(company_id)
    if before is None:
        raise CompanyNotFoundError
    if seen is not None and seen != before.updated_at:
        raise ConflictError
    after = await _after(tx, before, fields)
    if after == before:
        return before
    return await put_company(tx, before, replace(after, updated_at=trail.now), trail)


async def put_company(tx: Tx, before: Company | None, after: Company, trail: Trail) -> Company:
    """Check what it refers to, save, and leave a trail; for any use case that has such a change."""
    if not after.name:
        raise InvalidInputError("a name is needed")
    if after.manager_id and await tx.people.user(after.manager_id) is None:
        raise InvalidInputError("there is no such manager", field="manager_id")
    if after.external_id:
        other = (await tx.clients.companies_by_external_ids([after.external_id])).get(after.external_id)
        if other and other.id != after.id:
            raise ConflictError(f"another company has this external id: {other.name}")
    if after.parent_id and after.parent_id != (before.parent_id if before else None):
        await check_group(tx, after.id, after.parent_id)
    await tx.clients.save_companies([after])
    trail.note("company", before, after)
    await regroup(tx, [(before, after)], trail)
    await trail.write(tx)
    return after


async def _after(tx: Tx, before: Company, fields: CompanyFields) -> Company:
    values = await filled(tx, ClientKind.COMPANY, before.fields, fields.get("fields"))
    news: dict[str, Any] = {**_cleaned(fields), "fields": values}
    return replace(before, **news)


def _cleaned(fields: CompanyFields) -> CompanyFields:
    cleaned = fields.copy()
    if "name" in fields:
        cleaned["name"] = clean.name(fields["name"])
    if "external_id" in fields:
        cleaned["external_id"] = clean.line(fields["external_id"])
    if "tax_id" in fields:
        cleaned["tax_id"] = clean.line(fields["tax_id"])
    if "tags" in fields:
        cleaned["tags"] = tags(fields["tags"])
    return cleaned
