# SPDX-License-Identifier: Apache-2.0
"""The product beside a real Asterisk, with an operator and a colleague for each phase, and wires that can be cut."""

import asyncio
import dataclasses
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from config.asterisk.instance import AsteriskInstance
from config.asterisk.plan import PbxPlan, Phone, QueuePlan, pbx_files
from config.asterisk.ports import free_port
from config.asterisk.program import AsteriskProgram
from config.demo.data import load_demo
from config.demo.site import _come_to_work, write_settings
from config.demo.telephony import DemoPorts, DemoTelephony
from crm_core.domain.audit import Actor
from crm_core.domain.ids import new_id
from crm_core.domain.people import Device, DeviceKind, Extension, Role, User
from crm_core.domain.received import Outcome, ReceivedClient
from crm_core.storage.open_store import migrate, open_store
from crm_core.usecases.upsert_clients import upsert_clients
from pbx_bridge.cel.rows import parse_all
from tests.live.lab import CLIENT
from tests.live.phases.wire import Wire
from tests.live.product.product import Product
from tests.live.scenarios.house import PHONES_AT
from tests.live.scenarios.line import Line
from tests.live.scenarios.party import Person

STRAIGHT, IN_TURN = "+74951112220", "+74951112221"
FIRST_STEP_S = 8  # in which the last call is brought to its phase, and all fails
_TURNS = 30  # how often each phase can be played, with what is played again
_SECRET = "phases-secret"
_RULES = """
[[rule]]
id = "in-turn"
[rule.when]
did = ["{in_turn}"]
[[rule.step]]
to = "assigned_manager"
seconds = {first}
[[rule.step]]
to = "queue"
queue = "second"
seconds = 600

[[rule]]
id = "straight"
[[rule.step]]
to = "assigned_manager"
seconds = 600
[[rule.step]]
to = "queue"
queue = "default"
seconds = 600
"""
_TIMES = """
[pbx.ami.times]
retry_longest_s = 1.0
"""


def extension(slot: int, which: int) -> str:
    return f"4{slot:02d}{which}"


def client_number(slot: int, turn: int) -> str:
    return f"+79264{slot:02d}{turn:04d}"


@dataclass
class Office:
    """`async with` it: everything runs; the lines are where phones and clients are reached."""

    program: AsteriskProgram
    home: Path
    slots: int
    second: int  # the slot whose colleague is the queue 'second'
    database: str = ""
    data: Path | None = None  # where the product keeps what it keeps

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._stack.aclose()

    async def _open(self) -> None:
        phones_port = free_port(PHONES_AT)
        agi_port, ami_port = free_port(), free_port()
        self.plan = plan = _plan(self.slots, self.second, phones_port, agi_port)
        self.pbx = AsteriskInstance(
            self.program, self.home / "pbx", lambda found, at, run: pbx_files(plan, found, at, run)
        )
        self._stack.push_async_callback(self._stop_pbx)
        await self.pbx.start()
        product_agi = free_port()
        self.agi = await self._stack.enter_async_context(Wire(agi_port, product_agi))
        self.ami = await self._stack.enter_async_context(Wire(ami_port, plan.ami_port))
        self.product = await self._make_product(ami_port, product_agi)
        self._stack.push_async_callback(asyncio.to_thread, self.product.stop)
        self.product.start()
        at = (plan.sip_host, plan.sip_port)
        self.phones = await self._stack.enter_async_context(Line((PHONES_AT, phones_port), at))
        self.world = await self._stack.enter_async_context(Line((CLIENT, plan.trunk_port), at))
        await self.product.ready()
        await self.product.until(self.knows_routes, 120)

    async def _stop_pbx(self) -> None:
        await self.pbx.stop()

    async def _make_product(self, ami_port: int, agi_port: int) -> Product:
        home = self.data or self.home / "product"
        home.mkdir(parents=True, exist_ok=True)
        web_port = free_port()
        plan = dataclasses.replace(self.plan, ami_port=ami_port)
        telephony = DemoTelephony(pbx=self.pbx, world=self.pbx, plan=plan, control=home / "none")
        settings = write_settings(home, telephony, DemoPorts(agi=agi_port), web_port, self.database)
        rules = home / "routing.toml"
        rules.write_text(_RULES.format(in_turn=IN_TURN, first=FIRST_STEP_S))
        told = settings.read_text().replace("[pbx.profile]", f"{_TIMES}[pbx.profile]")
        settings.write_text(f'least_free_mb = 1\n{told}[routing]\nfile = "{rules}"\n')
        url = self.database or f"sqlite+aiosqlite:///{home.absolute() / 'rolodial.db'}"
        await _fill(url, self.slots)
        return Product(home=home, plan=self.plan, settings_file=settings, web_port=web_port, database_url=url)

    async def knows_routes(self) -> bool:
        """Without us Asterisk would find the way of each client."""
        said = await self.pbx.cli("database show rolodial")
        found = re.search(r"(\d+) results", said)
        return "rolodial/live" in said and found is not None and int(found[1]) >= self.slots * _TURNS

    async def nobody_calls(self) -> None:
        """Whatever a play that came to no end left of its calls."""
        await self.pbx.cli("channel request hangup all")
        await self.product.until(self._is_quiet)

    async def _is_quiet(self) -> bool:
        return "\n0 active channels" in "\n" + await self.pbx.cli("core show channels count")

    async def ask_again(self) -> None:
        """On a busy machine an answer of ours may have been late, and then Asterisk would not ask for ten seconds."""
        await self.pbx.cli("dialplan set global ROLODIAL_OFF_UNTIL 0")

    def cel_tells_of(self, number: str) -> bool:
        return any(row.number == number for row in parse_all(self.pbx.cel_file.read_text(errors="replace")))

    def operator(self, slot: int, which: int) -> Person:
        number = extension(slot, which)
        return Person(self.phones, number, secret=_SECRET, hertz=400.0 + 100 * which)

    def client(self, slot: int, turn: int) -> Person:
        return Person(self.world, client_number(slot, turn))


def _plan(slots: int, second: int, phones_port: int, agi_port: int) -> PbxPlan:
    numbers = [extension(slot, which) for slot in range(slots) for which in (1, 2)]
    return PbxPlan(
        agi=f"agi://127.0.0.1:{agi_port}",
        trunk_host=CLIENT,
        trunk_port=free_port(CLIENT),
        phones=tuple(
            Phone(
                extension=number,
                name=f"Phone {number}",
                secret=_SECRET,
                stand_in=f"sip:{number}@{PHONES_AT}:{phones_port}",
            )
            for number in numbers
        ),
        queues=(
            QueuePlan(name="default", extension="600"),
            QueuePlan(name="second", members=(extension(second, 2),), extension="601"),
        ),
        queue_seconds=120,
        out_number="+74951112233",
    )


async def _fill(url: str, slots: int) -> None:
    await migrate(url)
    store = await open_store(url)
    now = datetime.now(UTC)
    try:
        await load_demo(store, now)
        async with store.begin() as tx:
            for slot in range(slots):
                for which in (1, 2):
                    await _operator(tx, extension(slot, which), now)
        await _come_to_work(store, now)
        told = [
            ReceivedClient(
                name=f"Client {slot} {turn}",
                external_id=f"p-{slot}-{turn}",
                phones=(client_number(slot, turn),),
                manager=f"op{extension(slot, 1)}",
            )
            for slot in range(slots)
            for turn in range(_TURNS)
        ]
        verdicts = await upsert_clients(store, told, Actor("test"), now)
    finally:
        await store.close()
    assert {verdict.outcome for verdict in verdicts} == {Outcome.CREATED}


async def _operator(tx, number: str, now: datetime) -> None:
    user = User(
        id=new_id(now), login=f"op{number}", name=f"Operator {number}", role=Role.OPERATOR, created_at=now
    )
    await tx.people.add_user(user, "-")
    await tx.people.add_extension(
        Extension(id=new_id(now), user_id=user.id, pbx="main", extension=number, valid_from=now)
    )
    await tx.people.add_device(
        Device(id=new_id(now), user_id=user.id, pbx="main", device=f"PJSIP/{number}", kind=DeviceKind.DESK,
               valid_from=now)
    )  # fmt: skip
