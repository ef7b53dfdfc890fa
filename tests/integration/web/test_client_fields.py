# SPDX-License-Identifier: Apache-2.0
"""Fields that the house defines: their settings, in forms, on cards, in rules and for programs."""

import re

import pytest

from tests.support.api import program


@pytest.fixture
async def admin(site):
    return await site.browser("admin")


@pytest.fixture
async def anna(site):
    return await site.browser("anna")


@pytest.fixture
def olga(site):
    return site.history.contacts["Olga Petrova"]


ADDRESS = "/settings/client-fields"
SEGMENT = {"of": "contact", "label": "Segment", "key": "segment", "kind": "choice", "choices": "Gold\nSilver"}


async def add(admin, **said):
    return await admin.post(ADDRESS, SEGMENT | said | {"version": ""})


@pytest.fixture
async def fields(admin):
    for said in (
        {},
        {"label": "Discount, %", "key": "discount", "kind": "number", "choices": ""},
        {"label": "Since", "key": "since", "kind": "date"},
        {"label": "Wants letters", "key": "letters", "kind": "yes_no"},
        {"label": "<b>Nick</b>", "key": "nick", "kind": "text"},
        {"label": "Staff", "key": "staff", "kind": "number", "of": "company"},
    ):
        assert (await add(admin, **said)).status == 303


async def form_of(site, browser, client, kind="contacts", **more):
    async with site.store.read() as tx:
        saved = await (tx.clients.contact(client.id) if kind == "contacts" else tx.clients.company(client.id))
    said = {"seen": saved.updated_at.isoformat(), "name": saved.name, "was_name": saved.name}
    named = {f"fields.{key}": value for key, value in more.items()}
    return await browser.post(f"/{kind}/{client.id}/edit", said | named)


# --- settings -------------------------------------------------------------------------------------
async def test_they_are_added_put_in_order_and_archived(site, admin, anna, fields):
    page = await admin.text(ADDRESS)
    assert re.findall(r">(\w+\.\w+)<", page) == [
        "contact.segment", "contact.discount", "contact.since", "contact.letters", "contact.nick", "company.staff"
    ]  # fmt: skip
    assert "<b>Nick" not in page
    ids = dict(re.findall(rf'href="{ADDRESS}/([0-9a-f-]+)">([^<]+)<', page))
    since = next(one for one, label in ids.items() if label == "Since")
    assert (await admin.post(f"{ADDRESS}/{since}/move", {"to": "up"})).status == 303
    assert (await admin.post(f"{ADDRESS}/{since}/archive", {"archived": "1"})).status == 303
    page = await admin.text(ADDRESS)
    assert page.index("contact.since") > page.index("Archived: no longer offered")
    assert 'value="segment"' not in await admin.text(f"{ADDRESS}/{since}")
    assert (await anna.get(ADDRESS)).status == 403


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"key": "segment"}, "another field has this key"),
        ({"key": "x", "label": ""}, "a name is needed"),
        ({"key": "x y", "label": "X"}, "a key begins with a letter"),
        ({"key": "x", "label": "X", "choices": " "}, "at least one choice is needed"),
        ({"key": "x", "label": "X", "kind": "poem"}, "this is none of its choices"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(admin, fields, said, told):
    answer = await add(admin, **said)
    text = await answer.text()
    assert (answer.status, told in text) == (422, True)
    assert f'value="{said["key"]}"' in text


async def test_the_form_of_one_tells_whose_it_is_and_keeps_its_key(admin, fields):
    page = await admin.text(ADDRESS)
    [segment] = [
        one
        for one, label in re.findall(rf'href="{ADDRESS}/([0-9a-f-]+)">([^<]+)<', page)
        if label == "Segment"
    ]
    form = await admin.text(f"{ADDRESS}/{segment}")
    assert "Rules know it as contact.segment" in form
    version = re.search(r'name="version" value="([^"]+)"', form)[1]
    said = {"label": "Group", "kind": "choice", "choices": "Gold\nSilver\nBronze", "version": version}
    assert (await admin.post(f"{ADDRESS}/{segment}", said)).status == 303
    again = await admin.post(f"{ADDRESS}/{segment}", said | {"label": "Mine"})
    assert again.status == 409


# --- forms and cards ------------------------------------------------------------------------------
async def test_they_are_filled_in_the_form_and_stand_on_the_card(site, anna, olga, fields):
    form = await anna.text(f"/contacts/{olga.id}/edit")
    for text in ('name="fields.segment"', '<option value="Gold">', 'type="date"', "&lt;b&gt;Nick"):
        assert text in form
    assert "fields.staff" not in form
    said = {"segment": "Gold", "discount": "1 200,5", "since": "2026-02-28", "letters": "no", "nick": ""}
    assert (await form_of(site, anna, olga, **said)).status == 303
    card = await anna.text(f"/contacts/{olga.id}")
    for text in ('<dd class="breakable">Gold</dd>', "1,200.5", "Feb 28, 2026", ">no<"):
        assert text in card
    assert "&lt;b&gt;Nick" not in card
    assert '<option value="Gold" selected>' in await anna.text(f"/contacts/{olga.id}/edit")


async def test_what_is_wrong_is_said_at_its_field(site, anna, olga, fields):
    answer = await form_of(site, anna, olga, segment="Bronze", discount="7")
    text = await answer.text()
    assert answer.status == 422
    assert 'id="f-fields.segment-error"' in text
    assert "this is none of its choices" in text
    assert 'value="7"' in text


async def test_what_two_editors_wrote_is_for_a_person_to_choose(site, anna, olga, fields):
    async with site.store.read() as tx:
        seen = (await tx.clients.contact(olga.id)).updated_at.isoformat()
    await form_of(site, anna, olga, discount="5", nick="Olya")
    said = {"seen": seen, "name": olga.name, "was_name": olga.name, "fields.discount": "7"}
    clash = await anna.post(f"/contacts/{olga.id}/edit", said | {"was_fields.discount": ""})
    text = await clash.text()
    assert clash.status == 409
    assert 'name="fields.discount" value="5"' in text
    assert 'name="fields.discount" value="7"' in text
    assert 'name="fields.nick" value="Olya"' in text, "theirs alone is taken over"


async def test_companies_have_their_own(site, anna, fields):
    north = site.history.companies["Northern Lights LLC"]
    assert (await form_of(site, anna, north, "companies", staff="12")).status == 303
    assert "Staff" in await anna.text(f"/companies/{north.id}")


# --- programs -------------------------------------------------------------------------------------
async def test_programs_read_and_write_them(site, olga, fields):
    shop = await program(site, "sofia", {"contacts:read", "contacts:write"})
    listed = (await shop.get("/client-fields")).json["items"]
    assert [(one["of"], one["key"], one["kind"]) for one in listed][:2] == [
        ("contact", "segment", "choice"),
        ("contact", "discount", "number"),
    ]
    said = {"segment": "gold", "discount": 12.5, "letters": True, "since": "2026-02-28"}
    made = await shop.post("/contacts", {"name": "New One", "fields": said})
    assert (made.status, made.json["fields"]) == (201, said | {"segment": "Gold"})
    path = f"/contacts/{made.json['id']}"
    patched = await shop.patch(path, {"fields": {"segment": None, "discount": 7}})
    assert patched.json["fields"] == {"discount": 7, "letters": True, "since": "2026-02-28"}
    company = await shop.post("/companies", {"name": "Small", "fields": {"staff": 3}})
    assert company.json["fields"] == {"staff": 3}
    assert (await shop.get(f"/contacts/{olga.id}")).json["fields"] == {}


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"discount": "a lot"}, "/fields/discount"),
        ({"discount": True}, "/fields/discount"),
        ({"none": 1}, "/fields/none"),
        ({"staff": 1}, "/fields/staff"),
        ({"Segment": "Gold"}, "/fields/Segment/[key]"),
    ],
)
async def test_what_is_wrong_is_told_by_its_place(site, fields, said, pointer):
    shop = await program(site, "sofia", {"contacts:read", "contacts:write"})
    refused = await shop.post("/contacts", {"name": "New One", "fields": said})
    assert refused.status == 422
    assert [one["pointer"] for one in refused.json["errors"]] == [pointer]


# --- rules ----------------------------------------------------------------------------------------
DRAFT = "/settings/routing/draft"
RULES = """
[[rule]]
id = "golden"
when.field = { name = "contact.segment", is = "gold" }
[[rule.step]]
to = "queue"
queue = "default"
seconds = 60
[[rule]]
id = "rest"
[[rule.step]]
to = "queue"
queue = "default"
seconds = 60
"""


async def published(admin, text, revision):
    await admin.post(DRAFT, {"text": text, "revision": str(revision)})
    return await admin.post(f"{DRAFT}/publish", {"revision": str(revision + 1)})


async def test_a_rule_asks_for_one_in_its_form_and_says_it_in_words(admin, fields):
    assert (await published(admin, RULES, 0)).status == 303
    form = await admin.text(f"{DRAFT}/rule?rule=golden")
    assert '<option value="contact.segment" selected>contact field “Segment”' in form
    assert 'name="w.field.is" value="Silver"' in form
    sent = {
        "table": "rule", "was": "golden", "place": "0", "revision": "1", "id": "golden", "when": "field",
        "w.field.name": "contact.segment", "w.field.is": "Gold", "step": "0", "s.0.to": "queue",
        "s.0.queue": "default", "s.0.seconds": "60",
    }  # fmt: skip
    said = await (await admin.post(f"{DRAFT}/rule/say", sent)).text()
    assert "the contact field “Segment” is Gold" in said
    wrong = await (await admin.post(f"{DRAFT}/rule/say", sent | {"w.field.is.more": "Bronze"})).text()
    assert "The field “Segment” can never be “bronze”" in wrong
    assert "the contact field “Segment” is gold" in await admin.text("/settings/routing")


async def test_rules_that_name_what_is_not_there_are_refused_and_what_they_name_stays(admin, fields):
    refused = await published(admin, RULES.replace("segment", "colour"), 0)
    assert refused.status == 422
    assert "There is no field contact.colour, or it is archived" in await refused.text()
    assert (await published(admin, RULES, 1)).status == 303
    page = await admin.text(ADDRESS)
    segment = next(
        one
        for one, label in re.findall(rf'href="{ADDRESS}/([0-9a-f-]+)">([^<]+)<', page)
        if label == "Segment"
    )
    archived = await admin.post(f"{ADDRESS}/{segment}/archive", {"archived": "1"})
    assert archived.status == 422
    assert "the rules of routing name this field: change them first" in await archived.text()


async def test_settings_go_out_and_come_in_with_them(site, admin, fields):
    file = await (await admin.get("/settings/transfer/file")).text()
    assert '"contact.segment": {' in file
