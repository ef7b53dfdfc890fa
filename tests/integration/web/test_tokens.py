# SPDX-License-Identifier: Apache-2.0
"""`rolodial token`, and docs/api.md as a program follows it."""

import asyncio
import re
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner

from config.cli import main
from crm_core.domain.client import ClientKind
from crm_core.domain.session import SCOPES
from tests.integration.web.test_security import HOSTILE
from web.secret_ids import hashed

EXAMPLE = re.search(r"```sh\n(.*?)```", (Path(__file__).parents[3] / "docs/api.md").read_text(), re.DOTALL)[1]


@pytest.fixture
def rolodial(database_with_history):
    """The command line, beside the server that runs."""

    async def run(*arguments):
        words = ["token", *arguments, "--database", database_with_history[0]]
        return await asyncio.to_thread(CliRunner().invoke, main, words)

    return run


async def test_a_token_is_shown_once_and_lets_in_until_it_is_taken_back(site, rolodial):
    made = await rolodial("add", "admin", "--label", "web shop", "--scope", "orders:write")
    secret = made.stdout.strip()
    assert re.fullmatch(r"rolodial_\S{43}", secret)
    assert "365 days" in made.stderr
    stranger, bearer = site.stranger(), {"Authorization": f"Bearer {secret}"}
    assert (await stranger.post("/api/v1/orders", b"[]", **bearer)).status == 415  # let in
    listed = (await rolodial("list")).stdout
    assert "web shop" in listed
    assert "orders:write" in listed
    assert "used 20" in listed
    assert secret not in listed
    assert hashed(secret) not in listed
    token_id = listed.split()[0]
    assert "lets nobody in" in (await rolodial("revoke", token_id)).stdout
    assert (await stranger.post("/api/v1/orders", b"[]", **bearer)).status == 401
    assert (await rolodial("list")).stdout == ""
    async with site.store.read() as tx:
        trail = await tx.audit.of("api_token", UUID(token_id))
    assert {entry.action for entry in trail} == {"create", "remove"}
    assert hashed(secret) not in repr(trail)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "nobody", "--label", "x", "--scope", "live"], "there is no user 'nobody'"),
        (["add", "admin", "--label", "\0", "--scope", "live"], "a name is needed"),
        (["add", "admin", "--label", "x", "--scope", "all"], "orders:write"),
        (["add", "admin", "--label", "x"], "--scope"),
        (["add", "admin", "--label", "x", "--scope", "live", "--days", "0"], "--days"),
        (["revoke", "x"], "not a valid UUID"),
        (["revoke", "01890000-0000-7000-8000-000000000000"], "no such token"),
    ],
)
async def test_what_cannot_be_is_said_in_a_line(site, rolodial, arguments, said):
    done = await rolodial(*arguments)
    assert done.exit_code != 0
    assert said in done.output
    assert "Traceback" not in done.output


async def test_every_scope_a_route_asks_for_can_be_given(site):
    asked = {route.handler.access.scope for route in site.app.router.routes() if route.handler.access.scope}
    assert asked == set(SCOPES)


async def test_the_example_of_the_documentation_works(site, rolodial):
    secret = (await rolodial("add", "admin", "--label", HOSTILE, "--scope", "orders:write")).stdout.strip()
    server = {"ROLODIAL": str(site.client.make_url("")).rstrip("/"), "TOKEN": secret, "PATH": "/usr/bin:/bin"}
    for outcome in ("created", "unchanged"):
        curl = await asyncio.create_subprocess_exec(
            "sh", "-c", EXAMPLE, env=server, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        answer, told = await curl.communicate()
        assert curl.returncode == 0, told
        assert answer == b'{"number":"2026-1042","outcome":"%s"}' % outcome.encode()
    olga = site.history.contacts["Olga Petrova"]
    async with site.store.read() as tx:
        assert "2026-1042" in [
            order.number for order in await tx.orders.of_client(ClientKind.CONTACT, olga.id)
        ]


async def test_the_same_order_told_by_many_at_once_is_one(site, rolodial):
    secret = (await rolodial("add", "admin", "--label", "shop", "--scope", "orders:write")).stdout.strip()
    order = {
        "number": "RACE-1",
        "status": "paid",
        "amount": "5",
        "ordered_at": "2026-11-01T10:00:00+03:00",
        "client": {"name": "Racing Rita", "phones": ["+79260000001"], "company": "Race LLC"},
    }
    bearer = {"Authorization": f"Bearer {secret}"}

    async def tell():
        response = await site.client.post("/api/v1/orders", json=order, headers=bearer)
        return (await response.json())["outcome"]

    outcomes = await asyncio.gather(*(tell() for _ in range(12)))
    assert sorted(outcomes) == ["created"] + ["unchanged"] * 11
    async with site.store.read() as tx:
        assert len(await tx.clients.search("Racing Rita")) == 1
        assert len((await tx.clients.owners_of(["+79260000001"]))["+79260000001"]) == 1
