# SPDX-License-Identifier: Apache-2.0
"""Clients are dealt out in the browser: chosen by a list, planned, given, taken back; and the rules of managers."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest
from multidict import MultiDict

from crm_core.domain.audit import Actor
from crm_core.domain.deal import DealState
from crm_core.domain.sharing import EVERYTHING, Owned
from crm_core.usecases.hand_everything import count_everything
from crm_core.usecases.publish_rules import publish_text
from crm_core.usecases.save_deal import create_deal
from crm_core.usecases.save_task import create_task
from crm_core.usecases.trail import Trail
from tests.support.api import program
from tests.support.until import until

SHARING = "/settings/sharing"
BY = Actor("admin")
ALL = [("kind", kind.value) for kind in EVERYTHING]
RULES = """
[[rule]]
id = "rest"
[[rule.step]]
to = "queue"
queue = "default"
seconds = 20
[[assign]]
id = "new"
when = { source = "hand" }
to = "person"
login = "anna"
"""


@pytest.fixture
async def sofia(site):
    return await site.browser("sofia")


async def publish(site, text=RULES):
    async with site.store.begin() as tx:
        await publish_text(tx, text, "draft", Trail(Actor("admin"), datetime.now(UTC)))


async def ids(site):
    async with site.store.read() as tx:
        return {user.login: str(user.id) for user in await tx.people.users()}


async def managers(site):
    async with site.store.read() as tx:
        found = await tx.clients.page_of_contacts(None, 1000)
    return Counter(str(one.manager_id) for one in found)


async def planned(site, sofia, **form):
    answer = await sofia.post(SHARING, {"list": "contacts", "query": "", "way": "evenly"} | form)
    assert answer.status == 303
    batch = answer.headers["Location"]
    await until(lambda: _is_in(sofia, batch, "Planned, nothing done yet"))
    return batch


async def _is_in(browser, address, text):
    return text in await browser.text(address)


async def test_a_list_is_dealt_out_and_taken_back(site, sofia):
    before, people = await managers(site), await ids(site)
    list_page = await sofia.text("/contacts?manager=none")
    assert "/settings/sharing/new?list=contacts&amp;query=manager%3Dnone" in list_page
    new = await sofia.text(f"{SHARING}/new?list=contacts&query=")
    assert people["anna"] in new
    batch = await planned(site, sofia, person=people["boris"])
    assert await managers(site) == before
    text = await sofia.text(batch)
    assert "Boris" in text
    assert f"{sum(before.values())} contacts</b>" in text
    assert (await sofia.post(f"{batch}/give")).status == 303
    await until(lambda: _is_in(sofia, batch, "Take it back"))
    assert f"All {sum(before.values())} were changed." in await sofia.text(batch)
    assert await managers(site) == {people["boris"]: sum(before.values())}
    again = await sofia.post(f"{batch}/give")
    assert (again.status, "This was done already." in await again.text()) == (409, True)
    assert (await sofia.post(f"{batch}/take-back")).status == 303
    await until(lambda: _is_in(sofia, batch, "Taken back"))
    assert await managers(site) == before
    assert "Taken back" in await sofia.text(SHARING)


async def test_what_cannot_be_planned_is_said_beside_the_form(sofia):
    for wrong, says in (
        ({"way": "evenly"}, "Choose who is to get them."),
        ({"way": "rules"}, "No rules in force say who becomes the manager."),
        ({"way": "by_lot"}, "Choose how they are dealt out."),
        ({"way": "evenly", "team": "nobodys"}, "There is no such team."),
        ({"way": "evenly", "person": "x"}, "Choose people who work here and are not away."),
    ):
        answer = await sofia.post(SHARING, {"list": "contacts", "query": ""} | wrong)
        assert (answer.status, says.lower()[:-1] in (await answer.text()).lower()) == (422, True), wrong
    assert (await sofia.get(f"{SHARING}/new?list=orders")).status == 404


async def test_who_has_no_manager_is_counted(site, sofia):
    text = await sofia.text(SHARING)
    counts = re.findall(r'class="right narrow-hide num">([\d\s]+)<', text)
    assert int(counts[0]) == (await managers(site))["None"]
    assert len(counts) == 4


async def test_their_number_stands_on_the_workspace_of_who_may_deal_them_out(site, sofia):
    assert 'href="/contacts?manager=none"' in await sofia.text("/")
    assert "manager=none" not in await (await site.browser("anna")).text("/")


async def test_a_lead_is_given_to_somebody_by_hand(site):
    anna, boris = await site.browser("anna"), (await ids(site))["boris"]
    lead = f"/leads/{site.history.leads['+79263334455'].id}"
    assert (await anna.post(f"{lead}/manager", {"manager": boris})).status == 303
    assert f'<option value="{boris}" selected>' in await anna.text(lead)
    assert (await anna.post(f"{lead}/manager", {"manager": lead[-36:]})).status == 422
    assert (await anna.post(f"{lead}/manager", {"manager": ""})).status == 303
    assert f'<option value="{boris}" selected>' not in await anna.text(lead)


@pytest.fixture
async def of_anna(site):
    """Beside Anna's clients: two deals of hers, one of them won, and a task of a client and one of nobody's."""
    now, anna = datetime.now(UTC), site.history.users["anna"]
    with_olga = {"contact_id": site.history.contacts["Olga Petrova"].id, "owner_id": anna.id}
    a_task = {"text": "Call", "due_on": now.date()}
    return SimpleNamespace(
        deal=await create_deal(site.store, {"title": "Grinders", **with_olga}, BY, now),
        won=await create_deal(site.store, {"title": "Drills", **with_olga, "state": DealState.WON}, BY, now),
        task=await create_task(site.store, anna, a_task | {"contact_id": with_olga["contact_id"]}, BY, now),
        alone=await create_task(site.store, anna, a_task, BY, now),
    )


async def has(site, login):
    user = site.history.users[login].id
    async with site.store.read() as tx:
        return await count_everything(tx, user)


async def handed(sofia, **form):
    """Planned and given."""
    answer = await sofia.post(
        f"{SHARING}/everything", MultiDict(form.items() if "kind" in form else [*form.items(), *ALL])
    )
    assert answer.status == 303, await answer.text()
    batch = answer.headers["Location"]
    await until(lambda: _is_in(sofia, batch, "Planned, nothing done yet"))
    plan = await sofia.text(batch)
    assert (await sofia.post(f"{batch}/give")).status == 303
    await until(lambda: _is_in(sofia, batch, "Take it back"))
    return batch, plan


async def test_all_that_one_person_has_goes_to_another_and_back_in_one_step(site, sofia, of_anna):
    people, before = await ids(site), await has(site, "anna")
    assert before[Owned.CONTACT] > 0
    assert (before[Owned.DEAL], before[Owned.TASK]) == (1, 2)
    boris_had = await has(site, "boris")
    assert f"{SHARING}/everything" in await sofia.text(SHARING)
    form = await sofia.text(f"{SHARING}/everything?of={people['anna']}")
    assert f"/deals?owner={people['anna']}" in form
    batch, plan = await handed(sofia, of=people["anna"], to="person", person=people["boris"])
    name = site.history.users["anna"].name
    assert f"All that {name} has: {sum(before.values())}" in plan
    assert "1 deal, 2 tasks" in plan
    assert await has(site, "boris") == {kind: boris_had[kind] + before[kind] for kind in before}
    assert set((await has(site, "anna")).values()) == {0}
    assert await owners(site, of_anna.deal, of_anna.won) == [UUID(people["boris"]), UUID(people["anna"])]
    assert await doer(site, of_anna.task) == UUID(people["boris"])
    assert (await sofia.post(f"{batch}/take-back")).status == 303
    await until(lambda: _is_in(sofia, batch, "Taken back"))
    assert (await has(site, "anna"), await has(site, "boris")) == (before, boris_had)
    assert "All that one person has" in await sofia.text(SHARING)


async def test_of_who_left_some_kinds_alone_go_and_come_back_to_them(site, sofia, of_anna):
    people = await ids(site)
    async with site.store.begin() as tx:
        await tx.people.save_user(replace(site.history.users["anna"], archived_at=datetime.now(UTC)))
    before = await has(site, "anna")
    batch, _ = await handed(sofia, of=people["anna"], to="person", person=people["boris"], kind="task")
    assert await has(site, "anna") == before | {Owned.TASK: 0}
    assert await doer(site, of_anna.alone) == UUID(people["boris"])
    await sofia.post(f"{batch}/take-back")
    await until(lambda: _is_in(sofia, batch, "Taken back"))
    assert await has(site, "anna") == before


async def test_by_the_rules_deals_and_tasks_go_with_their_client_and_the_rest_stays(site, sofia, of_anna):
    people = await ids(site)
    await publish(
        site,
        RULES.replace('when = { source = "hand" }', 'when = { caller = "contact" }').replace(
            '"anna"', '"boris"'
        ),
    )
    before = await has(site, "anna")
    batch, plan = await handed(sofia, of=people["anna"], to="rules")
    assert "stays: " in plan
    after = await has(site, "anna")
    assert (after[Owned.CONTACT], after[Owned.DEAL], after[Owned.TASK]) == (0, 0, 1)
    assert after[Owned.COMPANY] == before[Owned.COMPANY]
    assert await owners(site, of_anna.deal) == [UUID(people["boris"])]
    assert (await doer(site, of_anna.task), await doer(site, of_anna.alone)) == (
        UUID(people["boris"]),
        UUID(people["anna"]),
    )
    await sofia.post(f"{batch}/take-back")
    await until(lambda: _is_in(sofia, batch, "Taken back"))
    assert await has(site, "anna") == before


async def test_what_cannot_be_handed_over_is_said_with_what_was_chosen(site, sofia):
    people = await ids(site)
    for wrong, says in (
        ({"to": "person"}, "choose who is to get them"),
        ({"to": "person", "person": people["anna"]}, "choose people who work here and are not away"),
        ({"to": "team", "team": "nobodys"}, "there is no such team"),
        ({"to": "rules"}, "no rules in force say who becomes the manager"),
        ({"to": "person", "person": people["boris"], "kind": "moon"}, "choose what is to go to others"),
    ):
        form = MultiDict({"of": people["anna"]} | wrong)
        if "kind" not in wrong:
            form.extend(ALL)
        answer = await sofia.post(f"{SHARING}/everything", form)
        assert (answer.status, says in (await answer.text()).lower()) == (422, True), wrong
    assert (await sofia.get(f"{SHARING}/everything?of=x")).status == 404


async def owners(site, *deals):
    async with site.store.read() as tx:
        return [(await tx.deals.get(one.id)).owner_id for one in deals]


async def doer(site, task):
    async with site.store.read() as tx:
        return (await tx.tasks.get(task.id)).user_id


async def test_deals_are_dealt_out_by_no_rules_and_weighed_by_deals(site, sofia):
    people, now = await ids(site), datetime.now(UTC)
    await publish(site)
    refused = await sofia.post(SHARING, {"list": "deals", "query": "", "way": "rules"})
    assert refused.status == 422
    olga = site.history.contacts["Olga Petrova"].id
    whose = [UUID(people["boris"]), UUID(people["boris"]), None]
    for owner in whose:
        await create_deal(site.store, {"title": "A", "contact_id": olga, "owner_id": owner}, BY, now)
    form = {"list": "deals", "query": "owner=none", "way": "fewest_clients"}
    answer = await sofia.post(
        SHARING, MultiDict([*form.items(), ("person", people["anna"]), ("person", people["boris"])])
    )
    batch = answer.headers["Location"]
    await until(lambda: _is_in(sofia, batch, "Planned, nothing done yet"))
    async with site.store.read() as tx:
        (moved,) = await tx.sharing.moved(UUID(batch[-36:]))
    assert (moved.before_id, str(moved.after_id), moved.count) == (None, people["anna"], 1)


async def test_programs_deal_deals_out_with_the_right_to_change_deals(site):
    body = {"list": "deals", "way": "evenly", "people": [(await ids(site))["anna"]]}
    clients = await program(site, "sofia", {"contacts:read", "contacts:write"})
    assert (await clients.post("/sharing-out", body)).status == 403
    both = await program(site, "sofia", {"contacts:read", "contacts:write", "deals:write"})
    made = await both.post("/sharing-out", body)
    assert (made.status, made.json["list"]) == (201, "deals")
    one = f"/sharing-out/{made.json['id']}"
    assert (await clients.post(f"{one}/apply")).status == 403
    assert (await clients.get(one)).status == 200


async def test_programs_see_what_was_handed_over_and_undo_it_with_the_rights_to_all_of_it(
    site, sofia, of_anna
):
    people = await ids(site)
    batch, _ = await handed(sofia, of=people["anna"], to="person", person=people["boris"])
    one, clients = f"/sharing-out/{batch[-36:]}", {"contacts:read", "contacts:write"}
    some = await program(site, "sofia", clients | {"deals:write"})
    told = await some.get(one)
    assert (told.status, told.json["list"]) == (200, "everything")
    assert (await some.post(f"{one}/undo")).status == 403
    every = await program(site, "sofia", clients | {"deals:write", "tasks:write"})
    assert (await every.post(f"{one}/undo")).status == 200
    await until(lambda: _is_in(sofia, batch, "Taken back"))
    assert await doer(site, of_anna.task) == UUID(people["anna"])


async def test_operators_deal_out_nothing(site):
    anna = await site.browser("anna")
    assert (await anna.get(SHARING)).status == 403
    assert "/settings/sharing" not in await anna.text("/contacts")


async def test_the_rules_are_said_and_the_card_says_why(site, sofia):
    await publish(site)
    text = await sofia.text("/settings/routing")
    assert "When they come by hand" in text
    assert "the person with the login anna" in text
    made = await sofia.post("/contacts/new", {"name": "Nina New", "phones": ""})
    card = await sofia.text(made.headers["Location"])
    assert "By the rule “new”: They were written down by hand; The rule names a person" in card


async def test_rules_of_managers_are_moved_in_the_draft(site):
    await publish(site)
    admin = await site.browser("admin")
    draft = "/settings/routing/draft"
    for do, revision in (("copy", 0), ("down", 1), ("copy", 2)):
        done = await admin.post(
            f"{draft}/act", {"do": do, "table": "assign", "rule": "0", "revision": revision}
        )
        assert done.status == 303
    text = await admin.text(draft)
    cards = text[text.index('id="assigns"') :]
    assert re.findall(r'</b> <span class="muted small">([\w-]+)</span>', cards)[:3] == [
        "new-2",
        "new-2-2",
        "new",
    ]
    wrong = RULES.replace('to = "person"', 'to = "queue"')
    checked = await (await admin.post(f"{draft}/check", {"text": wrong})).text()
    assert "Rule 1 of who becomes the manager cannot be used" in checked
    gone = RULES.replace('login = "anna"', 'login = "gone"')
    checked = await (await admin.post(f"{draft}/check", {"text": gone})).text()
    assert "manager by new: Nobody has the login gone" in checked
