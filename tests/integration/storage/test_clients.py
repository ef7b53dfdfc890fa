# SPDX-License-Identifier: Apache-2.0
import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.domain.client import ClientKind, PhoneKind
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.people import OwnNumber
from crm_core.usecases.add_phone_number import add_phone_number
from crm_core.usecases.archive_client import archive_client, restore_client
from crm_core.usecases.assign_manager import assign_manager
from crm_core.usecases.find_client import find_client
from crm_core.usecases.remove_phone_number import remove_phone_number
from crm_core.usecases.save_company import create_company, edit_company
from crm_core.usecases.save_contact import create_contact, edit_contact
from tests.support.builders import ANNA, NOW, a_company, a_contact, a_number, a_user

CONTACT, COMPANY = ClientKind.CONTACT, ClientKind.COMPANY
LATER = NOW + timedelta(minutes=5)


async def a_client(store, name="Olga Petrova", number="8 916 100-00-01", **fields):
    contact = await create_contact(store, {"name": name, **fields}, ANNA, NOW)
    await add_phone_number(store, CONTACT, contact.id, number, ANNA, NOW, kind=PhoneKind.MOBILE)
    return contact


async def found(store, text):
    async with store.read() as tx:
        return [one.name for one in await tx.clients.search(text)]


async def test_a_contact_is_created_with_a_trail_and_a_change(store):
    contact = await create_contact(store, {"name": "  Olga\tPetrova ", "email": "o@p.ru"}, ANNA, NOW)
    async with store.read() as tx:
        assert await tx.clients.contact(contact.id) == contact
        (entry,) = await tx.audit.of("contact", contact.id)
        (change,) = await tx.changes.since(0)
    assert contact.name == "Olga Petrova"
    assert (entry.actor, entry.action, entry.before) == (ANNA, "create", None)
    assert entry.after == {"name": "Olga Petrova", "email": "o@p.ru"}
    assert (change.kind, change.id) == ("contact", contact.id)


async def test_an_edit_leaves_what_was_and_what_is(store):
    contact = await create_contact(store, {"name": "Olga", "note": "x"}, ANNA, NOW)
    edited = await edit_contact(store, contact.id, {"name": "Olga Petrova"}, ANNA, LATER, seen=NOW)
    assert (edited.name, edited.note, edited.updated_at) == ("Olga Petrova", "x", LATER)
    async with store.read() as tx:
        newest = (await tx.audit.of("contact", contact.id))[0]
    assert (newest.action, newest.before, newest.after) == (
        "update",
        {"name": "Olga"},
        {"name": "Olga Petrova"},
    )


async def test_an_edit_that_changes_nothing_leaves_nothing(store):
    contact = await create_contact(store, {"name": "Olga"}, ANNA, NOW)
    await edit_contact(store, contact.id, {"name": "Olga"}, ANNA, LATER)
    async with store.read() as tx:
        assert len(await tx.audit.of("contact", contact.id)) == 1


async def test_two_editors_do_not_overwrite_each_other(store):
    contact = await create_contact(store, {"name": "Olga"}, ANNA, NOW)
    await edit_contact(store, contact.id, {"name": "Olga P."}, ANNA, LATER, seen=NOW)
    with pytest.raises(ConflictError):
        await edit_contact(store, contact.id, {"name": "O. Petrova"}, ANNA, LATER, seen=NOW)


@pytest.mark.parametrize(
    "fields",
    [{"name": " \x07"}, {"email": "nobody"}, {"company_id": new_id(NOW)}, {"manager_id": new_id(NOW)}],
)
async def test_what_cannot_be_saved_is_refused_and_nothing_kept(store, fields):
    with pytest.raises(InvalidInputError):
        await create_contact(store, {"name": "Olga", **fields}, ANNA, NOW)
    async with store.read() as tx:
        assert await tx.clients.count(CONTACT) == 0


async def test_an_external_id_is_one_contacts(store):
    await create_contact(store, {"name": "Olga", "external_id": "1c-1"}, ANNA, NOW)
    with pytest.raises(ConflictError, match="Olga"):
        await create_contact(store, {"name": "Ivan", "external_id": "1c-1"}, ANNA, NOW)


async def test_editing_nobody_is_not_found(store):
    for edit in (edit_contact, edit_company):
        with pytest.raises(NotFoundError):
            await edit(store, new_id(NOW), {"name": "x"}, ANNA, NOW)
    for kind in ClientKind:
        with pytest.raises(NotFoundError):
            await archive_client(store, kind, new_id(NOW), ANNA, NOW)
    with pytest.raises(NotFoundError):
        await remove_phone_number(store, new_id(NOW), ANNA, NOW)
    with pytest.raises(NotFoundError):
        await add_phone_number(store, CONTACT, new_id(NOW), "+79161000001", ANNA, NOW)


async def test_a_caller_is_found_by_any_shape_of_the_number(store):
    company = await create_company(store, {"name": "Northern Lights"}, ANNA, NOW)
    contact = await a_client(store, company_id=company.id)
    for raw in ("+79161000001", "89161000001", "8 (916) 100-00-01", "sip:+79161000001@trunk"):
        answer = await find_client(store, raw)
        assert (answer.contact, answer.company) == (contact, company)


async def test_a_companys_number_finds_the_company(store):
    company = await create_company(store, {"name": "Northern Lights"}, ANNA, NOW)
    await add_phone_number(store, COMPANY, company.id, "+7 495 777-00-00 доб. 12", ANNA, NOW)
    answer = await find_client(store, "84957770000")
    assert (answer.contact, answer.company) == (None, company)


async def test_a_person_comes_before_the_company_that_shares_the_number(store):
    company = await create_company(store, {"name": "Northern Lights"}, ANNA, NOW)
    await add_phone_number(store, COMPANY, company.id, "+79161000001", ANNA, NOW)
    contact = await a_client(store)
    assert (await find_client(store, "+79161000001")).contact == contact


async def test_our_own_numbers_are_nobodys(store):
    await a_client(store, number="+74951112233")
    async with store.begin() as tx:
        await tx.people.add_own_number(OwnNumber(id=new_id(NOW), e164="+74951112233", label="Main"))
    assert (await find_client(store, "+74951112233")).contact is None
    other = await a_client(store, number="+79161000009")
    with pytest.raises(InvalidInputError, match="our own"):
        await add_phone_number(store, CONTACT, other.id, "8 495 111-22-33", ANNA, NOW)


@pytest.mark.parametrize("raw", ["", "101", "anonymous", "\x00", "1112233"])
async def test_what_is_no_number_is_refused(store, raw):
    contact = await create_contact(store, {"name": "Olga"}, ANNA, NOW)
    with pytest.raises(InvalidInputError):
        await add_phone_number(store, CONTACT, contact.id, raw, ANNA, NOW)


async def test_the_same_number_twice_is_one_number(store):
    contact = await a_client(store)
    again = await add_phone_number(store, CONTACT, contact.id, "+7 916 100 00 01", ANNA, NOW)
    async with store.read() as tx:
        assert (await tx.clients.phone_numbers([contact.id]))[contact.id] == [again]


async def test_a_removed_number_is_nobodys(store):
    contact = await a_client(store)
    async with store.read() as tx:
        (number,) = (await tx.clients.phone_numbers([contact.id]))[contact.id]
    await remove_phone_number(store, number.id, ANNA, LATER)
    assert (await find_client(store, "+79161000001")).contact is None
    assert await found(store, "100-00-01") == []


async def test_an_archived_client_is_found_by_nobody_until_restored(store):
    contact = await a_client(store)
    await archive_client(store, CONTACT, contact.id, ANNA, LATER)
    assert (await find_client(store, "+79161000001")).contact is None
    assert await found(store, "petrova") == []
    async with store.read() as tx:
        assert await tx.clients.page_of_contacts(None, 10) == []
        assert (await tx.audit.of("contact", contact.id))[0].action == "archive"
    await restore_client(store, CONTACT, contact.id, ANNA, LATER)
    assert (await find_client(store, "+79161000001")).contact == replace(contact, updated_at=LATER)
    assert await found(store, "petrova") == ["Olga Petrova"]


async def test_a_manager_is_assigned_and_taken_away(store):
    boris = a_user("boris")
    async with store.begin() as tx:
        await tx.people.add_user(boris, "hash")
    contact = await create_contact(store, {"name": "Olga"}, ANNA, NOW)
    company = await create_company(store, {"name": "Lights"}, ANNA, NOW)
    for kind, client in ((CONTACT, contact), (COMPANY, company)):
        await assign_manager(store, kind, client.id, boris.id, ANNA, LATER)
    async with store.read() as tx:
        assert (await tx.clients.contact(contact.id)).manager_id == boris.id
        assert (await tx.clients.company(company.id)).manager_id == boris.id
    await assign_manager(store, CONTACT, contact.id, None, ANNA, LATER)
    async with store.read() as tx:
        assert (await tx.clients.contact(contact.id)).manager_id is None


@pytest.mark.parametrize(
    "text",
    [
        "petr",
        "OLGA",
        "olga petrova",
        "petrova olga",
        "lights",
        "00-01",
        "1000001",
        "+7 916 100-00-01",
        "8 916 1000001",
        "o@p.ru",
    ],
)
async def test_search_finds_by_parts_in_any_case(store, text):
    company = await create_company(store, {"name": "Northern Lights LLC"}, ANNA, NOW)
    await a_client(store, company_id=company.id, email="o@p.ru")
    await a_client(store, name="Ivan Sokolov", number="+79161000002")
    assert "Olga Petrova" in await found(store, text)
    assert "Ivan Sokolov" not in await found(store, text)


@pytest.mark.parametrize("text", ["шевченко", "ШЕВЧ", "вченк", "тарас шевч", "ёлка", "ЕЛКА", "та"])
async def test_search_knows_other_alphabets(store, text):
    await a_client(store, name="Тарас Шевченко Ёлка")
    assert await found(store, text) == ["Тарас Шевченко Ёлка"]


@pytest.mark.parametrize(
    "text", ["", " ", "%", "_", "zz", "12", "' OR 1=1 --", 'a"b', "\x00", "nobody here", "*", "999"]
)
async def test_search_for_anything_else_finds_nothing_and_breaks_nothing(store, text):
    await a_client(store)
    assert await found(store, text) == []


async def test_search_follows_a_company_that_is_renamed(store):
    company = await create_company(store, {"name": "Northern Lights"}, ANNA, NOW)
    await a_client(store, company_id=company.id)
    await edit_company(store, company.id, {"name": "Southern Cross"}, ANNA, LATER)
    assert await found(store, "southern") == ["Olga Petrova", "Southern Cross"]
    assert await found(store, "northern") == []


async def test_search_shows_company_and_the_number_asked_for(store):
    company = await create_company(store, {"name": "Lights"}, ANNA, NOW)
    contact = await a_client(store, company_id=company.id)
    await add_phone_number(store, CONTACT, contact.id, "+79995554433", ANNA, LATER)
    async with store.read() as tx:
        (one,) = await tx.clients.search("4433")
        (other,) = await tx.clients.search("petrova")
    assert (one.kind, one.id, one.company, one.e164) == (CONTACT, contact.id, "Lights", "+79995554433")
    assert other.e164 == "+79161000001"


async def test_pages_follow_one_another(store):
    names = sorted(["Anna", "Boris", "Clara", "Clara", "Dmitri"])
    async with store.begin() as tx:
        await tx.clients.save_contacts([a_contact(name) for name in names])
        await tx.clients.save_companies([a_company(name) for name in names])
    async with store.read() as tx:
        for page_of in (tx.clients.page_of_contacts, tx.clients.page_of_companies):
            seen, after = [], None
            while page := await page_of(after, 2):
                seen += page
                after = (page[-1].name, page[-1].id)
            assert [one.name for one in seen] == names
            assert len({one.id for one in seen}) == 5


async def test_a_companys_people(store):
    company = await create_company(store, {"name": "Lights"}, ANNA, NOW)
    olga = await a_client(store, company_id=company.id)
    async with store.read() as tx:
        assert await tx.clients.contacts_of_company(company.id) == [olga]


async def test_companies_are_found_by_id_tax_id_and_name_the_oldest_first(store):
    old = a_company("Lights", external_id="e1", tax_id="77", created_at=NOW - timedelta(days=1))
    new = a_company("Lights", tax_id="77")
    async with store.begin() as tx:
        await tx.clients.save_companies([new, old])
    async with store.read() as tx:
        assert await tx.clients.companies_by_names(["Lights", "Nobody"]) == {"Lights": old}
        assert await tx.clients.companies_by_tax_ids(["77"]) == {"77": old}
        assert await tx.clients.companies_by_external_ids(["e1"]) == {"e1": old}


async def test_more_ids_than_one_statement_takes(store):
    contacts = [a_contact(str(n)) for n in range(1201)]
    numbers = [a_number(f"+7916{n:07}", contact_id=one.id) for n, one in enumerate(contacts)]
    async with store.begin() as tx:
        await tx.clients.save_contacts(contacts)
        await tx.clients.add_phone_numbers(numbers)
    async with store.read() as tx:
        assert len(await tx.clients.contacts([one.id for one in contacts])) == 1201
        assert len(await tx.clients.owners_of([n.e164 for n in numbers])) == 1201


async def test_saving_again_overwrites(store):
    contact = a_contact()
    async with store.begin() as tx:
        await tx.clients.save_contacts([contact])
        await tx.clients.save_contacts([replace(contact, name="Olga P.")])
    async with store.read() as tx:
        assert (await tx.clients.contact(contact.id)).name == "Olga P."


async def test_two_at_once_make_one_number(store):
    contact = await create_contact(store, {"name": "Olga"}, ANNA, NOW)
    add = [add_phone_number(store, CONTACT, contact.id, "+79161000001", ANNA, NOW) for _ in range(5)]
    numbers = await asyncio.gather(*add)
    assert len({number.id for number in numbers}) == 1
