# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from crm_core.domain.client import ClientKind
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.house import House
from crm_core.domain.ids import new_id
from crm_core.domain.order import OrderStatus
from crm_core.domain.people import OwnNumber
from crm_core.domain.received import Outcome, ReceivedClient, Verdict
from crm_core.domain.turnover import Basis, Window, entries, turnover
from crm_core.usecases.save_company import create_company
from crm_core.usecases.save_contact import create_contact, edit_contact
from crm_core.usecases.set_house import set_house
from crm_core.usecases.upsert_clients import upsert_clients
from crm_core.usecases.upsert_orders import upsert_orders
from tests.support.builders import ANNA, NOW, a_received_order

MOSCOW = ZoneInfo("Europe/Moscow")
TODAY = NOW.astimezone(MOSCOW).date()
CONTACT, COMPANY = ClientKind.CONTACT, ClientKind.COMPANY
CREATED, UNCHANGED = Verdict(Outcome.CREATED), Verdict(Outcome.UNCHANGED)
LIGHTS = ReceivedClient(name="Maria", phones=("+79161000003",), company="Northern Lights", tax_id="77")


async def bought(store, kind, client_id, window=Window.DAYS_30, currency="RUB", today=TODAY):
    async with store.read() as tx:
        return await tx.orders.turnover(kind, client_id, window, today, currency)


async def owner(store, number="+79161000001"):
    async with store.read() as tx:
        return (await tx.clients.owners_of([number]))[number][0].contact_id


async def test_an_order_finds_or_makes_its_client_and_counts_at_once(store):
    assert await upsert_orders(store, [a_received_order(amount="48300.50")], ANNA, NOW) == [CREATED]
    contact_id = await owner(store)
    assert await bought(store, CONTACT, contact_id) == Decimal("48300.50")
    async with store.read() as tx:
        (order,) = await tx.orders.of_client(CONTACT, contact_id)
        kinds = {change.kind for change in await tx.changes.since(0)}
        (entry,) = await tx.audit.of("order", order.id)
    assert order.currency == "RUB"
    assert kinds == {"contact", "phone_number", "order", "contact_turnover"}
    assert entry.after["number"] == "A-1"


async def test_telling_it_again_changes_nothing(store):
    order = a_received_order()
    await upsert_orders(store, [order], ANNA, NOW)
    async with store.read() as tx:
        last = await tx.changes.last_seq()
    later = NOW + timedelta(days=1)
    assert await upsert_orders(store, [order, order], ANNA, later) == [UNCHANGED, UNCHANGED]
    async with store.read() as tx:
        assert await tx.changes.last_seq() == last


async def test_a_return_subtracts(store):
    order = a_received_order(amount="1000")
    await upsert_orders(store, [order], ANNA, NOW)
    back = replace(order, returned=Decimal(300))
    assert await upsert_orders(store, [back], ANNA, NOW) == [Verdict(Outcome.UPDATED)]
    assert await bought(store, CONTACT, await owner(store)) == 700


async def test_a_refused_order_leaves_nothing_and_disturbs_nobody(store):
    good = a_received_order("A-1")
    bad = [
        a_received_order("A-2", phone="101", client=ReceivedClient(phones=("101",), company="Ghost")),
        a_received_order("A-3", amount="-5", phone="+79161000099"),
        a_received_order("A-4", client=ReceivedClient()),
        a_received_order("A-5", client=ReceivedClient(name="x", manager="nobody")),
    ]
    verdicts = await upsert_orders(store, [*bad, good], ANNA, NOW)
    assert [v.outcome for v in verdicts] == [Outcome.REFUSED] * 4 + [Outcome.CREATED]
    assert all(v.why for v in verdicts[:4])
    async with store.read() as tx:
        assert await tx.clients.count(CONTACT) == 1
        assert await tx.clients.count(COMPANY) == 0


async def test_an_order_of_our_own_number_is_refused(store):
    async with store.begin() as tx:
        await tx.people.add_own_number(OwnNumber(id=new_id(NOW), e164="+79161000001", label="Main"))
    (verdict,) = await upsert_orders(store, [a_received_order()], ANNA, NOW)
    assert "our own" in verdict.why


async def test_an_order_does_not_rename_its_client(store):
    contact = await create_contact(store, {"name": "Olga Petrova", "external_id": "c1"}, ANNA, NOW)
    told = ReceivedClient(name="PETROVA O.", external_id="c1")
    await upsert_orders(store, [a_received_order(client=told)], ANNA, NOW)
    async with store.read() as tx:
        assert await tx.clients.contact(contact.id) == contact


async def test_turnover_rolls_up_to_the_company(store):
    await upsert_orders(store, [a_received_order(client=LIGHTS, amount="640000")], ANNA, NOW)
    maria = await owner(store, "+79161000003")
    async with store.read() as tx:
        contact = await tx.clients.contact(maria)
        company = await tx.clients.company(contact.company_id)
    assert company.name == "Northern Lights"
    assert await bought(store, COMPANY, company.id) == await bought(store, CONTACT, maria) == 640_000


async def test_what_somebody_bought_before_joining_a_company_rolls_up_too(store):
    await upsert_orders(store, [a_received_order(amount="500")], ANNA, NOW)
    company = await create_company(store, {"name": "Lights"}, ANNA, NOW)
    contact_id = await owner(store)
    await edit_contact(store, contact_id, {"company_id": company.id}, ANNA, NOW)
    assert await bought(store, COMPANY, company.id) == 500
    async with store.read() as tx:
        assert len(await tx.orders.of_client(COMPANY, company.id)) == 1
        assert [e.company_id async for e in tx.orders.all_entries("RUB")] == [company.id]
        assert ("company_turnover", company.id) in {(c.kind, c.id) for c in await tx.changes.since(0)}


async def test_a_companys_own_order_has_no_contact(store):
    (verdict,) = await upsert_orders(
        store, [a_received_order(client=ReceivedClient(company="Lights"), amount="5")], ANNA, NOW
    )
    assert verdict == CREATED
    async with store.read() as tx:
        company = (await tx.clients.companies_by_names(["Lights"]))["Lights"]
        assert await tx.clients.count(CONTACT) == 0
    assert await bought(store, COMPANY, company.id) == 5


async def test_every_window_is_what_the_pure_function_says(store):
    orders = [
        a_received_order(f"A-{days}", amount=str(1000 + days), ordered_at=NOW - timedelta(days=days))
        for days in (0, 1, 19, 20, 29, 30, 45, 51, 200, 364, 365, 500)
    ]
    await upsert_orders(store, orders, ANNA, NOW)
    contact_id = await owner(store)
    async with store.read() as tx:
        kept = await tx.orders.of_client(CONTACT, contact_id, limit=100)
        days = await tx.orders.turnover_days(CONTACT, contact_id, "RUB")
        recent = await tx.orders.turnover_days(CONTACT, contact_id, "RUB", since=TODAY)
    pure = [(e.day, e.amount) for order in kept for e in entries(order, Basis.PAID, MOSCOW)]
    assert sorted(pure) == days
    assert recent == [(TODAY, 1000)]
    for window in Window:
        assert await bought(store, CONTACT, contact_id, window) == turnover(pure, window, TODAY)


async def test_another_currency_is_counted_apart(store):
    orders = [a_received_order("A-1", "100"), a_received_order("A-2", "500", currency="JPY")]
    await upsert_orders(store, orders, ANNA, NOW)
    contact_id = await owner(store)
    assert await bought(store, CONTACT, contact_id) == 100
    assert await bought(store, CONTACT, contact_id, currency="JPY") == 500


async def test_a_new_basis_counts_everything_anew(store):
    open_order = a_received_order("A-2", "50", status=OrderStatus.NEW)
    await upsert_orders(store, [a_received_order("A-1", "100"), open_order], ANNA, NOW)
    contact_id = await owner(store)
    await set_house(store, House(turnover_basis=Basis.ORDERED), ANNA, NOW)
    assert await bought(store, CONTACT, contact_id) == 150
    await set_house(store, House(turnover_basis=Basis.SHIPPED), ANNA, NOW)
    assert await bought(store, CONTACT, contact_id) == 0
    await set_house(store, House(), ANNA, NOW)
    assert await bought(store, CONTACT, contact_id) == 100
    async with store.read() as tx:
        assert await tx.settings.house() == House()
        assert "settings" in {change.kind for change in await tx.changes.since(0)}


async def test_a_new_zone_moves_the_days(store):
    night = NOW.replace(day=1, month=11, hour=21, minute=30) - timedelta(days=1)  # 1 November in Moscow
    await upsert_orders(store, [a_received_order(ordered_at=night)], ANNA, NOW)
    contact_id = await owner(store)
    assert await bought(store, CONTACT, contact_id, Window.THIS_MONTH) == 1000
    await set_house(store, House(zone="UTC"), ANNA, NOW)
    assert await bought(store, CONTACT, contact_id, Window.THIS_MONTH) == 0
    assert await bought(store, CONTACT, contact_id, Window.LAST_MONTH) == 1000


async def test_a_region_that_does_not_exist_is_refused(store):
    with pytest.raises(InvalidInputError, match="XQ"):
        await set_house(store, House(region="XQ"), ANNA, NOW)


async def test_all_orders_come_in_batches(store):
    await upsert_orders(store, [a_received_order(f"A-{n}") for n in range(5)], ANNA, NOW)
    async with store.read() as tx:
        batches = [batch async for batch in tx.orders.all_orders(batch=2)]
    assert [len(batch) for batch in batches] == [2, 2, 1]


async def test_clients_come_in_twice_and_stay_the_same(store):
    told = [LIGHTS, ReceivedClient(company="Lights 2", phones=("84957770000",)), ReceivedClient(email="x")]
    first = await upsert_clients(store, told, ANNA, NOW)
    assert [v.outcome for v in first] == [Outcome.CREATED, Outcome.CREATED, Outcome.REFUSED]
    again = await upsert_clients(store, told, ANNA, NOW + timedelta(days=1))
    assert [v.outcome for v in again] == [Outcome.UNCHANGED, Outcome.UNCHANGED, Outcome.REFUSED]


async def test_a_client_told_anew_is_brought_up_to_date(store):
    await upsert_clients(store, [LIGHTS], ANNA, NOW)
    news = replace(LIGHTS, name="Maria Orlova", email="m@lights.com", phones=("+79161000003", "+79161000004"))
    (verdict,) = await upsert_clients(store, [news], ANNA, NOW)
    assert verdict.outcome is Outcome.UPDATED
    async with store.read() as tx:
        assert await tx.clients.count(CONTACT) == 1
        (found,) = await tx.clients.search("1000004")
        assert (found.name, found.company) == ("Maria Orlova", "Northern Lights")


async def test_a_shared_number_does_not_join_two_people_with_ids_of_their_own(store):
    one, other = (ReceivedClient(name=n, external_id=n, phones=("+79161000001",)) for n in ("one", "other"))
    verdicts = await upsert_clients(store, [one, other], ANNA, NOW)
    assert verdicts == [CREATED, CREATED]
