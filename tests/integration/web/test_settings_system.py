# SPDX-License-Identifier: Apache-2.0
"""Modules, retention, PBXs with the doctor, queues."""

import re

import pytest

from crm_core.domain.missed import MissedRules, OwnerRule
from crm_core.ports.pbx_care import CareFinding, PbxQueue, QueueMember
from web import keys


def version(text):
    return re.search(r'name="version" value="(\w*)"', text)[1]


@pytest.fixture
async def admin(site):
    return await site.browser("admin")


class FakeCare:
    def __init__(self) -> None:
        self.fails = False

    async def examine(self):
        if self.fails:
            raise RuntimeError
        return [
            CareFinding(check="ami", level="ok", says="accepted", pbx="main"),
            CareFinding(check="cel", level="broken", says="no <CEL>", advice="Turn it on.", pbx="main"),
            CareFinding(check="disk", level="warning", says="little room", advice="Make some."),
        ]

    async def queues(self):
        members = (QueueMember(device="PJSIP/101", name="x", paused=False),)
        return [PbxQueue(pbx="main", name="sales <b>", strategy="ringall", waiting=2, members=members)], [
            "other"
        ]


async def test_what_is_off_is_neither_in_the_menu_nor_there(site, admin):
    anna, sofia = await site.browser("anna"), await site.browser("sofia")
    assert 'href="/leads"' in await anna.text("/")
    text = await admin.text("/settings/modules")
    on = {
        f"{module}.{role}": "1" for module in ("orders", "recordings") for role in ("operator", "supervisor")
    }
    sent = on | {"leads.supervisor": "1", "click_to_call.admin": "1", "version": version(text)}
    assert (await admin.post("/settings/modules", sent)).status == 303
    assert 'href="/leads"' not in await anna.text("/")
    assert (await anna.get("/leads")).status == 404
    assert (await anna.post("/calls/originate", {"number": "+79161000001"})).status == 404
    assert site.pbx.originated == []
    assert 'href="/leads"' in await sofia.text("/")
    assert (await sofia.get("/leads")).status == 200
    assert "call-button" not in await sofia.text("/leads")
    late = await admin.post("/settings/modules", sent)
    assert late.status == 409


async def test_recordings_that_are_off_are_not_played(site, admin):
    sofia = await site.browser("sofia")
    recording = next(one for one in site.history.recorded.values() if one.state.playable)
    assert (await sofia.get(f"/recordings/{recording.id}/audio")).status == 200
    seen = version(await admin.text("/settings/modules"))
    await admin.post("/settings/modules", {"version": seen, "recordings.admin": "1"})
    assert (await sofia.get(f"/recordings/{recording.id}/audio")).status == 404
    assert "rd-player" not in await sofia.text(f"/calls/{recording.call_id}")


async def test_retention_is_said_in_days(site, admin):
    seen = version(await admin.text("/settings/retention"))
    good = {
        "recordings": "90",
        "journal": "14",
        "witness": "400",
        "audit": "0",
        "outgoing": "7",
        "version": seen,
    }
    for name, value in (
        ("recordings", "-1"),
        ("journal", "1.5"),
        ("witness", "99999"),
        ("audit", "99999"),
        ("audit", ""),
        ("outgoing", "x"),
    ):
        answer = await admin.post("/settings/retention", good | {name: value})
        assert (answer.status, f'id="f-{name}-error"' in await answer.text()) == (422, True)
    assert (await admin.post("/settings/retention", good)).status == 303
    async with site.store.read() as tx:
        retention = await tx.settings.retention()
    assert (retention.recordings, retention.witness, retention.outgoing) == (90, 400, 7)


async def test_the_house_says_by_when_and_by_whom_is_called_back(site, admin):
    good = {"within_min": "15", "owner": "team", "version": version(await admin.text("/settings/missed"))}
    for name, value in (
        ("within_min", "0"),
        ("within_min", "10081"),
        ("within_min", "\u0663"),
        ("owner", "me"),
    ):
        answer = await admin.post("/settings/missed", good | {name: value})
        assert (answer.status, f'id="f-{name}-error"' in await answer.text()) == (422, True)
    assert (await admin.post("/settings/missed", good)).status == 303
    async with site.store.read() as tx:
        assert await tx.settings.missed_rules() == MissedRules(within_min=15, owner=OwnerRule.TEAM)


async def test_the_doctor_comes_when_asked(site, admin):
    visit = site.app[keys.CHECK_UP]
    assert "Check" not in (await admin.text("/settings/pbx")).split("settings-lead")[0].split("page-head")[1]
    visit.care = care = FakeCare()
    assert (await admin.post("/settings/pbx/check")).status == 303
    text = await admin.text("/settings/pbx")
    assert text.index("no &lt;CEL&gt;") < text.index("accepted") < text.index("little room")
    assert "Check again" in text
    care.fails = True
    await admin.post("/settings/pbx/check")
    assert "could not be finished" in await admin.text("/settings/pbx")
    assert (await (await site.browser("sofia")).post("/settings/pbx/check")).status == 403


async def test_queues_are_read_from_the_pbx(site, admin):
    assert "No queues" in await admin.text("/settings/queues")
    site.app[keys.CHECK_UP].care = FakeCare()
    text = await admin.text("/settings/queues")
    assert "sales &lt;b&gt;" in text
    assert "other" in text
    assert "PJSIP/101" in text
