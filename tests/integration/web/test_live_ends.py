# SPDX-License-Identifier: Apache-2.0
"""An open screen ends with the right to it, whoever took that away and however; and its frames end at once."""

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from crm_core.domain.directory import OperatorState
from crm_core.domain.ids import new_id
from crm_core.domain.people import Device, DeviceKind, Extension, Team
from crm_core.domain.routing.live import RouteRequest
from crm_core.domain.session import ApiToken
from crm_core.ports.clock import utc_now
from crm_core.ports.feed import Audience
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.decide_route import decide_route
from crm_core.usecases.set_operator_state import set_operator_state
from tests.integration.web.test_live_socket import close_code, connect, cookie, frame
from tests.support.live_site import live_site
from tests.support.routing import a_desk, rules_of
from web.middleware.csrf import masked
from web.secret_ids import hashed, new_token

TO_RETAIL = {
    "id": "all",
    "step": [
        {"to": "team", "team": "retail", "how": "ring_all", "seconds": 15},
        {"to": "voicemail", "mailbox": "default", "seconds": 60},
    ],
}


@pytest.fixture
async def site(store):
    async with live_site(store) as opened:
        for login in ("anna", "boris", "sofia"):
            await opened.log_in(login)
        async with store.read() as tx:
            opened.users["admin"] = await tx.people.user_by_login("admin")
        await opened.log_in("admin")
        yield opened


@pytest.fixture
async def client():
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@asynccontextmanager
async def screen(client, site, login, query=""):
    async with connect(client, site, login, query) as ws:
        await frame(ws)
        yield ws


def said_by(site, login):
    return {**cookie(site, login), "Origin": site.url}


async def post(client, site, login, path, data=None):
    headers = {**said_by(site, login), "X-CSRF-Token": masked(site.sessions[login].csrf)}
    address = f"{site.url}{path}"
    async with client.post(address, data=data or {}, headers=headers, allow_redirects=False) as answer:
        assert answer.status == 303, (answer.status, await answer.text())


async def page(client, site, login, path):
    async with client.get(f"{site.url}{path}", headers=said_by(site, login)) as answer:
        assert answer.status == 200
        return await answer.text()


async def is_alive(ws, site, login):
    """Nothing is between what was published and now: the next frame is this one."""
    popped = site.pop(login)
    assert (await frame(ws, "pop"))["data"]["pop"] == popped["pop"]


async def heard_until_pong(ws):
    """The kinds of all that came before the answer to a question asked now."""
    await ws.send_json({"type": "ping"})
    kinds = []
    while not kinds or kinds[-1] != "pong":
        kinds.append((await frame(ws))["type"])
    return kinds


async def test_logging_out_everywhere_closes_all_screens_but_this_one(site, client):
    here = site.cookies["anna"], site.sessions["anna"]
    async with screen(client, site, "anna") as mine:
        await site.log_in("anna")
        async with screen(client, site, "anna") as phone, screen(client, site, "boris") as other:
            site.cookies["anna"], site.sessions["anna"] = here
            await post(client, site, "anna", "/me/sessions/end-all")
            assert await close_code(phone) == 4401
            await is_alive(mine, site, "anna")
            await is_alive(other, site, "boris")


async def test_one_session_ended_from_another_device(site, client):
    async with screen(client, site, "anna") as lost:
        await site.log_in("anna")
        async with screen(client, site, "anna") as here:
            text = await page(client, site, "anna", "/me/sessions")
            [path] = re.findall(r'action="(/me/sessions/\w+/end)"', text)
            await post(client, site, "anna", path)
            assert await close_code(lost) == 4401
            await is_alive(here, site, "anna")


async def test_an_administrator_ends_the_sessions_of_one_person(site, client):
    async with screen(client, site, "anna") as ended, screen(client, site, "boris") as other:
        await post(client, site, "admin", f"/settings/people/{site.id('anna')}/sessions/end")
        assert await close_code(ended) == 4401
        await is_alive(other, site, "boris")
    async with connect(client, site, "anna") as again:
        assert await close_code(again) == 4401, "the session is over, not the socket alone"


async def test_who_leaves_sees_nothing_more_and_neither_do_their_programs(site, client):
    secret, now = new_token(), datetime.now(UTC)
    token = ApiToken(
        id=new_id(now),
        token_hash=hashed(secret),
        user_id=site.id("anna"),
        label="board",
        scopes=frozenset({"live"}),
        created_at=now,
    )
    async with site.store.begin() as tx:
        await tx.sessions.add_token(token)
    bearer = {"Authorization": f"Bearer {secret}"}
    async with (
        screen(client, site, "anna") as gone,
        client.ws_connect(f"{site.url}/api/v1/live", headers=bearer) as board,
        screen(client, site, "boris") as other,
    ):
        await frame(board)
        path = f"/settings/people/{site.id('anna')}/dismiss"
        await post(client, site, "admin", path, {"heir": str(site.id("boris"))})
        assert await close_code(gone) == 4401
        assert await close_code(board) == 4401
        await is_alive(other, site, "boris")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(f"{site.url}/api/v1/live", headers=bearer)
    assert refused.value.status == 401


async def test_a_supervisor_who_is_one_no_more_hears_of_no_others_calls(site, client):
    everyones = Audience(roles=frozenset({"supervisor", "admin"}))
    async with screen(client, site, "sofia") as ws:
        first = site.feed.publish("communication", {"id": "a"}, everyones)
        assert (await frame(ws, "communication"))["seq"] == first
        path = f"/settings/people/{site.id('sofia')}"
        version = re.search(r'name="version" value="(\w*)"', await page(client, site, "admin", path))[1]
        form = {"name": "Sofia Lebedeva", "login": "sofia", "role": "operator", "version": version}
        await post(client, site, "admin", path, form)
        assert await close_code(ws) == 4401
    missed = site.feed.publish("communication", {"id": "b"}, everyones)
    for query in ("", f"?after={missed - 1}&epoch={site.feed.epoch}"):
        async with connect(client, site, "sofia", query) as ws:
            assert (await frame(ws))["type"] in {"snapshot", "resumed"}
            site.feed.publish("communication", {"id": "c"}, everyones)
            assert "communication" not in await heard_until_pong(ws)
            await is_alive(ws, site, "sofia")


async def at_work(site):
    """Both are of team retail in the database too, and the directory is read from there as in a running server."""
    now = datetime.now(UTC)
    team = Team(id=new_id(now), name="retail", members=frozenset({site.id("anna"), site.id("boris")}))
    async with site.store.begin() as tx:
        await tx.people.save_team(team)
        for login, number in (("anna", "101"), ("boris", "102")):
            whose = {"user_id": site.id(login), "pbx": "main", "valid_from": now}
            await tx.people.add_extension(Extension(id=new_id(now), extension=number, **whose))
            device = Device(id=new_id(now), device=f"PJSIP/{number}", kind=DeviceKind.DESK, **whose)
            await tx.people.add_device(device)
    for login in ("anna", "boris"):
        user, available = site.users[login], OperatorState.AVAILABLE
        await set_operator_state(site.store, site.feed, (), user, user.id, state=available, now=now)
    return team


def call_comes(desk, number):
    """Each well after the one before: who was rung for that is free again."""
    at = utc_now() + timedelta(minutes=10 * number)
    linkedid = f"1763800000.{number}"
    ask = RouteRequest(pbx="main", linkedid=linkedid, did="+74951112233", caller="+79160000000", at=at)
    return str(decide_route(ask, desk).call)


async def test_who_left_a_team_gets_its_calls_no_more_though_the_screen_stays(site, client):
    team = await at_work(site)
    source = DirectorySource(site.store, site.directory, utc_now)
    await source.load()
    desk = a_desk(site.directory, rules=rules_of(TO_RETAIL), pbx=site.pbx, feed=site.feed)
    following = asyncio.create_task(source.run())
    try:
        async with screen(client, site, "anna") as left, screen(client, site, "boris") as stays:
            call = call_comes(desk, 1)
            for ws in (left, stays):
                assert (await frame(ws, "pop"))["data"]["call_id"] == call
            async with site.store.begin() as tx:
                await tx.people.save_team(replace(team, members=frozenset({site.id("boris")})))
                tx.changes.add("team", team.id, utc_now())
            async with asyncio.timeout(60):
                while site.directory.team("retail").members != (site.id("boris"),):
                    await asyncio.sleep(0.02)
            call = call_comes(desk, 2)
            assert (await frame(stays, "pop"))["data"]["call_id"] == call
            assert "pop" not in await heard_until_pong(left)
            await is_alive(left, site, "anna")
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
