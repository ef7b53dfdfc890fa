# SPDX-License-Identifier: Apache-2.0
"""Rules in the browser: read by supervisors, changed by admins, replayed on calls of the past."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from config.routing_file import DEFAULT_FILE, publish_routing_file
from crm_core.usecases.decide_route import decide_route
from crm_core.usecases.keep_decisions import DecisionLog
from tests.support.routing import OLGA, PHONES, a_call_from, a_desk
from tests.support.until import until

DRAFT = "/settings/routing/draft"
QUEUE = '[[rule]]\nid = "all"\n[[rule.step]]\nto = "queue"\nqueue = "default"\nseconds = 60\n'


@pytest.fixture
async def admin(site):
    """With the rules of the file in force, and teams they ring."""
    await publish_routing_file(DEFAULT_FILE, site.store, datetime.now(UTC))
    async with site.store.read() as tx:
        teams = {team.name for team in await tx.people.teams()}
    admin = await site.browser("admin")
    for name in {"retail", "wholesale"} - teams:
        await admin.post("/settings/teams", {"name": name, "version": ""})
    return admin


def names(text):
    """Of the rules on a page, in their order."""
    return re.findall(r'</b> <span class="muted small">([\w-]+)</span>', text)


async def test_rules_are_read_as_sentences_and_a_supervisor_cannot_change_them(site, admin):
    sofia = await site.browser("sofia")
    text = await sofia.text("/settings/routing")
    assert "When the assigned manager is free" in text
    assert "Version 1" in text
    assert DRAFT not in text
    assert (await sofia.post(DRAFT, {"text": QUEUE, "revision": "0"})).status == 403


async def test_a_draft_is_moved_undone_and_published(admin):
    first = names(await admin.text(DRAFT))
    await admin.post(f"{DRAFT}/act", {"do": "up", "rule": "1", "revision": "0"})
    assert names(await admin.text(DRAFT))[:4] == [first[1], first[0], *first[2:4]]
    await admin.post(f"{DRAFT}/act", {"do": "to", "rule": "0", "to": "2", "revision": "1"})
    assert names(await admin.text(DRAFT))[:3] == [first[0], first[2], first[1]]
    await admin.post(f"{DRAFT}/act", {"do": "undo", "revision": "2"})
    await admin.post(f"{DRAFT}/act", {"do": "undo", "revision": "3"})
    text = await admin.text(DRAFT)
    assert names(text)[:4] == first[:4]
    assert "The draft says what the rules in force say." in text
    for do, revision in (("add", 4), ("copy", 5), ("remove", 6)):
        assert (await admin.post(f"{DRAFT}/act", {"do": do, "rule": "0", "revision": revision})).status == 303
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "7"})).status == 303
    text = await admin.text("/settings/routing")
    assert "Version 2, published by admin" in text
    assert (await admin.post("/settings/routing/versions/1/publish")).status == 303
    assert "version 1 again" in await admin.text("/settings/routing")
    compared = await admin.text("/settings/routing/versions/3?with=2")
    assert "new-rule" in compared
    assert "diff-remove" in compared


async def test_a_wrong_draft_is_kept_and_says_which_rule_is_wrong(admin):
    wrong = QUEUE.replace("60", "-1")
    assert (await admin.post(DRAFT, {"text": wrong, "revision": "0"})).status == 303
    text = await admin.text(DRAFT)
    assert "Rule 1 cannot be used" in text
    assert "seconds = -1" in text
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "1"})).status == 422
    told = await admin.post(f"{DRAFT}/check", {"text": QUEUE})
    assert "1 rule, and it can be published" in await told.text()
    for text in ("rule = 1", "rule = [1]", "[[rule]]\nwhen = 1", "[[rule]]\nstep = [{seconds = 'x'}]", "= ="):
        told = await admin.post(f"{DRAFT}/check", {"text": text})
        assert told.status == 200
        assert "cannot be used" in await told.text()


async def test_the_second_of_two_admins_sees_both(admin):
    await admin.post(DRAFT, {"text": QUEUE, "revision": "0"})
    answer = await admin.post(DRAFT, {"text": QUEUE.replace("60", "75"), "revision": "0"})
    text = await answer.text()
    assert answer.status == 409
    assert "seconds = 75" in text
    assert "-seconds = 60" in text
    assert 'name="revision" value="1"' in text
    assert (await admin.post(DRAFT, {"text": QUEUE.replace("60", "75"), "revision": "1"})).status == 303


async def test_scheduled_and_cancelled(admin):
    at = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT09:00")
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "0", "at": "yesterday"})).status == 422
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "0", "at": "2020-01-01T09:00"})).status == 422
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "0", "at": at})).status == 303
    text = await admin.text("/settings/routing")
    assert "Other rules come into force" in text
    cancel = re.search(r"/settings/routing/releases/[0-9a-f-]+/cancel", text)[0]
    assert (await admin.post(cancel)).status == 303
    assert "Other rules come into force" not in await admin.text("/settings/routing")


async def test_a_replay_says_what_would_have_gone_elsewhere_and_the_log_why(site, admin):
    desk = a_desk(kept=(kept := []))
    for number, caller in enumerate([PHONES[OLGA], PHONES[OLGA], "+74950000000"]):
        decide_route(a_call_from(caller, linkedid=f"1.{number}", at=datetime.now(UTC)), desk)
    managers = "/settings/routing/log?rule=manager"
    before = (await admin.text(managers)).count("<summary>")
    log = DecisionLog(site.store)
    for one in kept:
        log.put(*one)
    await log.flush()
    await admin.post(DRAFT, {"text": QUEUE, "revision": "0"})
    begun = await admin.post("/settings/routing/replays", {"days": "1"})
    address = begun.headers["Location"]

    async def done():
        text = await admin.text(address)
        return text if "With the draft" in text else None

    text = await until(done)
    assert "the queue default" in text
    assert "the assigned manager" in text
    calls = await admin.text(re.search(rf"{address}/\d+", text)[0])
    assert "Rule manager" in calls
    assert (await admin.text(managers)).count(
        "<summary>"
    ) == before + 1  # at the second, the manager is rung already
    assert "Nothing was decided yet" in await admin.text("/settings/routing/log?fallback=1&rule=none")
