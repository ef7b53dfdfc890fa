# SPDX-License-Identifier: Apache-2.0
"""A call from a number that several have: it is nobody's, the card and the page ask who it was, and it moves."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from crm_core.domain.call_history import CallFilter
from crm_core.domain.ids import new_id
from crm_core.domain.people import Extension
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.keep_call import keep_call
from tests.support.api import Program, token_of
from tests.support.builders import a_number
from web import keys

EVERYTHING = CallFilter()
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
OLGAS = "+79161000001"


@pytest.fixture
async def husband(site):
    olga = site.history.contacts["Olga Petrova"]
    pavel = await site.history.contact("Pavel Petrov", "+79161000098", manager="clara")
    async with site.store.begin() as tx:
        await tx.clients.add_phone_numbers(
            [a_number(OLGAS, id=new_id(site.history.now), contact_id=pavel.id)]
        )
        tx.changes.add("contact", pavel.id, site.history.now)
    source = DirectorySource(site.store, site.app[keys.DIRECTORY], lambda: site.history.now)
    await source.load()
    return olga, pavel, source


@pytest.fixture
async def call(site, husband):
    """Boris talked with one of the two."""
    made = await site.history.call("model", number="+79169990000", minutes_ago=5, by="boris", talk=60.0)
    twin = replace(made, id=new_id(made.started_at), linkedids=("77.1",), caller=OLGAS)
    line = {"user_id": site.history.users["boris"].id, "pbx": "main", "extension": "102"}
    async with site.store.begin() as tx:
        await tx.people.add_extension(Extension(id=new_id(made.started_at), valid_from=LONG_AGO, **line))
        outcome = await keep_call(tx, twin, site.app[keys.DIRECTORY])
    whose = outcome.communication
    assert (whose.contact_id, whose.company_id, whose.lead_id) == (None, None, None)
    return twin.id


async def sums(site):
    """What reports add up: communications and seconds, by who of us."""
    async with site.store.read() as tx:
        rows = [await tx.communications.get(one) for one in await ids_of_all(tx)]
    return sorted((str(one.user_id), one.duration_s or 0, one.in_statistics) for one in rows)


async def ids_of_all(tx):
    page = await tx.calls.page(EVERYTHING, None, 1000)
    found = [row.id for row in page]
    return [one for one in found if await tx.communications.get(one)]


async def test_the_page_of_the_call_asks_who_it_was_and_the_answer_moves_it(site, husband, call):
    olga, pavel, source = husband
    boris = await site.browser("boris")
    before = await sums(site)
    text = await boris.text(f"/calls/{call}")
    assert 'id="sharers"' in text
    assert f'name="contact" value="{olga.id}"' in text
    assert f'name="contact" value="{pavel.id}"' in text
    cards = [f"/contacts/{one.id}" for one in (olga, pavel)]
    assert [f'href="/calls/{call}"' in await boris.text(card) for card in cards] == [True, True]
    anna = await site.browser("anna")
    assert 'id="unchosen"' not in await anna.text(cards[0]), "she took no part in it"
    assert 'id="unchosen"' in await (await site.browser("sofia")).text(cards[0])
    done = await boris.post(f"/communications/{call}/move", {"contact": str(pavel.id)})
    assert 'id="unchosen"' not in await boris.text(cards[0])
    assert done.status == 303
    assert 'id="sharers"' not in await boris.text(f"/calls/{call}")
    assert await sums(site) == before
    async with site.store.read() as tx:
        items = await tx.communications.timeline(contact_id=pavel.id)
        [trail, *_] = await tx.audit.of("communication", call)
    assert call in [one.communication.id for one in items]
    assert (trail.action, trail.after["contact_id"]) == ("move", str(pavel.id))
    spoke = await talkers(site, source)
    assert spoke["Pavel Petrov"] == site.history.users["boris"].id
    # Taken back, it is nobody's again, and so is the talk.
    await boris.post(f"/communications/{call}/move-back")
    assert await talkers(site, source) == {**spoke, "Pavel Petrov": None}


async def talkers(site, source):
    """With whom of us each of them spoke last, as the directory knows."""
    await source.catch_up()
    sharers = site.app[keys.DIRECTORY].sharers(OLGAS, site.history.now)
    return {one.party.name: one.party.last_operator_id for one in sharers}


async def test_on_the_card_it_is_said_in_the_middle_of_the_talk_and_all_its_screens_know(site, husband, call):
    _, pavel, _ = husband
    directory, boris = site.app[keys.DIRECTORY], site.history.users["boris"]
    head = {"call_id": str(call), "client": {"kind": "shared"}, "sharers": [{"name": "x"}], "rule": "r"}
    directory.pops.note(call, head, [boris.id])
    watcher = site.app[keys.FEED].watch(boris.id, boris.role.value)
    await watcher.take()
    browser = await site.browser("boris")
    assert (await browser.post(f"/workspace/whose/{call}", {"contact": str(pavel.id)})).status == 204
    frames = [orjson.loads(each) for each in await watcher.take()]
    [told] = [frame["data"] for frame in frames if frame["type"] == "pop.client"]
    assert (told["client"]["name"], told["sharers"], told["manager"]["name"]) == (
        "Pavel Petrov",
        [],
        "Clara Weiss",
    )
    assert directory.pops.head(call)["client"]["name"] == "Pavel Petrov"
    assert directory.pops.head(call)["rule"] == "r"


async def test_who_took_no_part_says_nothing_and_nonsense_is_refused(site, husband, call):
    _, pavel, _ = husband
    anna, boris = await site.browser("anna"), await site.browser("boris")
    assert (await anna.post(f"/workspace/whose/{call}", {"contact": str(pavel.id)})).status == 404
    assert (await boris.post(f"/workspace/whose/{call}", {})).status == 422
    assert (await boris.post(f"/workspace/whose/{call}", {"contact": "0" * 32})).status == 404


async def test_programs_are_told_all_of_them(site, husband):
    olga, pavel, _ = husband
    secret = await token_of(site.store, site.history.users["sofia"].id, ("contacts:read",))
    shop = Program(site.client, {"Authorization": f"Bearer {secret}"})
    found = (await shop.get("/clients?phone=8%20916%20100-00-01")).json
    assert (found["e164"], found["contact"]) == (OLGAS, None)
    assert {one["id"] for one in found["sharers"]} == {str(olga.id), str(pavel.id)}
    alone = (await shop.get("/clients?phone=%2B79161000098")).json
    assert (alone["contact"]["id"], alone["sharers"]) == (str(pavel.id), [])


async def test_on_the_page_of_the_call_it_was_them_and_the_number_is_only_theirs(site, husband, call):
    olga, pavel, source = husband
    boris = await site.browser("boris")
    assert 'name="only"' in await boris.text(f"/calls/{call}")
    done = await boris.post(f"/communications/{call}/move", {"contact": str(pavel.id), "only": "1"})
    said = done.headers["Location"]
    assert await owners(site) == {pavel.id}
    await source.catch_up()
    assert site.app[keys.DIRECTORY].identify(OLGAS).id == pavel.id
    async with site.store.read() as tx:
        [trail, *_] = await tx.audit.of("phone_number", pavel_number(await numbers(tx, pavel)).id)
    assert (trail.action, trail.before["others"][0]["contact_id"]) == ("keep", str(olga.id))
    # The page says so and offers to take it back; that can be done once.
    undo = re.search(r'action="(/numbers/[0-9a-f-]+/share-again)"', await boris.text(said))[1]
    assert (await boris.post(undo, {})).status == 303
    assert await owners(site) == {olga.id, pavel.id}
    await source.catch_up()
    assert site.app[keys.DIRECTORY].identify(OLGAS) is None
    assert (await boris.post(undo, {})).status == 409


async def test_on_the_card_it_says_who_else_has_it_and_one_press_keeps_it(site, husband):
    olga, pavel, _ = husband
    boris = await site.browser("boris")
    html = await boris.text(f"/contacts/{olga.id}")
    assert f'<a href="/contacts/{pavel.id}">Pavel Petrov</a>' in html
    keep = re.search(r'action="(/numbers/[0-9a-f-]+/keep)"', html)[1]
    assert (await boris.post(keep, {})).status == 303
    assert await owners(site) == {olga.id}
    assert "/keep" not in await boris.text(f"/contacts/{olga.id}")
    assert (await boris.post(keep, {})).status == 303, "again it changes nothing"
    assert (await boris.post(f"/numbers/{new_id(site.history.now)}/keep", {})).status == 404


async def test_a_contact_and_their_company_do_not_share(site):
    history = site.history
    firm = await history.company("One number")
    person = await history.contact("Its clerk", "+79161230000", company="One number")
    other = await history.contact("A stranger", "+79161230001")
    more = [
        a_number("+79161230000", id=new_id(history.now), company_id=firm.id),
        a_number("+79161230000", id=new_id(history.now), contact_id=other.id),
    ]
    async with site.store.begin() as tx:
        await tx.clients.add_phone_numbers(more)
    boris = await site.browser("boris")
    html = await boris.text(f"/contacts/{person.id}")
    assert f'<a href="/contacts/{other.id}">A stranger</a>' in html
    assert f'<a href="/companies/{firm.id}">One number</a></div>' not in html
    keep = re.search(r'action="(/numbers/[0-9a-f-]+/keep)"', html)[1]
    await boris.post(keep, {})
    assert await owners(site, "+79161230000") == {person.id, firm.id}
    assert "/keep" not in await boris.text(f"/contacts/{person.id}")


async def owners(site, number=OLGAS):
    async with site.store.read() as tx:
        found = (await tx.clients.owners_of([number])).get(number, [])
    return {one.contact_id or one.company_id for one in found}


async def numbers(tx, client):
    return (await tx.clients.phone_numbers([client.id]))[client.id]


def pavel_number(theirs):
    return next(one for one in theirs if one.e164 == OLGAS)
