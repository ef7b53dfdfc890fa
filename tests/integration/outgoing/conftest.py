# SPDX-License-Identifier: Apache-2.0
"""A clock that is set by hand, and a web server of somebody else's."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from cryptography.fernet import Fernet

from crm_core.domain.directory import Directory
from crm_core.storage.secret_box import FernetBox
from web.letters import LetterWriter


@dataclass
class FakeClock:
    now: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by):
        self.now += timedelta(**by)


@dataclass
class Program:
    """Answers as it is told, and keeps what it was sent."""

    url: str = ""
    status: int = 200
    answer: str = "thank you"
    headers: dict = field(default_factory=dict)
    got: list = field(default_factory=list)

    async def handle(self, request):
        self.got.append((request.path, dict(request.headers), await request.read()))
        return web.Response(status=self.status, text=self.answer, headers=self.headers)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def box():
    return FernetBox(Fernet.generate_key())


@pytest.fixture
def letters(clock):
    return LetterWriter(Directory(), "Acme", "en", "https://crm.example.com", clock)


@pytest.fixture
async def program(aiohttp_server):
    made = Program()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    server = await aiohttp_server(app)
    made.url = str(server.make_url("/hook"))
    return made
