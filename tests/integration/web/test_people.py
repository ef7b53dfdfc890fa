# SPDX-License-Identifier: Apache-2.0
"""People by an administrator: new, edited by two at once, invited, dismissed with their clients, and back."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from crm_core.domain.absence import stands_in
from crm_core.domain.client import ClientKind
from crm_core.domain.directory import Directory
from crm_core.domain.directory.people import OperatorState
from crm_core.domain.ids import new_id
from crm_core.domain.people import DeviceKind, Role, Team
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.assign_manager import assign_manager
from crm_core.usecases.save_deal import create_deal
from crm_core.usecases.set_operator_state import set_operator_state
from tests.integration.web.test_me import GOOD
from tests.integration.web.test_security import token
from tests.support.builders import ANNA
from tests.support.history import PASSWORD
from web import keys

NEW = {
    "name": "Dmitry Orlov",
    "login": "Dmitry",
    "role": "operator",
    "email": "",
    "locale": "ru",
    "zone": "",
    "extension-main": "120",
    "desk-main": "PJSIP/120",
    "browser-main": "PJSIP/120-web",
    "mobile-main": "",
}


@pytest.fixture
async def admin(site):
    return await site.browser("admin")


async def added(site, admin, **fields):
    """Returns the link's path and the user."""
    answer = await admin.post("/settings/people/new", NEW | fields)
    text = await answer.text()
    assert answer.status == 200, text
    path = re.search(r'id="link">https?://[^/]+(/invitation/[\w-]+)<', text)[1]
    async with site.store.read() as tx:
        return path, await tx.people.user_by_login((NEW | fields)["login"].lower())


def version(text):
    return re.search(r'name="version" value="(\w*)"', text)[1]


def form_of(user, **more):
    return {"name": user.name, "login": user.login, "role": user.role.value} | more


async def test_a_new_colleague_is_invited_chooses_a_password_and_is_in(site, admin):
    path, dmitry = await added(site, admin)
    assert "Invited" in await admin.text("/settings/people?q=dmitry")
    async with site.store.read() as tx:
        assert await tx.people.extension_at("main", "120", site.app[keys.CLOCK]()) == dmitry.id
        devices = [one for one in await tx.people.devices() if one.user_id == dmitry.id]
    assert {(one.device, one.kind) for one in devices} == {
        ("PJSIP/120", DeviceKind.DESK),
        ("PJSIP/120-web", DeviceKind.BROWSER),
    }
    stranger = site.stranger()
    for _ in range(2):  # looking uses nothing up
        assert "Dmitry Orlov" in await stranger.text(path)
    for password in ("", "nobody has this password"):  # there is none yet
        assert (await stranger.post("/login", {"login": "dmitry", "password": password})).status == 422
    assert (await stranger.post(path, {"password": GOOD, "again": "other"})).status == 422
    inside = await stranger.post(path, {"password": GOOD, "again": GOOD})
    assert (inside.status, inside.headers["Location"]) == (303, "/")
    assert inside.cookies["rolodial"].value
    assert (await stranger.get(path)).status == 404
    assert (await stranger.post(path, {"password": GOOD, "again": GOOD})).status == 404
    assert (await stranger.post("/login", {"login": "dmitry", "password": GOOD})).status == 303
    assert "Active" in await admin.text("/settings/people?q=dmitry")


async def test_a_link_is_good_for_a_week_and_the_next_takes_its_place(site, admin):
    path, dmitry = await added(site, admin)
    again = await (await admin.post(f"/settings/people/{dmitry.id}/link")).text()
    fresh = re.search(r"/invitation/[\w-]+", again)[0]
    assert (await site.stranger().get(path)).status == 404
    assert (await site.stranger().get(fresh)).status == 200
    real = site.app[keys.CLOCK]
    site.app._state[keys.CLOCK] = lambda: real() + timedelta(days=7, minutes=1)
    assert (await site.stranger().get(fresh)).status == 404


async def test_a_reset_link_by_an_administrator(site, admin):
    anna = site.history.users["anna"]
    elsewhere = await site.browser("anna")
    text = await (await admin.post(f"/settings/people/{anna.id}/link")).text()
    path = re.search(r"/invitation/[\w-]+", text)[0]
    assert path not in await admin.text(f"/settings/people/{anna.id}")
    assert (await site.stranger().post("/login", {"login": "anna", "password": PASSWORD})).status == 303
    assert (await site.stranger().post(path, {"password": GOOD, "again": GOOD})).status == 303
    assert (await elsewhere.get("/calls")).status == 303
    assert (await site.stranger().post("/login", {"login": "anna", "password": PASSWORD})).status == 422
    async with site.store.read() as tx:
        actions = {each.action for each in await tx.audit.of("user", anna.id)}
    assert {"reset_link", "password"} <= actions


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "  ", "A name is needed."),
        ("login", "Дмитрий", "A login is of a-z"),
        ("login", "anna", "The login is taken."),
        ("role", "god", "Choose one of these."),
        ("email", "dmitry", "This is not an e-mail address."),
        ("zone", "Mars/Base", "This is not a time zone"),
        ("extension-main", "12a", "An extension is of digits"),
        ("desk-main", "PJSIP", "A device is written"),
        ("desk-main", "PJSIP/1\r\nAction: x", "A device is written"),
        ("extension-main", "", "A device needs an extension"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_the_input_stays(site, admin, field, value, said):
    answer = await admin.post("/settings/people/new", NEW | {field: value})
    text = await answer.text()
    assert answer.status in {409, 422}
    assert said in text
    assert "Dmitry" in text
    async with site.store.read() as tx:
        assert await tx.people.user_by_login("dmitry") is None


async def test_a_number_that_somebody_has_is_not_given_twice(site, admin):
    await added(site, admin)
    answer = await admin.post("/settings/people/new", NEW | {"login": "egor", "desk-main": ""})
    assert answer.status == 409
    assert "Somebody else has this now" in await answer.text()


async def test_the_second_editor_sees_the_change_of_the_first(site, admin):
    boris = site.history.users["boris"]
    page = f"/settings/people/{boris.id}"
    seen = version(await admin.text(page))
    first = form_of(boris, name="Boris Volkov-Meyer", version=seen)
    assert (await admin.post(page, first)).headers["Location"] == f"{page}?saved"
    second = await admin.post(page, form_of(boris, name="Boris W.", version=seen))
    text = await second.text()
    assert second.status == 409
    assert "Boris Volkov-Meyer" in text  # theirs
    assert 'value="Boris W."' in text  # mine
    assert (await admin.post(page, form_of(boris, name="Boris W.", version=version(text)))).status == 303


async def test_extensions_and_devices_are_dated(site, admin):
    _, dmitry = await added(site, admin)
    then = site.app[keys.CLOCK]()
    page = f"/settings/people/{dmitry.id}"
    changed = NEW | {"extension-main": "121", "browser-main": "", "version": version(await admin.text(page))}
    assert (await admin.post(page, changed)).status == 303
    now = site.app[keys.CLOCK]()
    async with site.store.read() as tx:
        assert await tx.people.extension_at("main", "120", then) == dmitry.id
        assert await tx.people.extension_at("main", "120", now) is None
        assert await tx.people.extension_at("main", "121", now) == dmitry.id
        assert [one.device for one in await tx.people.devices(now) if one.user_id == dmitry.id] == [
            "PJSIP/120"
        ]


async def test_teams_and_filters(site, admin):
    async with site.store.begin() as tx:
        team = Team(id=new_id(site.history.now), name="Wholesale")
        await tx.people.add_team(team)
    _, dmitry = await added(site, admin, **{f"team-{team.id}": "1"})
    async with site.store.read() as tx:
        [kept] = await tx.people.teams()
    assert kept.members == {dmitry.id}
    for query, there in (
        ("team=Wholesale", True),
        ("q=120", True),
        ("q=ORLOV dm", True),
        ("role=admin", False),
        ("state=invited", True),
        ("state=archived", False),
        ("team=Retail", False),
    ):
        assert ("Dmitry Orlov" in await admin.text(f"/settings/people?{query}")) is there, query


async def test_the_only_administrator_stays_one(site, admin):
    me = site.history.users["admin"]
    page = f"/settings/people/{me.id}"
    answer = await admin.post(page, form_of(me, role="operator", version=version(await admin.text(page))))
    assert answer.status == 409
    assert "only administrator" in await answer.text()
    assert (await admin.post(f"{page}/dismiss", {"heir": "nobody"})).status == 422


# --- leaving
async def test_dismissal_in_one_act(site, admin):
    history, anna, boris = site.history, site.history.users["anna"], site.history.users["boris"]
    now = site.app[keys.CLOCK]()
    phone = form_of(anna, version=version(await admin.text(f"/settings/people/{anna.id}")))
    phone |= {"extension-main": "101", "desk-main": "PJSIP/101"}
    assert (await admin.post(f"/settings/people/{anna.id}", phone)).status == 303
    await set_operator_state(
        site.store, site.app[keys.FEED], [site.pbx], anna, anna.id, state=OperatorState.AVAILABLE, now=now
    )
    secret = await token(site, "anna", {"orders:write"})
    browser = await site.browser("anna")
    for contact in history.contacts.values():
        await assign_manager(site.store, ClientKind.CONTACT, contact.id, anna.id, ANNA, now)
    fields = {"title": "Grinders", "contact_id": contact.id, "owner_id": anna.id}
    deal = await create_deal(site.store, fields, ANNA, now)
    rules = {"rule": [], "assign": [{"id": "hers", "to": "person", "login": "anna"}]}
    rules["skills"] = {"english": {"anna": 3}, "german": {"boris": 1}}
    async with site.store.begin() as tx:
        await tx.routing.publish(rules, source="test", digest="x", now=site.app[keys.CLOCK]())
    preview = await admin.text(f"/settings/people/{anna.id}/dismiss")
    assert "1 deal:" in preview
    assert "The rules of routing name them (hers, english)" in preview
    assert "1 open session ends" in preview
    assert "1 API token is taken back: shop" in preview
    assert "101, PJSIP/101 are free" in preview
    assert f"{len(history.contacts)} contacts" in preview
    assert (await admin.post(f"/settings/people/{anna.id}/dismiss", {"heir": ""})).status == 422
    assert (await browser.get("/calls")).status == 200  # nothing happened yet
    done = await admin.post(f"/settings/people/{anna.id}/dismiss", {"heir": str(boris.id)})
    assert done.status == 303

    assert (await browser.get("/calls")).status == 303
    assert (await site.stranger().post("/login", {"login": "anna", "password": PASSWORD})).status == 422
    bearer = {"Authorization": f"Bearer {secret}"}
    assert (await site.stranger().post("/api/v1/orders", b"[]", **bearer)).status == 401
    async with site.store.read() as tx:
        later = site.app[keys.CLOCK]()
        assert await tx.people.extension_at("main", "101", later) is None
        assert await tx.people.device_at("main", "PJSIP/101", later) is None
        assert (await tx.states.current([anna.id]))[anna.id].state is OperatorState.OFFLINE
        contacts, _ = await tx.clients.managed_by(anna.id)
        taken, _ = await tx.clients.managed_by(boris.id)
    assert not contacts
    async with site.store.read() as tx:
        assert (await tx.deals.get(deal.id)).owner_id == boris.id
    assert {contact.id for contact in history.contacts.values()} <= set(taken)
    assert site.pbx.available["101"] is False
    assert "Anna Smirnova" not in await admin.text("/settings/people")
    assert "Left" in await admin.text("/settings/people?state=archived")

    assert (await admin.post(f"/settings/people/{anna.id}/reinstate")).status == 303
    assert (await site.stranger().post("/login", {"login": "anna", "password": PASSWORD})).status == 303
    async with site.store.read() as tx:
        assert not (await tx.clients.managed_by(anna.id))[0]


async def test_clients_of_nobody(site, admin):
    boris, contact = site.history.users["boris"], site.history.contacts["Olga Petrova"]
    now = site.app[keys.CLOCK]()
    await assign_manager(site.store, ClientKind.CONTACT, contact.id, boris.id, ANNA, now)
    assert (await admin.post(f"/settings/people/{boris.id}/dismiss", {"heir": str(boris.id)})).status == 422
    assert (await admin.post(f"/settings/people/{boris.id}/dismiss", {"heir": "nobody"})).status == 303
    async with site.store.read() as tx:
        assert (await tx.clients.contact(contact.id)).manager_id is None
    assert (await admin.post(f"/settings/people/{boris.id}/dismiss", {"heir": "nobody"})).status == 409


async def test_somebody_who_left_can_be_changed_no_more(site, admin):
    boris = site.history.users["boris"]
    page = f"/settings/people/{boris.id}"
    seen = version(await admin.text(page))
    await admin.post(f"{page}/dismiss", {"heir": "nobody"})
    assert (await admin.post(page, form_of(boris, version=seen))).status == 404
    for act in ("link", "second-step/off", "sessions/end"):
        assert (await admin.post(f"{page}/{act}")).status == 404
    assert "Reinstate" in await admin.text(page)


# --- absence
async def test_an_absence_and_who_stands_in(site, admin):
    anna, boris = site.history.users["anna"], site.history.users["boris"]
    browser = await site.browser("anna")
    today = site.app[keys.CLOCK]().date()
    plan = {"since": str(today - timedelta(days=1)), "until": str(today + timedelta(days=3))}
    plan |= {"deputy": str(boris.id), "reason": "holiday"}
    assert (await browser.post("/me/absences", plan)).status == 303
    mine = await browser.text("/me")
    assert "Boris Volkov stands in" in mine
    assert "holiday" in mine
    people = await admin.text("/settings/people?q=anna")
    assert "Away" in people
    assert "Boris Volkov stands in" in people
    async with site.store.read() as tx:
        absences = await tx.absences.since(site.app[keys.CLOCK]())
    assert stands_in(absences, anna.id, site.app[keys.CLOCK]()) == boris.id
    [address] = re.findall(r'action="(/me/absences/[\w-]+/cancel)"', mine)
    assert (await browser.post(address)).status == 303
    assert "No absence is planned" in await browser.text("/me")
    async with site.store.read() as tx:
        [kept] = await tx.absences.of_user(anna.id)
    assert kept.cancelled_at


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "2999-01-01"},
        {"until": "1999-01-01"},
        {"until": "x"},
        {"deputy": "x"},
        {"deputy": str(UUID(int=5))},
        {"until": "2020-01-02", "since": "2020-01-01"},
    ],
)
async def test_an_absence_that_cannot_be(site, admin, wrong):
    sofia = site.history.users["sofia"]
    today = site.app[keys.CLOCK]().date()
    plan = {"since": str(today), "until": str(today), "deputy": ""} | wrong
    answer = await admin.post(f"/settings/people/{sofia.id}/absences", plan)
    assert answer.status == 422
    assert "Plan an absence" in await answer.text()


async def test_an_administrator_takes_a_lost_second_step_away_and_ends_sessions(site, admin):
    from tests.integration.web.test_me import set_up

    anna, browser = site.history.users["anna"], await site.browser("anna")
    await set_up(site, browser)
    page = f"/settings/people/{anna.id}"
    assert "Logs in in two steps" in await admin.text(page)
    assert (await admin.post(f"{page}/sessions/end")).status == 303
    assert (await browser.get("/calls")).status == 303
    assert (await admin.post(f"{page}/second-step/off")).status == 303
    assert (await site.stranger().post("/login", {"login": "anna", "password": PASSWORD})).status == 303


async def test_a_change_of_role_holds_at_the_next_click(site, admin):
    boris, browser = site.history.users["boris"], await site.browser("boris")
    assert (await browser.get("/settings/people")).status == 403
    page = f"/settings/people/{boris.id}"
    made = form_of(boris, role=Role.ADMIN.value, version=version(await admin.text(page)))
    assert (await admin.post(page, made)).status == 303
    assert (await browser.get("/settings/people")).status == 200


MOBILE = "+79165554433"


async def own_numbers(site):
    async with site.store.read() as tx:
        return {one.e164: one for one in await tx.people.own_numbers()}


async def test_a_mobile_of_their_own_is_never_a_clients_until_they_leave(site, admin):
    """Though a client has it too: a colleague calls from it."""
    await site.history.contact("Their spouse", MOBILE)
    _, dmitry = await added(site, admin, mobile_number="8 916 555-44-33")
    mine = (await own_numbers(site))[MOBILE]
    assert (mine.kind, mine.user_id, mine.label) == ("mobile", dmitry.id, "Dmitry Orlov")
    directory = Directory()
    source = DirectorySource(site.store, directory, site.app[keys.CLOCK])
    await source.load()
    assert (directory.identify(MOBILE), directory.is_own(MOBILE)) == (None, True)
    async with site.store.read() as tx:
        assert await tx.clients.owners_of([MOBILE]) == {}
    page = await admin.text(f"/settings/people/{dmitry.id}")
    assert f'value="{MOBILE}"' in page
    assert "Dmitry Orlov" in await admin.text("/settings/numbers")
    # The register's own form leaves it whose it is.
    form = {"e164": MOBILE, "label": "Dima", "kind": "mobile"}
    form["version"] = version(await admin.text(f"/settings/numbers/{mine.id}"))
    assert (await admin.post(f"/settings/numbers/{mine.id}", form)).status == 303
    assert (await own_numbers(site))[MOBILE].user_id == dmitry.id
    await admin.post(f"/settings/people/{dmitry.id}/dismiss", {"heir": "nobody"})
    assert MOBILE not in await own_numbers(site)
    await source.catch_up()
    assert directory.identify(MOBILE).name == "Their spouse"


async def test_a_mobile_is_changed_taken_away_and_belongs_to_one(site, admin):
    _, dmitry = await added(site, admin, mobile_number=MOBILE)
    address = f"/settings/people/{dmitry.id}"

    async def save(number):
        return await admin.post(
            address, NEW | {"mobile_number": number, "version": version(await admin.text(address))}
        )

    assert (await save("+79165554434")).status == 303
    assert {"+79165554434"} == {n for n, one in (await own_numbers(site)).items() if one.user_id}
    taken = await admin.post(
        "/settings/people/new",
        NEW
        | {"login": "other", "extension-main": "", "desk-main": "", "browser-main": ""}
        | {"mobile_number": "+79165554434"},
    )
    assert taken.status == 409
    assert "Somebody else has this now" in await taken.text()
    for nonsense in ("12 apples", "101"):
        assert (await save(nonsense)).status == 422
    assert (await save("")).status == 303
    assert not [one for one in (await own_numbers(site)).values() if one.user_id]
