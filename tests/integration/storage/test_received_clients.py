# SPDX-License-Identifier: Apache-2.0
"""Clients as files tell them: the same company in other letters, and who was put away."""

import pytest

from crm_core.domain.client import ClientKind
from crm_core.domain.received import Outcome, ReceivedClient
from crm_core.usecases.archive_client import archive_client, restore_client
from crm_core.usecases.upsert_clients import upsert_clients
from crm_core.usecases.upsert_orders import upsert_orders
from tests.support.builders import ANNA, NOW, a_received_order


async def outcomes(store, *told):
    return [(v.outcome, v.why) for v in await upsert_clients(store, told, ANNA, NOW)]


async def companies(store):
    async with store.read() as tx:
        return [one.name for one in await tx.clients.page_of_companies(None, 10)]


@pytest.mark.parametrize("together", [True, False])
async def test_a_name_in_other_letters_is_the_same_company(store, together):
    told = [
        ReceivedClient(name="Olga", phones=("89161000001",), company="ООО «Ёлка»"),
        ReceivedClient(name="Ivan", phones=("89161000002",), company="ооо  «елка»"),
        ReceivedClient(name="Maria", phones=("89161000003",), company="ООО «ЁЛКА»"),
        ReceivedClient(name="Pavel", phones=("89161000004",), company="ООО «Ёлка» и Ко"),
    ]
    for batch in [told] if together else [[one] for one in told]:
        assert {outcome for outcome, _ in await outcomes(store, *batch)} == {Outcome.CREATED}
    assert sorted(await companies(store)) == ["ООО «Ёлка»", "ООО «Ёлка» и Ко"]


@pytest.mark.parametrize("name", ["100% Хлеб_", "a\\b|c", "'\";--", "ИП", "*"])
async def test_any_sign_may_stand_in_a_name(store, name):
    told = ReceivedClient(name="Olga", phones=("89161000001",), company=name)
    await outcomes(store, told)
    assert await outcomes(store, told) == [(Outcome.UNCHANGED, "")]
    assert await companies(store) == [name]


async def test_who_was_put_away_is_not_brought_back_by_a_list(store):
    olga = ReceivedClient(name="Olga", external_id="c-1", phones=("89161000001",))
    await outcomes(store, olga)
    async with store.read() as tx:
        (kept,) = (await tx.clients.contacts_by_external_ids(["c-1"])).values()
    await archive_client(store, ClientKind.CONTACT, kept.id, ANNA, NOW)
    news = ReceivedClient(name="Olga Petrova", external_id="c-1", phones=("89161000001",))
    assert await outcomes(store, news) == [(Outcome.REFUSED, "Olga is archived here; restore them first")]
    # What she buys stays hers all the same: nothing sold is lost.
    (verdict,) = await upsert_orders(store, [a_received_order(client=news)], ANNA, NOW)
    assert verdict.outcome is Outcome.CREATED
    async with store.read() as tx:
        assert len(await tx.orders.of_client(ClientKind.CONTACT, kept.id)) == 1
        assert (await tx.clients.contact(kept.id)).archived_at
    await restore_client(store, ClientKind.CONTACT, kept.id, ANNA, NOW)
    assert await outcomes(store, news) == [(Outcome.UPDATED, "")]


SHARED = "89161000044"
IVAN, PETR = (ReceivedClient(name=n, external_id=n.lower(), phones=(SHARED,)) for n in ("Ivan", "Petr"))


@pytest.fixture
async def sharers(store):
    """Two clients who have one number."""
    assert await outcomes(store, IVAN, PETR) == [(Outcome.CREATED, "")] * 2
    return store


async def whose(store, number):
    async with store.read() as tx:
        order = (await tx.orders.by_numbers([number])).get(number)
        return (await tx.clients.contact(order.contact_id)).name if order and order.contact_id else None


async def test_a_number_of_two_says_nothing_and_the_report_says_so(sharers):
    """It was taken for the first one's: the second one's orders and e-mail went to the first."""
    [(outcome, why)] = await outcomes(sharers, ReceivedClient(phones=(SHARED,), email="x@example.com"))
    assert outcome is Outcome.REFUSED
    assert why.startswith("+79161000044 is a number of several: Ivan, Petr. Say which of them")
    [verdict] = await upsert_orders(sharers, [a_received_order("S-1", phone=SHARED)], ANNA, NOW)
    assert (verdict.outcome, verdict.why) == (Outcome.REFUSED, why)
    assert await whose(sharers, "S-1") is None
    firm = ReceivedClient(phones=(SHARED,), company="A new firm")
    [verdict] = await upsert_orders(sharers, [a_received_order("S-2", client=firm)], ANNA, NOW)
    assert verdict.outcome is Outcome.REFUSED
    assert await companies(sharers) == [], "nothing half done is left behind"


@pytest.mark.parametrize(
    "told",
    [
        ReceivedClient(external_id="petr", phones=(SHARED,)),
        ReceivedClient(name="  PETR ", phones=(SHARED,)),
        ReceivedClient(phones=(SHARED, "89161000045")),
    ],
    ids=["external id", "name", "another number"],
)
async def test_what_tells_them_apart_is_believed(sharers, told):
    await outcomes(sharers, ReceivedClient(external_id="petr", phones=("89161000045",)))
    [verdict] = await upsert_orders(sharers, [a_received_order("S-3", client=told)], ANNA, NOW)
    assert verdict.outcome is Outcome.CREATED
    assert await whose(sharers, "S-3") == "Petr"


async def test_somebody_with_an_id_of_their_own_is_a_third(sharers):
    third = ReceivedClient(name="Olga", external_id="olga", phones=(SHARED,))
    assert await outcomes(sharers, third, third) == [(Outcome.CREATED, ""), (Outcome.UNCHANGED, "")]


async def test_a_number_of_two_companies_says_nothing_either(store):
    firms = [ReceivedClient(company=name, phones=(SHARED,)) for name in ("North", "South")]
    assert [outcome for outcome, _ in await outcomes(store, *firms)] == [Outcome.CREATED] * 2
    told = ReceivedClient(phones=(SHARED,))
    [verdict] = await upsert_orders(store, [a_received_order("S-4", client=told)], ANNA, NOW)
    assert "is a number of several: North, South" in verdict.why
    told = ReceivedClient(phones=(SHARED,), company="South")
    [verdict] = await upsert_orders(store, [a_received_order("S-4", client=told)], ANNA, NOW)
    assert verdict.outcome is Outcome.CREATED
