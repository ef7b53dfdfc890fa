# SPDX-License-Identifier: Apache-2.0
"""What `make run` finds done already: decisions to replay, a draft, messages with sound, requests, bands, a batch."""

from datetime import UTC, datetime, timedelta

import pytest

from config.demo.data import load_demo
from config.demo.decisions import load_demo_decisions
from config.demo.history import load_demo_history
from config.demo.messages import load_demo_messages
from config.demo.plans import load_demo_plans
from config.demo.promises import load_demo_promises
from crm_core.domain.band_history import Why
from crm_core.domain.client import ClientKind
from crm_core.domain.missed_views import MissedQuery, MissedView
from crm_core.domain.recording_name import parse_recording_name
from crm_core.domain.routing.replay import replay
from crm_core.domain.routing.rule_text import read_text
from crm_core.domain.sharing import BatchState
from crm_core.domain.voicemail import VoicemailFilter, VoicemailState
from crm_core.ports.rule_life import LogFilter
from crm_core.usecases.decide_again import decide_again
from crm_core.usecases.rule_draft import look_at
from crm_core.usecases.step_bands import step_all

NOW = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)


@pytest.fixture
async def demo(store, tmp_path):
    await load_demo(store, NOW)
    calls = await load_demo_history(store, NOW)
    await step_all(store, NOW)
    await load_demo_decisions(store, calls, NOW)
    await load_demo_messages(store, NOW, tmp_path / "spool")
    await load_demo_plans(store, NOW)
    await load_demo_promises(store, NOW)
    return store


async def test_the_draft_can_be_published_and_moves_calls_of_the_last_weeks(demo):
    async with demo.read() as tx:
        draft = await tx.rule_life.draft()
        looked = await look_at(tx, draft.text)
        decisions, _ = await tx.rule_life.raw_decisions(NOW - timedelta(days=30), None, 1000)
        log = await tx.rule_life.log(LogFilter(), 5)
    assert not [one for one in looked.findings if one.grave]
    assert looked.tests
    assert not looked.failed
    assert {"hours", "lists", "skills"} <= set(looked.body)
    tally = replay(read_text(draft.text), "RUB", "RU", "Europe/Moscow", decisions)
    assert tally.calls > 80
    assert tally.unreadable == 0
    assert sum(count for (old, new), count in tally.cells.items() if old != new) > 10
    assert len(log) == 5
    assert (await decide_again(demo, NOW - timedelta(days=31))).differing == []


async def test_messages_have_sound_and_requests_wait(demo, tmp_path):
    async with demo.read() as tx:
        anna = await tx.people.user_by_login("anna")
        page = await tx.voicemails.page(VoicemailFilter(), None, 50)
        waiting = await tx.missed.page(MissedQuery(view=MissedView.OPEN, me=anna.id, now=NOW), None)
    assert {one.voicemail.state for one in page} == set(VoicemailState)
    assert all(one.contact_id or one.lead_id for one in page)
    files = {file.name: file for file in (tmp_path / "spool").iterdir()}
    assert files.keys() == {one.recording.source_name for one in page}
    assert all(parse_recording_name(name) for name in files)
    assert all(file.stat().st_size > 50_000 for file in files.values())
    assert {"+79161000001", "+79161000003"} <= {row.item.e164 for row in waiting}


async def test_bands_changed_on_their_days_and_leads_were_dealt_out(demo):
    async with demo.read() as tx:
        changes = [change for change, _ in await tx.bands.latest(50)]
        soon = await tx.bands.crossings(50)
        [batch] = await tx.sharing.batches(5)
    assert Why.ORDERS in {one.why for one in changes}
    assert len({one.day for one in changes}) > 2
    assert {name for _, name in soon} == {"Baltic Timber", "Volga Tools"}
    assert (batch.state, batch.total > 0, batch.changed > 0) == (BatchState.GIVEN, True, True)


async def test_there_are_deals_to_bring_on_and_tasks_to_do(demo):
    async with demo.read() as tx:
        anna, olga = (
            await tx.people.user_by_login("anna"),
            await tx.clients.contacts_by_external_ids(["demo-olga"]),
        )
        tasks = await tx.tasks.open_of(anna.id)
        sums = await tx.deals.open_sums(ClientKind.CONTACT, olga["demo-olga"].id)
    assert [one.task.due_on < NOW.date() for one in tasks] == [True, False]
    assert sums["RUB"] > 0
