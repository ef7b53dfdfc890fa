# SPDX-License-Identifier: Apache-2.0
from collections import Counter
from datetime import timedelta

from config.demo.data import load_demo
from config.demo.history import CALLS, load_demo_history
from config.demo.shop import OLGA
from crm_core.domain.call import Direction, Disposition
from crm_core.domain.call_history import CallFilter
from crm_core.domain.missed_views import MissedQuery, MissedView
from crm_core.domain.narrowed import LeadFilter
from tests.support.calls import T0


async def test_a_month_of_calls_once(store):
    await load_demo(store, T0)
    await load_demo_history(store, T0)
    await load_demo_history(store, T0 + timedelta(days=1))
    async with store.read() as tx:
        rows = await tx.calls.page(CallFilter(), None, 1000)
        leads = await tx.leads.page(LeadFilter(), None, 100)
        olga = (await tx.clients.owners_of([OLGA]))[OLGA][0].contact_id
        missed = {
            view: await tx.missed.page(MissedQuery(view=view, me=leads[0].id, now=T0), None)
            for view in (MissedView.OPEN, MissedView.CLOSED)
        }
        timeline = await tx.communications.timeline(contact_id=olga)
    assert len(rows) == CALLS
    assert all(T0 - timedelta(days=31) < row.started_at < row.ended_at < T0 for row in rows)
    assert all(row.contact or row.company or row.lead_id for row in rows)
    assert {row.direction for row in rows} == {Direction.INBOUND, Direction.OUTBOUND}
    dispositions = Counter(row.disposition for row in rows)
    assert dispositions[Disposition.ANSWERED] > CALLS / 2
    assert sum(row.missed for row in rows) > 5
    assert sum(row.transfers for row in rows) > 3
    assert all(row.answered_user for row in rows if row.answered_at)
    assert 1 <= len(leads) <= 7
    assert len(timeline) > 3
    assert all(missed.values())  # some wait, and some were reached or came back
    assert len({row.item.key for row in missed[MissedView.OPEN]}) == len(missed[MissedView.OPEN])
