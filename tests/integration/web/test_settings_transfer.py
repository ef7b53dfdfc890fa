# SPDX-License-Identifier: Apache-2.0
"""Settings out and in: what would change is seen first; a mistake is named with its place and nothing is done."""

import json
import re

import pytest

from crm_core.domain.house import House
from crm_core.domain.settings_file import write_text
from crm_core.usecases.transfer_settings import settings_now


@pytest.fixture
async def admin(site):
    return await site.browser("admin")


FULL = {
    "house": {"region": "ID", "zone": "Asia/Jakarta", "currency": "IDR", "wholesale_from": "5000"},
    "retention": {"recordings": 30},
    "missed": {"within_min": 10, "owner": "last_rung"},
    "modules": {"orders": ["admin"], "leads": []},
    "hours": {
        "Office": {"zone": "Asia/Jakarta", "mon": ["08:00-16:00"], "special": {"12-31": ["08:00-12:00"]}}
    },
    "teams": {"Sales": {"members": ["anna", "nobody.here"]}},
    "numbers": {"+622150001234": {"label": "Main", "team": "Sales", "hours": "Office", "line": "t1"}},
    "results": {"settled": {"text": "Selesai", "position": 5}, "x1": {"text": "Garansi", "needs_note": True}},
    "pauses": {"lunch": {"archived": True}},
    "bands": {
        "window": "12m",
        "hand_over_days": 2,
        "limits": {
            "wholesale": {"enter": "5000", "leave": "4000.5", "team": "Sales"},
            "some": {"enter": "900"},
        },
        "rates": {"EUR": {"2026-01-01": "17000", "2026-06-01": "0.125"}},
    },
}


async def document(site):
    async with site.store.read() as tx:
        return await settings_now(tx)


async def test_out_of_one_and_into_another_and_back(site, admin):
    before = await document(site)
    text = write_text(FULL)
    shown = await (await admin.post("/settings/transfer", {"text": text})).text()
    assert "house.currency" in shown
    assert "nobody.here" in shown
    assert await document(site) == before  # only looked at
    version = re.search(r'name="version" value="(\w+)"', shown)[1]
    assert (await admin.post("/settings/transfer", {"text": text, "version": version})).status == 303
    after = await document(site)
    assert after["house"]["zone"] == "Asia/Jakarta"
    assert after["teams"]["Sales"] == {"members": ["anna"]}
    assert after["numbers"]["+622150001234"]["hours"] == "Office"
    assert after["hours"]["Office"]["special"] == {"12-31": ["08:00-12:00"]}
    assert after["results"]["settled"]["text"] == "Selesai"
    assert after["pauses"]["lunch"]["archived"] is True
    assert after["missed"] == {"within_min": 10, "owner": "last_rung"}
    assert (after["modules"]["orders"], after["modules"]["leads"]) == (["admin"], [])
    assert after["bands"]["limits"] == {
        "some": {"enter": "900", "leave": "900", "team": ""},
        "wholesale": {"enter": "5000", "leave": "4000.5", "team": "Sales"},
    }
    assert after["bands"]["rates"] == FULL["bands"]["rates"]
    assert (after["bands"]["base"], after["bands"]["window"]) == ("retail", "12m")
    exported = await admin.text("/settings/transfer/file")
    assert json.loads(exported) == {"rolodial_settings": 1, **after}
    again = await (await admin.post("/settings/transfer", {"text": exported})).text()
    assert "is set already" in again
    late = await admin.post("/settings/transfer", {"text": text, "version": version})
    assert (late.status, "once more" in await late.text()) == (422, True)


async def test_toml_too(site, admin):
    text = 'rolodial_settings = 1\n[hours.Night]\nzone = "Europe/Moscow"\nmon = ["22:00-06:00"]\n'
    assert "hours.Night.mon" in await (await admin.post("/settings/transfer", {"text": text})).text()


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"hose": {}}, "hose"),
        ({"house": {"zoen": "x"}}, "house.zoen"),
        ({"house": {"zone": "Mars"}}, "house.zone"),
        ({"house": {"wholesale_from": "much"}}, "house"),
        ({"retention": {"audit": -1}}, "retention.audit"),
        ({"modules": {"leads": ["king"]}}, "modules.leads"),
        ({"hours": {"A": {"zone": "Europe/Moscow", "mon": ["9-18"]}}}, "hours.A.mon"),
        ({"teams": {"A": {"members": "anna"}}}, "teams.A.members"),
        ({"numbers": {"+74951112244": {"label": "x", "kind": "y"}}}, "numbers.+74951112244.kind"),
        ({"numbers": {"101": {"label": "x"}}}, "numbers.101"),
        ({"numbers": {"+74951112244": {"label": "x", "team": "none"}}}, "numbers.+74951112244.team"),
        ({"results": {"x": {"needs_note": 1, "text": "y"}}}, "results.x.needs_note"),
        ({"results": {"x": {}}}, "results.x"),
        ({"pauses": []}, "pauses"),
        ({"bands": {"limits": {"big": {"enter": "much"}}}}, "bands.limits.big.enter"),
        ({"bands": {"limits": {"big": {"enter": "5", "leave": "6"}}}}, "bands"),
        ({"bands": {"limits": {"big": {"enter": "5", "team": "nobody"}}}}, "bands"),
        ({"bands": {"rates": {"EUR": {"soon": "5"}}}}, "bands.rates.EUR.soon"),
        ({"bands": {"days": 1000}}, "bands.days"),
    ],
)
async def test_a_mistake_has_its_place_and_nothing_is_half_done(site, admin, wrong, place):
    before = await document(site)
    text = write_text({"teams": {"Added": {}}} | wrong)
    answer = await admin.post("/settings/transfer", {"text": text})
    assert (answer.status, place in await answer.text()) == (422, True)
    assert await document(site) == before


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "x", '{"a": 1}', '{"rolodial_settings": 2}', "[" * 5000, "{" * 5000]
)
async def test_what_is_no_file_of_settings(site, admin, text):
    assert (await admin.post("/settings/transfer", {"text": text})).status == 422
    async with site.store.read() as tx:
        assert await tx.settings.house() == House()
