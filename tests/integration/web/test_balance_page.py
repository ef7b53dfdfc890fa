# SPDX-License-Identifier: Apache-2.0
"""The page of the balance: what is found is named, and each thing has its button."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from crm_core.domain.ids import new_id
from crm_core.domain.recording import Recording, RecordingState


@pytest.fixture
async def sofia(site):
    return await site.browser("sofia")


@pytest.fixture
async def day(site):
    """Yesterday, with a call whose file never came and a file without a call."""
    call = next(one for one in site.history.calls.values() if one.talks and one.ended_at)
    async with site.store.begin() as tx:
        kept = await tx.calls.get(call.id)
        await tx.calls.keep(replace(kept, call=replace(kept.call, uncertain=("gap", "<i>"))), None)
        row = Recording(
            id=new_id(call.started_at),
            call_id=None,
            pbx=call.pbx,
            linkedid="1.1",
            uniqueid="1.1",
            state=RecordingState.WAITING,
            source_name=f"{int(call.started_at.timestamp())}.1_<b>.raw",
            created_at=call.started_at,
        )
        await tx.recordings.expect(row)
    zone = timedelta(hours=3)
    return (call.started_at + zone).date().isoformat(), call


def form_of(text, button):
    """The address of the form that has this button."""
    before = text[: text.index(f'value="{button}"')]
    return re.findall(r'action="(/settings/balance/[0-9a-f-]+)"', before)[-1]


async def test_a_day_is_looked_through_explained_and_a_file_given_to_its_call(site, sofia, day):
    chosen, call = day
    assert "This day was not looked through" in await sofia.text(f"/settings/balance?day={chosen}")
    assert (await sofia.post("/settings/balance", {"day": chosen})).status == 303
    text = await sofia.text(f"/settings/balance?day={chosen}")
    assert "Call uncertain" in text
    assert "File without a call" in text
    assert "&lt;i&gt;" in text
    assert "_&lt;b&gt;.raw" in text
    given = await sofia.post(form_of(text, "adopt"), {"do": "adopt", "call": str(call.id)})
    assert given.headers["Location"].endswith("said=file-given")
    text = await sofia.text(f"/settings/balance?day={chosen}")
    assert (await sofia.post(form_of(text, "explain"), {"do": "explain", "note": ""})).status == 422
    done = await sofia.post(form_of(text, "explain"), {"do": "explain", "note": "Known: a cable"})
    assert done.status == 303
    text = await sofia.text(f"/settings/balance?day={chosen}")
    assert "Known: a cable" in text
    async with site.store.read() as tx:
        kinds = {one.found.kind: one.state.value for one in await tx.balances.findings(chosen)}
    assert (kinds["uncertain"], kinds["no_call"]) == ("explained", "fixed")


async def test_without_a_day_the_last_one_is_shown(sofia):
    assert "Balance" in await sofia.text("/settings/balance")


@pytest.mark.parametrize("value", ["", "\0", "x" * 5000, "2026-13-45", "\ud7ff\u202e", "9" * 40, "{{7*7}}"])
async def test_nonsense_is_refused_and_breaks_nothing(sofia, day, value):
    chosen, _ = day
    await sofia.post("/settings/balance", {"day": chosen})
    own = form_of(await sofia.text(f"/settings/balance?day={chosen}"), "explain")
    assert (await sofia.post("/settings/balance", {"day": value})).status < 500
    for form in ({"do": value}, {"do": "explain", "note": value}, {"do": "adopt", "call": value}):
        assert (await sofia.post(own, form)).status < 500
    asked = urlencode({"day": value}, errors="replace")
    assert (await sofia.get(f"/settings/balance?{asked}")).status == 200


async def test_operators_have_no_balance(site):
    anna = await site.browser("anna")
    assert (await anna.get("/settings/balance")).status == 403
    assert (await anna.post("/settings/balance", {"day": "2026-11-20"})).status == 403
