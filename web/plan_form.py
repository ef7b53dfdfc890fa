# SPDX-License-Identifier: Apache-2.0
"""What the forms of deals and tasks have in common: with which client, whose it is, and what others saved meanwhile."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import InvalidInputError
from crm_core.ports.store import Tx
from web import keys
from web.forms import chosen_id
from web.render import page


class PlanForm(Protocol):
    @property
    def values(self) -> Mapping[str, str]: ...


class Planned(Protocol):
    """A deal or a task."""

    @property
    def id(self) -> UUID: ...


def client_of(text: str) -> tuple[UUID | None, UUID | None]:
    """A contact and a company, of 'contact:ID' or 'company:ID'; both None of ''."""
    kind, _, identity = text.partition(":")
    client_id = chosen_id(identity, "client") if identity else None
    return (client_id, None) if kind == "contact" else (None, client_id)


def client_text(contact_id: UUID | None, company_id: UUID | None) -> str:
    return f"contact:{contact_id}" if contact_id else f"company:{company_id or ''}"


def wrong_of(error: InvalidInputError) -> dict[str, str]:
    """The field it is about, as the form calls it, and what to say there; '' stands over the form."""
    field = str(error.details.get("field", ""))
    return {"client" if field in {"contact_id", "company_id"} else field: str(error)}


async def plan_page(
    request: web.Request,
    kind: str,
    saved: Planned | None,
    form: PlanForm,
    *,
    theirs: Mapping[str, str] | None = None,
    **more: Any,
) -> web.Response:
    """`kind`: deal or task. `theirs`: what somebody else saved, by the fields of the form."""
    template, whose = {"deal": ("deal.html", "owner_id"), "task": ("tasks/form.html", "user_id")}[kind]
    async with request.app[keys.STORE].read() as tx:
        users = await tx.people.users(archived=True)
        wanted = {form.values["client"], (theirs or {}).get("client", "")}
        clients = {text: await _client_name(tx, text) for text in wanted}
        entries = await tx.audit.of(kind, saved.id, 20) if saved else []
    told: dict[str, Any] = {"wrong": {}} | more
    return page(
        request,
        template,
        saved=saved,
        form=form,
        theirs=theirs or {},
        users=[one for one in users if not one.archived_at or str(one.id) == form.values[whose]],
        clients={text: name for text, name in clients.items() if name},
        entries=entries,
        **told,
    )


async def _client_name(tx: Tx, client: str) -> str:
    """'' when there is none."""
    try:
        contact_id, company_id = client_of(client)
    except InvalidInputError:
        return ""
    contact = await tx.clients.contact(contact_id) if contact_id else None
    company = await tx.clients.company(company_id) if company_id else None
    found = contact or company
    return found.name if found else ""
