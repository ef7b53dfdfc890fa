# SPDX-License-Identifier: Apache-2.0
"""Who is new gets a manager by the rules [[assign]]: from a form, a file, a program, a call, a first talk."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from crm_core.domain.absence import Absence
from crm_core.domain.client import ClientKind
from crm_core.domain.ids import new_id
from crm_core.domain.people import Team
from crm_core.domain.received import ReceivedClient
from crm_core.usecases.assign_manager import assign_manager
from crm_core.usecases.publish_rules import publish_text
from crm_core.usecases.save_client_card import NumberChanges, save_contact_card
from crm_core.usecases.take_in_client import take_in_company, take_in_contact
from crm_core.usecases.trail import Trail
from crm_core.usecases.upsert_clients import upsert_clients
from tests.support.builders import ANNA, NOW, a_user

RULE = """
[[rule]]
id = "rest"
[[rule.step]]
to = "queue"
queue = "default"
seconds = 20
"""
TURNS = '[[assign]]\nid = "all"\nto = "team"\nteam = "retail"\nhow = "round_robin"\n'
FEWEST = '[[assign]]\nid = "all"\nto = "team"\nteam = "retail"\n'
ONE_DAY = timedelta(days=1)


@pytest.fixture
async def people(store):
    people = {name: a_user(name) for name in ("anna", "boris", "clara")}
    members = frozenset({people["boris"].id, people["clara"].id})
    async with store.begin() as tx:
        for user in people.values():
            await tx.people.add_user(user, "hash")
        await tx.people.add_team(Team(id=new_id(NOW), name="retail", members=members))
    return people


async def publish(store, assign, at=NOW):
    async with store.begin() as tx:
        trail = Trail(ANNA, at)
        await publish_text(tx, RULE + assign, "draft", trail)
        await trail.write(tx)


def told(number):
    return ReceivedClient(name=f"Client {number}", phones=(f"+7495100{number:04}",))


async def owners(store):
    async with store.read() as tx:
        found = await tx.clients.page_of_contacts(None, 1000)
    return Counter(one.manager_id for one in found)


async def test_each_way_in_has_its_rule(store, people):
    ways = (("hand", "anna"), ("import", "boris"), ("api", "clara"))
    rules = "".join(
        f'[[assign]]\nid = "{source}"\nwhen = {{ source = "{source}" }}\nto = "person"\nlogin = "{login}"\n'
        for source, login in ways
    )
    await publish(store, rules)
    made = await save_contact_card(store, {"name": "Nina"}, NumberChanges(), None, ANNA, NOW)
    assert made.manager_id == people["anna"].id
    assert (await take_in_contact(store, {"name": "Olga"}, [], ANNA, NOW)).manager_id == people["clara"].id
    assert (await take_in_company(store, {"name": "Lights"}, [], ANNA, NOW)).manager_id == people["clara"].id
    await upsert_clients(store, [told(1)], ANNA, NOW)
    assert await owners(store) == {people[name].id: 1 for name in ("anna", "boris", "clara")}


async def test_what_was_said_is_not_changed(store, people):
    await publish(store, FEWEST)
    said = {"name": "Nina", "manager_id": people["anna"].id}
    made = await take_in_contact(store, said, [], ANNA, NOW)
    assert made.manager_id == people["anna"].id
    await assign_manager(store, ClientKind.CONTACT, made.id, None, ANNA, NOW)
    await upsert_clients(store, [ReceivedClient(name="Nina", phones=("+74951000001",))], ANNA, NOW)
    await upsert_clients(store, [ReceivedClient(name="Nina B", phones=("+74951000001",))], ANNA, NOW)
    counted = await owners(store)
    assert (counted[None], sum(counted.values())) == (1, 2)


async def test_the_number_decides_and_the_trail_says_why(store, people):
    await publish(
        store,
        '[[assign]]\nid = "moscow"\nwhen = { number_begins = "+7495" }\nto = "person"\nlogin = "anna"\n',
    )
    moscow = await take_in_contact(store, {"name": "Nina"}, ["+74951000001"], ANNA, NOW)
    other = await take_in_contact(store, {"name": "Olga"}, ["+78121000001"], ANNA, NOW)
    assert (moscow.manager_id, other.manager_id) == (people["anna"].id, None)
    async with store.read() as tx:
        [entry, *_] = [one for one in await tx.audit.of("contact", moscow.id) if one.action == "assign"]
        assert not [one for one in await tx.audit.of("contact", other.id) if one.action == "assign"]
    assert (entry.after["manager_id"], entry.after["rule"]) == (str(people["anna"].id), "moscow")
    assert entry.after["because"][0] == {"code": "number_begins", "params": {"number": "+74951000001"}}


@pytest.mark.parametrize("rules", [TURNS, FEWEST])
async def test_two_files_at_once_share_out_evenly(store, people, rules):
    await publish(store, rules)
    files = [[told(number) for number in range(start, start + 25)] for start in (0, 25, 50, 75)]
    await asyncio.gather(*(upsert_clients(store, file, ANNA, NOW) for file in files))
    assert await owners(store) == {people["boris"].id: 50, people["clara"].id: 50}


async def test_turns_go_on_in_the_next_transaction(store, people):
    await publish(store, TURNS)
    made = [await take_in_contact(store, {"name": f"N{n}"}, [], ANNA, NOW) for n in range(4)]
    first, second, third, fourth = (one.manager_id for one in made)
    assert {first, second} == {people["boris"].id, people["clara"].id}
    assert (third, fourth) == (first, second)


async def test_who_is_away_or_left_is_passed_over(store, people):
    await publish(store, TURNS)
    away = {"starts_at": NOW - ONE_DAY, "ends_at": NOW + ONE_DAY, "created_at": NOW}
    async with store.begin() as tx:
        await tx.absences.add(Absence(id=new_id(NOW), user_id=people["boris"].id, **away))
    await upsert_clients(store, [told(number) for number in range(4)], ANNA, NOW)
    assert await owners(store) == {people["clara"].id: 4}


async def test_without_rules_nobody_is_given(store, people):
    await publish(store, "")
    assert (await take_in_contact(store, {"name": "Nina"}, [], ANNA, NOW)).manager_id is None
