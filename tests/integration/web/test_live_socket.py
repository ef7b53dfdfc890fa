# SPDX-License-Identifier: Apache-2.0
"""The websocket as browsers, programs and attackers use it."""

import asyncio
import socket as sockets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import aiohttp
import orjson
import pytest

from crm_core.domain.ids import new_id
from crm_core.domain.people import Role
from crm_core.domain.session import ApiToken
from crm_core.ports.feed import EVERYBODY, Audience
from crm_core.ports.pbx import LinkState
from tests.support.live_site import live_site
from tests.support.until import until
from web.secret_ids import hashed, new_token


@pytest.fixture
async def site(store):
    async with live_site(store) as opened:
        await opened.log_in("anna")
        yield opened


@pytest.fixture
async def client():
    async with aiohttp.ClientSession() as session:
        yield session


def cookie(site, login="anna"):
    return {"Cookie": f"rolodial={site.cookies[login]}"}


def connect(client, site, login="anna", query="", **headers):
    given = {"Origin": site.url, **cookie(site, login), **headers}
    return client.ws_connect(
        f"{site.url}/live{query}", headers={k: v for k, v in given.items() if v is not None}
    )


async def frame(ws, kind=None):
    """The next frame, or the next of a kind."""
    while True:
        message = await asyncio.wait_for(ws.receive(), 30)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        found = orjson.loads(message.data)
        if kind is None or found["type"] == kind:
            return found


async def close_code(ws):
    """As the frame says it: the server may have hung up before aiohttp's client could answer it."""
    while True:
        message = await asyncio.wait_for(ws.receive(), 30)
        if message.type is aiohttp.WSMsgType.CLOSE:
            return message.data
        if message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING}:
            return ws.close_code


async def test_a_screen_gets_its_state_and_then_what_happens(site, client):
    async with connect(client, site) as ws:
        first = await frame(ws)
        assert first["type"] == "snapshot"
        assert first["data"]["state"]["me"] == str(site.id("anna"))
        popped = site.pop("anna")
        got = await frame(ws, "pop")
        assert got["data"]["client"]["name"] == "Olga Petrova"
        assert got["data"]["pop"] == popped["pop"]
        site.pop("boris")
        site.feed.publish("communication", {"id": "mine"}, Audience.of(site.id("anna")))
        assert (await frame(ws))["type"] == "communication", "Boris' card went past us"


async def test_phones_and_links_are_on_every_screen(site, client):
    async with connect(client, site) as ws:
        state = (await frame(ws))["data"]["state"]
        assert state["pbx"] == {"main": {"state": "connected", "detail": "", "alone": False}}
        assert state["phones"][str(site.id("boris"))] == {"PJSIP/102": "NOT_INUSE"}
        site.pbx.state, site.pbx.detail = LinkState.DISCONNECTED, "connection refused"
        assert (await frame(ws, "pbx"))["data"]["detail"] == "connection refused"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, "http://127.0.0.1:1"])
async def test_a_foreign_page_gets_no_socket(site, client, origin):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await connect(client, site, Origin=origin)
    assert refused.value.status == 403
    assert site.feed.stats().watchers == 0


@pytest.mark.parametrize("cookie_header", ["", "rolodial=forged", "rolodial=" + "x" * 3000])
async def test_who_is_not_logged_in_is_told_by_the_close_code(site, client, cookie_header):
    async with connect(client, site, Cookie=cookie_header) as ws:
        assert await close_code(ws) == 4401
    assert site.feed.stats().watchers == 0


async def test_a_program_comes_with_a_token(site, client):
    secret, now = new_token(), datetime.now(UTC)
    token = ApiToken(
        id=new_id(now),
        token_hash=hashed(secret),
        user_id=site.id("sofia"),
        label="board",
        scopes=frozenset({"live"}),
        created_at=now,
    )
    async with site.store.begin() as tx:
        await tx.sessions.add_token(token)
    address = f"{site.url}/api/v1/live"
    async with client.ws_connect(address, headers={"Authorization": f"Bearer {secret}"}) as ws:
        assert (await frame(ws))["type"] == "snapshot"
        async with site.store.begin() as tx:
            await tx.sessions.revoke_token(token.id)
        await site.recheck()
        assert await close_code(ws) == 4401
    for headers in ({}, {"Authorization": "Bearer no"}, cookie(site)):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.ws_connect(address, headers=headers)
        assert refused.value.status == 401


async def test_logging_out_closes_the_screens_of_that_session_only(site, client):
    first = site.cookies["anna"]
    page = await (await client.get(f"{site.url}/", headers={"Cookie": f"rolodial={first}"})).text()
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
    async with connect(client, site) as ws:
        await frame(ws)
        await site.log_in("anna")
        async with connect(client, site) as other:
            await frame(other)
            done = await client.post(
                f"{site.url}/logout",
                headers={"Cookie": f"rolodial={first}", "Origin": site.url},
                data={"csrf_token": csrf},
                allow_redirects=False,
            )
            assert done.status == 303
            assert await close_code(ws) == 4401
            site.pop("anna")
            assert (await frame(other, "pop"))["type"] == "pop"


async def test_another_role_or_no_account_closes_at_once(site, client):
    user = site.users["anna"]
    for changed in (
        replace(user, role=Role.SUPERVISOR),
        replace(user, role=Role.OPERATOR, archived_at=datetime.now(UTC)),
    ):
        async with connect(client, site) as ws:
            await frame(ws)
            async with site.store.begin() as tx:
                await tx.people.save_user(changed)
                tx.changes.add("user", user.id, datetime.now(UTC))
            assert await close_code(ws) == 4401
        async with site.store.begin() as tx:
            await tx.people.save_user(user)


async def test_a_session_that_runs_out_takes_its_screen_along(site, client):
    async with connect(client, site) as ws:
        await frame(ws)
        past = datetime.now(UTC) - timedelta(seconds=1)
        async with site.store.begin() as tx:
            await tx.sessions.touch(site.sessions["anna"].id_hash, past, past)
        await site.recheck()
        assert await close_code(ws) == 4401


async def test_a_screen_that_was_away_gets_what_it_missed(site, client):
    async with connect(client, site) as ws:
        snapshot = await frame(ws)
        site.pop("anna")
        seen = await frame(ws, "pop")
    epoch = snapshot["data"]["epoch"]
    site.pop("boris")
    missed = site.pop("anna")
    async with connect(client, site, query=f"?after={seen['seq']}&epoch={epoch}") as ws:
        assert (await frame(ws))["type"] == "resumed"
        assert (await frame(ws))["data"]["pop"] == missed["pop"]


@pytest.mark.parametrize(
    "query", ["?after=1&epoch=other", "?after=-1", "?after=²", "?after=9" + "9" * 40, "?after=x"]
)
async def test_where_a_screen_cannot_take_up_it_gets_a_snapshot(site, client, query):
    async with connect(client, site, query=query) as ws:
        assert (await frame(ws))["type"] == "snapshot"


async def test_what_the_screen_says_is_heard(site, client, monkeypatch):
    monkeypatch.setattr(site.feed, "_hold_ms", 60_000)  # it may be slow: that is tested with the feed alone
    async with connect(client, site) as ws:
        await frame(ws)
        await ws.send_json({"type": "visible", "visible": True})
        probe = await frame(ws, "probe")
        await ws.send_json({"type": "ack", "pop": probe["data"]["id"], "state": "painted"})
        await ws.send_json({"type": "ping"})
        assert (await frame(ws, "pong"))["seq"] == site.feed.stats().seq
        assert site.feed.has_visible_tab([site.id("anna")])
        popped = site.pop("anna")
        waiting = asyncio.create_task(site.feed.painted(UUID(popped["pop"]), 30))
        await ws.send_json({"type": "ack", "pop": popped["pop"], "state": "painted"})
        assert await waiting
        await ws.send_json({"type": "dismiss", "call_id": popped["call_id"]})
        assert (await frame(ws, "pop.dismissed"))["data"]["call_id"] == popped["call_id"]
    await until(lambda: site.feed.stats().watchers == 0)


HOSTILE = [
    "",
    "null",
    "[]",
    "{}",
    "{",
    "[" * 2000,
    '{"type": 7}',
    '{"type": "__class__"}',
    '{"type": "ack"}',
    '{"type": "ack", "pop": "x", "state": "painted"}',
    '{"type": "ack", "pop": {"a": 1}, "state": "painted"}',
    '{"type": "ack", "pop": "00000000-0000-0000-0000-000000000000", "state": "seen"}',
    '{"type": "ack", "pop": "00000000-0000-0000-0000-000000000000", "state": ["painted"]}',
    '{"type": "visible", "visible": "yes"}',
    '{"type": "visible"}',
    '{"type": "dismiss", "call_id": null}',
    '{"type": "dismiss", "call_id": "\\u0000"}',
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_nonsense_is_answered_and_the_screen_lives(site, client, text):
    async with connect(client, site) as ws:
        await frame(ws)
        await ws.send_str(text)
        assert (await frame(ws, "error"))["data"]["code"]
        await ws.send_json({"type": "ping"})
        assert (await frame(ws, "pong"))["type"] == "pong"


async def test_nonsense_without_end_closes(site, client):
    async with connect(client, site) as ws:
        for _ in range(40):
            await ws.send_str("{")
        assert await close_code(ws) == 1008


async def test_a_flood_closes(site, client):
    async with connect(client, site) as ws:
        for _ in range(300):
            await ws.send_str('{"type": "ping"}')
        assert await close_code(ws) == 1008


@pytest.mark.parametrize(("message", "code"), [(b"\x00\xff", 1003), ("x" * 5000, 1009)])
async def test_what_is_no_short_text_closes(site, client, message, code):
    async with connect(client, site) as ws:
        await frame(ws)
        await (ws.send_bytes(message) if isinstance(message, bytes) else ws.send_str(message))
        assert await close_code(ws) == code


async def test_a_browser_that_does_not_read_is_cut_off_and_others_are_not(site, client):
    slow = sockets.socket()
    slow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    slow.settimeout(0)
    await asyncio.get_running_loop().sock_connect(slow, ("127.0.0.1", site.port))
    key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    ask = f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}"
    ask += f"Origin: {site.url}\r\nCookie: rolodial={site.cookies['anna']}\r\n\r\n"
    await asyncio.get_running_loop().sock_sendall(slow, ask.encode())
    await site.log_in("boris")
    async with connect(client, site, "boris") as quick:
        await frame(quick)
        await until(lambda: site.feed.stats().watchers == 2)
        for number in range(4000):
            site.feed.publish("operator", {"user_id": str(number % 5), "state": "x" * 2000}, EVERYBODY)
            if number % 20 == 0:
                await asyncio.sleep(0)
                while quick._reader._buffer:
                    await quick.receive()
        await until(lambda: site.feed.stats().watchers == 1)
        assert site.feed.stats().cut_off == 1
        site.pop("boris")
        assert (await frame(quick, "pop"))["type"] == "pop"
    slow.close()


async def test_a_thousand_screens_come_back_at_once_each_with_its_state(site):
    popped = site.pop("anna")
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as client:

        async def come():
            async with connect(client, site) as ws:
                return (await asyncio.wait_for(ws.receive(), 60)).data

        started = asyncio.get_running_loop().time()
        states = await asyncio.gather(*(come() for _ in range(1000)))
        took = asyncio.get_running_loop().time() - started
    assert all(popped["call_id"] in orjson.loads(state)["data"]["state"]["cards"] for state in states)
    assert took < 60


async def test_going_down_is_said_so_that_browsers_come_again(site, client):
    async with connect(client, site) as ws:
        await frame(ws)
        stopping = asyncio.create_task(site.stop())
        assert await close_code(ws) == 1001
        await ws.close()
        await stopping
        await site.start()


async def test_a_restart_is_another_epoch(site, client):
    async with connect(client, site) as ws:
        snapshot = await frame(ws)
    await site.restart()
    query = f"?after={snapshot['seq']}&epoch={snapshot['data']['epoch']}"
    async with connect(client, site, query=query) as ws:
        again = await frame(ws)
        assert again["type"] == "snapshot"
        assert again["data"]["epoch"] != snapshot["data"]["epoch"]
        assert again["data"]["state"]["pbx"]["main"]["state"] == "connected"


async def test_unknown_calls_can_be_put_away_without_harm(site, client):
    async with connect(client, site) as ws:
        await frame(ws)
        await ws.send_json({"type": "dismiss", "call_id": str(uuid4())})
        assert (await frame(ws))["type"] == "pop.dismissed"
