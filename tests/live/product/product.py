# SPDX-License-Identifier: Apache-2.0
"""The real product as a process of its own beside a real Asterisk, and its record as the database tells it."""

import asyncio
import itertools
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from config.asterisk.plan import PbxPlan
from config.asterisk.ports import free_port
from config.demo.data import load_demo
from config.demo.site import _come_to_work, write_settings
from config.demo.telephony import DemoPorts, DemoTelephony
from config.routing_file import DEFAULT_FILE
from crm_core.domain.audit import Actor
from crm_core.domain.call_history import CallFilter, KeptCall
from crm_core.domain.order import OrderStatus
from crm_core.domain.people import Role
from crm_core.domain.received import Outcome, ReceivedClient, ReceivedOrder
from crm_core.domain.recording import Recording, RecordingState
from crm_core.storage.engine import make_engines, parse_url
from crm_core.storage.open_store import migrate, open_store
from crm_core.storage.store import SqlStore
from crm_core.usecases.upsert_clients import upsert_clients
from crm_core.usecases.upsert_orders import upsert_orders
from tests.live.product.floor import (
    DIRECT_DID,
    MANAGER_DID,
    NO_BOX_DID,
    OFFER_DID,
    PROMPT_DID,
    QUEUE_DID,
    VOICE_DID,
)

MANAGERS = {"101": "anna", "102": "boris", "103": "clara", "104": "dmitri", "105": "sofia"}
_EACH, _OF_DMITRI = 45, 110  # with those of what is run again; one test calls Dmitri twenty times
_LONG = 60.0  # bounds what hangs, on a slow machine too
_EVER = datetime.min.replace(tzinfo=UTC)
_ACTOR = Actor("test")
_RULES = f"""
[[rule]]
id = "queue"
[rule.when]
did = ["{QUEUE_DID}"]
[[rule.step]]
to = "queue"
queue = "sales"
seconds = 90

[[rule]]
id = "manager-alone"
[rule.when]
did = ["{MANAGER_DID}"]
[[rule.step]]
to = "assigned_manager"
seconds = 90
[[rule.step]]
to = "queue"
queue = "default"
seconds = 90

[[rule]]
id = "direct"
[rule.when]
did = ["{DIRECT_DID}"]
manager = ["free", "offline", "paused", "on_call"]
[[rule.step]]
to = "assigned_manager"
seconds = 2
[[rule.step]]
to = "queue"
queue = "default"
seconds = 90

[[rule]]
id = "voice"
[rule.when]
did = ["{VOICE_DID}"]
[[rule.step]]
to = "voicemail"
mailbox = "default"
seconds = 60

[[rule]]
id = "told"
[rule.when]
did = ["{PROMPT_DID}"]
[[rule.step]]
to = "announce"
prompt = "rolodial/closed"
[[rule.step]]
to = "queue"
queue = "sales"
seconds = 90

[[rule]]
id = "no-box"
[rule.when]
did = ["{NO_BOX_DID}"]
[[rule.step]]
to = "voicemail"
mailbox = "nobody"
seconds = 60

[[rule]]
id = "offer"
[rule.when]
did = ["{OFFER_DID}"]
[[rule.step]]
to = "callback"
prompt = "beep"
seconds = 6
[[rule.step]]
to = "queue"
queue = "sales"
seconds = 90

"""


def rules(ring_s: int) -> str:
    """The seed rules with another patience, behind numbers that make calls end in a known way."""
    seed = re.sub(
        r"seconds = \d{2,}",
        lambda match: f"seconds = {ring_s if match[0].endswith('15') else max(8, ring_s)}",
        DEFAULT_FILE.read_text(),
    )
    head, first, rest = seed.partition("[[rule]]\n")
    return head + _RULES + first + rest


@dataclass
class Product:
    home: Path
    plan: PbxPlan
    settings_file: Path
    web_port: int
    database_url: str
    cookies: dict[str, str] = field(default_factory=dict)
    since: datetime = _EVER  # calls before it are of another test, or of another run of this one
    _process: subprocess.Popen[bytes] | None = None
    _numbers: dict[str, "itertools.count[int]"] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    # --- its life
    def start(self) -> None:
        program = str(Path(sys.executable).parent / "rolodial")
        argv = ["setpriv", "--pdeathsig", "KILL", program, "serve", "--settings", str(self.settings_file)]
        with (self.home / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def revive(self) -> None:
        """Whatever the test before left of it."""
        if self._process is None or self._process.poll() is not None:
            self.start()
        self.signal(signal.SIGCONT)

    async def ready(self, within: float = 2 * _LONG) -> None:
        """Pages are served, the PBX is on the line and has been told who is there."""
        await self.until(lambda: asyncio.to_thread(self._answers, "/readyz"), within)

    def _answers(self, path: str) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()[-3000:]
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:  # noqa: S310 - our own, loopback
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """As an administrator does; what it said at the end."""
        if self._process is None or self._process.poll() is not None:
            return 0
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            return self._process.wait(_LONG)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def log(self) -> str:
        return (self.home / "serve.log").read_text(errors="replace")

    # --- who calls
    def client(self, of: str) -> str:
        """A number nobody called from yet: a client of 101..105, or of nobody: 'retail', 'wholesale', 'unknown'."""
        number = next(self._numbers.setdefault(of, itertools.count(1)))
        assert of == "unknown" or number <= _clients_of(of)
        return client_number(of, number)

    # --- what it wrote down
    @asynccontextmanager
    async def read(self):
        # As it is opened by `open_store`, which reads all migrations: too much for what asks twenty times a second.
        store = SqlStore(make_engines(parse_url(self.database_url)), None)
        try:
            async with store.read() as tx:
                yield tx
        finally:
            await store.close()

    async def ended(self, number: str, within: float = _LONG) -> KeptCall:
        """The one call of a client's number, once it is over."""
        return (await self.all_ended([number], within))[number]

    async def all_ended(self, numbers, within: float = _LONG) -> dict[str, KeptCall]:
        async def found():
            calls = {number: await self.calls(number) for number in numbers}
            over = all(ones and all(one.call.ended_at for one in ones) for ones in calls.values())
            return calls if over else None

        calls = await self.until(found, within)
        assert {number: len(ones) for number, ones in calls.items()} == dict.fromkeys(numbers, 1)
        return {number: ones[0] for number, ones in calls.items()}

    async def heard_answer(self, *numbers: str) -> None:
        """Until the product knows, and has written down, that these are talked to: phones know it before."""

        async def known():
            calls = [await self.calls(number) for number in numbers]
            return all(ones and ones[0].call.answered_at for ones in calls)

        await self.until(known)

    async def calls(self, number: str) -> list[KeptCall]:
        """Those of a client's number, newest first."""
        return await self.calls_where(
            CallFilter(tail=number[-7:]),
            lambda row: row.client_e164 == number and row.started_at >= self.since,
        )

    async def calls_where(self, which: CallFilter, wanted: Callable) -> list[KeptCall]:
        async with self.read() as tx:
            rows = await tx.calls.page(which, None, 50)
            return [await tx.calls.get(row.id) for row in rows if wanted(row)]

    async def none_open(self) -> bool:
        async with self.read() as tx:
            return not await tx.calls.unfinished("main", datetime.now(UTC) + timedelta(minutes=1))

    async def recordings(self, kept: KeptCall, within: float = 2 * _LONG, *, of: int = 1) -> list[Recording]:
        """All of a call, once they are worked on and there are so many."""

        async def settled():
            async with self.read() as tx:
                ones = (await tx.recordings.of_calls([kept.call.id])).get(kept.call.id, [])
            return (
                ones
                if len(ones) >= of and all(one.state is not RecordingState.WAITING for one in ones)
                else None
            )

        return await self.until(settled, within)

    async def timeline(self, kept: KeptCall):
        """The items of this call on its client's timeline, and whose it is."""
        async with self.read() as tx:
            communication = await tx.communications.get(kept.call.id)
            if communication is None:
                return None, []
            owner = (
                {"contact_id": communication.contact_id}
                if communication.contact_id
                else {"lead_id": communication.lead_id}
            )
            items = await tx.communications.timeline(**owner)
            return communication, [item for item in items if item.communication.call_id == kept.call.id]

    async def decision(self, kept: KeptCall):
        """Kept a moment after it was made."""

        async def stored():
            async with self.read() as tx:
                return await tx.routing.decision(kept.call.id)

        return await self.until(stored)

    async def user(self, login: str):
        async with self.read() as tx:
            return await tx.people.user_by_login(login)

    async def until(self, condition, within: float = _LONG):
        """Wait for an awaitable or plain condition; its value."""
        deadline = time.monotonic() + within
        while True:
            value = condition()
            value = await value if asyncio.iscoroutine(value) else value
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {within} s: {condition}\n{self.log()[-3000:]}")
            await asyncio.sleep(0.05)


def _clients_of(whom: str) -> int:
    return _OF_DMITRI if whom == "104" else _EACH


def client_number(of: str, number: int) -> str:
    group = {"retail": "200", "wholesale": "300", "unknown": "900"}.get(of, of)
    return f"+7926{group}{number:04}"


async def make_product(
    home: Path, plan: PbxPlan, pbx, database: str, config: Path | None = None, *, ring_s: int = 3
) -> Product:
    """Migrated, filled, not started. Settings and rules lie in `config`, as in /etc, else with the rest.

    `ring_s`: how long a step of the rules rings; nobody's call is to run out of it because the machine is slow.
    """
    home.mkdir(parents=True, exist_ok=True)
    web_port = free_port()
    telephony = DemoTelephony(pbx=pbx, world=pbx, plan=plan, control=home / "none")
    ports = DemoPorts(agi=int(plan.agi.rsplit(":", 1)[1]))
    settings_file = write_settings(home, telephony, ports, web_port, database)
    if config:
        settings_file = Path(shutil.move(settings_file, config / settings_file.name))
    rule_file = (config or home) / "routing.toml"
    rule_file.write_text(rules(ring_s))
    with settings_file.open("a") as file:
        file.write(f'[routing]\nfile = "{rule_file}"\n')
    url = database or f"sqlite+aiosqlite:///{home.absolute() / 'rolodial.db'}"
    await _fill(url)
    return Product(home=home, plan=plan, settings_file=settings_file, web_port=web_port, database_url=url)


async def _fill(url: str) -> None:
    await migrate(url)
    store = await open_store(url)
    now = datetime.now(UTC)
    try:
        await load_demo(store, now)
        async with store.begin() as tx:  # who speaks sounds of the house needs a phone, and the right
            sofia = await tx.people.user_by_login("sofia")
            await tx.people.save_user(replace(sofia, role=Role.ADMIN))
        await _come_to_work(store, now)
        verdicts = await upsert_clients(store, list(_clients()), _ACTOR, now)
        verdicts += await upsert_orders(store, list(_orders(now)), _ACTOR, now)
    finally:
        await store.close()
    assert {verdict.outcome for verdict in verdicts} == {Outcome.CREATED}


def _clients():
    for of, login in {**MANAGERS, "retail": None, "wholesale": None}.items():
        for number in range(1, _clients_of(of) + 1):
            yield ReceivedClient(
                name=f"Client {of} {number}",
                external_id=f"t-{of}-{number}",
                phones=(client_number(of, number),),
                manager=login,
            )


def _orders(now: datetime):
    day = now - timedelta(days=1)
    for number in range(1, _EACH + 1):
        yield ReceivedOrder(
            number=f"T-{number}",
            client=ReceivedClient(external_id=f"t-wholesale-{number}"),
            status=OrderStatus.PAID,
            amount=Decimal(250_000),
            ordered_at=day,
            paid_at=day,
        )
