# SPDX-License-Identifier: Apache-2.0
"""Companies: clients that contacts work at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

from pydantic import Field

from crm_core.domain.call_history import Cursor
from crm_core.domain.client import ClientKind, Company
from crm_core.domain.narrowed import Archived, ClientFilter
from crm_core.domain.shallow import shallow
from crm_core.ports.store import Tx
from crm_core.usecases.archive_client import archive_client, restore_client
from crm_core.usecases.save_company import CompanyFields, CompanyNotFoundError, edit_company
from crm_core.usecases.take_in_client import take_in_company
from web.api.ask import Ask, patched
from web.api.fields import told_fields
from web.api.operation import operation
from web.api.paging import read_page
from web.api.phones import PhoneTold
from web.api.words import (
    Fields,
    FieldTold,
    Given,
    Line,
    Name,
    Number,
    Page,
    PageQuery,
    Tags,
    Time,
    Told,
)


class CompanyTold(Told):
    id: UUID
    name: str
    external_id: str | None
    tax_id: str | None
    parent_id: UUID | None
    head_id: UUID | None
    manager_id: UUID | None
    tags: list[str]
    fields: dict[str, FieldTold]
    phones: list[PhoneTold]
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class CompanyPatch(Given):
    """What is left out stays; null empties it."""

    name: Name = ""
    external_id: Line | None = None
    tax_id: Line | None = None
    parent_id: UUID | None = None
    manager_id: UUID | None = None
    tags: Tags = ()
    fields: Fields = {}  # noqa: RUF012 - pydantic copies it

    def said(self) -> CompanyFields:
        """What was said; numbers are no field."""
        return cast("CompanyFields", self.model_dump(exclude_unset=True, exclude={"phones"}))


class CompanyGiven(CompanyPatch):
    name: Name
    phones: Annotated[tuple[Number, ...], Field(max_length=20)] = ()


class CompanyQuery(PageQuery):
    changed_since: Time | None = None
    external_id: Line | None = None
    tax_id: Line | None = None
    parent_id: UUID | None = None
    head_id: UUID | None = None
    manager_id: UUID | None = None
    tag: Line | None = None
    archived: Archived = Archived.NO


@operation("GET", "/companies", scope="contacts:read", summary="Companies, last changed last")
async def list_companies(ask: Ask, query: CompanyQuery) -> Page[CompanyTold]:
    """To keep a copy: read on by `next`, then begin again with `changed_since` and `archived=any`."""
    which = ClientFilter(**query.model_dump(exclude={"limit", "cursor"}))
    async with ask.store.read() as tx:
        rows, following = await read_page(
            ask,
            query,
            lambda after, limit: tx.listings.companies(which, after, limit),
            lambda row: Cursor(row.updated_at, row.id),
        )
        return Page(items=await tell_companies(tx, rows), next=following)


@operation(
    "POST", "/companies", scope="contacts:write", summary="Create a company", status=201, versioned=True
)
async def create_company(ask: Ask, body: CompanyGiven) -> CompanyTold:
    """Its numbers are added with it. 409 when another company has the external id."""
    made = await take_in_company(ask.store, body.said(), body.phones, ask.actor, ask.now)
    ask.created_at(f"/companies/{made.id}")
    return await _read(ask, made.id)


@operation("GET", "/companies/{id}", scope="contacts:read", summary="A company", versioned=True)
async def get_company(ask: Ask, company_id: UUID) -> CompanyTold:
    return await _read(ask, company_id)


@operation("PATCH", "/companies/{id}", scope="contacts:write", summary="Change a company", versioned=True)
async def patch_company(ask: Ask, company_id: UUID, body: CompanyPatch) -> CompanyTold:
    """With If-Match, only what you saw is changed: otherwise 412 and, in `current`, what it is now."""
    fields = body.said()
    return await patched(
        ask,
        lambda: _read(ask, company_id),
        lambda seen: edit_company(
            ask.store, company_id, fields, ask.actor, ask.now, seen=seen.updated_at if seen else None
        ),
    )


@operation(
    "POST", "/companies/{id}/archive", scope="contacts:write", summary="Archive a company", versioned=True
)
async def archive_company(ask: Ask, company_id: UUID) -> CompanyTold:
    """It is found by nobody, and its numbers are nobody's, until it is restored."""
    await archive_client(ask.store, ClientKind.COMPANY, company_id, ask.actor, ask.now)
    return await _read(ask, company_id)


@operation(
    "POST", "/companies/{id}/restore", scope="contacts:write", summary="Restore a company", versioned=True
)
async def restore_company(ask: Ask, company_id: UUID) -> CompanyTold:
    await restore_client(ask.store, ClientKind.COMPANY, company_id, ask.actor, ask.now)
    return await _read(ask, company_id)


async def tell_companies(tx: Tx, companies: Sequence[Company]) -> list[CompanyTold]:
    numbers = await tx.clients.phone_numbers([company.id for company in companies])
    told = told_fields(await tx.client_fields.all(), ClientKind.COMPANY)
    return [
        CompanyTold(
            phones=[PhoneTold.model_validate(one) for one in numbers.get(company.id, ())],
            **shallow(company) | {"fields": told(company.fields)},
        )
        for company in companies
    ]


async def _read(ask: Ask, company_id: UUID) -> CompanyTold:
    async with ask.store.read() as tx:
        company = await tx.clients.company(company_id)
        if company is None:
            raise CompanyNotFoundError
        return (await tell_companies(tx, [company]))[0]
