# SPDX-License-Identifier: Apache-2.0
"""`rolodial rules`: flaws, tests, history again and a file, from the terminal."""

import asyncio
import json
import tomllib
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from config.cli import main
from config.routing_file import DEFAULT_FILE, publish_routing_file
from crm_core.domain.ids import new_id
from crm_core.domain.people import Team
from crm_core.storage.open_store import open_store
from crm_core.usecases.decide_route import decide_route
from crm_core.usecases.keep_decisions import DecisionLog
from tests.integration.fake_ami_server import SECRET, FakeAmiServer, event, response
from tests.support.routing import OLGA, PHONES, a_call_from, a_desk

SEED = DEFAULT_FILE.read_text()
TEST = """
[[test]]
name = "nobody we know"
at = "2026-11-27T12:00:00+03:00"
caller = "unknown"
teams = { retail = ["Anna"] }
expect = { rule = "retail", steps = ["Anna", "queue default"] }
"""


@pytest.fixture
def rules(database_url, tmp_path):
    settings = tmp_path / "rolodial.toml"
    settings.write_text(f'home = "{tmp_path}"\ndatabase = "{database_url}"\n')

    def run(command, *arguments):
        return CliRunner().invoke(main, ["rules", command, "--settings", str(settings), *arguments])

    return run


@pytest.fixture
def file(tmp_path):
    def written(text):
        path = tmp_path / "routing.toml"
        path.write_text(text)
        return str(path)

    return written


def with_store(url, work):
    async def main():
        store = await open_store(url)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(main())


async def two_teams(store):
    async with store.begin() as tx:
        for name in ("retail", "wholesale"):
            await tx.people.add_team(Team(id=new_id(datetime.now(UTC)), name=name))


def test_flaws_are_named_and_grave_ones_exit_with_one(database_url, rules, file):
    told = rules("check")
    assert told.exit_code == 1
    assert "GRAVE rule wholesale, step 1: There is no team “wholesale” (no_such_team)" in told.output
    with_store(database_url, two_teams)
    told = rules("check")
    assert told.exit_code == 0
    assert "rule wholesale, step 1: Nobody is in the team “wholesale” (team_is_empty)" in told.output
    covered = SEED.replace('manager = "free"\nturnover', 'manager = ["free", "away"]\nturnover', 1)
    covered = covered.replace(
        'id = "wholesale"\n[rule.when]', 'id = "wholesale"\n[rule.when]\nmanager = "free"'
    )
    told = rules("check", "--file", file(covered))
    assert told.exit_code == 1
    assert "“manager-of-large-client” before it takes all these calls" in told.output


AMI = '[[pbx]]\nname = "main"\n[pbx.ami]\nhost = "127.0.0.1"\nport = {port}\nusername = "rolodial"\nsecret = "{secret}"\n'


async def test_queues_are_asked_of_the_pbx(database_url, store, rules, file, tmp_path):
    await two_teams(store)
    written = file(SEED)
    async with FakeAmiServer() as pbx:
        with (tmp_path / "rolodial.toml").open("a") as settings:
            settings.write(AMI.format(port=pbx.port, secret=SECRET))
        pbx.lists["QueueStatus"] = [event("QueueParams", Queue="sales", Strategy="ringall", Calls="0")]
        told = await asyncio.to_thread(rules, "check")
        assert (told.exit_code, "There is no queue “default” (no_such_queue)" in told.output) == (1, True)
        told = await asyncio.to_thread(rules, "publish", written)
        assert (told.exit_code, "not published: rule " in told.output) == (1, True), told.output
        assert "There is no queue “default” (no_such_queue)" in told.output
        pbx.lists["QueueStatus"] = [event("QueueParams", Queue="default", Strategy="ringall", Calls="0")]
        told = await asyncio.to_thread(rules, "check")
        assert (told.exit_code, "queue" in told.output) == (0, False), told.output
        pbx.answers["QueueStatus"] = lambda action: response(action, "Error", "Message: Permission denied")
        told = await asyncio.to_thread(rules, "check")
        assert told.exit_code == 0, told.output
        assert "\nqueues are not checked: " in told.output, told.output
        told = await asyncio.to_thread(rules, "publish", written)
        assert told.exit_code == 0, told.output
        assert "\nqueues are not checked: " in told.output, told.output


def test_tests_pass_or_say_what_came(rules, file):
    assert rules("test").output == "0 tests, 0 failed\n"
    told = rules("test", "--file", file(SEED + TEST))
    assert (told.exit_code, told.output) == (0, "passed  nobody we know\n1 tests, 0 failed\n")
    told = rules("test", "--file", file(SEED + TEST.replace('rule = "retail"', 'rule = "wholesale"')))
    assert told.exit_code == 1
    assert "rule: wholesale wanted, retail came" in told.output
    told = rules("test", "--file", file(SEED + TEST.replace('at = "2026', 'when = "2026')))
    assert told.exit_code == 1
    assert "routing.toml:" in told.output


def test_the_rules_written_out_are_the_rules(rules, file):
    written = rules("toml", "--file", file(SEED + TEST)).output
    assert tomllib.loads(written) == {"format": 1, **_body(SEED + TEST)}
    assert rules("test", "--file", file(written)).exit_code == 0


def _body(text):
    """Zero is as usual, and so left out."""
    body = tomllib.loads(text)
    return {key: value for key, value in body.items() if key != "no_answer_seconds"}


def test_history_is_decided_again_and_becomes_a_test(database_url, rules, file):
    async def work(store):
        kept, now = [], datetime.now(UTC)
        desk = a_desk(rules=await publish_routing_file(DEFAULT_FILE, store, now), kept=kept)
        routed = decide_route(a_call_from(PHONES[OLGA], at=now), desk)
        log = DecisionLog(store)
        log.put(*kept[0])
        await log.flush()
        return routed.call

    call = with_store(database_url, work)
    told = rules("again")
    assert (told.exit_code, told.output) == (0, "1 the same, 0 otherwise, 0 decided without rules\n")
    made = rules("test-of", str(call))
    assert made.exit_code == 0, made.output
    told = rules("test", "--file", file(f"{SEED}\n{made.output}"))
    assert (told.exit_code, told.output.startswith("passed  Olga Petrova, ")) == (0, True)
    assert rules("test-of", "00000000-0000-0000-0000-000000000001").exit_code == 1


def test_a_decision_that_comes_out_otherwise_exits_with_one(database_url, rules):
    async def work(store):
        kept, now = [], datetime.now(UTC)
        desk = a_desk(kept=kept)  # by rules that are not kept
        decide_route(a_call_from(PHONES[OLGA], at=now), desk)
        log = DecisionLog(store)
        log.put(*kept[0])
        await log.flush()

    with_store(database_url, work)
    told = rules("again", "--days", "1")
    assert told.exit_code == 1
    assert "unreadable; manager then, nothing now" in told.output


def test_where_a_call_would_go_by_trunk_language_and_time(database_url, tmp_path):
    with_store(database_url, two_teams)
    rule = '[[rule]]\nid = "city"\n[rule.when]\ntrunk = "PJSIP/city"\nlanguage = "uk"\n'
    step = '[[rule.step]]\nto = "queue"\nqueue = "city"\nseconds = 60\n'
    file = tmp_path / "routing.toml"
    file.write_text(f"{rule}{step}{SEED[SEED.index('[[rule]]') :]}")
    settings = tmp_path / "rolodial.toml"
    settings.write_text(f'home = "{tmp_path}"\ndatabase = "{database_url}"\n[routing]\nfile = "{file}"\n')

    def route(*arguments):
        told = CliRunner().invoke(main, ["route", "--settings", str(settings), "--json", *arguments])
        assert told.exit_code == 0, told.output
        return json.loads(told.output)

    told = route("--from", "89161234567", "--trunk", "PJSIP/city", "--language", "uk")
    assert (told["rule"], told["facts"]["number"]) == ("city", "+79161234567")
    told = route("--from", "", "--did", "+74951112233", "--at", "2026-12-01T00:05")
    assert (told["rule"], told["facts"]["caller_kind"]) == ("retail", "withheld")
    assert told["facts"]["at"] == "2026-11-30T21:05:00+00:00"
