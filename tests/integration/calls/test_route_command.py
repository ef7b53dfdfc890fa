# SPDX-License-Identifier: Apache-2.0
"""`rolodial route`: rules of a moment, what was keyed in, and the dialogue with the server that runs or without one."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from config.agi import AgiParts, agi_handlers
from config.cli import main
from config.command_line import with_store
from config.routing_file import publish_file_now
from crm_core.domain.audit import Actor
from crm_core.domain.ids import new_id
from crm_core.domain.outbound import OutboundSettings
from crm_core.ports.rule_life import Release, ReleaseState
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.fastagi import FastAgiServer
from tests.live.conftest import LoopThread
from tests.support.builders import a_contact
from tests.support.routing import DID, NOW, OLGA, PHONES, SilentFeed, a_desk

STEP = '[[rule.step]]\nto = "queue"\nqueue = "default"\nseconds = 60\n'
ADMIN = Actor("tests")


def rule(name, when=""):
    return f'[[rule]]\nid = "{name}"\n{when}{STEP}'


class Site:
    def __init__(self, url, home, port) -> None:
        self.url, self.home, self.port = url, home, port
        self.settings = home / "rolodial.toml"
        self.settings.write_text(f'home = "{home}"\ndatabase = "{url}"\n[fastagi]\nport = {port}\n')

    def route(self, *arguments):
        told = CliRunner().invoke(main, ["route", "--settings", str(self.settings), *arguments])
        assert told.exit_code == 0, told.output
        return told.output

    def rule(self, *arguments):
        return json.loads(self.route("--json", *arguments))["rule"]

    def publish(self, name, at, when=""):
        file = self.home / "published.toml"
        file.write_text(rule(name) if not when else rule(name, when) + rule("rest"))
        with_store(self.url, lambda store: publish_file_now(file, store, ADMIN, at))


@pytest.fixture
def site(database_url, tmp_path, unused_tcp_port):
    return Site(database_url, tmp_path, unused_tcp_port)


def test_the_rules_are_those_of_the_moment_asked_for(site):
    now = datetime.now(UTC)
    site.publish("first", now - timedelta(days=9))
    site.publish("second", now - timedelta(days=2))
    monday = Release(
        id=new_id(now), state=ReleaseState.SCHEDULED, at=now + timedelta(days=3), made_at=now,
        actor="tests", user_id=None, text=rule("third"), source="draft",
    )  # fmt: skip

    async def schedule(store):
        async with store.begin() as tx:
            await tx.rule_life.save_release(monday)

    with_store(site.url, schedule)
    # Before any were published nobody knows better than the present ones.
    days = {-30: "second", -5: "first", -1: "second", 2: "second", 4: "third"}
    found = {day: site.rule("--from", "", "--at", (now + timedelta(days=day)).isoformat()) for day in days}
    assert found == days
    assert site.rule("--from", "") == "second"


def test_what_was_keyed_in_is_looked_at_and_tells_the_client(site):
    site.publish(
        "menu", NOW, '[rule.when]\nmenu = "sales"\nkeyed = ["order", "client_number"]\ncaller = "known"\n'
    )
    ivan = a_contact("Ivan Sokolov", external_id="000417")

    async def save(store):
        async with store.begin() as tx:
            await tx.clients.save_contacts([ivan])

    with_store(site.url, save)
    keyed = ["--from", "+79990000000", "--menu", "sales", "--client-number", "417"]
    told = json.loads(site.route("--json", *keyed))
    assert (told["rule"], told["facts"]["party_name"]) == ("menu", "Ivan Sokolov")
    assert told["facts"]["told_by"] == "client_number"
    assert told["trace"][0]["code"] == "told_by_client_number"
    assert site.rule("--from", "+79990000000", "--menu", "sales", "--client-number", "418") == "rest"
    assert site.rule(*keyed[:2], "--menu", "other", "--client-number", "417") == "rest"


def test_the_dialogue_without_a_server(site):
    site.publish("all", NOW)
    lines = site.route("--from", "+79161000001", "--did", DID, "--menu", "sales", "--agi").splitlines()
    assert lines[0] == "asterisk  agi_network: yes"
    assert "asterisk  agi_arg_5: sales" in lines
    at = lines.index("asterisk  ")
    assert lines[at + 1].startswith("rolodial  EXEC MSet ROLODIAL_CALL=")
    assert lines[at + 1].endswith(
        "ROLODIAL_RULE=all,ROLODIAL_PRIORITY=0,ROLODIAL_S1=queue^60^default,ROLODIAL_STEPS=1,ROLODIAL_ANSWER=route"
    )
    assert lines[at + 2 :] == ["asterisk  200 result=1", "# answered by this process"]


def test_the_dialogue_with_the_server_that_runs_leaves_no_trace_there(site, monkeypatch):
    monkeypatch.setattr("config.agi_dialogue._SECONDS", 30.0)
    kept, feed = [], SilentFeed()
    desk = a_desk(kept=kept, feed=feed)
    parts = AgiParts(
        desk=desk,
        outbound=OutboundSettings(),
        accept_prompt=lambda _pbx, _call: False,
        put_survey=lambda _: True,
        clock=lambda: NOW,
        ready=lambda: True,
        store=None,  # nobody asks to be called back
        pbxs={},
        syncs={},
    )
    with LoopThread() as loop:
        settings = FastAgiSettings(port=site.port, header_s=30.0, reply_s=30.0)
        server = FastAgiServer(settings, agi_handlers(parts))
        loop.run(server.start())
        lines = site.route("--from", PHONES[OLGA], "--did", DID, "--agi").splitlines()
        loop.run(server.stop())
    assert lines[-1] == f"# answered by the server at 127.0.0.1:{site.port}"
    assert 'rolodial  EXEC MSet "ROLODIAL_NAME=Olga Petrova,' in "\n".join(lines)
    assert "ROLODIAL_RULE=manager" in "".join(lines)
    assert (kept, feed.frames, desk.decided) == ([], [], 0)
