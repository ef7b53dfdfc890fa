# SPDX-License-Identifier: Apache-2.0
"""`rolodial user` beside the server that runs: invite, reset, dismiss."""

import asyncio
import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from config.asterisk.ports import free_port
from config.cli import main
from crm_core.domain.directory.people import OperatorState
from crm_core.domain.ids import new_id
from crm_core.domain.people import Extension, Role
from crm_core.usecases.set_operator_state import set_operator_state
from tests.integration.fake_ami_server import SECRET, FakeAmiServer, event, response
from tests.integration.web.test_me import GOOD
from tests.integration.web.test_two_steps_for_all import protect
from tests.support.api import token_of
from tests.support.routing import SilentFeed


@pytest.fixture
def rolodial(database_with_history, tmp_path, monkeypatch):
    """Returns the exit code, what a script reads, and all that a person reads."""
    settings = tmp_path / "rolodial.toml"
    settings.write_text('[web]\npublic_url = "https://crm.example"\n')
    monkeypatch.setenv("ROLODIAL_SETTINGS", str(settings))
    monkeypatch.setattr(
        "config.doctor.ami_session.WITHIN_S", 30.0
    )  # a machine that stands still is no silent PBX

    async def run(*arguments):
        words = ["user", *arguments, "--database", database_with_history[0]]
        done = await asyncio.to_thread(CliRunner().invoke, main, words)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.stdout, done.output

    return run


def path_of(stdout):
    assert stdout.startswith("https://crm.example/invitation/"), stdout
    return urlsplit(stdout.strip()).path


async def test_who_is_invited_chooses_a_password_and_is_in(site, rolodial):
    code, link, said = await rolodial("invite", "dmitry", "--name", "Dmitry Orlov", "--role", "supervisor")
    assert (code, "dmitry chooses a password here, once" in said) == (0, True)
    _, fresh, _ = await rolodial("invite", "dmitry")  # the first was lost
    assert (await site.stranger().get(path_of(link))).status == 404
    answer = await site.stranger().post(path_of(fresh), {"password": GOOD, "again": GOOD})
    assert answer.status == 303
    async with site.store.read() as tx:
        user = await tx.people.user_by_login("dmitry")
        trail = [each.action for each in await tx.audit.of("user", user.id)]
    assert (user.name, user.role) == ("Dmitry Orlov", Role.SUPERVISOR)
    assert trail.count("invitation_link") == 2
    code, _, said = await rolodial("invite", "dmitry")
    assert (code, "has an account already" in said) == (1, True)
    code, _, said = await rolodial("invite", "Дмитрий")
    assert (code, "A login is of a-z" in said) == (1, True)


async def test_a_reset_link_works_once(site, rolodial):
    _, link, _ = await rolodial("reset", "anna")
    assert (await site.stranger().post(path_of(link), {"password": GOOD, "again": GOOD})).status == 303
    assert (await site.stranger().get(path_of(link))).status == 404
    assert (await site.stranger().post("/login", {"login": "anna", "password": GOOD})).status == 303
    assert (await rolodial("reset", "nobody"))[0] == 1


async def test_the_last_administrator_who_lost_the_phone_is_let_in_from_the_server(site, rolodial):
    await protect(site.store, site.history.users["admin"])
    code, link, said = await rolodial("reset", "admin", "--second-step")
    assert (code, link) == (0, "admin logs in with the password only.\n")
    assert "invitation" not in said
    async with site.store.read() as tx:
        assert await tx.credentials.with_second_factor() == set()


async def test_dismissal_hands_over_or_says_why_not(site, rolodial):
    history, now = site.history, datetime.now(UTC)
    anna, olga = history.users["anna"], history.contacts["Olga Petrova"]
    browser = await site.browser("anna")
    await token_of(site.store, anna.id, ("calls:read",))
    await set_operator_state(
        site.store, SilentFeed(), (), anna, anna.id, state=OperatorState.AVAILABLE, now=now
    )
    async with site.store.begin() as tx:
        line = {"id": new_id(now), "user_id": anna.id, "pbx": "main", "extension": "101", "valid_from": now}
        await tx.people.add_extension(Extension(**line))
    code, _, said = await rolodial("dismiss", "anna")
    assert code == 1
    assert re.search(r"\d+ clients.* are theirs: say who takes them, --heir LOGIN, or --nobody", said)
    assert (await rolodial("dismiss", "anna", "--heir", "nobody.here"))[0] == 1
    assert (await rolodial("dismiss", "anna", "--heir", "anna"))[0] == 1
    assert (await rolodial("dismiss", "anna", "--heir", "boris", "--nobody"))[0] == 2
    assert (await browser.get("/calls")).status == 200, "nothing was done yet"
    code, _, said = await rolodial("dismiss", "anna", "--heir", "boris")
    assert (code, "Free now: 101" in said, "now with boris" in said) == (0, True, True)
    assert (await browser.get("/calls")).status == 303
    async with site.store.read() as tx:
        assert (await tx.clients.contact(olga.id)).manager_id == history.users["boris"].id
        assert (await tx.states.current([anna.id]))[anna.id].state is OperatorState.OFFLINE
        assert await tx.sessions.tokens(anna.id) == []
    assert (await rolodial("dismiss", "anna", "--nobody"))[0] == 1


ARI = '[pbx.ari]\nurl = "http://127.0.0.1:{port}"\nusername = "rolodial"\nsecret = "s"\n'
AMI = '[[pbx]]\nname = "main"\n[pbx.ami]\nhost = "127.0.0.1"\nport = {port}\nusername = "rolodial"\nsecret = "{secret}"\n'


async def give_extension(site, login, extension):
    now = datetime.now(UTC)
    user_id = site.history.users[login].id
    line = Extension(id=new_id(now), user_id=user_id, pbx="main", extension=extension, valid_from=now)
    async with site.store.begin() as tx:
        await tx.people.add_extension(line)


def queues(*members):
    """As QueueStatus lists them."""
    params = [event("QueueParams", Queue=name, Strategy="ringall", Calls="0") for name, _ in members]
    there = [
        event("QueueMember", Queue=name, Name=phone, Location=f"PJSIP/{phone}", Membership="dynamic")
        for name, phone in members
    ]
    return [*params, *there]


async def test_dismissal_tells_the_pbx_as_the_page_does(site, rolodial, tmp_path):
    await give_extension(site, "boris", "102")
    async with FakeAmiServer() as pbx:
        pbx.lists["QueueStatus"] = queues(("retail", "102"), ("service", "102"), ("retail", "103"))
        pbx.answers["QueueRemove"] = lambda action: response(action, "Success", "Message: removed")
        with (tmp_path / "rolodial.toml").open("a") as settings:
            settings.write(AMI.format(port=pbx.port, secret=SECRET) + ARI.format(port=free_port()))
        code, _, said = await rolodial("dismiss", "boris", "--nobody")
        assert code == 0, said
        left = [(one["Queue"], one["Interface"]) for one in pbx.seen("QueueRemove")]
        states = [(one["Variable"], one["Value"]) for one in pbx.seen("Setvar")]
    assert left == [("retail", "PJSIP/102"), ("service", "PJSIP/102")]
    assert states == [("DEVICE_STATE(Custom:rolodial-102)", "BUSY")]


async def test_dismissal_says_which_pbx_does_not_know_it(site, rolodial, tmp_path):
    await give_extension(site, "boris", "102")
    with (tmp_path / "rolodial.toml").open("a") as settings:
        settings.write(AMI.format(port=free_port(), secret=SECRET))
    code, _, said = await rolodial("dismiss", "boris", "--nobody")
    assert (code, "main does not know it, its queues stay: " in said, "works here no more" in said) == (
        0,
        True,
        True,
    )


async def test_somebody_without_clients_just_leaves_but_not_the_last_administrator(site, rolodial):
    assert (await rolodial("dismiss", "boris"))[0] == 0
    code, _, said = await rolodial("dismiss", "admin")
    assert (code, "only administrator" in said) == (1, True)
    assert "boris" not in (await rolodial("list"))[1]
