# SPDX-License-Identifier: Apache-2.0
"""Contacts and companies made and changed by hand: numbers, hostile names, two editors at once, archive and undo."""

import re
from html import unescape
from uuid import UUID

import pytest

HOSTILE = "\"><img src=x onerror=alert(1)>{{7*7}} \u202eO'Brien & \u0421\u044b\u043d\u043e\u0432\u044c\u044f"


def form_in(html):
    """What a browser would send of the form as it stands."""
    form = re.search(r'<form class="form".*?</form>', html, re.DOTALL)[0]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        said = {name: unescape(value) for name, value in re.findall(r'(\w+)="([^"]*)"', tag)}
        kind = said.get("type")
        if kind in {"radio", "checkbox"} and " checked" not in tag:
            continue
        if "name" in said:
            sent[said["name"]] = said.get("value", "")
    for name, inside in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        sent[name] = unescape(inside)
    for name, inside in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        sent[name] = chosen[1] if chosen else ""
    return sent


async def test_a_contact_is_made_with_its_numbers(site):
    anna = await site.browser("anna")
    form = form_in(await anna.text("/contacts/new"))
    form |= {
        "name": HOSTILE,
        "email": "o@brien.example",
        "phone_0": "8 916 555-11-22",
        "phone_kind_0": "mobile",
    }
    answer = await anna.post("/contacts/new", form)
    assert answer.status == 303
    html = await anna.text(answer.headers["Location"])
    assert "<img src=x" not in html
    assert "+7 916 555-11-22" in html
    assert "Saved." in html
    edit = answer.headers["Location"].split("?")[0] + "/edit"
    assert "{{7*7}}" in form_in(await anna.text(edit))["name"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": " \t "}, "A name is needed"),
        ({"email": "not one"}, "not an e-mail address"),
        ({"phone_0": "12 apples"}, "not a phone number"),
        ({"manager_id": "me"}, "choose one of the list"),
        ({"company_id": str(UUID(int=1))}, "there is no such company"),
    ],
)
async def test_what_is_wrong_is_said_where_it_stands_and_nothing_is_lost(site, wrong, says):
    anna = await site.browser("anna")
    form = form_in(await anna.text("/contacts/new")) | {"name": "Vera", "note": "two\nlines"} | wrong
    answer = await anna.post("/contacts/new", form)
    html = await answer.text()
    assert answer.status == 422
    assert says in html
    assert "two\nlines" in html
    async with site.store.read() as tx:
        assert await tx.clients.search("Vera") == []


async def test_the_second_editor_sees_the_firsts_change_and_chooses(site):
    anna, sofia = await site.browser("anna"), await site.browser("sofia")
    path = f"/contacts/{site.history.contacts['Olga Petrova'].id}/edit"
    first, second = form_in(await anna.text(path)), form_in(await sofia.text(path))
    await anna.post(path, first | {"name": "Olga Ivanova", "position": "Director"})
    answer = await sofia.post(
        path, second | {"name": "Olga P.", "note": "Likes tea", "phone_0": "+79165550000"}
    )
    html = await answer.text()
    assert answer.status == 409
    assert "saved this card while you were writing" in html
    assert 'type="radio" name="name" value="Olga Ivanova"' in html
    assert 'type="radio" name="name" value="Olga P."' in html
    again = form_in(html)
    assert (again["position"], again["note"], again["phone_0"]) == ("Director", "Likes tea", "+79165550000")
    assert (await sofia.post(path, again | {"name": "Olga Ivanova"})).status == 303
    async with site.store.read() as tx:
        kept = await tx.clients.contact(site.history.contacts["Olga Petrova"].id)
    assert (kept.name, kept.position, kept.note) == ("Olga Ivanova", "Director", "Likes tea")


async def test_a_number_is_taken_away_only_from_the_client_it_is_of(site):
    anna, history = await site.browser("anna"), site.history
    olga, ivan = history.contacts["Olga Petrova"], history.contacts["Ivan Sokolov"]
    async with site.store.read() as tx:
        numbers = await tx.clients.phone_numbers([olga.id, ivan.id])
    path = f"/contacts/{olga.id}/edit"
    for phone in (numbers[olga.id][0], numbers[ivan.id][0]):
        await anna.post(path, form_in(await anna.text(path)) | {"remove_phone": str(phone.id)})
    async with site.store.read() as tx:
        left = await tx.clients.phone_numbers([olga.id, ivan.id])
    assert len(left.get(olga.id, [])) == len(numbers[olga.id]) - 1
    assert left[ivan.id] == numbers[ivan.id]


@pytest.mark.parametrize("of", ["contacts", "companies"])
async def test_archive_is_undone_by_the_message_that_tells_of_it(site, of):
    anna, history = await site.browser("anna"), site.history
    client = (
        history.contacts["Olga Petrova"] if of == "contacts" else history.companies["Northern Lights LLC"]
    )
    answer = await anna.post(f"/{of}/{client.id}/archive")
    html = await anna.text(answer.headers["Location"])
    undo = re.search(r'action="(/\w+/[0-9a-f-]+/restore)"', html)[1]
    assert client.name not in await anna.text(f"/{of}")
    assert client.name in await anna.text(f"/{of}?archived=1")
    await anna.post(undo)
    assert client.name in await anna.text(f"/{of}")


async def test_what_is_said_is_never_others_words(site):
    anna = await site.browser("anna")
    for said in ("<b>x</b>", "lead-completed.//evil", "contact-archived.x", "saved.y"):
        html = await anna.text(f"/contacts?said={said}")
        assert "evil" not in html
        assert "<b>x" not in html


async def test_an_order_is_shown(site):
    anna = await site.browser("anna")
    address = re.search(r'<tr data-href="(/orders/[^"]+)"', await anna.text("/orders"))[1]
    assert "What became of it" in await anna.text(address)
    assert (await anna.get(f"/orders/{UUID(int=5)}")).status == 404
