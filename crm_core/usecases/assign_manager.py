# SPDX-License-Identifier: Apache-2.0
"""Whose client it is."""

from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.client import ClientKind
from crm_core.ports.store import Store
from crm_core.usecases.save_company import edit_company
from crm_core.usecases.save_contact import edit_contact


async def assign_manager(
    store: Store, kind: ClientKind, client_id: UUID, manager_id: UUID | None, actor: Actor, now: datetime
) -> None:
    """None takes the manager away."""
    if kind is ClientKind.CONTACT:
        await edit_contact(store, client_id, {"manager_id": manager_id}, actor, now)
    else:
        await edit_company(store, client_id, {"manager_id": manager_id}, actor, now)
