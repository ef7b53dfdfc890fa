# SPDX-License-Identifier: Apache-2.0
"""Numbers, hours, teams, results and pauses: added, changed, refused, removed, and never over somebody's change."""

import re
from datetime import UTC, datetime

import pytest

from crm_core.domain.choice import ChoiceKind

NUMBER = {"e164": "8 (495) 111-22-44", "label": "Support", "kind": "did", "line": "trunk-a", "language": "ru"}
OFFICE = {
    "name": "Office",
    "zone": "Europe/Moscow",
    "mon": "9:00-13:00, 14:00-18:00",
    "fri": "22:00-06:00",
    "special": "2026-12-31 09:00-14:00\n01-01",
}
NEW = [
    ("numbers", NUMBER),
    ("hours", OFFICE),
    ("teams", {"name": "Support"}),
    ("results", {"text": "Warranty"}),
]


@pytest.fixture
async def admin(site):
    return await site.browser("admin")


def version(text):
    return re.search(r'name="version" value="(\w*)"', text)[1]


def entry(text, name):
    return re.search(rf"/settings/{name}/([0-9a-f-]{{36}})", text)[1]


@pytest.mark.parametrize(("name", "fields"), NEW)
async def test_an_entry_is_added_changed_in_turn_and_taken_away(site, admin, name, fields):
    address = f"/settings/{name}"
    known = set(re.findall(rf"{address}/[0-9a-f-]{{36}}", await admin.text(address)))
    assert 'name="version" value=""' in await admin.text(f"{address}/new")
    assert (await admin.post(address, fields | {"version": ""})).status == 303
    [added] = set(re.findall(rf"{address}/[0-9a-f-]{{36}}", await admin.text(address))) - known
    seen = version(await admin.text(added))
    key = next(name for name in ("label", "text", "name") if name in fields)
    assert (await admin.post(added, fields | {"version": seen, key: "First <b>"})).status == 303
    late = await admin.post(added, fields | {"version": seen, key: "Second"})
    shown = await late.text()
    assert late.status == 409
    assert "First &lt;b&gt;" in shown
    assert 'value="Second"' in shown
    assert (await admin.post(added, fields | {"version": version(shown), key: "Second"})).status == 303
    if name != "results":
        assert (await admin.post(f"{added}/remove")).status == 303
        assert added not in await admin.text(address)
        assert (await admin.get(added)).status == 404


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("numbers", NUMBER | {"e164": "101"}, "e164"),
        ("numbers", NUMBER | {"label": " "}, "label"),
        ("numbers", NUMBER | {"kind": "evil"}, "kind"),
        ("numbers", NUMBER | {"team": "evil"}, "team"),
        ("numbers", NUMBER | {"team": "6f1d0c8e-51a4-5b0f-9a70-3f6d3f1f7a10"}, "team"),
        ("numbers", NUMBER | {"language": "xx"}, "language"),
        ("numbers", NUMBER | {"note": "x" * 2001}, "note"),
        ("hours", OFFICE | {"mon": "9-18"}, "mon"),
        ("hours", OFFICE | {"mon": "25:00-26:00"}, "mon"),
        ("hours", OFFICE | {"zone": "Moscow"}, "zone"),
        ("hours", OFFICE | {"special": "2026-02-30"}, "special"),
        ("hours", OFFICE | {"special": "2026-02-03 late"}, "special"),
        ("hours", OFFICE | {"name": ""}, "name"),
        ("teams", {"name": "\u202e"}, "name"),
        ("teams", {"name": "Support", "members": "evil"}, "members"),
        ("results", {"text": ""}, "text"),
        ("pauses", {"text": "x" * 201}, "text"),
    ],
)
async def test_what_is_not_right_is_said_and_the_input_kept(admin, name, fields, field):
    answer = await admin.post(f"/settings/{name}", fields | {"version": ""})
    text = await answer.text()
    assert answer.status == 422
    assert f'id="f-{field}-error"' in text or 'class="field-error"' in text
    for kept in {"label", "mon", "name", "text"} & fields.keys() - {field}:
        assert f'value="{fields[kept]}"' in text


async def test_the_same_number_twice_is_refused(admin):
    await admin.post("/settings/numbers", NUMBER | {"version": ""})
    again = await admin.post("/settings/numbers", NUMBER | {"version": "", "e164": "+7 495 1112244"})
    assert "this number stands in the register already" in await again.text()


async def test_hours_say_whether_they_are_open_and_until_when(site, admin):
    await admin.post("/settings/hours", OFFICE | {"version": ""})
    text = await admin.text("/settings/hours")
    assert "Open now" in text or "Closed now" in text
    assert "2 exceptions" in text
    async with site.store.read() as tx:
        [office] = await tx.schedules.all()
    assert office.special == (("2026-12-31", ((540, 840),)),)
    assert office.holidays == frozenset({"01-01"})


async def test_a_built_in_result_gets_words_of_our_own_a_place_and_leaves(site, admin):
    text = await admin.text("/settings/results")
    first, second, *_ = list(dict.fromkeys(re.findall(r"/settings/results/([0-9a-f-]{36})\"", text)))
    seen = version(await admin.text(f"/settings/results/{first}"))
    sent = {"text": "All <done>", "needs_note": "1", "version": seen}
    assert (await admin.post(f"/settings/results/{first}", sent)).status == 303
    assert (await admin.post(f"/settings/results/{second}/move", {"to": "up"})).status == 303
    assert (await admin.post(f"/settings/results/{second}/move", {"to": "sideways"})).status == 303
    assert "All &lt;done&gt;" in await (await site.browser("anna")).text("/")
    assert (await admin.post(f"/settings/results/{first}/archive", {"archived": "1"})).status == 303
    assert "All &lt;done&gt;" not in await (await site.browser("anna")).text("/")
    async with site.store.read() as tx:
        kept = {str(one.id): one for one in await tx.choices.all(ChoiceKind.RESULT)}
    assert (kept[first].text, kept[first].needs_note, kept[first].in_statistics) == (
        "All <done>",
        True,
        False,
    )
    assert kept[first].archived_at is not None
    assert (await admin.post(f"/settings/results/{first}/archive", {"archived": "0"})).status == 303


async def test_a_result_may_need_a_note_and_may_not_count(site, admin):
    await admin.post("/settings/results", {"text": "Wrong door", "needs_note": "1", "version": ""})
    async with site.store.read() as tx:
        [result] = [one for one in await tx.choices.all(ChoiceKind.RESULT) if one.text == "Wrong door"]
    anna, history = await site.browser("anna"), site.history
    call = await history.call("x", number="+79165550001", by="anna", minutes_ago=3, talk=9)
    address = f"/communications/{call.id}"
    refused = await anna.post(address, {"result": result.code, "note": ""})
    assert (refused.status, "needs a note" in await refused.text()) == (422, True)
    assert (await anna.post(address, {"result": "no such", "note": "x"})).status == 422
    assert (await anna.post(address, {"result": result.code, "note": "by mistake"})).status == 200
    async with site.store.read() as tx:
        assert not (await tx.communications.get(call.id)).in_statistics
    assert (await anna.post(address, {"result": "settled", "note": ""})).status == 200
    async with site.store.read() as tx:
        assert (await tx.communications.get(call.id)).in_statistics


NAMED = "the rules of routing name this team"


async def in_force(site, body):
    """Published at a time of its own, so that it comes after those of before."""
    async with site.store.begin() as tx:
        await tx.routing.publish(body, source="test", digest=str(body), now=datetime.now(UTC))


async def test_a_team_that_rules_ring_keeps_its_name(site, admin):
    await admin.post("/settings/teams", {"name": "retail", "version": ""})
    team = entry(await admin.text("/settings/teams"), "teams")
    await in_force(site, {"rule": [{"id": "x", "step": [{"to": "team", "team": "retail"}]}]})
    seen = version(await admin.text(f"/settings/teams/{team}"))
    answer = await admin.post(f"/settings/teams/{team}", {"name": "shop", "version": seen})
    assert answer.status == 422
    assert NAMED in await answer.text()
    refused = await admin.post(f"/settings/teams/{team}/remove")
    assert (refused.status, NAMED in await refused.text()) == (422, True)


async def test_a_team_of_which_rules_take_the_manager_stays(site, admin):
    await admin.post("/settings/teams", {"name": "retail", "version": ""})
    team = entry(await admin.text("/settings/teams"), "teams")
    await in_force(site, {"rule": [], "assign": [{"id": "x", "to": "team", "team": "retail"}]})
    refused = await admin.post(f"/settings/teams/{team}/remove")
    assert (refused.status, NAMED in await refused.text()) == (422, True)


@pytest.mark.parametrize("condition", ["open", "closed"])
async def test_hours_that_rules_name_keep_their_name_and_stay(site, admin, condition):
    await admin.post("/settings/hours", OFFICE | {"version": ""})
    hours = entry(await admin.text("/settings/hours"), "hours")
    rule = {"id": "x", "when": {condition: f"house:{OFFICE['name']}"}, "step": []}
    await in_force(site, {"rule": [rule]})
    seen = version(await admin.text(f"/settings/hours/{hours}"))
    renamed = await admin.post(f"/settings/hours/{hours}", OFFICE | {"name": "Other", "version": seen})
    refused = await admin.post(f"/settings/hours/{hours}/remove")
    for answer in (renamed, refused):
        assert (answer.status, "name these opening hours" in await answer.text()) == (422, True)
    longer = OFFICE | {"mon": "08:00-20:00", "version": seen}
    assert (await admin.post(f"/settings/hours/{hours}", longer)).status == 303
    await in_force(site, {"rule": [{"id": "x", "when": {condition: "did"}, "step": []}]})
    assert (await admin.post(f"/settings/hours/{hours}/remove")).status == 303


async def test_only_admins(site):
    sofia = await site.browser("sofia")
    for name, fields in NEW:
        assert (await sofia.get(f"/settings/{name}")).status == 403
        assert (await sofia.post(f"/settings/{name}", fields)).status == 403
