# SPDX-License-Identifier: Apache-2.0
"""History taken again: decisions of every kind come out as they were, and what was changed is found."""

import random
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import orjson
from sqlalchemy import delete, select, update

from config.routing_file import DEFAULT_FILE, publish_routing_file
from crm_core.domain.absence import Absence
from crm_core.domain.directory import OperatorState, PartyKind, Team
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.rule_tests import run_tests
from crm_core.domain.routing.trace import PASSED_OVER
from crm_core.domain.routing.write import rules_as_kept
from crm_core.domain.turnover import Window
from crm_core.storage.schema import route_decision, rule_set
from crm_core.usecases.decide_again import decide_again
from crm_core.usecases.decide_route import decide_route
from crm_core.usecases.keep_decisions import DecisionLog
from crm_core.usecases.rule_test_of_call import rule_test_of_call
from crm_core.usecases.rule_versions import decision_spelled
from tests.support.routing import (
    DID,
    IVAN,
    MARIA,
    NAMES,
    NOW,
    OLGA,
    PHONES,
    FakePbx,
    a_call_from,
    a_desk,
    a_house,
)
from tests.support.rule_strategies import TABLES

QUEUE = {"to": "queue", "queue": "default", "seconds": 60, "priority": 2}
TEAM = {"to": "team", "team": "retail", "seconds": 9}
RULES = [
    ({"on_list": "vip", "missed_today": True}, [{"to": "deputy", "seconds": 9}, QUEUE]),
    ({"manager": "away"}, [{"to": "deputy", "seconds": 9}, TEAM | {"how": "fewest_calls"}, QUEUE]),
    (
        {"number_kind": "mobile", "open": "did", "language": "uk"},
        [{"to": "announce", "prompt": "a"}, {"to": "callback", "prompt": "b"}],
    ),
    (
        {"manager": ["free", "on_call"], "turnover": {"window": "30d", "at_least": 1000}},
        [
            {"to": "assigned_manager", "seconds": 9, "if_manager": "free"},
            {"to": "skill", "skill": "english", "seconds": 9, "prefer": "last_operator"},
            QUEUE,
        ],
    ),
    ({"country": "RU", "trunk": "PJSIP/trunk"}, [TEAM | {"how": "round_robin"}, QUEUE]),
]
CALLERS = [*PHONES.values(), "+74950000000", "+12025550123", "anonymous", DID, "'; --"]


def a_body():
    rules = [{"id": f"rule-{at}", "when": when, "step": steps} for at, (when, steps) in enumerate(RULES)]
    return {**TABLES, "rule": [*rules, {"id": "rest", "step": [TEAM, QUEUE]}]}


def change_something(directory, chance, at):
    """The house lives: people come and go, buy, call in vain, fall ill."""
    person = chance.choice(sorted(NAMES))
    directory.set_state(person, chance.choice(list(OperatorState)), at)
    directory.presence.set_last_talk(person, at - timedelta(minutes=chance.randrange(99)))
    directory.presence.set_talk(person, UUID(int=chance.randrange(99)), directory.day(at))
    client = chance.choice([OLGA, IVAN, MARIA])
    directory.clients.put_contact(client, "Somebody", chance.choice([None, person]), None)
    amounts = {Window.DAYS_30: chance.randrange(-500, 500_000_00)}
    directory.clients.set_turnover(PartyKind.CONTACT, client, amounts)
    if chance.random() < 0.3:
        directory.in_vain.note_missed(PHONES[client], at - timedelta(seconds=9))
        directory.clients.note_talk(PartyKind.CONTACT, client, person, at - timedelta(days=1))
    deputy = chance.choice([None, *NAMES])
    absence = Absence(
        id=UUID(int=1),
        user_id=person,
        starts_at=at,
        ends_at=at + timedelta(hours=chance.randrange(1, 9)),
        created_at=at,
        deputy_id=deputy,
    )
    directory.standing.set_absences([absence] if chance.random() < 0.4 else [])


async def a_history(store, rules, calls, log, first=0):
    chance, directory, kept = random.Random(first), a_house(), []
    directory.set_people(directory.operators(), [*directory.teams(), Team(id=UUID(int=9), name="empty")])
    desk = a_desk(directory, rules=rules, kept=kept)
    for number in range(first, first + calls):
        at = NOW + timedelta(minutes=number)
        change_something(directory, chance, at)
        states = {f"PJSIP/{one.int}": chance.choice(["NOT_INUSE", "INUSE", "UNAVAILABLE"]) for one in NAMES}
        desk.pbxs = {"main": FakePbx(states)}
        more = {"trunk": chance.choice(["PJSIP/trunk", ""]), "language": chance.choice(["uk", ""])}
        decide_route(a_call_from(chance.choice(CALLERS), linkedid=f"1.{number}", at=at, **more), desk)
    for one in kept:
        log.put(*one)
    await log.flush()
    return [call for call, _, _ in kept]


async def published(store, body):
    digest = str(len(orjson.dumps(body)))
    async with store.begin() as tx:
        version = await tx.routing.publish(body, source="test", digest=digest, now=NOW)
    return parse_rules(body, currency="RUB", region="RU", version=version)


async def test_any_stored_decision_comes_out_the_same(store):
    log = DecisionLog(store)
    await a_history(store, await publish_routing_file(DEFAULT_FILE, store, NOW), 150, log)
    await a_history(store, await published(store, a_body()), 600, log, first=1000)
    told = await decide_again(store, NOW)
    assert (told.same, told.without_rules, told.differing) == (750, 0, [])
    async with store.read() as tx:
        rows = await tx.routing.decisions_since(NOW, None, 1000)
    assert {row.rule for row in rows} >= {"retail", *(f"rule-{number}" for number in range(5)), "rest"}
    assert (await decide_again(store, NOW + timedelta(minutes=1000))).same == 600


async def test_rules_passed_over_are_said_by_their_version_and_older_traces_stay_as_they_are(store):
    rules = await published(store, a_body())
    await a_history(store, rules, 60, DecisionLog(store))
    async with store.read() as tx:
        kept = await tx.routing.decisions_since(NOW, None, 100)
        said = [await decision_spelled(tx, one) for one in kept]
    for row, told in zip(kept, said, strict=True):
        before = [rule["id"] for rule in a_body()["rule"]][: int(row.rule[5:]) if row.rule != "rest" else 5]
        lines = [one for one in told.trace if one["code"] == "rule_passed_over"]
        assert [one["params"]["rule"] for one in lines] == before
        assert all(one["params"]["saw"] for one in lines)
        assert bool(before) is any(one["code"] == PASSED_OVER for one in row.trace)
    async with store.engines.writer.begin() as connection:
        for told in said:  # as those of before are
            row = update(route_decision).where(route_decision.c.call_id == told.call_id)
            await connection.execute(row.values(trace=told.trace))
    assert (await decide_again(store, NOW)).same == 60
    async with store.read() as tx:
        assert [await decision_spelled(tx, one) for one in said] == said


async def test_where_the_rules_are_gone_the_trace_is_shown_as_it_was_kept(store):
    rules = await published(store, a_body())
    await a_history(store, rules, 9, DecisionLog(store))
    async with store.engines.writer.begin() as connection:
        await connection.execute(delete(rule_set).where(rule_set.c.version == rules.version))
    async with store.read() as tx:
        kept = await tx.routing.decisions_since(NOW, None, 100)
        assert [await decision_spelled(tx, one) for one in kept] == kept
    other = await published(store, {"rule": [{"id": "rest", "step": [QUEUE]}]})
    moved = [replace(one, rule_set_version=other.version) for one in kept]
    async with store.read() as tx:
        said = [await decision_spelled(tx, one) for one in moved]
        assert said == moved, "rules that cannot have been those say nothing"


async def test_a_test_made_of_a_call_passes_and_is_kept_with_the_rules(store):
    rules = await published(store, a_body())
    calls = await a_history(store, rules, 40, DecisionLog(store), first=7)
    async with store.read() as tx:
        tests = [await rule_test_of_call(tx, call) for call in calls]
        assert await rule_test_of_call(tx, UUID(int=3)) is None
    body = rules_as_kept(rules, "RUB") | {"test": tests}
    results = run_tests(await published(store, body))
    assert [one.test.name for one in results if not one.passed] == []
    assert len(results) == 40


async def test_what_comes_out_otherwise_is_named(store):
    rules = await published(store, a_body())
    calls = await a_history(store, rules, 12, DecisionLog(store))
    async with store.engines.writer.begin() as connection:
        for call, values in (
            (calls[0], {"rule": "another"}),
            (calls[1], {"trace": []}),
            (calls[2], {"steps": []}),
            (calls[3], {"facts": {}}),
        ):
            row = update(route_decision).where(route_decision.c.call_id == call)
            await connection.execute(row.values(**values))
    told = await decide_again(store, NOW)
    found = {one.call_id: one.what for one in told.differing}
    assert found == {
        calls[0]: ("rule",),
        calls[1]: ("trace",),
        calls[2]: ("steps",),
        calls[3]: ("unreadable",),
    }
    assert told.same == 8


async def test_the_fallback_and_rules_that_are_gone(store):
    rules = await published(store, a_body())
    log = DecisionLog(store)
    await a_history(store, rules, 3, log)
    kept = []
    desk = a_desk(kept=kept)
    desk.rules = None
    decide_route(a_call_from(PHONES[OLGA], linkedid="9.9"), desk)
    log.put(*kept[0])
    await log.flush()
    async with store.engines.writer.begin() as connection:
        await connection.execute(delete(rule_set).where(rule_set.c.version == rules.version))
        assert len((await connection.execute(select(route_decision.c.call_id))).all()) == 4
    told = await decide_again(store, NOW)
    assert (told.same, told.without_rules) == (0, 1)
    assert [(one.what, one.now) for one in told.differing] == [(("unreadable",), "")] * 3
