# SPDX-License-Identifier: Apache-2.0
"""Fields of contacts and companies: the register, what clients have in them, and in memory those that rules name."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from config.follow_house import read_rules
from crm_core.domain.client import ClientKind
from crm_core.domain.client_field import ClientField, FieldKind
from crm_core.domain.directory import Directory
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.received import ReceivedClient
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.reading import RuleSetError
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.add_phone_number import add_phone_number
from crm_core.usecases.archive_client import archive_client, restore_client
from crm_core.usecases.decide_route import explain
from crm_core.usecases.publish_rules import publish_text
from crm_core.usecases.put_field import put_field
from crm_core.usecases.save_company import create_company, edit_company
from crm_core.usecases.save_contact import create_contact, edit_contact
from crm_core.usecases.take_in_client import take_in_company, take_in_contact
from crm_core.usecases.trail import Trail
from crm_core.usecases.upsert_clients import upsert_clients
from tests.support.builders import ANNA, NOW, a_user
from tests.support.routing import a_call_from, a_desk

OLGAS = "+79161000001"
LATER = NOW + timedelta(minutes=1)
END = [{"to": "queue", "queue": "default", "seconds": 60}]
GOLD = {"field": {"name": "contact.segment", "is": "gold"}}
LARGE = {"field": {"name": "company.staff", "at_least": 100}}


def a_field(of, key, kind=FieldKind.TEXT, **more):
    usual = {"label": key.capitalize(), "position": 10}
    return ClientField(id=new_id(NOW), of=of, key=key, kind=kind, **usual | more)


async def put(store, field, at=NOW):
    trail = Trail(ANNA, at)
    async with store.begin() as tx:
        await put_field(tx, field, trail)
        await trail.write(tx)
    async with store.read() as tx:
        return next(one for one in await tx.client_fields.all() if one.id == field.id)


async def publish(store, *whens, at=NOW):
    named = [{"id": f"r{n}", "when": when, "step": END} for n, when in enumerate(whens)]
    async with store.begin() as tx:
        body = {"rule": [*named, {"id": "rest", "step": END}]}
        await tx.routing.publish(body, source="test", digest=str(whens), now=at)


@pytest.fixture
async def fields(store):
    contact, company = ClientKind.CONTACT, ClientKind.COMPANY
    made = [
        await put(store, a_field(contact, "segment", FieldKind.CHOICE, choices=("Gold", "Silver"))),
        await put(store, a_field(contact, "discount", FieldKind.NUMBER, position=20)),
        await put(store, a_field(company, "staff", FieldKind.NUMBER)),
    ]
    return {one.name: one for one in made}


@pytest.fixture
async def olga(store, fields):
    said = {"name": "Olga Petrova", "fields": {"segment": "gold", "discount": 5}}
    olga = await create_contact(store, said, ANNA, NOW)
    await add_phone_number(store, ClientKind.CONTACT, olga.id, OLGAS, ANNA, NOW)
    return olga


# --- the register ---------------------------------------------------------------------------------
async def test_a_field_keeps_its_key_and_whose_it_is(store, fields):
    segment = fields["contact.segment"]
    after = await put(store, replace(segment, key="other", of=ClientKind.COMPANY, label=" Group "), LATER)
    assert (after.name, after.label) == ("contact.segment", "Group")
    async with store.read() as tx:
        [entry, *_] = await tx.audit.of("client_field", segment.id)
        listed = [one.name for one in await tx.client_fields.all()]
    assert (entry.before, entry.after) == ({"label": "Segment"}, {"label": "Group"})
    assert listed == ["contact.segment", "contact.discount", "company.staff"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"key": "segment"}, "key"),
        ({"key": "Two words"}, "key"),
        ({"label": "SEGMENT"}, "label"),
        ({"label": " "}, "label"),
        ({"kind": FieldKind.CHOICE}, "choices"),
        ({"kind": FieldKind.CHOICE, "choices": ("a, b",)}, "choices"),
    ],
)
async def test_what_cannot_be_a_field_is_refused_at_its_place(store, fields, change, where):
    with pytest.raises(InvalidInputError) as refused:
        await put(store, replace(a_field(ClientKind.CONTACT, "another"), **change))
    assert refused.value.details["field"] == where
    await put(store, a_field(ClientKind.COMPANY, "segment"))  # of another kind of client: another field


async def test_what_clients_have_stays(store, fields, olga):
    segment = fields["contact.segment"]
    for change, where in (
        ({"kind": FieldKind.TEXT}, "kind"),
        ({"choices": ("Silver", "Bronze")}, "choices"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            await put(store, replace(segment, **change))
        assert refused.value.details["field"] == where
    await put(store, replace(segment, choices=("Gold", "Bronze")))  # nobody is silver
    gone = await put(store, replace(segment, choices=("Gold",), archived_at=NOW))
    edited = await edit_contact(store, olga.id, {"fields": {"discount": ""}}, ANNA, NOW)
    assert edited.fields == (("segment", "Gold"),)
    with pytest.raises(InvalidInputError):
        await edit_contact(store, olga.id, {"fields": {"segment": "Gold"}}, ANNA, NOW)
    await put(store, replace(gone, archived_at=None))


async def test_what_rules_in_force_name_stays_as_it_is(store, fields):
    segment, staff = fields["contact.segment"], fields["company.staff"]
    await publish(store, GOLD)
    for change in (
        {"archived_at": NOW},
        {"kind": FieldKind.TEXT},
        {"choices": ("Silver",)},
    ):
        with pytest.raises(InvalidInputError, match="the rules of routing name this field"):
            await put(store, replace(segment, **change))
    await put(store, replace(segment, choices=("Gold", "Bronze")))
    await put(store, replace(staff, archived_at=NOW))


async def test_there_are_at_most_a_hundred_of_a_kind_of_client(store, fields):
    async with store.begin() as tx:
        many = [a_field(ClientKind.CONTACT, f"f{n}", label=f"F {n}") for n in range(98)]
        await tx.client_fields.save(*many)
    with pytest.raises(InvalidInputError):
        await put(store, a_field(ClientKind.CONTACT, "one_more"))
    await put(store, a_field(ClientKind.COMPANY, "one_more"))


# --- what clients have in them --------------------------------------------------------------------
async def test_who_changed_which_field_is_known(store, olga):
    said = {"fields": {"segment": "Silver", "discount": None}}
    await edit_contact(store, olga.id, said, ANNA, LATER)
    async with store.read() as tx:
        [entry, *_, made] = await tx.audit.of("contact", olga.id)
        assert (await tx.clients.contact(olga.id)).fields == (("segment", "Silver"),)
        used = await tx.client_fields.used("contact.segment", ["Gold", "Silver"])
    assert entry.before == {"fields.segment": "Gold", "fields.discount": "5"}
    assert entry.after == {"fields.segment": "Silver"}
    assert made.after["fields.segment"] == "Gold"
    assert used == ["Silver"]


async def test_a_wrong_value_is_told_by_its_field_and_nothing_is_kept(store, olga):
    with pytest.raises(InvalidInputError) as refused:
        await edit_contact(store, olga.id, {"note": "x", "fields": {"discount": "a lot"}}, ANNA, NOW)
    assert refused.value.details["field"] == "fields/discount"
    async with store.read() as tx:
        assert (await tx.clients.contact(olga.id)).note is None


async def test_a_file_fills_fields_and_empties_none(store, olga):
    rows = [
        ReceivedClient(phones=(OLGAS,), fields=(("contact.segment", "silver"),)),
        ReceivedClient(company="North", fields=(("company.staff", "1 200"),)),
        ReceivedClient(
            name="Ivan", phones=("+79161000002",), company="North", fields=(("contact.discount", "7,5"),)
        ),
        ReceivedClient(company="South", fields=(("contact.discount", "7"),)),
        ReceivedClient(name="Maria", phones=("+79161000003",), fields=(("company.staff", "7"),)),
        ReceivedClient(name="Petr", phones=("+79161000004",), fields=(("contact.discount", "x"),)),
    ]
    verdicts = await upsert_clients(store, rows, ANNA, NOW)
    assert [one.outcome for one in verdicts] == ["updated", "created", "created", *["refused"] * 3]
    assert [one.why for one in verdicts[3:]] == [
        "contact.discount: the row names no contact",
        "company.staff: the row names no company",
        "Discount: a number is wanted, as 12.5",
    ]
    async with store.read() as tx:
        assert (await tx.clients.contact(olga.id)).fields == (("discount", "5"), ("segment", "Silver"))
        north = (await tx.clients.companies_by_names(["North"]))["North"]
        [ivan] = await tx.clients.contacts_of_company(north.id)
    assert (north.fields, ivan.fields) == ((("staff", "1200"),), (("discount", "7.5"),))
    again = await upsert_clients(store, rows[:3], ANNA, NOW)
    assert {one.outcome for one in again} == {"unchanged"}


# --- whose client somebody becomes ----------------------------------------------------------------
ASSIGN = """
[[rule]]
id = "rest"
[[rule.step]]
to = "queue"
queue = "default"
seconds = 20
[[assign]]
id = "large"
when.field = { name = "company.staff", at_least = 100 }
to = "person"
login = "boris"
[[assign]]
id = "golden"
when.field = { name = "contact.segment", is = "gold" }
to = "person"
login = "anna"
"""


async def test_a_new_client_is_given_by_their_fields_and_those_of_their_company(store, fields):
    anna, boris = a_user("anna"), a_user("boris")
    async with store.begin() as tx:
        await tx.people.add_user(anna, "hash")
        await tx.people.add_user(boris, "hash")
        await publish_text(tx, ASSIGN, "draft", Trail(ANNA, NOW))
    large = await take_in_company(store, {"name": "Large", "fields": {"staff": 100}}, (), ANNA, NOW)
    small = await take_in_company(store, {"name": "Small", "fields": {"staff": 99.5}}, (), ANNA, NOW)
    gold, silver = {"segment": "Gold"}, {"segment": "Silver"}
    given = [
        await take_in_contact(store, {"name": "New", "company_id": at, "fields": said}, (), ANNA, NOW)
        for at, said in ((large.id, gold), (small.id, gold), (None, gold), (None, silver))
    ]
    owners = [large.manager_id, small.manager_id, *(one.manager_id for one in given)]
    assert owners == [boris.id, None, boris.id, anna.id, anna.id, None]


async def test_rules_that_name_a_field_that_is_not_there_are_not_published(store, fields):
    async with store.begin() as tx:
        with pytest.raises(RuleSetError):
            await publish_text(tx, ASSIGN.replace("segment", "colour"), "draft", Trail(ANNA, NOW))


# --- in memory ------------------------------------------------------------------------------------
@pytest.fixture
async def follower(store, olga):
    """Asks rules of this number after each change; checked against a fresh load and a load of this one alone."""
    directory, changed = Directory(), []
    source = DirectorySource(store, directory, lambda: NOW, on_change=changed.append)
    await source.load()

    def asked(whose, number, whens):
        desk = a_desk(whose)
        named = [{"id": f"r{n}", "when": when, "step": END} for n, when in enumerate(whens)]
        desk.rules = parse_rules({"rule": [*named, {"id": "rest", "step": END}]}, currency="RUB", region="RU")
        decision = explain(a_call_from(number), desk)
        return decision.rule, dict(decision.facts.fields)

    async def ask(*whens, number=OLGAS):
        await source.catch_up()
        fresh, alone = Directory(), Directory()
        await DirectorySource(store, fresh, lambda: NOW).load()
        await DirectorySource(store, alone, lambda: NOW).load_one(number)
        told = asked(directory, number, whens)
        assert told == asked(fresh, number, whens) == asked(alone, number, whens)
        return told

    ask.source, ask.directory, ask.changed = source, directory, changed
    return ask


async def test_only_fields_that_rules_in_force_name_are_in_memory(store, follower):
    assert follower.directory.clients.fields.names == set()
    await publish(store, GOLD, LARGE)
    desk = a_desk(follower.directory)
    await read_rules(store, desk, follower.source.want)
    assert follower.directory.clients.fields.names == {"contact.segment", "company.staff"}
    assert explain(a_call_from(OLGAS), desk).rule == "r0"
    assert await follower(GOLD, LARGE) == ("r0", {"contact.segment": "Gold"})


async def test_each_change_is_followed(store, fields, olga, follower):
    await publish(store, GOLD, LARGE)
    await follower.source.want(["contact.segment", "company.staff"])
    await edit_contact(store, olga.id, {"fields": {"segment": "Silver"}}, ANNA, NOW)
    assert await follower(LARGE, GOLD) == ("rest", {"company.staff": "", "contact.segment": "Silver"})
    assert follower.changed[-1] == {OLGAS}
    north = await create_company(store, {"name": "North", "fields": {"staff": 99.5}}, ANNA, NOW)
    await edit_contact(store, olga.id, {"company_id": north.id}, ANNA, NOW)
    assert await follower(LARGE) == ("rest", {"company.staff": "99.5"})
    await edit_company(store, north.id, {"fields": {"staff": "100"}}, ANNA, NOW)
    assert await follower(LARGE) == ("r0", {"company.staff": "100"})
    await edit_contact(store, olga.id, {"company_id": None, "fields": {"segment": None}}, ANNA, NOW)
    assert await follower(LARGE, GOLD) == ("rest", {"company.staff": "", "contact.segment": ""})


async def test_what_an_archived_client_had_is_theirs_again_once_restored(store, olga, follower):
    await publish(store, GOLD)
    await follower.source.want(["contact.segment"])
    await archive_client(store, ClientKind.CONTACT, olga.id, ANNA, NOW)
    assert (await follower(GOLD))[0] == "rest"
    await restore_client(store, ClientKind.CONTACT, olga.id, ANNA, NOW)
    assert await follower(GOLD) == ("r0", {"contact.segment": "Gold"})


async def test_a_change_while_a_field_is_read_is_not_lost(store, olga, follower):
    """Both look at the database when they like; whoever comes second has to see it."""
    for segment in ("Silver", "Gold", "Silver"):
        await publish(store, GOLD, at=NOW)
        saving = edit_contact(store, olga.id, {"fields": {"segment": segment}}, ANNA, NOW)
        await asyncio.gather(saving, follower.source.want(["contact.segment"]), follower.source.catch_up())
        told = await follower(GOLD)
        assert told[1] == {"contact.segment": segment}
        follower.directory.clients.fields._tables.clear()
