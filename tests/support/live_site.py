# SPDX-License-Identifier: Apache-2.0
"""A whole web application on a free port of loopback, with people who are logged in and a PBX that obeys."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from aiohttp import web
from cryptography.fernet import Fernet

from crm_core.domain.directory import Directory, Line, Operator, OperatorState
from crm_core.domain.directory import Team as DirectoryTeam
from crm_core.domain.house import House
from crm_core.domain.ids import new_id
from crm_core.domain.people import Role, User
from crm_core.domain.session import Session
from crm_core.feed import InProcessFeed
from crm_core.ports.feed import Audience
from crm_core.ports.pbx import DeviceState
from crm_core.storage.secret_box import FernetBox
from tests.support.fake_pbx import FakePbx
from tests.support.memory_recordings import MemoryRecordings
from web import keys
from web.app import make_app
from web.secret_ids import hashed, new_session_id
from web.settings import WebSettings

PEOPLE = {
    "anna": ("Anna Smirnova", "101", Role.OPERATOR),
    "boris": ("Boris Volkov", "102", Role.OPERATOR),
    "sofia": ("Sofia Lebedeva", "105", Role.SUPERVISOR),
}


@dataclass
class LiveSite:
    store: object
    directory: Directory
    pbx: FakePbx
    settings: WebSettings
    users: dict[str, User] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    demo_calls: list[str] = field(default_factory=list)
    feed: InProcessFeed = field(default_factory=InProcessFeed)
    app: web.Application | None = None
    runner: web.AppRunner | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def id(self, login: str) -> UUID:
        return self.users[login].id

    def app_asset(self, name: str) -> str:
        return self.app[keys.ASSETS].url(name)

    async def start(self, port: int = 0) -> None:
        async def demo_call(number: str) -> None:
            self.demo_calls.append(number)

        self.app = make_app(
            self.settings,
            store=self.store,
            feed=self.feed,
            directory=self.directory,
            house=House(),
            recordings=MemoryRecordings(),
            secret_box=FernetBox(Fernet.generate_key()),
            pbxs=[self.pbx],
            demo_call=demo_call,
        )
        self.runner = web.AppRunner(self.app, shutdown_timeout=0.5)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", port or self.port, reuse_address=True)
        await site.start()
        self.port = self.runner.addresses[0][1]

    async def stop(self) -> None:
        await self.runner.cleanup()

    async def restart(self) -> None:
        """As a new process would: another feed, another epoch, the same port and database."""
        await self.stop()
        self.feed = InProcessFeed()
        await self.start()

    async def log_in(self, login: str) -> str:
        session_id, self.sessions[login] = await add_session(self.store, self.id(login))
        self.cookies[login] = session_id
        return session_id

    async def recheck(self) -> None:
        """What the background does now and then."""
        await self.app[keys.LIVE_SCREENS].recheck(self.store, datetime.now(UTC))

    # --- what the rest of the product would publish
    def pop(self, *logins: str, call_id=None, **more) -> dict:
        data = {
            "pop": str(uuid4()),
            "call_id": call_id or str(uuid4()),
            "stage": "first",
            "did": "+74951112233",
            "at": datetime.now(UTC),
            "client": {
                "kind": "contact",
                "id": str(UUID(int=7)),
                "name": "Olga Petrova",
                "number": "+79161000001",
                "company": None,
            },
            "turnover": {"amount": "48300", "currency": "RUB", "window": "30d"},
            "manager": {"id": str(self.id("anna")), "name": "Anna Smirnova"},
            "last_operator": {
                "id": str(self.id("boris")),
                "name": "Boris Volkov",
                "at": (datetime.now(UTC) - timedelta(days=3)).isoformat(),
            },
            "why": [{"code": "assigned_manager", "params": {"name": "Anna Smirnova"}}],
            "rule": "assigned-manager",
            **more,
        }
        self.feed.publish("pop", data, Audience.of(*(self.id(login) for login in logins)))
        return data

    def tell(self, kind: str, login: str, call_id: str, **more) -> None:
        data = {"call_id": call_id, "user_id": str(self.id(login)), **more}
        self.feed.publish(kind, data, Audience.of(self.id(login)))


async def add_session(store, user_id: UUID) -> tuple[str, Session]:
    """A session as the login page makes it, without argon2's half second: the cookie's value, and what is kept."""
    session_id, now = new_session_id(), datetime.now(UTC)
    session = Session(
        id_hash=hashed(session_id),
        user_id=user_id,
        csrf="c" * 43,
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(hours=12),
    )
    async with store.begin() as tx:
        await tx.sessions.add(session)
    return session_id, session


@asynccontextmanager
async def live_site(store, **settings):
    """Anna, Boris and their supervisor Sofia, all with phones that are ready."""
    pbx, directory = FakePbx(), Directory()
    site = LiveSite(store, directory, pbx, WebSettings(**settings))
    now = datetime.now(UTC)
    operators = []
    for login, (name, extension, role) in PEOPLE.items():
        user = User(id=new_id(now), login=login, name=name, role=role, created_at=now)
        async with store.begin() as tx:
            await tx.people.add_user(user, "-")
        site.users[login] = user
        pbx.devices[f"PJSIP/{extension}"] = DeviceState.NOT_INUSE
        line = Line(pbx="main", extension=extension, device=f"PJSIP/{extension}")
        operators.append(
            Operator(
                id=user.id,
                name=name,
                login=login,
                role=role.value,
                lines=(line,),
                state=OperatorState.AVAILABLE,
            )
        )
    admin = User(id=new_id(now), login="admin", name="Administrator", role=Role.ADMIN, created_at=now)
    async with store.begin() as tx:
        await tx.people.add_user(admin, "-")  # a house without one is led to its first run
    members = tuple(site.id(login) for login in ("anna", "boris"))
    directory.set_people(operators, [DirectoryTeam(id=new_id(now), name="retail", members=members)])
    await site.start()
    try:
        yield site
    finally:
        await site.stop()
