# SPDX-License-Identifier: Apache-2.0
"""The page of turnover bands, the chip on the card, the filter of the lists, and the pin."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from crm_core.domain.band_history import KnownBand
from crm_core.domain.bands import Band, BandState, Rate
from crm_core.domain.client import ClientKind
from crm_core.domain.ids import new_id
from crm_core.domain.people import Team
from crm_core.usecases.set_house import SETTINGS
from crm_core.usecases.step_bands import step_all
from crm_core.usecases.upsert_orders import upsert_orders
from tests.support.builders import ANNA, a_received_order
from web import keys

GOOD = {
    "base": "small",
    "base_team": "",
    "name_0": "key <b>",
    "enter_0": "1 000 000,50",
    "leave_0": "900000",
    "team_0": "big",
    "name_1": "wholesale",
    "enter_1": "200000",
    "leave_1": "150000",
    "window": "12m",
    "days": "10",
    "stale_days": "0",
    "hand_over_days": "2",
    "rates": "eur 2026-01-31 97,45\n\nUSD 2026-01-31 80",
}


@pytest.fixture
async def admin(site):
    async with site.store.begin() as tx:
        await tx.people.add_team(Team(id=new_id(site.app[keys.CLOCK]()), name="big", members=frozenset()))
    return await site.browser("admin")


def version(text):
    return re.search(r'name="version" value="(\w*)"', text)[1]


async def save(admin, **changes):
    seen = version(await admin.text("/settings/bands"))
    return await admin.post("/settings/bands", GOOD | {"version": seen} | changes)


async def test_what_is_saved_is_kept_told_and_shown_again(site, admin):
    answer = await save(admin)
    assert (answer.status, answer.headers["Location"]) == (303, "/settings/bands?saved")
    async with site.store.read() as tx:
        bands = await tx.bands.settings()
        [entry] = await tx.audit.of("bands", SETTINGS)
    assert bands.bands == (
        Band(name="wholesale", enter=Decimal(200_000), leave=Decimal(150_000)),
        Band(name="key <b>", enter=Decimal("1000000.50"), leave=Decimal(900_000), team="big"),
    )
    assert [(one.currency, one.rate) for one in bands.rates] == [
        ("EUR", Decimal("97.45")),
        ("USD", Decimal(80)),
    ]
    assert isinstance(bands.rates[0], Rate)
    assert entry.after["base"] == "small"
    text = await admin.text("/settings/bands?saved")
    assert "key &lt;b&gt;" in text
    assert 'value="1000000.5"' in text
    assert "EUR 2026-01-31 97.45" in text


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("days", "-1", 422),
        ("days", "367", 422),
        ("stale_days", "many", 422),
        ("window", "never", 422),
        ("base", "", 422),
        ("base", "wholesale", 422),
        ("leave_1", "200001", 422),
        ("enter_1", "much", 422),
        ("enter_1", "0.001", 422),
        ("team_0", "nobody knows them", 422),
        ("rates", "EUR 97.45", 422),
        ("rates", "EUR 2026-02-31 97.45", 422),
        ("rates", "XXQ 2026-01-31 97.45", 422),
        ("rates", "EUR 2026-01-31 NaN", 422),
        ("rates", "EUR 2026-01-31 -1", 422),
        ("rates", "EUR 2026-01-31 1E-99999", 422),  # written out it is a book
        ("rates", "EUR 0001-01-01 97.45", 422),
        ("rates", "RUB 2026-01-31 1", 422),
        ("version", "seen-long-ago", 409),
    ],
)
async def test_what_makes_no_sense_is_refused_and_stays_in_the_form(site, admin, name, value, status):
    answer = await save(admin, **{name: value})
    assert answer.status == status
    text = await answer.text()
    assert "key &lt;b&gt;" in text
    async with site.store.read() as tx:
        assert (await tx.bands.settings()).base == "retail"


async def test_a_band_is_called_otherwise_in_its_row_and_keeps_who_is_in_it(site, admin):
    await save(admin)
    async with site.store.begin() as tx:
        company, *_ = await tx.clients.page_of_companies(None, 1)
        day = date(2026, 11, 1)
        state = BandState(band="wholesale", since=day, as_of=day)
        one = KnownBand(kind=ClientKind.COMPANY, client_id=company.id, state=state, currency="RUB")
        await tx.bands.save([one])
    text = await admin.text("/settings/bands")
    assert 'name="was_0" value="wholesale"' in text
    rows = {"was_0": "wholesale", "name_0": "opt", "enter_0": "200000", "leave_0": "150000"}
    rows |= {"was_1": "key <b>", "name_1": "key <b>", "enter_1": "1000000", "leave_1": "900000"}
    assert (await save(admin, **rows)).status == 303
    async with site.store.read() as tx:
        known = (await tx.bands.known([company.id]))[company.id]
    assert known == replace(one, state=replace(state, band="opt"))


async def test_a_band_that_rules_ask_for_keeps_its_name(site, admin):
    await save(admin)
    rule = {"id": "x", "when": {"band": ["wholesale", "none"]}, "step": []}
    async with site.store.begin() as tx:
        now = site.app[keys.CLOCK]()
        await tx.routing.publish({"rule": [rule]}, source="test", digest="x", now=now)
    answer = await save(admin, name_1="opt")
    assert (answer.status, "name a band of before" in await answer.text()) == (422, True)
    assert (await save(admin, enter_1="300000", base="smallest")).status == 303


async def test_a_client_has_their_band_on_the_card_in_lists_and_in_the_history(site, admin):
    now = site.app[keys.CLOCK]()
    await step_all(site.store, now - timedelta(days=1))
    more = {"ordered_at": now - timedelta(hours=1)}
    orders = [
        a_received_order("B-1", "300000", phone="+79168880001", **more),
        a_received_order("B-2", "10", phone="+79168880002", currency="EUR", **more),
    ]
    await upsert_orders(site.store, orders, ANNA, now)
    async with site.store.read() as tx:
        owners = await tx.clients.owners_of(["+79168880001", "+79168880002"])
    big, foreign = (owners[number][0].contact_id for number in ("+79168880001", "+79168880002"))
    card = await admin.text(f"/contacts/{big}")
    assert "retail → wholesale" in card
    assert "has no rate" in await admin.text(f"/contacts/{foreign}")
    listed = await admin.text("/contacts?band=wholesale&cols=band")
    assert str(big) in listed
    assert str(foreign) not in listed
    others = await admin.text("/contacts?band=retail&q=%2B79168880002")
    assert str(foreign) in others
    assert str(big) not in await admin.text("/contacts?band=retail&q=%2B79168880001")
    page = await admin.text("/settings/bands")
    assert "retail → wholesale" in page
    assert "EUR" in page


async def test_a_manager_is_pinned_and_unpinned_by_a_button(site, admin):
    now = site.app[keys.CLOCK]()
    await upsert_orders(site.store, [a_received_order("B-1", "300000", phone="+79168880001")], ANNA, now)
    async with site.store.read() as tx:
        client = (await tx.clients.owners_of(["+79168880001"]))["+79168880001"][0].contact_id
    await admin.text(f"/contacts/{client}")
    answer = await admin.post(f"/contacts/{client}/pin", {})
    assert answer.status == 303
    assert f"/contacts/{client}/unpin" in await admin.text(f"/contacts/{client}")
    assert (await admin.post(f"/contacts/{client}/unpin", {})).status == 303
    assert f"/contacts/{client}/pin" in await admin.text(f"/contacts/{client}")
    assert (await admin.post(f"/contacts/{new_id(now)}/pin", {})).status == 404
