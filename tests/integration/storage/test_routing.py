# SPDX-License-Identifier: Apache-2.0
"""Rule sets by version, and decisions that come back as they were taken."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from config.routing_file import DEFAULT_FILE, publish_routing_file
from crm_core.domain.routing.codec import facts_from_json, whys_from_json
from crm_core.domain.routing.evaluate import evaluate
from crm_core.ports.routing import DecisionRecord
from crm_core.usecases.decide_route import decide_route
from crm_core.usecases.keep_decisions import DecisionLog
from tests.support.calls import a_world
from tests.support.routing import NOW, OLGA, PHONES, a_call_from, a_desk


async def test_the_same_file_is_the_same_version(store):
    first = await publish_routing_file(DEFAULT_FILE, store, NOW)
    again = await publish_routing_file(DEFAULT_FILE, store, NOW + timedelta(hours=1))
    assert (first, again.version) == (again, 1)


async def test_another_file_is_another_version_and_back_again(store, tmp_path):
    other = tmp_path / "routing.toml"
    other.write_text(DEFAULT_FILE.read_text().replace("200000", "300000"))
    versions = []
    for hour, file in enumerate([DEFAULT_FILE, other, DEFAULT_FILE]):
        versions.append((await publish_routing_file(file, store, NOW + timedelta(hours=hour))).version)
        async with store.read() as tx:
            assert (await tx.routing.in_force()).version == versions[-1]
    assert versions == [1, 2, 1]


async def test_a_stored_decision_is_taken_again(store):
    kept = []
    desk = a_desk(rules=await publish_routing_file(DEFAULT_FILE, store, NOW), kept=kept)
    routed = decide_route(a_call_from(PHONES[OLGA], caller_name="Olga"), desk)
    log = DecisionLog(store)
    log.put(*kept[0])
    await log.flush()
    async with store.read() as tx:
        row = await tx.routing.decision(routed.call)
        rules = await tx.routing.rule_set(row.rule_set_version)
    assert (row.rule, row.decided_at) == ("manager", NOW)
    again = evaluate(facts_from_json(row.facts), desk.rules)
    assert [step.wire() for step in again.steps] == [
        f"{one['kind']}^{one['seconds']}^{one['target']}" for one in row.steps
    ]
    assert whys_from_json(row.trace) == again.trace
    assert rules.source == "routing.toml"
    assert row.latency_us >= 0


async def test_decisions_are_written_beside_the_calls(store):
    log = DecisionLog(store, pause_s=0.0)
    writer = asyncio.create_task(log.run())
    desk = a_desk(kept=(kept := []))
    for number in range(450):
        decide_route(a_call_from(PHONES[OLGA], linkedid=f"1.{number}"), desk)
    for one in kept:
        log.put(*one)
    await asyncio.sleep(0)
    writer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writer
    assert (log.stats().written, log.stats().dropped, log.stats().waiting) == (450, 0, 0)
    async with store.read() as tx:
        assert await tx.routing.decision(kept[-1][0])


async def test_a_call_decided_twice_keeps_the_first(store):
    desk = a_desk(kept=(kept := []))
    decide_route(a_call_from(PHONES[OLGA]), desk)
    decide_route(a_call_from("+74950000000"), desk)
    log = DecisionLog(store)
    for one in kept:
        log.put(*one)
    await log.flush()
    async with store.read() as tx:
        assert (await tx.routing.decision(kept[0][0])).rule == "manager"


async def test_a_full_queue_counts_what_it_drops(store):
    desk = a_desk(kept=(kept := []))
    decide_route(a_call_from(PHONES[OLGA]), desk)
    log = DecisionLog(store, limit=2)
    for _ in range(5):
        log.put(*kept[0])
    assert (log.stats().waiting, log.stats().dropped) == (2, 3)


async def test_a_decision_that_cannot_be_written_does_not_stop_the_others(store):
    desk = a_desk(kept=(kept := []))
    decide_route(a_call_from(PHONES[OLGA]), desk)
    log = DecisionLog(store)
    log.put(UUID(int=1), None, 0)
    log.put(*kept[0])
    await log.flush()
    assert (log.stats().written, log.stats().dropped) == (1, 1)


async def test_a_decision_that_the_database_refuses_does_not_stop_the_others(store):
    desk = a_desk(kept=(kept := []))
    decide_route(a_call_from(PHONES[OLGA]), desk)
    call, decision, took = kept[0]
    log = DecisionLog(store)
    log.put(UUID(int=1), replace(decision, rule_set_version=2**70), took)
    log.put(call, decision, took)
    await log.flush()
    assert (log.stats().written, log.stats().dropped) == (1, 1)


async def test_no_rules_yet(store):
    async with store.read() as tx:
        assert await tx.routing.in_force() is None
        assert await tx.routing.rule_set(1) is None
        assert await tx.routing.decision(UUID(int=1)) is None


async def test_ids_that_the_database_gave_are_written_in_facts(store):
    """Those of PostgreSQL are of asyncpg's own class."""
    world = await a_world(store)
    async with store.read() as tx:
        anna = await tx.people.user_by_login("anna")
    record = DecisionRecord(
        call_id=UUID(int=7),
        decided_at=NOW,
        rule_set_version=1,
        rule="manager",
        facts={"manager": anna.id},
        steps=[],
        trace=[],
        latency_us=1,
    )
    async with store.begin() as tx:
        await tx.routing.save_decisions([record])
    async with store.read() as tx:
        kept = await tx.routing.decision(record.call_id)
    assert kept.facts == {"manager": str(world.anna.id)}


async def test_more_at_once_than_one_statement_takes(store):
    """One of them is there already, one is given twice: what came first stays."""
    first = DecisionRecord(
        call_id=UUID(int=1), decided_at=NOW, rule_set_version=1, rule="first", facts={}, steps=[], trace=[],
        latency_us=1,
    )  # fmt: skip
    many = [replace(first, call_id=UUID(int=number), rule=f"rule-{number}") for number in range(1, 4_001)]
    async with store.begin() as tx:
        await tx.routing.save_decisions([first])
        await tx.routing.save_decisions([*many, replace(many[-1], rule="again")])
    async with store.read() as tx:
        kept = await tx.routing.decisions_since(NOW, None, 5_000)
    assert [one.rule for one in kept] == ["first", *[one.rule for one in many[1:]]]
