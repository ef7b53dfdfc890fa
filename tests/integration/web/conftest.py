# SPDX-License-Identifier: Apache-2.0
"""The whole web application on a store with some history, and browsers of people who are logged in."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestClient
from cryptography.fernet import Fernet

from crm_core.domain.directory import Directory, Line, Operator
from crm_core.domain.house import House
from crm_core.domain.session import Session
from crm_core.feed import InProcessFeed
from crm_core.storage.secret_box import FernetBox
from tests.support.fake_pbx import FakePbx
from tests.support.history import EXTENSIONS, History
from tests.support.prompts import a_recorder
from web.app import make_app
from web.middleware.csrf import masked
from web.secret_ids import hashed, new_session_id
from web.settings import WebSettings


@dataclass
class Browser:
    """Somebody's browser: it has their cookie and says where a request comes from."""

    client: TestClient
    session_id: str = ""
    csrf: str = ""
    headers: dict = field(default_factory=dict)

    async def get(self, path, **headers):
        return await self.client.get(path, headers=self._said(headers), allow_redirects=False)

    async def text(self, path, **headers):
        response = await self.get(path, **headers)
        assert response.status == 200, (path, response.status, await response.text())
        return await response.text()

    async def post(self, path, data=None, **headers):
        said = self._said(headers) | {"Sec-Fetch-Site": "same-origin"}
        if self.csrf:
            said["X-CSRF-Token"] = masked(self.csrf)
        return await self.client.post(path, data=data or {}, headers=said | headers, allow_redirects=False)

    def _said(self, headers):
        cookie = {"Cookie": f"rolodial={self.session_id}"} if self.session_id else {}
        return cookie | self.headers | headers


@dataclass
class Site:
    history: History
    client: TestClient
    app: object
    pbx: FakePbx

    @property
    def store(self):
        return self.history.store

    def stranger(self):
        return Browser(self.client)

    async def browser(self, login, **headers):
        """As after logging in, without argon2's time."""
        session_id, csrf, now = new_session_id(), new_session_id(), datetime.now(UTC)
        session = Session(
            id_hash=hashed(session_id),
            user_id=self.history.users[login].id,
            csrf=csrf,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=1),
        )
        async with self.store.begin() as tx:
            await tx.sessions.add(session)
        return Browser(self.client, session_id, csrf, headers)


def directory_of(history):
    directory = Directory()
    operators = [
        Operator(
            id=user.id,
            name=user.name,
            login=login,
            role=user.role.value,
            lines=(Line(pbx="main", extension=extension, device=f"PJSIP/{extension}"),) if extension else (),
        )
        for login, user in history.users.items()
        if (extension := EXTENSIONS[login]) is not None
    ]
    directory.set_people(operators, [])
    return directory


@pytest.fixture
async def make_site(history, aiohttp_client, tmp_path):
    async def make(**settings):
        pbx = FakePbx()
        app = make_app(
            WebSettings(**settings),
            store=history.store,
            feed=InProcessFeed(),
            directory=directory_of(history),
            house=House(),
            recordings=history.recordings,
            prompts=a_recorder(history.store, tmp_path),
            secret_box=FernetBox(Fernet.generate_key()),
            pbxs=[pbx],
        )
        # Cookies are set by hand, so that several browsers can share the client.
        return Site(history, await aiohttp_client(app, cookie_jar=DummyCookieJar()), app, pbx)

    return make


@pytest.fixture
async def site(make_site):
    return await make_site()
