# SPDX-License-Identifier: Apache-2.0
"""Where the rules in force lead the demo's past calls, decided and kept as at a call: the log and replays are full."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime

from config.demo.data import DID, PEOPLE
from config.routing_file import DEFAULT_FILE, publish_routing_file
from crm_core.domain.call import Call, Direction
from crm_core.domain.directory import Directory
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.live import RouteRequest, live_facts
from crm_core.ports.routing import DecisionRecord
from crm_core.storage.directory_source import DirectorySource
from crm_core.storage.store import SqlStore
from crm_core.usecases.keep_decisions import record_of

_FREE, _BUSY = 0.68, 0.87  # of the dice: free below the first, on a call below the second, else off


async def load_demo_decisions(store: SqlStore, calls: Sequence[Call], now: datetime) -> None:
    """Clients and turnover are those of now; who was on a call or away then, the dice say."""
    rules = await publish_routing_file(DEFAULT_FILE, store, now)
    directory = Directory()
    source = DirectorySource(store, directory, lambda: now)
    await source.load_house()
    await source.load()
    dice = random.Random(11)  # noqa: S311 - a demo's past, not a secret
    records = []
    for call in sorted(calls, key=lambda one: one.started_at or now):
        if call.direction is Direction.INBOUND and call.started_at:
            facts = live_facts(
                _asked(call, call.started_at), directory, _phones(call, dice), rules.no_answer_s
            )
            records.append(record_of(call.id, evaluate(facts, rules), dice.randint(150, 900)))
    await _write(store, records)


async def _write(store: SqlStore, records: Sequence[DecisionRecord]) -> None:
    async with store.begin() as tx:
        await tx.routing.save_decisions(records)


def _asked(call: Call, at: datetime) -> RouteRequest:
    caller, linkedid = call.caller or "", call.linkedids[0]
    return RouteRequest(
        pbx=call.pbx, linkedid=linkedid, did=DID, caller=caller, trunk=call.trunk or "", at=at
    )


def _phones(call: Call, dice: random.Random) -> Callable[[str], str]:
    """Whoever answered it was free."""
    states = {}
    for _, _, _, extension, _ in PEOPLE:
        roll = dice.random()
        state = "NOT_INUSE" if roll < _FREE else "INUSE" if roll < _BUSY else "UNAVAILABLE"
        states[f"PJSIP/{extension}"] = "NOT_INUSE" if extension == call.answered_by else state
    return lambda device: states.get(device, "UNKNOWN")
