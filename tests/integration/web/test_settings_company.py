# SPDX-License-Identifier: Apache-2.0
"""The company's page: saved at once for everybody, refused with the input kept, and never over somebody's change."""

import re

import pytest

from crm_core.domain.house import House
from crm_core.domain.turnover import Basis
from crm_core.usecases.set_house import SETTINGS
from web import keys

GOOD = {
    "region": "UA",
    "zone": "Europe/Kyiv",
    "currency": "uah",
    "turnover_basis": "shipped",
    "turnover_window": "12m",
    "wholesale_from": "15 000,50",
}


def version(text):
    return re.search(r'name="version" value="(\w*)"', text)[1]


@pytest.fixture
async def admin(site):
    return await site.browser("admin")


async def test_a_new_house_holds_at_once(site, admin):
    seen = version(await admin.text("/settings/company"))
    answer = await admin.post("/settings/company", GOOD | {"version": seen})
    assert (answer.status, answer.headers["Location"]) == (303, "/settings/company?saved")
    async with site.store.read() as tx:
        house = await tx.settings.house()
        [entry] = await tx.audit.of("settings", SETTINGS)
    assert (house.region, house.currency, str(house.wholesale_from)) == ("UA", "UAH", "15000.50")
    assert house.turnover_basis is Basis.SHIPPED
    assert site.app[keys.IN_FORCE].house == house
    assert (entry.actor.name, entry.after["zone"]) == ("admin", "Europe/Kyiv")
    assert 'data-zone="Europe/Kyiv"' in await admin.text("/settings/company?saved")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("region", "XX"),
        ("zone", "Europe/../../etc"),
        ("zone", "Mars/Base"),
        ("currency", "ABC"),
        ("currency", "<b>"),
        ("turnover_basis", "never"),
        ("turnover_window", ""),
        ("wholesale_from", "-1"),
        ("wholesale_from", "1e99"),
        ("wholesale_from", "much"),
        ("zone", "x" * 101),
    ],
)
async def test_what_is_not_right_is_said_beside_its_field(site, admin, name, value):
    seen = version(await admin.text("/settings/company"))
    answer = await admin.post("/settings/company", GOOD | {"version": seen, name: value})
    text = await answer.text()
    assert answer.status == 422
    assert f'id="f-{name}-error"' in text
    assert "Europe/Kyiv" in text or name == "zone"  # the input is kept
    async with site.store.read() as tx:
        assert await tx.settings.house() == House()


async def test_the_second_sees_what_the_first_changed_and_chooses(site, admin):
    seen = version(await admin.text("/settings/company"))
    other = await site.browser("admin")
    await other.post("/settings/company", GOOD | {"version": seen, "currency": "EUR"})
    answer = await admin.post("/settings/company", GOOD | {"version": seen, "currency": "USD"})
    text = await answer.text()
    assert answer.status == 409
    assert "<b>Currency</b>: EUR" in text
    assert 'value="USD"' in text
    assert "<b>Country</b>" not in text  # what is the same is not shown
    again = await admin.post("/settings/company", GOOD | {"version": version(text), "currency": "USD"})
    assert again.status == 303
    async with site.store.read() as tx:
        assert (await tx.settings.house()).currency == "USD"


async def test_a_change_by_another_process_is_followed(site):
    from web.follow_settings import _catch_up

    async with site.store.read() as tx:
        seq = await tx.changes.last_seq()
    async with site.store.begin() as tx:
        await tx.settings.save_house(House(currency="IDR"))
        tx.changes.add("settings", SETTINGS, site.history.now)
    await _catch_up(site.app, seq)
    assert site.app[keys.IN_FORCE].house.currency == "IDR"
