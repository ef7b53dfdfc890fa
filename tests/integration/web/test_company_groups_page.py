# SPDX-License-Identifier: Apache-2.0
"""Groups of companies on their cards, in the form and for programs; bands and pins for programs."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from crm_core.domain.ids import new_id
from crm_core.usecases.save_company import edit_company
from crm_core.usecases.step_bands import step_all
from tests.integration.web.test_client_forms import form_in
from tests.support.api import Program, token_of
from tests.support.builders import ANNA

EVERYTHING = ("contacts:read", "contacts:write", "rules:read")


@pytest.fixture
async def group(site):
    """North, with Nina who bought for 250 000, and South belong to the Holding."""
    history = site.history
    await step_all(site.store, history.now - timedelta(days=1))
    made = {name: await history.company(name) for name in ("Holding <b>", "North", "South")}
    for name in ("North", "South"):
        await edit_company(
            site.store, made[name].id, {"parent_id": made["Holding <b>"].id}, ANNA, history.now
        )
    await history.contact("Nina", "+79168880001", company="North")
    await history.orders("+79168880001", "250000")
    return made


@pytest.fixture
async def program(site):
    secret = await token_of(site.store, site.history.users["sofia"].id, EVERYTHING)
    return Program(site.client, {"Authorization": f"Bearer {secret}"})


async def test_the_card_of_each_shows_the_group_with_its_sum(site, group):
    anna = await site.browser("anna")
    for name in group:
        html = await anna.text(f"/companies/{group[name].id}")
        panel = re.search(r'<section class="panel" id="group">.*?</section>', html, re.DOTALL)[0]
        assert "Holding &lt;b&gt;" in panel
        assert len(re.findall(r"250[  ,]000", panel)) == 2, "North's own, and that of all"
        assert "retail → wholesale" in html
        assert "Turnover of the whole group Holding &lt;b&gt;" in html
        assert ("belongs to Holding &lt;b&gt;" in html) == (name != "Holding <b>")
    async with site.store.read() as tx:
        [nina] = await tx.clients.contacts_of_company(group["North"].id)
    html = await anna.text(f"/contacts/{nina.id}")
    assert "Turnover of the whole group Holding &lt;b&gt;" in html
    assert "The band of the group Holding &lt;b&gt;" in html


async def test_the_form_keeps_and_changes_whom_it_belongs_to(site, group):
    anna = await site.browser("anna")
    address = f"/companies/{group['South'].id}/edit"
    form = form_in(await anna.text(address))
    assert form["parent_id"] == str(group["Holding <b>"].id)
    assert 'name="parent_id"' in await anna.text("/search?for=parent&q=Nor")
    assert (await anna.post(address, form | {"parent_id": str(group["North"].id)})).status == 303
    html = await anna.text(f"/companies/{group['South'].id}")
    assert "belongs to North" in html
    address = f"/companies/{group['Holding <b>'].id}/edit"
    form = form_in(await anna.text(address)) | {"parent_id": str(group["South"].id)}
    answer = await anna.post(address, form)
    assert answer.status == 422
    assert "a company cannot belong to itself, nor to one that belongs to it" in await answer.text()


async def test_two_who_choose_another_group_at_once_are_asked(site, group):
    anna = await site.browser("anna")
    address = f"/companies/{group['South'].id}/edit"
    form = form_in(await anna.text(address)) | {"parent_id": str(group["North"].id)}
    later = site.history.now + timedelta(seconds=1)
    await edit_company(site.store, group["South"].id, {"parent_id": None}, ANNA, later)
    answer = await anna.post(address, form)
    assert answer.status == 409
    assert 'class="panel clash"' in await answer.text()


async def test_programs_read_the_group_and_put_a_company_into_one(site, group, program):
    north, holding = group["North"].id, group["Holding <b>"].id
    told = (await program.get(f"/companies/{north}/group")).json
    assert (told["head_id"], told["counted"]) == (str(holding), True)
    assert Decimal(told["turnover"]["30d"]) == 250_000
    assert [one["name"] for one in told["companies"]] == ["Holding <b>", "North", "South"]
    assert Decimal(told["companies"][1]["turnover"]["30d"]) == 250_000
    assert Decimal(told["companies"][0]["turnover"]["30d"]) == 0
    made = (await program.post("/companies", {"name": "West", "parent_id": str(north)})).json
    assert (made["parent_id"], made["head_id"]) == (str(north), str(holding))
    listed = (await program.get(f"/companies?head_id={holding}")).json["items"]
    assert {one["name"] for one in listed} == {"North", "South", "West"}
    assert len((await program.get(f"/companies?parent_id={north}")).json["items"]) == 1
    for parent, status in ((made["id"], 422), (str(new_id(site.history.now)), 422), (None, 200)):
        answer = await program.ask("PATCH", f"/companies/{holding}", {"parent_id": parent})
        assert answer.status == status
    alone = (await program.post("/companies", {"name": "East"})).json
    assert (await program.get(f"/companies/{alone['id']}/group")).status == 404


async def test_programs_read_bands_their_history_and_what_comes(site, group, program):
    bands = (await program.get("/bands")).json
    assert (bands["base"], bands["groups"], list(bands["clients"])) == ("retail", True, ["wholesale"])
    assert bands["clients"]["wholesale"] >= 1
    told = (await program.get(f"/companies/{group['North'].id}/band")).json
    assert (told["of_kind"], told["of_id"]) == ("company", str(group["Holding <b>"].id))
    assert (told["band"], Decimal(told["turnover"]), told["pinned"]) == ("wholesale", 250_000, None)
    assert [(one["before"], one["after"]) for one in told["changes"]] == [("retail", "wholesale")]
    await site.history.contact("Soon", "+79168880002")
    await site.history.orders("+79168880002", "150000")
    coming = (await program.get("/bands/coming")).json["items"]
    assert [(one["name"], one["next"]["band"]) for one in coming if one["name"] == "Soon"] == [
        ("Soon", "wholesale")
    ]


async def test_programs_pin_and_take_the_pin_off(site, group, program):
    async with site.store.read() as tx:
        [nina] = await tx.clients.contacts_of_company(group["North"].id)
    for address in (f"/companies/{group['North'].id}", f"/contacts/{nina.id}"):
        pinned = (await program.post(f"{address}/pin")).json["pinned"]
        assert pinned["by"]
        assert (await program.post(f"{address}/pin")).json["pinned"] == pinned
        assert (await program.get(f"{address}/band")).json["pinned"] == pinned
        assert (await program.post(f"{address}/unpin")).json["pinned"] is None
    assert (await program.post(f"/contacts/{new_id(site.history.now)}/pin")).status == 404


async def test_the_settings_switch_groups_off(site, group):
    admin = await site.browser("admin")
    html = await admin.text("/settings/bands")
    assert re.search(r'name="groups" value="1" checked', html)
    form = {"version": re.search(r'name="version" value="(\w*)"', html)[1]}
    form |= {"base": "retail", "window": "30d", "days": "1", "stale_days": "0", "hand_over_days": "0"}
    form |= {"name_0": "wholesale", "enter_0": "200000", "leave_0": "100000"}
    assert (await admin.post("/settings/bands", form)).status == 303
    async with site.store.read() as tx:
        assert (await tx.bands.settings()).groups is False
    html = await admin.text(f"/companies/{group['South'].id}")
    assert "each of them counts alone" in html
    assert "Turnover of the whole group" not in html
