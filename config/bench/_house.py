# SPDX-License-Identifier: Apache-2.0
"""A house with many operators at work, each the manager of some clients, served beside a real Asterisk."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.asterisk.ports import free_port
from config.bench._processes import Serve
from config.bench._rounds import BenchError
from config.bench._telephony import Exchange, exchange
from config.demo.data import PBX
from config.demo.site import fill, write_settings
from config.demo.telephony import DemoPorts, DemoTelephony
from config.settings import load_settings
from crm_core.domain.audit import Actor
from crm_core.domain.directory import OperatorState
from crm_core.domain.ids import new_id
from crm_core.domain.people import Device, DeviceKind, Extension, Role, User
from crm_core.domain.received import Outcome, ReceivedClient
from crm_core.feed.in_process import InProcessFeed
from crm_core.ports.store import Store
from crm_core.storage.open_store import open_store
from crm_core.usecases.set_operator_state import set_operator_state
from crm_core.usecases.upsert_clients import upsert_clients
from web.passwords import hash_password

PASSWORD = "bench-bench-bench"  # noqa: S105 - of people who live for a minute
_FIRST_CLIENT = 79_264_000_000


@dataclass(frozen=True, slots=True)
class House:
    exchange: Exchange
    serve: Serve
    clients: Sequence[str]  # neighbours have different managers
    http_port: int | None  # where the same may be asked as over FastAGI


@asynccontextmanager
async def house(
    home: Path, operators: int, clients: int, *, away: int = 0, data: Path | None = None, database: str = ""
) -> AsyncIterator[House]:
    """Not yet serving. The last `away` operators are paused; `data` is where the product keeps all that is its own."""
    extensions = [str(201 + number) for number in range(operators)]
    numbers = [f"+{_FIRST_CLIENT + number}" for number in range(clients)]
    async with exchange(home, extensions) as telephony:
        web_port, plan = free_port(), telephony.plan
        parts = DemoTelephony(pbx=telephony.pbx, world=telephony.pbx, plan=plan, control=home / "none")
        ports = DemoPorts(agi=int(plan.agi.rsplit(":", 1)[1]), agi_http=free_port())
        settings = write_settings(data or home, parts, ports, web_port, database)
        await _fill(load_settings(settings, {}).database_url, extensions, numbers, away)
        serve = Serve(settings, web_port)
        try:
            yield House(telephony, serve, numbers, ports.agi_http)
        finally:
            await serve.stop()


async def _fill(url: str, extensions: Sequence[str], numbers: Sequence[str], away: int) -> None:
    now = datetime.now(UTC)
    await fill(url, now)
    store = await open_store(url)
    try:
        users = await hire(store, extensions, now)
        for place, user in enumerate(users):
            state = OperatorState.AVAILABLE if place < len(users) - away else OperatorState.PAUSED
            await set_operator_state(store, InProcessFeed(), (), user, user.id, state=state, now=now)
        told = [
            ReceivedClient(name=f"Client {number}", phones=(e164,), manager=users[number % len(users)].login)
            for number, e164 in enumerate(numbers)
        ]
        verdicts = await upsert_clients(store, told, Actor("bench"), now)
        if any(verdict.outcome is not Outcome.CREATED for verdict in verdicts):
            raise BenchError("the clients of the measurement were refused")
    finally:
        await store.close()


async def hire(store: Store, extensions: Sequence[str], now: datetime) -> list[User]:
    since, hashed, users = now - timedelta(days=1), hash_password(PASSWORD), []
    async with store.begin() as tx:
        for one in extensions:
            user = User(
                id=new_id(now),
                login=login_of(one),
                name=f"Operator {one}",
                role=Role.OPERATOR,
                created_at=now,
            )
            await tx.people.add_user(user, hashed)
            await tx.people.add_extension(
                Extension(id=new_id(now), user_id=user.id, pbx=PBX, extension=one, valid_from=since)
            )
            phone = Device(
                id=new_id(now),
                user_id=user.id,
                pbx=PBX,
                device=f"PJSIP/{one}",
                kind=DeviceKind.DESK,
                valid_from=since,
            )
            await tx.people.add_device(phone)
            users.append(user)
    return users


def login_of(extension: str) -> str:
    return f"operator{extension}"
