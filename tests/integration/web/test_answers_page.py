# SPDX-License-Identifier: Apache-2.0
"""Answers to surveys on the pages and in the API: a column and a filter of calls, averages, what programs are told."""

import re
from datetime import timedelta

import pytest

from crm_core.domain.call_history import CallFilter
from crm_core.domain.session import SCOPES
from crm_core.domain.survey import SurveyAnswer
from tests.support.api import program


@pytest.fixture
async def answered(site):
    """Anna's two last calls were answered with 5 and with 2."""
    async with site.store.begin() as tx:
        rows = [row for row in await tx.calls.page(CallFilter(), None, 200) if row.answered_user_id]
        anna = [row for row in rows if row.answered_user_id == site.history.users["anna"].id][:2]
        for row, keys in zip(anna, "52", strict=True):
            answer = SurveyAnswer(call_id=row.id, question="service", keys=keys, at=row.started_at)
            await tx.surveys.save(answer)
    return [row.id for row in anna]


async def test_the_list_of_calls_shows_and_finds_answers(site, answered):
    sofia = await site.browser("sofia")
    html = await sofia.text("/calls?answer=5&cols=direction,client,answer,when")
    assert re.findall(r'<tr data-href="/calls/([^"]+)"', html) == [str(answered[0])]
    assert re.search(r'<td class="narrow-hide num">\s*5\s*</td>', html)
    both = await sofia.text("/calls?answer=any")
    assert len(re.findall(r'<tr data-href="/calls/', both)) == 2


async def test_averages_by_operator_are_for_supervisors(site, answered):
    since = (site.history.now - timedelta(days=360)).date().isoformat()
    sofia = await site.browser("sofia")
    html = await sofia.text(f"/settings/answers?from={since}")
    assert "3.5" in html
    assert site.history.users["anna"].name in html
    for odd in ("?from=x&to=y", "?from=2026-01-02&to=2026-01-01", "?from=0001-01-01&to=9999-12-31"):
        await sofia.text(f"/settings/answers{odd}")
    early = await sofia.text("/settings/answers?from=2020-01-01&to=2020-01-31")
    assert "No answers in these days" in early
    anna = await site.browser("anna")
    assert (await anna.get("/settings/answers")).status == 403


async def test_programs_are_told_and_may_ask(site, answered):
    admin = await program(site, "admin", SCOPES)
    (one,) = (await admin.get("/calls?answer=2")).json["items"]
    assert one["id"] == str(answered[1])
    assert [(each["question"], each["keys"]) for each in one["answers"]] == [("service", "2")]
    assert (await admin.get(f"/calls/{answered[1]}")).json["answers"] == one["answers"]
    assert len((await admin.get("/calls?answer=any")).json["items"]) == 2
    assert (await admin.get("/calls?answer=x")).status == 422
