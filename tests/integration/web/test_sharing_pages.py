# SPDX-License-Identifier: Apache-2.0
"""Clients are dealt out in the browser: chosen by a list, planned, given, taken back; and the rules of managers."""

import re
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

import pytest
from multidict import MultiDict

from crm_core.domain.audit import Actor
from crm_core.domain.deal import DealState
from crm_core.usecases.publish_rules import publish_text
from crm_core.usecases.save_deal import create_deal
from crm_core.usecases.save_task import create_task
from crm_core.usecases.trail import Trail
from tests.support.api import program
from tests.support.until import until

SHARING = "/settings/sharing"
BY = Actor("admin")
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


async def test_all_that_one_person_has_goes_to_another_and_back(site, sofia):
    people, now = await ids(site), datetime.now(UTC)
    anna, boris = UUID(people["anna"]), UUID(people["boris"])
    with_olga = {"contact_id": site.history.contacts["Olga Petrova"].id, "owner_id": anna}
    mine = await create_deal(site.store, {"title": "Grinders", **with_olga}, BY, now)
    won = await create_deal(site.store, {"title": "Drills", **with_olga, "state": DealState.WON}, BY, now)
    owner = site.history.users["anna"]
    task = await create_task(site.store, owner, {"text": "Call", "due_on": now.date()}, BY, now)
    text = await sofia.text(f"{SHARING}?of={anna}")
    assert f"list=deals&amp;query=owner%3D{anna}" in text
    assert "1 open task goes to" in text
    assert "owner%3Dnone" not in text  # there is none without an owner

    batch = await planned(site, sofia, list="deals", query=f"owner={anna}", person=str(boris))
    assert "1 deal" in await sofia.text(batch)
    assert (await sofia.post(f"{batch}/give")).status == 303
    await until(lambda: _is_in(sofia, batch, "Take it back"))
    assert await owners(site, mine, won) == [boris, anna]
    assert (await sofia.post(f"{batch}/take-back")).status == 303
    await until(lambda: _is_in(sofia, batch, "Taken back"))
    assert await owners(site, mine, won) == [anna, anna]

    handed = await sofia.post(f"{SHARING}/tasks", {"of": str(anna), "to": str(boris)})
    assert await doer(site, task) == boris
    undo = re.search(
        r'action="(/settings/sharing/tasks/[^"]+)"', await sofia.text(handed.headers["Location"])
    )
    assert (await sofia.post(undo[1])).status == 303
    assert await doer(site, task) == anna
    assert (await sofia.post(undo[1])).status == 409
    assert (await sofia.post(f"{SHARING}/tasks", {"of": str(anna), "to": str(anna)})).status == 422


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
    cards = text[text.index("Who becomes the manager") :]
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
