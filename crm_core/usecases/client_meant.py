# SPDX-License-Identifier: Apache-2.0
"""Whom a deal or a task is about: there is such a contact or company."""

from uuid import UUID

from crm_core.domain.errors import InvalidInputError
from crm_core.ports.store import Tx


async def check_client(tx: Tx, contact_id: UUID | None, company_id: UUID | None) -> None:
    """An archived one will do: what was begun with them can be ended."""
    if contact_id and await tx.clients.contact(contact_id) is None:
        raise InvalidInputError("there is no such contact", field="contact_id")
    if company_id and await tx.clients.company(company_id) is None:
        raise InvalidInputError("there is no such company", field="company_id")


async def check_colleague(tx: Tx, user_id: UUID | None, field: str) -> None:
    """Somebody who works here."""
    user = await tx.people.user(user_id) if user_id else None
    if user_id and (user is None or user.archived_at):
        raise InvalidInputError("there is no such colleague", field=field)
