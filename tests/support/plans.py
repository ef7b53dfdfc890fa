# SPDX-License-Identifier: Apache-2.0
"""What is planned with the clients of the tests' history: some deals and tasks."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from crm_core.domain.audit import Actor
from crm_core.domain.deal import Deal, DealState
from crm_core.domain.task import Task
from crm_core.usecases.do_task import do_task
from crm_core.usecases.save_deal import create_deal, edit_deal
from crm_core.usecases.save_task import create_task


@dataclass(frozen=True)
class Plans:
    deal: Deal
    task: Task


async def make_plans(history, login="anna") -> Plans:
    """With Olga and her likes: deals open, won and lost; tasks overdue, of today, later and done."""
    user, store, now = history.users[login], history.store, history.now
    olga, company = history.contacts["Olga Petrova"], history.companies["Northern Lights LLC"]
    actor, today = Actor(user.login, user.id), now.date()

    async def a_deal(title, amount, client="contact_id", owner=olga, **more):
        fields = {"title": title, "amount": Decimal(amount), client: owner.id, "owner_id": user.id} | more
        return await create_deal(store, fields, actor, now)

    async def a_task(text, days, **more):
        fields = {"text": text, "due_on": today + timedelta(days=days)} | more
        return await create_task(store, user, fields, actor, now)

    deal = await a_deal("Two lathes and their setting up", "120000.50", stage="negotiation")
    await a_deal("Spare parts", "940", currency="EUR", expected_on=today + timedelta(days=20))
    await a_deal("Lighting of the whole warehouse", "2400000", "company_id", company, stage="offer")
    for title, state in (("Delivery for a year", DealState.WON), ("Tools", DealState.LOST)):
        ended = await a_deal(title, "50000")
        await edit_deal(store, ended.id, {"state": state}, actor, now)
    task = await a_task("Send the offer for the lathes with both ways of delivery", -3, contact_id=olga.id)
    await a_task("Ask the warehouse", 0, company_id=company.id)
    await a_task("Call about the contract", 0, due_at=now + timedelta(minutes=90), contact_id=olga.id)
    await a_task("Prepare for the fair", 12)
    done = await a_task("Find out who decides", -1, contact_id=olga.id)
    await do_task(store, user, done.id, actor, now)
    return Plans(deal, task)
