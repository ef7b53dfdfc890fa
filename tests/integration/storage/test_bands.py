# SPDX-License-Identifier: Apache-2.0
"""Bands over the database: by orders at once, by the day for all, and told to nobody twice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from crm_core.domain.band_history import Pin, Why
from crm_core.domain.bands import Band, Bands, Rate
from crm_core.domain.client import ClientKind
from crm_core.domain.house import House
from crm_core.domain.received import ReceivedClient
from crm_core.usecases.put_bands import put_bands
from crm_core.usecases.step_bands import step_all
from crm_core.usecases.trail import Trail
from crm_core.usecases.upsert_orders import upsert_orders
from tests.support.builders import ANNA, NOW, a_received_order

TODAY = NOW.astimezone(House().tzinfo).date()
LIGHTS = ReceivedClient(name="Maria", phones=("+79161000003",), company="Northern Lights", tax_id="77")
DAY = timedelta(days=1)


async def owner(store, number="+79161000001"):
    async with store.read() as tx:
        return (await tx.clients.owners_of([number]))[number][0]


async def standing(store, client_id):
    """Their band and its changes, oldest first."""
    async with store.read() as tx:
        known = (await tx.bands.known([client_id])).get(client_id)
        return known, list(reversed(await tx.bands.changes_of(client_id)))


async def set_bands(store, bands):
    async with store.begin() as tx:
        await tx.bands.save_settings(bands)


async def buy(store, amount, number="A-1", at=NOW, **more):
    await upsert_orders(store, [a_received_order(number, str(amount), **more)], ANNA, at)


async def test_an_order_lifts_its_client_at_once_and_says_so(store):
    await step_all(store, NOW)
    await buy(store, 250_000)
    contact = (await owner(store)).contact_id
    known, [change] = await standing(store, contact)
    assert (known.kind, known.state.band, known.state.since) == (ClientKind.CONTACT, "wholesale", TODAY)
    assert known.state.turnover == 250_000
    assert (change.before, change.after, change.why) == ("retail", "wholesale", Why.ORDERS)
    async with store.read() as tx:
        assert "band" in {change.kind for change in await tx.changes.since(0)}
        assert await tx.bands.counts() == {"wholesale": 1}


async def test_a_company_has_the_band_of_all_its_people(store):
    await buy(store, 120_000, "A-1", client=LIGHTS)
    await buy(store, 120_000, "A-2", client=replace(LIGHTS, name="Ivan", phones=("+79161000004",)))
    person = await owner(store, "+79161000003")
    async with store.read() as tx:
        contact = await tx.clients.contact(person.contact_id)
        assert await tx.bands.accounts_of([contact.id]) == {
            contact.id: (ClientKind.COMPANY, contact.company_id)
        }
    known, [change] = await standing(store, contact.company_id)
    assert (known.state.band, known.state.turnover) == ("wholesale", 240_000)
    assert change.why is Why.SETTINGS  # nobody had looked before: nobody is handed over
    assert await standing(store, contact.id) == (None, [])


async def test_a_look_at_all_is_repeatable_and_leaves_the_band_after_its_days(store):
    await buy(store, 250_000)
    contact = (await owner(store)).contact_id
    assert (await step_all(store, NOW)).changes == 0
    first = await standing(store, contact)
    await step_all(store, NOW)
    assert await standing(store, contact) == first
    await set_bands(
        store,
        Bands(bands=(Band(name="wholesale", enter=Decimal(200_000), leave=Decimal(150_000)),), stale_days=0),
    )
    await step_all(store, NOW)
    # Paid yesterday: out of the 30 days on TODAY + 29, fourteen days later the band is left.
    await step_all(store, NOW + 42 * DAY)
    assert (await standing(store, contact))[0].state.band == "wholesale"
    assert (await standing(store, contact))[0].state.below_since == TODAY + 29 * DAY
    assert (await step_all(store, NOW + 43 * DAY)).changes == 1
    known, changes = await standing(store, contact)
    assert [(one.before, one.after, one.day) for one in changes] == [
        ("retail", "wholesale", TODAY),
        ("wholesale", "retail", TODAY + 43 * DAY),
    ]
    assert known.state.band == "retail"
    async with store.read() as tx:
        last = await tx.changes.last_seq()
    await step_all(store, NOW + 43 * DAY)
    async with store.read() as tx:
        assert [one.kind for one in await tx.changes.since(last)] == ["bands"]


async def test_who_is_in_a_band_that_is_called_otherwise_stays_in_it_with_the_days_they_have_there(store):
    await step_all(store, NOW)
    await buy(store, 250_000)
    contact = (await owner(store)).contact_id
    band = Band(name="wholesale", enter=Decimal(200_000), leave=Decimal(150_000))
    await set_bands(store, bands := Bands(bands=(band,), stale_days=0))
    await step_all(store, NOW + 35 * DAY)  # below the lower limit, not yet for its days
    before, told = await standing(store, contact)
    trail = Trail(ANNA, NOW + 35 * DAY)
    async with store.begin() as tx:
        called = replace(bands, base="small", bands=(replace(band, name="big"),))
        await put_bands(tx, called, trail, called={"wholesale": "big"})
        await trail.write(tx)
    assert (await step_all(store, NOW + 35 * DAY)).changes == 0
    now, after = await standing(store, contact)
    assert now.state == replace(before.state, band="big")
    assert (now.next, after) == (replace(before.next, band="small") if before.next else None, told)


async def test_where_no_orders_come_any_more_bands_stay_and_say_so(store):
    await buy(store, 250_000)
    contact = (await owner(store)).contact_id
    await step_all(store, NOW)
    stepped = await step_all(store, NOW + 60 * DAY)
    assert stepped.stale_since == TODAY
    async with store.read() as tx:
        look = await tx.bands.look()
    assert (look.day, look.stale_since) == (TODAY, TODAY)
    assert (await standing(store, contact))[0].state.band == "wholesale"
    await buy(store, 10, "B-1", at=NOW + 60 * DAY, phone="+79161000099")
    assert (await step_all(store, NOW + 60 * DAY)).stale_since is None
    async with store.read() as tx:
        assert (await tx.bands.look()).day == TODAY + 60 * DAY


async def test_foreign_orders_count_by_their_rate_and_are_named_without_one(store):
    await buy(store, 1000, "A-1", currency="EUR")
    await buy(store, 300, "A-2", currency="USD")
    contact = (await owner(store)).contact_id
    known, _ = await standing(store, contact)
    assert (known.state.band, known.state.turnover) == ("retail", 0)
    assert known.state.apart == {"EUR": 1000, "USD": 300}
    rate = Rate(currency="EUR", since=TODAY - 5 * DAY, rate=Decimal("210.337"))
    async with store.read() as tx:
        usual = await tx.bands.settings()
        both = await tx.bands.unrated(usual, House())
    await set_bands(store, replace(usual, rates=(rate,)))
    await step_all(store, NOW)
    known, [change] = await standing(store, contact)
    assert (known.state.band, known.state.turnover, known.state.apart) == (
        "wholesale",
        210_337,
        {"USD": 300},
    )
    assert change.why is Why.SETTINGS
    async with store.read() as tx:
        left = await tx.bands.unrated(await tx.bands.settings(), House())
    assert [(one.currency, one.orders, one.amount) for one in both] == [("EUR", 1, 1000), ("USD", 1, 300)]
    assert [one.currency for one in left] == ["USD"]


async def test_who_will_cross_within_a_week_is_listed(store):
    await buy(store, 150_000)
    async with store.read() as tx:
        [(known, name)] = await tx.bands.crossings(10)
    assert (known.next.band, known.next.pace, name) == ("wholesale", True, "+79161000001")
    assert TODAY < known.next.on <= TODAY + 7 * DAY


async def test_settings_come_back_as_they_were_kept(store):
    bands = Bands(
        base="small",
        base_team="retail",
        bands=(Band(name="Großkunden", enter=Decimal("10.50"), leave=Decimal("9.25"), team="wholesale"),),
        days=3,
        stale_days=0,
        hand_over_days=2,
        rates=(Rate(currency="EUR", since=TODAY, rate=Decimal("97.4312")),),
    )
    await set_bands(store, bands)
    async with store.read() as tx:
        assert await tx.bands.settings() == bands


@pytest.mark.parametrize("kind", list(ClientKind))
async def test_a_pin_is_kept_and_taken_away(store, kind):
    pin = Pin(kind=kind, client_id=(await _made(store)), at=NOW, by="anna")
    async with store.begin() as tx:
        await tx.bands.pin(pin)
        await tx.bands.pin(pin)
        assert await tx.bands.pins([pin.client_id]) == {pin.client_id: pin}
        await tx.bands.unpin(pin.client_id)
        assert await tx.bands.pins([pin.client_id]) == {}


async def _made(store):
    await buy(store, 1)
    return (await owner(store)).contact_id
