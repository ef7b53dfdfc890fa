# SPDX-License-Identifier: Apache-2.0
"""Deals and tasks: made, changed, ended, found; who changed what; and what of them stays with whom."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from crm_core.domain.choice import Choice, ChoiceKind
from crm_core.domain.client import ClientKind
from crm_core.domain.deal import DealState, stage_code
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.listing import ListKind, ListQuery
from crm_core.domain.narrowed import DealFilter, TaskFilter
from crm_core.domain.task import TaskOrigin
from crm_core.usecases.do_task import do_task, reopen_task
from crm_core.usecases.put_settings import put_choice
from crm_core.usecases.save_company import create_company
from crm_core.usecases.save_contact import create_contact
from crm_core.usecases.save_deal import create_deal, edit_deal
from crm_core.usecases.save_task import create_task, edit_task
from crm_core.usecases.trail import Trail
from tests.support.builders import ANNA, NOW, a_user

LATER = NOW + timedelta(hours=1)
DAY = date(2026, 11, 25)


@pytest.fixture
async def anna(store):
    anna = a_user("anna")
    async with store.begin() as tx:
        await tx.people.add_user(anna, "-")
    return anna


@pytest.fixture
async def north(store):
    return await create_company(store, {"name": "North"}, ANNA, NOW)


@pytest.fixture
async def olga(store, north):
    return await create_contact(store, {"name": "Olga", "company_id": north.id}, ANNA, NOW)


async def a_deal(store, client, **more):
    fields = {"title": " Two  lathes ", "contact_id": client.id, "amount": Decimal("120000.50")} | more
    return await create_deal(store, fields, ANNA, NOW)


async def test_a_deal_begins_at_the_first_stage_in_the_houses_currency(store, olga, anna):
    made = await a_deal(store, olga, owner_id=anna.id, expected_on=DAY, note=" Soon ")
    async with store.read() as tx:
        assert await tx.deals.get(made.id) == made
        [entry] = await tx.audit.of("deal", made.id)
    assert (made.title, made.stage, made.currency) == ("Two lathes", "new", "RUB")
    assert (made.state, made.closed_at, made.note) == (DealState.OPEN, None, "Soon")
    assert (entry.action, entry.after["amount"], entry.after["expected_on"]) == (
        "create",
        "120000.50",
        "2026-11-25",
    )


async def test_a_deal_is_won_and_opened_again_and_each_is_written_down(store, olga):
    made = await a_deal(store, olga)
    won = await edit_deal(store, made.id, {"state": DealState.WON}, ANNA, LATER)
    assert (won.state, won.closed_at, won.updated_at) == (DealState.WON, LATER, LATER)
    assert await edit_deal(store, made.id, {"state": DealState.WON}, ANNA, LATER + timedelta(1)) == won
    again = await edit_deal(store, made.id, {"state": DealState.OPEN, "stage": "offer"}, ANNA, LATER)
    assert (again.state, again.closed_at, again.stage) == (DealState.OPEN, None, "offer")
    async with store.read() as tx:
        actions = [(one.action, (one.after or {}).get("state")) for one in await tx.audit.of("deal", made.id)]
    assert sorted(actions, key=str) == sorted(
        [("create", "open"), ("update", "won"), ("update", "open")], key=str
    )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "\t"}, "title"),
        ({"contact_id": None}, "contact_id"),
        ({"contact_id": new_id(NOW)}, "contact_id"),
        ({"company_id": new_id(NOW)}, "company_id"),
        ({"owner_id": new_id(NOW)}, "owner_id"),
        ({"stage": "dream"}, "stage"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"amount": Decimal("0.001")}, None),
        ({"currency": "euro"}, None),
    ],
)
async def test_nonsense_of_a_deal_is_refused_and_nothing_is_kept(store, olga, fields, field):
    with pytest.raises(InvalidInputError) as refused:
        await a_deal(store, olga, **fields)
    assert refused.value.details.get("field") == field
    made = await a_deal(store, olga)
    with pytest.raises(InvalidInputError):
        await edit_deal(store, made.id, fields, ANNA, LATER)
    async with store.read() as tx:
        assert await tx.deals.of_client(ClientKind.CONTACT, olga.id) == [made]


async def test_the_second_editor_is_told(store, olga, anna):
    made = await a_deal(store, olga)
    await edit_deal(store, made.id, {"title": "Three lathes"}, ANNA, LATER, seen=made.updated_at)
    with pytest.raises(ConflictError):
        await edit_deal(store, made.id, {"title": "Four"}, ANNA, LATER, seen=made.updated_at)
    task = await create_task(store, anna, {"text": "Call", "due_on": DAY}, ANNA, NOW)
    await edit_task(store, task.id, {"text": "Write"}, ANNA, LATER, seen=task.updated_at)
    with pytest.raises(ConflictError):
        await edit_task(store, task.id, {"text": "Go"}, ANNA, LATER, seen=task.updated_at)
    with pytest.raises(NotFoundError):
        await edit_deal(store, task.id, {"title": "x"}, ANNA, LATER)
    with pytest.raises(NotFoundError):
        await edit_task(store, made.id, {"text": "x"}, ANNA, LATER)


async def test_a_companys_deals_are_its_own_and_its_peoples(store, olga, north):
    mine = await a_deal(store, olga, expected_on=DAY)
    its = await a_deal(store, olga, contact_id=None, company_id=north.id, amount=Decimal(9), currency="EUR")
    lost = await a_deal(store, olga, state=DealState.LOST)
    async with store.read() as tx:
        assert await tx.deals.of_client(ClientKind.COMPANY, north.id) == [mine, its, lost]
        assert await tx.deals.of_client(ClientKind.CONTACT, olga.id) == [mine, lost]
        assert await tx.deals.open_sums(ClientKind.COMPANY, north.id) == {
            "EUR": Decimal(9),
            "RUB": Decimal("120000.50"),
        }
        listed = await tx.listings.deals(DealFilter(company_id=north.id, state=DealState.OPEN), None, 9)
        assert set(listed) == {mine, its}
        assert await tx.listings.deals(DealFilter(stage="contract"), None, 9) == []


@pytest.mark.parametrize("sort", ["expected", "amount", "created", "title"])
@pytest.mark.parametrize("descending", [False, True])
async def test_the_list_holds_every_deal_once(store, olga, anna, sort, descending):
    for number in range(11):
        day = DAY + timedelta(days=number % 3) if number % 4 else None
        owner = anna.id if number % 2 else None
        title = f"Deal {number % 5}"
        await a_deal(store, olga, title=title, amount=Decimal(number % 4), expected_on=day, owner_id=owner)
    query = ListQuery(sort=sort, descending=descending, limit=4, filters={"state": "open"})
    found = []
    while True:
        async with store.read() as tx:
            listed = await tx.lists.deals(query)
        found += listed.rows
        if listed.next is None:
            break
        query = replace(query, after=listed.next)
    assert len({row.deal.id for row in found}) == len(found) == 11
    values = [(row.deal.expected_on or date.max) for row in found]
    assert sort != "expected" or values == sorted(values, reverse=descending)
    assert {row.contact for row in found} == {"Olga"}
    async with store.read() as tx:
        nobodys = ListQuery(sort="title", filters={"owner_id": None})
        assert len((await tx.lists.deals(nobodys)).rows) == 6
        assert await tx.lists.count(ListKind.DEALS, ListQuery(sort="title"), 100) == 11


async def test_stages_are_the_houses_own(store, olga):
    assert (stage_code(" Test,  DRIVE "), stage_code("\t")) == ("test drive", None)
    ours = Choice(id=new_id(NOW), kind=ChoiceKind.STAGE, code="test drive", text="Test drive", position=5)
    async with store.begin() as tx:
        await put_choice(tx, ours, Trail(ANNA, NOW))
        offer = next(one for one in await tx.choices.all(ChoiceKind.STAGE) if one.code == "offer")
        await put_choice(tx, replace(offer, archived_at=NOW), Trail(ANNA, NOW))
        twice = replace(ours, id=new_id(NOW), text="Something else")
        with pytest.raises(InvalidInputError):
            await put_choice(tx, twice, Trail(ANNA, NOW))
    made = await a_deal(store, olga)
    assert made.stage == "test drive"
    with pytest.raises(InvalidInputError):
        await edit_deal(store, made.id, {"stage": "offer"}, ANNA, LATER)


async def test_a_task_is_set_done_once_and_opened_again(store, olga, anna):
    boris = a_user("boris")
    async with store.begin() as tx:
        await tx.people.add_user(boris, "-")
    fields = {"text": " Send  the offer ", "due_on": DAY, "contact_id": olga.id}
    task = await create_task(store, anna, fields, ANNA, NOW)
    assert (task.text, task.user_id, task.created_by) == ("Send the offer", anna.id, anna.id)
    assert (task.origin, task.is_open) == (TaskOrigin.HAND, True)
    done = await do_task(store, boris, task.id, ANNA, LATER)
    assert (done.done_at, done.done_by) == (LATER, boris.id)
    assert await do_task(store, anna, task.id, ANNA, LATER + timedelta(hours=1)) == done
    async with store.read() as tx:
        row = await tx.tasks.row(task.id)
        assert (row.contact, row.user, row.maker, row.done_by) == ("Olga", "Anna", "Anna", "Boris")
        assert await tx.tasks.open_of(anna.id) == []
    again = await reopen_task(store, task.id, ANNA, LATER)
    assert (again.done_at, again.done_by) == (None, None)
    async with store.read() as tx:
        assert [row.task for row in await tx.tasks.open_of(anna.id)] == [again]
        assert await tx.tasks.count_open(anna.id) == 1
        actions = [entry.action for entry in await tx.audit.of("task", task.id)]
    assert sorted(actions) == ["create", "done", "reopen"]


async def test_the_day_of_an_hour_is_the_houses(store, anna):
    late = NOW.replace(hour=22)  # 01:00 of the next day in Moscow
    task = await create_task(store, anna, {"text": "Call", "due_at": late}, ANNA, NOW)
    assert (task.due_on, task.due_at) == (late.astimezone(ZoneInfo("Europe/Moscow")).date(), late)
    moved = await edit_task(store, task.id, {"due_on": DAY}, ANNA, LATER)
    assert (moved.due_on, moved.due_at) == (DAY, None)
    for fields in ({"text": "x"}, {"text": " ", "due_on": DAY}, {"text": "x", "due_at": None}):
        with pytest.raises(InvalidInputError):
            await create_task(store, anna, fields, ANNA, NOW)
    gone = {"text": "x", "due_on": DAY, "user_id": new_id(NOW)}
    with pytest.raises(InvalidInputError):
        await create_task(store, anna, gone, ANNA, NOW)


async def test_tasks_come_in_the_order_they_are_due(store, anna, olga, north):
    async def a_task(text, day, hour=None, **more):
        due_at = NOW.replace(day=day.day, hour=hour) if hour else None
        fields = {"text": text, "due_on": day, "due_at": due_at} | more
        return await create_task(store, anna, fields, ANNA, NOW)

    await a_task("whole day", DAY, contact_id=olga.id)
    await a_task("at noon", DAY, 12)
    await a_task("at nine", DAY, 9, company_id=north.id)
    await a_task("before", DAY - timedelta(days=9))
    done = await a_task("done", DAY - timedelta(days=20), contact_id=olga.id)
    await do_task(store, anna, done.id, ANNA, LATER)
    async with store.read() as tx:
        mine = [row.task.text for row in await tx.tasks.open_of(anna.id)]
        its = [row.task.text for row in await tx.tasks.of_client(ClientKind.COMPANY, north.id)]
        open_ones = await tx.listings.tasks(TaskFilter(is_open=True, user_id=anna.id), None, 9)
        closed = await tx.listings.tasks(TaskFilter(is_open=False), None, 9)
    assert mine == ["before", "at nine", "at noon", "whole day"]
    assert its == ["at nine", "whole day", "done"]
    assert ({one.text for one in open_ones}, [one.text for one in closed]) == (set(mine), ["done"])
