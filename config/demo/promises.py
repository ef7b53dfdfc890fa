# SPDX-License-Identifier: Apache-2.0
"""What the demo's people hope to sell, and what they have promised."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from crm_core.domain.audit import Actor
from crm_core.domain.deal import DealState
from crm_core.ports.store import Store
from crm_core.usecases.save_deal import DealFields, create_deal
from crm_core.usecases.save_task import TaskFields, create_task

_STAGES: Final = ["new", "offer", "negotiation", "contract"]
_MORE: Final = 9  # clients of the shop with a deal each
_SELLS: Final = ("Desk lamps", "Office chairs", "Shelves for the store", "A delivery each month")


async def load_demo_promises(store: Store, now: datetime) -> None:
    async with store.read() as tx:
        people = {user.login: user for user in await tx.people.users()}
        ids = ["demo-olga", "demo-ivan", "demo-maria", *(f"demo-{100 + number}" for number in range(_MORE))]
        found = await tx.clients.contacts_by_external_ids(ids)
    clients = {one: found[one] for one in ids if one in found}
    for place, (name, client) in enumerate(clients.items()):
        seller = people["clara" if name == "demo-maria" else ("anna", "boris")[place % 2]]
        fields = DealFields(
            title=_SELLS[place % len(_SELLS)],
            contact_id=client.id,
            owner_id=seller.id,
            amount=Decimal(12_000 + 7_500 * place + (250_000 if name == "demo-maria" else 0)),
            stage=_STAGES[place % len(_STAGES)],
            state=(DealState.WON, DealState.LOST)[place % 2] if place >= _MORE - 1 else DealState.OPEN,
            expected_on=now.date() + timedelta(days=4 + 3 * place),
        )
        await create_deal(store, fields, Actor(seller.name, seller.id), now - timedelta(days=place))
    for login, name, text, days in (
        ("anna", "demo-olga", "Call with the price of the desk lamps", -1),
        ("anna", "demo-100", "Send the invoice", 0),
        ("boris", "demo-ivan", "Ask whether the parcel has come", 0),
        ("clara", "demo-maria", "Bring the contract for signing", 3),
    ):
        user = people[login]
        task = TaskFields(text=text, due_on=now.date() + timedelta(days=days), contact_id=clients[name].id)
        await create_task(store, user, task, Actor(user.name, user.id), now - timedelta(days=2))
