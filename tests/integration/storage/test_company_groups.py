# SPDX-License-Identifier: Apache-2.0
"""Groups of companies over the database: one band for all, followed in memory, handed over as one client."""

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from crm_core.domain.bands import Band, Bands, Rate
from crm_core.domain.client import ClientKind
from crm_core.domain.company_group import upwards
from crm_core.domain.directory import Directory, PartyKind
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.listing import ListQuery
from crm_core.domain.people import Team
from crm_core.domain.received import ReceivedClient
from crm_core.domain.turnover import Window
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.archive_client import archive_client
from crm_core.usecases.hand_over import hand_over_due, set_pin
from crm_core.usecases.save_company import edit_company
from crm_core.usecases.save_contact import edit_contact
from crm_core.usecases.step_bands import step_all
from crm_core.usecases.trail import Trail
from crm_core.usecases.upsert_clients import upsert_clients
from crm_core.usecases.upsert_orders import upsert_orders
from tests.support.builders import ANNA, NOW, a_company, a_contact, a_number, a_received_order, a_user

LIMITS = Bands(
    base_team="retail",
    bands=(Band(name="wholesale", enter=Decimal(200_000), leave=Decimal(150_000), team="wholesale"),),
)


class Group:
    """A holding, its north and its south, and a company that stands alone; each has a contact with a number."""

    def __init__(self, store) -> None:
        self.store = store
        self.directory = Directory()
        self.source = DirectorySource(store, self.directory, lambda: NOW)
        self.companies = {name: a_company(name) for name in ("Holding", "North", "South", "Alone")}
        self.numbers = {name: f"+7495000000{n}" for n, name in enumerate(self.companies)}

    def __getitem__(self, name) -> UUID:
        return self.companies[name].id

    async def make(self):
        async with self.store.begin() as tx:
            await tx.bands.save_settings(LIMITS)
            await tx.clients.save_companies(list(self.companies.values()))
            for name, number in self.numbers.items():
                person = a_contact(f"{name}'s", company_id=self[name])
                await tx.clients.save_contacts([person])
                await tx.clients.add_phone_numbers([a_number(number, contact_id=person.id)])
        await step_all(self.store, NOW)
        await self.source.load()

    async def join(self, child, parent):
        fields = {"parent_id": self[parent] if parent else None}
        await edit_company(self.store, self[child], fields, ANNA, NOW)

    async def buy(self, name, amount, number="A", at=NOW, **more):
        order = a_received_order(f"{name}-{number}", str(amount), phone=self.numbers[name], **more)
        [verdict] = await upsert_orders(self.store, [order], ANNA, at)
        assert not verdict.why

    async def band(self, name):
        """Of what is kept under this company itself."""
        async with self.store.read() as tx:
            known = (await tx.bands.known([self[name]])).get(self[name])
        return (known.state.band, known.state.turnover) if known else None

    async def told(self, name):
        """What routing knows, held against a fresh load and against `rolodial route`."""
        await self.source.catch_up()
        number = self.numbers[name]
        followed = self.directory.identify(number)
        for load in ("load", "load_one"):
            fresh = Directory()
            source = DirectorySource(self.store, fresh, lambda: NOW)
            await (source.load() if load == "load" else source.load_one(number))
            other = fresh.identify(number)
            for fact in ("turnover", "band", "band_since", "group_id", "group_name", "manager_id"):
                assert getattr(other, fact) == getattr(followed, fact), (load, fact)
        return followed.band, followed.turnover["30d"] // 100, followed.group_name


@pytest.fixture
async def group(store):
    made = Group(store)
    await made.make()
    return made


async def test_what_all_of_them_buy_lifts_all_of_them(group):
    await group.buy("North", 120_000)
    await group.buy("South", 90_000)
    assert await group.band("Holding") is None
    await group.join("North", "Holding")
    assert await group.told("North") == ("retail", 120_000, "Holding")
    await group.join("South", "Holding")
    assert await group.band("Holding") == ("wholesale", 210_000)
    assert (await group.band("North"), await group.band("South")) == (None, None)
    for name in ("Holding", "North", "South"):
        assert await group.told(name) == ("wholesale", 210_000, None if name == "Holding" else "Holding")
    assert await group.told("Alone") == ("retail", 0, None)
    async with group.store.read() as tx:
        [change] = await tx.bands.changes_of(group["Holding"])
        assert (change.after, change.kind) == ("wholesale", ClientKind.COMPANY)
        assert await tx.bands.counts() == {"wholesale": 1}


async def test_who_leaves_counts_alone_and_the_rest_without_it(group):
    for name in ("North", "South"):
        await group.join(name, "Holding")
        await group.buy(name, 150_000)
    assert await group.band("Holding") == ("wholesale", 300_000)
    await group.join("South", None)
    assert await group.told("South") == ("retail", 150_000, None)
    # 150 000 is not below the limit to leave: the group stays where it is.
    assert await group.told("North") == ("wholesale", 150_000, "Holding")
    await group.buy("South", 60_000, "B")
    assert await group.told("South") == ("wholesale", 210_000, None)


async def test_returns_and_currencies_without_a_rate_count_as_elsewhere(group):
    await group.join("North", "Holding")
    await group.join("South", "Holding")
    await group.buy("North", 150_000)
    await group.buy("South", 40_000)
    await group.buy("North", 60_000, "back", returned=Decimal(60_000))
    await group.buy("South", 500, "E", currency="EUR")
    assert await group.band("Holding") == ("retail", 190_000)
    async with group.store.read() as tx:
        known = (await tx.bands.known([group["Holding"]]))[group["Holding"]]
    assert known.state.apart == {"EUR": 500}
    rate = Rate(currency="EUR", since=NOW.date() - timedelta(days=30), rate=Decimal(100))
    async with group.store.begin() as tx:
        await tx.bands.save_settings(replace(LIMITS, rates=(rate,)))
    await step_all(group.store, NOW)
    assert await group.band("Holding") == ("wholesale", 240_000)


async def test_switched_off_each_company_has_its_own_band_and_on_again_the_groups(group):
    await group.join("North", "Holding")
    await group.buy("North", 120_000)
    await group.buy("Holding", 100_000)
    assert await group.told("North") == ("wholesale", 220_000, "Holding")
    async with group.store.begin() as tx:
        await tx.bands.save_settings(replace(LIMITS, groups=False, days=0))
    await step_all(group.store, NOW)
    assert await group.told("North") == ("retail", 120_000, None)
    assert await group.told("Holding") == ("retail", 100_000, None)
    await group.buy("North", 90_000, "B")
    assert await group.told("North") == ("wholesale", 210_000, None)
    async with group.store.begin() as tx:
        await tx.bands.save_settings(LIMITS)
    await step_all(group.store, NOW)
    assert await group.band("North") is None
    assert await group.told("North") == ("wholesale", 310_000, "Holding")


async def test_a_crossing_is_told_of_the_group_once(group):
    await group.join("North", "Holding")
    await group.join("South", "Holding")
    await group.buy("North", 90_000)
    await group.buy("South", 80_000)
    async with group.store.read() as tx:
        [(known, name)] = await tx.bands.crossings(10)
    assert (name, known.next.band, known.next.pace) == ("Holding", "wholesale", True)


async def test_the_band_of_the_group_narrows_the_lists(group):
    await group.join("North", "Holding")
    await group.buy("North", 250_000)

    async def listed(band):
        query = ListQuery(sort="name", filters={"band": band})
        async with group.store.read() as tx:
            companies, contacts = await tx.lists.companies(query), await tx.lists.contacts(query)
        assert {row.band for row in (*companies.rows, *contacts.rows)} <= {band}
        return [row.company.name for row in companies.rows], [row.contact.name for row in contacts.rows]

    assert await listed("wholesale") == (["Holding", "North"], ["Holding's", "North's"])
    assert await listed("retail") == (["Alone", "South"], ["Alone's", "South's"])


@pytest.fixture
async def team(group):
    wanda, rita, zoe = (a_user(login) for login in ("wanda", "rita", "zoe"))
    async with group.store.begin() as tx:
        for user in (wanda, rita, zoe):
            await tx.people.add_user(user, "hash")
        await tx.people.add_team(
            Team(id=new_id(NOW), name="wholesale", members=frozenset({wanda.id, zoe.id}))
        )
    for name in ("Holding", "North", "South"):
        await edit_company(group.store, group[name], {"manager_id": rita.id}, ANNA, NOW)
    return wanda, rita, zoe


async def managers(group, *names):
    async with group.store.read() as tx:
        found = await tx.clients.companies([group[name] for name in names])
    return [found[group[name]].manager_id for name in names]


async def test_a_group_is_handed_over_as_one_client_but_for_who_is_pinned(group, team):
    wanda, rita, zoe = team
    await group.join("North", "Holding")
    await group.join("South", "Holding")
    trail = Trail(ANNA, NOW)
    async with group.store.begin() as tx:
        await set_pin(tx, ClientKind.COMPANY, group["South"], trail, pinned=True)
        await trail.write(tx)
    await group.buy("North", 250_000)
    assert await hand_over_due(group.store, NOW) == 1
    holding, north, south = await managers(group, "Holding", "North", "South")
    assert holding == north != rita.id
    assert holding in {wanda.id, zoe.id}
    assert south == rita.id
    async with group.store.read() as tx:
        change = (await tx.bands.changes_of(group["Holding"]))[0]
    assert (change.outcome, change.from_manager, change.to_manager) == ("handed", rita.id, holding)


async def test_who_has_a_member_already_gets_the_rest_and_a_pinned_head_keeps_all(group, team):
    _, rita, zoe = team
    await group.join("North", "Holding")
    await edit_company(group.store, group["North"], {"manager_id": zoe.id}, ANNA, NOW)
    await group.buy("North", 250_000)
    await hand_over_due(group.store, NOW)
    assert await managers(group, "Holding", "North") == [zoe.id, zoe.id]
    trail = Trail(ANNA, NOW)
    async with group.store.begin() as tx:
        await set_pin(tx, ClientKind.COMPANY, group["South"], trail, pinned=True)
        await trail.write(tx)
    await group.join("Alone", "South")
    await group.buy("Alone", 250_000)
    await hand_over_due(group.store, NOW)
    assert await managers(group, "South", "Alone") == [rita.id, None]


async def test_rings_depth_strangers_and_the_archived_are_refused(group):
    await group.join("North", "Holding")
    await group.join("South", "North")
    for child, parent in (("Holding", "South"), ("Holding", "Holding"), ("North", "South")):
        with pytest.raises(InvalidInputError, match="belong"):
            await group.join(child, parent)
    with pytest.raises(InvalidInputError, match="no such company"):
        await edit_company(group.store, group["Alone"], {"parent_id": new_id(NOW)}, ANNA, NOW)
    await archive_client(group.store, ClientKind.COMPANY, group["South"], ANNA, NOW)
    with pytest.raises(InvalidInputError, match="no such company"):
        await group.join("Alone", "South")


async def test_heads_are_those_of_the_tree_after_any_changes(group):
    chance = random.Random(11)
    names = [*group.companies, *map(str, range(8))]
    group.companies |= {name: a_company(name) for name in names[4:]}
    async with group.store.begin() as tx:
        await tx.clients.save_companies([group.companies[name] for name in names[4:]])
    for _ in range(60):
        child, parent = chance.choice(names), chance.choice([None, *names])
        try:
            await group.join(child, parent)
        except InvalidInputError:
            continue
        async with group.store.read() as tx:
            kept = await tx.clients.companies([one.id for one in group.companies.values()])
        parents = {one.id: one.parent_id for one in kept.values()}
        for one in kept.values():
            *_, head = upwards(one.id, parents)
            assert one.head_id == (None if head == one.id else head)


async def test_who_goes_to_another_company_takes_what_they_bought_along(group):
    await group.buy("Alone", 250_000)
    await group.join("North", "Holding")
    async with group.store.read() as tx:
        [number] = (await tx.clients.owners_of([group.numbers["Alone"]]))[group.numbers["Alone"]]
    await edit_contact(group.store, number.contact_id, {"company_id": group["North"]}, ANNA, NOW)
    assert await group.band("Holding") == ("wholesale", 250_000)
    assert await group.told("Alone") == ("wholesale", 250_000, "Holding")
    assert (await group.band("Alone"))[1] == 0


async def test_a_file_says_who_belongs_to_whom(group):
    rows = [
        ReceivedClient(company="North", parent="Holding"),
        ReceivedClient(company="New one", parent="New holding", name="Petr", phones=("+79160000001",)),
        ReceivedClient(company="Holding", parent="North"),
        ReceivedClient(company="Alone", parent="ALONE"),
        ReceivedClient(name="Petr", parent="Holding"),
        ReceivedClient(company="New holding", parent="New one"),
    ]
    verdicts = await upsert_clients(group.store, rows, ANNA, NOW)
    assert [one.outcome for one in verdicts] == ["updated", "created", *["refused"] * 4]
    assert "nor to one that belongs to it" in verdicts[2].why
    assert "nor to one that belongs to it" in verdicts[3].why
    assert "names no company" in verdicts[4].why
    async with group.store.read() as tx:
        found = await tx.clients.companies_by_names(["North", "New one", "New holding"])
    assert found["North"].head_id == group["Holding"]
    assert found["New one"].parent_id == found["New holding"].id
    again = await upsert_clients(group.store, rows[:2], ANNA, NOW)
    assert [one.outcome for one in again] == ["unchanged", "unchanged"]
    await group.buy("North", 250_000)
    assert await group.band("Holding") == ("wholesale", 250_000)


async def test_the_turnover_of_each_and_of_all(group):
    await group.join("North", "Holding")
    await group.buy("North", 100)
    await group.buy("Holding", 40, returned=Decimal(10))
    async with group.store.read() as tx:
        sums = await tx.orders.of_companies([group[n] for n in group.companies], NOW.date(), "RUB")
    assert {one: amounts[Window.ALL] for one, amounts in sums.items()} == {
        group["North"]: 100,
        group["Holding"]: 30,
    }
    assert group.directory.clients.party_of(PartyKind.COMPANY, group["Alone"], "").turnover["all"] == 0
