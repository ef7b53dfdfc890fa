# SPDX-License-Identifier: Apache-2.0
"""A replay of 50 000 decisions with a draft that lets half of them ring somebody else: 200 rules, 500 operators."""

import asyncio
import statistics
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copyfile

from config.bench._many_rules import EXTENSIONS, many_rules
from config.bench._million import million
from config.bench._rounds import BenchError
from config.bench.figure import Figure, Limit
from config.demo.data import DID, PBX
from config.demo.generate import number_of
from config.routing_file import publish_file_now
from crm_core.domain.audit import Actor
from crm_core.domain.directory import Directory, OperatorState
from crm_core.domain.ids import new_id
from crm_core.domain.routing.live import RouteRequest
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.replay import Tally
from crm_core.domain.routing.rule_text import read_text
from crm_core.feed.in_process import InProcessFeed
from crm_core.ports.clock import utc_now
from crm_core.ports.rule_life import Replay, ReplayState
from crm_core.storage.directory_source import DirectorySource
from crm_core.storage.open_store import open_store
from crm_core.storage.store import SqlStore
from crm_core.usecases.decide_route import RouteDesk, decide_route
from crm_core.usecases.keep_decisions import DecisionLog
from web.replays import run_replay

DECISIONS = 50_000
_CLIENTS = 20_000
_DAYS = 30
_AT_ONCE = 5_000
_STRANGER = 79_990_000_000
_CLIENTS_FIRST = """
[[rule]]
id = "clients"
[rule.when]
number_begins = "{begins}"
[[rule.step]]
to = "skill"
skill = "skill7"
how = "{how}"
seconds = 15
[[rule.step]]
to = "queue"
queue = "default"
seconds = 120
"""


def run(rounds: int, *, decisions: int = DECISIONS) -> list[Figure]:
    took, tally = asyncio.run(_measure(rounds, decisions))
    if tally.unsure or tally.other_people < decisions / 3:
        raise BenchError(f"the draft moves {tally.other_people} calls, and {tally.unsure} are unsure")
    return [
        Figure(
            name="replay_50_000",
            value=statistics.median(took),
            unit="s",
            must=Limit(value=10),
            goal=Limit(value=5),
            note=f"{tally.calls} decisions, {tally.other_people} would ring others first, worst {max(took):.1f} s",
        )
    ]


def _rules(how: str) -> str:
    """Clients go to those with a skill, 20 people, and `how` says whom of them first; others go as in a new house."""
    head, first, rest = many_rules().partition('\n[[rule]]\nid = "manager-of-large-client"')
    return head + _CLIENTS_FIRST.format(how=how, begins=number_of(0)[:5]) + first + rest


async def _measure(rounds: int, decisions: int) -> tuple[list[float], Tally]:
    database = await million(clients=_CLIENTS, extensions=EXTENSIONS)
    took, tally, now = [], Tally(), utc_now()
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        copyfile(database, home / "rolodial.db")
        store = await open_store(f"sqlite+aiosqlite:///{home / 'rolodial.db'}")
        try:
            await _decide(store, home, decisions, now)
            for _ in range(rounds):
                began = time.perf_counter()
                tally = await run_replay(store, _job(now), lambda: now)
                took.append(time.perf_counter() - began)
        finally:
            await store.close()
    return took, tally


def _job(now: datetime) -> Replay:
    return Replay(
        id=new_id(now),
        state=ReplayState.WAITING,
        actor="bench",
        made_at=now,
        days=_DAYS,
        text=_rules("round_robin"),
    )


async def _decide(store: SqlStore, home: Path, decisions: int, now: datetime) -> None:
    """Every second caller is a client; all operators are there and nobody's phone has said anything."""
    (home / "routing.toml").write_text(_rules("ring_all"))
    await publish_file_now(home / "routing.toml", store, Actor("bench"), now)
    directory, log = Directory(), DecisionLog(store)
    await DirectorySource(store, directory, utc_now).load()
    for operator in directory.operators():
        directory.set_state(operator.id, OperatorState.AVAILABLE, now)
    rules = parse_rules(
        read_text(_rules("ring_all")), currency=directory.currency, region=directory.region, version=1
    )
    desk = RouteDesk(directory=directory, feed=InProcessFeed(), pbxs={}, keep=log.put, rules=rules)
    began, step = now - timedelta(days=_DAYS - 1), timedelta(days=_DAYS - 2) / decisions
    for number in range(decisions):
        caller = number_of(number % _CLIENTS) if number % 2 else f"+{_STRANGER + number}"
        at = began + number * step
        ask = RouteRequest(pbx=PBX, linkedid=f"{at.timestamp():.6f}", did=DID, caller=caller, at=at)
        decide_route(ask, desk)
        if number % _AT_ONCE == 0:
            await log.flush()
    await log.flush()
