# SPDX-License-Identifier: Apache-2.0
"""A pop from 'route decided' to the frame at the screen, beside a bare websocket send of the same bytes.

A thousand screens in a second process; 200 pops/s, each to one operator, while 5 000 AMI events/s go through framing,
parsing and the call tracker in the same loop. The reference sends as many bytes as often, with nothing else going on.
"""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

import orjson
import uvloop
from aiohttp import WSMsgType, web

from config.bench.figure import Figure, Limit
from crm_core.domain.directory import Party, PartyKind
from crm_core.domain.people import Role, User
from crm_core.domain.pop import PopCall, pop_head
from crm_core.domain.routing.decision import Why
from crm_core.feed import InProcessFeed
from crm_core.ports.feed import Audience
from pbx_bridge.ami_event import parse
from pbx_bridge.ami_framing import AmiFraming
from pbx_bridge.call_tracker import CallTracker
from pbx_bridge.profile import PbxProfile
from web import keys
from web.access import Handler
from web.live import socket
from web.live.screens import Screens
from web.viewer import Viewer

SCREENS = 1000
POPS_PER_S = 200
EVENTS_PER_S = 5000
_TURN_S = 0.005
_OPEN_WITHIN_S = 60
_FEWEST = 100  # frames that a percentile is told from
_STARTED = datetime(2026, 1, 1, tzinfo=UTC)
_WHY = [Why(code="assigned_manager", params={"name": "Anna Smirnova"})]


@dataclass
class Bench:
    feed: InProcessFeed = field(default_factory=InProcessFeed)
    bare: list[web.WebSocketResponse] = field(default_factory=list)
    port: int = 0


def run(rounds: int, *, screens: int = SCREENS, seconds: float = 3.0) -> list[Figure]:
    ours: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []

    async def rounds_by_turns() -> None:
        async with _Server() as bench:
            for _ in range(rounds):
                bare.append(await _measure(bench, "/bare", screens, seconds, _send_bare))
                ours.append(await _measure(bench, "/live", screens, seconds, _publish_among_events))

    uvloop.run(rounds_by_turns())
    return [
        Figure(
            name=f"pop_to_screen_{name}",
            value=statistics.median(one[which] for one in ours),
            unit="ms",
            reference=statistics.median(one[which] for one in bare),
            must=Limit(ratio=6, value=must),
            goal=Limit(ratio=3, value=goal),
            note=f"{screens} screens, {POPS_PER_S} pops/s among {EVENTS_PER_S} events/s",
        )
        for which, name, must, goal in ((0, "p50", 2.0, 0.6), (1, "p99", 15.0, 5.0))
    ]


class _Server:
    """The product's own websocket handler, behind a door that lets everybody in as the user they name."""

    def __init__(self) -> None:
        self._bench = Bench()

    async def __aenter__(self) -> Bench:
        app = web.Application(middlewares=[_let_in])
        app[keys.FEED] = self._bench.feed
        app[keys.LIVE_SCREENS] = Screens()
        app.router.add_get("/live", socket.by_token)
        app.router.add_get("/bare", self._bare)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self._bench.port = self._runner.addresses[0][1]
        return self._bench

    async def __aexit__(self, *_error: object) -> None:
        await self._runner.cleanup()

    async def _bare(self, request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        self._bench.bare.append(ws)
        async for _ in ws:
            pass
        self._bench.bare.remove(ws)
        return ws


@web.middleware
async def _let_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    number = int(request.query["user"])
    user = User(id=UUID(int=number), login="x", name="x", role=Role.OPERATOR, created_at=_STARTED)
    request[keys.VIEWER] = Viewer(user=user)
    return await handler(request)


async def _measure(
    bench: Bench,
    path: str,
    screens: int,
    seconds: float,
    traffic: Callable[[Bench, int], Awaitable[None]],
) -> tuple[float, float]:
    """Open the screens, let the traffic flow, and give p50 and p99 in ms."""
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "config.bench._screens",
            str(bench.port),
            path,
            str(screens),
            str(seconds + 0.5),
        ),
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 24,
    )
    assert process.stdout is not None  # noqa: S101 - asked for above
    async with asyncio.timeout(_OPEN_WITHIN_S):
        if await process.stdout.readline() != b"ready\n":
            raise RuntimeError("the screens did not open")
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await traffic(bench, screens)
    said = await process.stdout.read()
    await process.wait()
    took_us = sorted(orjson.loads(said))
    if len(took_us) < _FEWEST:
        raise RuntimeError(f"only {len(took_us)} frames arrived")
    return took_us[len(took_us) // 2] / 1000, took_us[int(len(took_us) * 0.99)] / 1000


async def _send_bare(bench: Bench, _screens: int) -> None:
    head = orjson.dumps({"seq": 1000, "type": "pop", "data": _head()})
    before, after = head.split(b'"t":"', 1)
    while True:
        ws = random.choice(bench.bare)  # noqa: S311
        await ws.send_frame(before + b'"t":"' + _stamp().encode() + after[20:], WSMsgType.TEXT)
        await asyncio.sleep(1 / POPS_PER_S)


async def _publish_among_events(bench: Bench, screens: int) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_take_events())
        group.create_task(_publish(bench, screens))


async def _publish(bench: Bench, screens: int) -> None:
    while True:
        user = UUID(int=random.randrange(screens))  # noqa: S311
        bench.feed.publish("pop", _head(), Audience.of(user))
        await asyncio.sleep(1 / POPS_PER_S)


async def _take_events() -> None:
    """What the bridge does with what it reads: as many events as came, then the loop is free again."""
    framing, tracker, owed, number = AmiFraming(), CallTracker(PbxProfile(), pbx="main"), 0.0, 0
    last = time.monotonic()
    while True:
        await asyncio.sleep(_TURN_S)
        now = time.monotonic()
        owed, last = owed + (now - last) * EVENTS_PER_S, now
        blocks = b"".join(_event(number + n) for n in range(int(owed)))
        number, owed = number + int(owed), owed % 1
        for block in framing.feed(blocks):
            tracker.feed(parse(block, datetime.now(UTC)))


def _event(number: int) -> bytes:
    """A third of what a PBX says moves calls, the rest is VarSet."""
    uniqueid = f"1700000000.{number // 9}"
    head = (
        f"Channel: PJSIP/10{number % 9}-{number // 9:08x}\r\nUniqueid: {uniqueid}\r\nLinkedid: {uniqueid}\r\n"
    )
    channel = (
        f"{head}CallerIDNum: 101\r\nCallerIDName: x\r\nContext: rolodial\r\nExten: 100\r\nPriority: 1\r\n"
    )
    kinds = {0: "Newchannel\r\nChannelState: 4", 4: "Newstate\r\nChannelState: 6", 8: "Hangup\r\nCause: 16"}
    kind = kinds.get(number % 9, f"VarSet\r\nVariable: X{number % 7}\r\nValue: {number}")
    return f"Event: {kind}\r\nPrivilege: call,all\r\n{channel}\r\n".encode()


def _stamp() -> str:
    return f"{time.monotonic_ns():020d}"


def _head() -> dict[str, object]:
    """The head of a pop as decide_route makes it, with the moment the decision stood."""
    decided = _stamp()
    call, at = uuid4(), datetime.now(UTC)
    party = Party(
        kind=PartyKind.CONTACT,
        id=call,
        name="Maria Orlova",
        number="+79161000003",
        company_id=call,
        company_name="Northern Lights LLC",
        turnover={"30d": 64_000_000},
    )
    about = PopCall(pop=call, call_id=call, stage="first", did="+74951112233", at=at, number=party.number)
    head = pop_head(
        about, party, operator=lambda _id: None, turnover=("30d", "RUB"), why=_WHY, rule="wholesale"
    )
    return {"t": decided, **head}
