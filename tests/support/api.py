# SPDX-License-Identifier: Apache-2.0
"""A program with a token, and what it was answered."""

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson

from crm_core.domain.ids import new_id
from crm_core.domain.session import ApiToken
from web.secret_ids import hashed, new_token


@dataclass
class Answer:
    status: int
    headers: object
    raw: bytes

    @property
    def type(self):
        return self.headers.get("Content-Type", "").partition(";")[0]

    @property
    def json(self):
        return orjson.loads(self.raw)


@dataclass
class Program:
    client: object
    headers: dict = field(default_factory=dict)

    async def ask(self, method, path, body=None, **headers):
        path = path if path.startswith("/api") else f"/api/v1{path}"
        given = self.headers | headers
        if method == "GET":
            body = None
        if body is not None and not isinstance(body, bytes | io.IOBase):
            body = orjson.dumps(body)
        if body is not None:
            given = {"Content-Type": "application/json"} | given
        async with self.client.request(method, path, data=body, headers=given, allow_redirects=False) as got:
            return Answer(got.status, got.headers, await got.read())

    async def get(self, path, **headers):
        return await self.ask("GET", path, **headers)

    async def post(self, path, body=None, **headers):
        return await self.ask("POST", path, body, **headers)

    async def patch(self, path, body=None, **headers):
        return await self.ask("PATCH", path, body, **headers)


async def token_of(store, user_id, scopes, *, over_since=None):
    secret, now = new_token(), datetime.now(UTC)
    given = ApiToken(
        id=new_id(now),
        token_hash=hashed(secret),
        user_id=user_id,
        label="program",
        scopes=frozenset(scopes),
        created_at=now - timedelta(days=1),
        expires_at=now - over_since if over_since else None,
    )
    async with store.begin() as tx:
        await tx.sessions.add_token(given)
    return secret


async def program(site, login, scopes, **more):
    secret = await token_of(site.store, site.history.users[login].id, scopes, **more)
    return Program(site.client, {"Authorization": f"Bearer {secret}"})
