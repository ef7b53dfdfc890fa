# SPDX-License-Identifier: Apache-2.0
"""What may arrive at the FastAGI port, from an ordinary call to a port scan."""

import asyncio
import socket
from contextlib import ExitStack

import pytest

from crm_core.usecases.decide_route import RouteSettings
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.agi_verb import CONTRACT
from pbx_bridge.fastagi import FastAgiServer
from pbx_bridge.route_agi import RouteAgi, ping
from tests.support.agi_channel import AgiChannel, a_header
from tests.support.routing import ANNA, DID, NOW, OLGA, FakePbx, SilentFeed, a_desk
from tests.support.until import until


def a_desk_of(name):
    desk = a_desk()
    desk.directory.clients.put_contact(OLGA, name, ANNA, None)
    return desk


@pytest.fixture
async def start():
    servers = []

    async def make(desk=None, *, ready=lambda: True, **settings):
        route = RouteAgi(desk or a_desk(), lambda: NOW, ready)
        patient = {"header_s": 30.0, "reply_s": 30.0}  # unless it is patience that is tested
        server = FastAgiServer(FastAgiSettings(port=0, **patient | settings), {"route": route, "ping": ping})
        await server.start()
        servers.append(server)
        return server

    yield make
    for server in servers:
        await server.stop()


async def raw(port, data, *, close=False):
    """What comes back before the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        if close:
            return b""
        return await asyncio.wait_for(reader.read(), 25)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def asks(server, *args, **more):
    return await AgiChannel(server.port).run(a_header(*(args or ("main", "1763800000.1", DID)), **more))


async def test_an_ordinary_call(start):
    server = await start()
    channel = AgiChannel(server.port)
    got = await channel.run(a_header("main", "1763800000.1", DID))
    assert got["ROLODIAL_RULE"] == "manager"
    assert got["ROLODIAL_STEPS"] == "4"
    assert got["ROLODIAL_S1"] == "dial^15^101:PJSIP/101"
    assert got["ROLODIAL_S3"] == "queue^120^default"
    assert got["ROLODIAL_PRIORITY"] == "0"
    assert got["ROLODIAL_NAME"] == "Olga Petrova"
    assert got["ROLODIAL_CALL"].count("-") == 4
    assert [command.split(" ")[0] for command in channel.commands] == ["EXEC"]
    assert server.stats.answered == 1


class LatePbx(FakePbx):
    """Tells of calls some milliseconds after they ask."""

    def is_behind(self, linkedid):
        self.looks += 1
        return self.looks < 3 and super().is_behind(linkedid)


@pytest.mark.parametrize(
    ("kind", "rule", "first"),
    [(FakePbx, "manager", "dial^15^101:PJSIP/101"), (LatePbx, "retail", "dial^15^102:PJSIP/102")],
)
async def test_who_was_engaged_is_tried_while_nothing_is_heard_of_the_pbx(start, kind, rule, first):
    """The dialplan looks again before it rings. An event that is only a moment late tells how it is."""
    pbx = kind({"PJSIP/101": "INUSE"})
    pbx.looks = 0
    pbx.unheard.add("1763800000.1")
    got = await asks(await start(a_desk(pbx=pbx)))
    assert (got["ROLODIAL_RULE"], got["ROLODIAL_S1"]) == (rule, first)


async def test_an_answer_does_not_wait_to_be_filled_up(start):
    server = await start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    await until(lambda: server.open)
    [connection] = server.open
    accepted = connection._transport.get_extra_info("socket")
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    writer.close()
    await reader.read()


async def test_a_name_that_needs_a_command_of_its_own(start):
    server = await start(a_desk_of("Petrova, Olga"))
    channel = AgiChannel(server.port)
    got = await channel.run(a_header("main", "1763800000.1", DID))
    assert (got["ROLODIAL_NAME"], got["ROLODIAL_STEPS"]) == ("Petrova, Olga", "4")
    assert [command.split(" ")[0] for command in channel.commands] == ["SET", "EXEC"]


async def test_the_trunk_and_the_chosen_language_are_facts(start):
    kept = []
    server = await start(a_desk(kept=kept))
    more = {"agi_channel": "PJSIP/city-east-0000002a"}
    assert await asks(server, "main", "1.1", DID, "uk", **more)
    assert await asks(server, "main", "1.2", DID, agi_channel="")
    facts = [decision.facts for _, decision, _ in kept]
    assert [(one.trunk, one.language) for one in facts] == [("PJSIP/city-east", "uk"), (None, None)]


async def test_the_header_arrives_byte_by_byte(start):
    server = await start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for byte in a_header("main", "1.1", DID):
        writer.write(bytes([byte]))
        await asyncio.sleep(0)
    assert (await reader.readline()).startswith(b'EXEC MSet "ROLODIAL_NAME=Olga Petrova,')
    writer.close()


async def test_a_refusal_of_a_command_does_not_stop_the_next(start):
    server = await start(a_desk_of("Petrova, Olga"))
    channel = AgiChannel(server.port)
    replies = iter(
        ["520-Invalid command syntax.  Proper usage follows:\nUsage: x\n520 End of proper usage.\n"]
    )
    await channel.run(a_header("main", "1.1", DID), replies=lambda _: next(replies, "200 result=1\n"))
    assert len(channel.commands) == 2


async def test_the_caller_hangs_up_meanwhile(start):
    server = await start()
    await AgiChannel(server.port).run(
        a_header("main", "1.1", DID), replies=lambda _: "HANGUP\n200 result=-1\n"
    )
    assert server.stats.answered == 1


async def test_connect_and_close(start):
    server = await start()
    await raw(server.port, b"", close=True)
    assert (await asks(server))["ROLODIAL_STEPS"] == "4"
    assert not server.open


async def test_half_a_request_then_closed_stalls_nothing(start):
    server = await start()
    await raw(server.port, b"agi_network: yes\n", close=True)
    async with asyncio.timeout(25):
        assert (await asks(server))["ROLODIAL_STEPS"] == "4"


async def test_a_slow_header_is_cut_off(start):
    server = await start(header_s=0.2)
    assert await raw(server.port, b"agi_network: yes\n") == b""
    assert server.stats.refused == 1


async def test_a_slow_header_that_goes_on_and_on_is_cut_off(start):
    server = await start(header_s=0.2)
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    async with asyncio.timeout(25):
        while not server.stats.refused:
            writer.write(b"agi_x: y\n")
            await asyncio.sleep(0.02)
    writer.close()
    assert not server.open


async def test_ten_megabytes_of_header(start):
    server = await start()
    assert await raw(server.port, b"agi_x: " + b"y" * 10_000_000) == b""
    assert server.stats.refused == 1
    assert (await asks(server))["ROLODIAL_STEPS"] == "4"


async def test_a_channel_that_does_not_reply_is_let_go(start):
    server = await start(reply_s=0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(a_header("main", "1.1", DID))
    assert (await reader.readline()).startswith(b"EXEC MSet ")
    assert await asyncio.wait_for(reader.read(), 25) == b""
    writer.close()


@pytest.mark.parametrize("script", ["nonsense", "../route", "route/x", "ROUTE"])
async def test_an_unknown_verb_is_closed(start, script):
    server = await start()
    assert await raw(server.port, a_header(agi_network_script=script)) == b""
    assert server.stats.refused == 1


async def test_garbage(start):
    server = await start()
    for data in (
        b"GET / HTTP/1.1\r\n\r\n\n\n",
        b"\x16\x03\x01\x02\x00\n\n",
        b"\n\n",
        b"\x00" * 100 + b"\n\n",
    ):
        assert await raw(server.port, data) == b""
    assert (await asks(server))["ROLODIAL_STEPS"] == "4"


async def test_five_hundred_slow_ones_do_not_keep_a_call_waiting(start):
    server = await start(connections=100, header_s=30.0)
    with ExitStack() as slow:
        for _ in range(500):
            sock = slow.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            sock.sendall(b"agi_network: yes\n")
            await asyncio.sleep(0)
        async with asyncio.timeout(25):  # less than they may take
            assert (await asks(server))["ROLODIAL_STEPS"] == "4"
        assert len(server.open) <= 100


async def test_a_peer_that_is_not_allowed(start):
    server = await start(allowed=("10.0.0.0/8",))
    assert not server.peers.may_ask("192.0.2.1")
    assert server.peers.may_ask("10.1.2.3")


@pytest.mark.parametrize(
    "name", ["Olga \udce9\udcff", "'; DROP TABLE", "${SHELL(id)}", '"quoted" \\ name', "Ольга"]
)
async def test_a_name_of_any_bytes_gets_an_answer(start, name):
    assert (await asks(await start(), agi_calleridname=name))["ROLODIAL_RULE"] == "manager"


@pytest.mark.parametrize(
    "caller",
    ["'; --", "${SHELL(x)}", "9" * 300, "anonymous", "+7916 1000001,x=y", "Ольга", "101&PJSIP/trunk"],
)
async def test_a_hostile_number_reaches_somebody(start, caller):
    kept = []
    got = await asks(await start(a_desk(kept=kept)), agi_callerid=caller)
    assert int(got["ROLODIAL_STEPS"]) >= 1
    assert "SHELL" not in str(got)
    assert kept[0][1].facts.number is None


async def test_lines_slipped_into_a_name_are_not_believed(start):
    kept = []
    got = await asks(
        await start(a_desk(kept=kept)), agi_calleridname="x\nagi_arg_1: evil\nagi_callerid: +79161000002"
    )
    assert got["ROLODIAL_RULE"] == "fallback"
    assert got["ROLODIAL_S1"] == "queue^120^default"
    assert kept[0][1].fallback == "malformed request"


async def test_a_quote_in_a_clients_name_arrives_whole(start):
    desk = a_desk()
    name = 'O\'Brien "Bob", \\ Sons ${EXTEN}'
    desk.directory.clients.put_contact(desk.directory.identify("+79161000001").id, name, ANNA, None)
    assert (await asks(await start(desk)))["ROLODIAL_NAME"] == name


async def test_until_the_directory_is_loaded_the_dialplan_goes_on_alone(start):
    assert await asks(await start(ready=lambda: False)) == {}


async def test_a_fault_of_ours_still_gives_steps(start):
    desk = a_desk()
    desk.directory.clients.party = None
    got = await asks(await start(desk))
    assert (got["ROLODIAL_RULE"], got["ROLODIAL_STEPS"]) == ("fallback", "2")


async def test_the_answer_waits_for_a_visible_card(start):
    feed = SilentFeed(visible=[ANNA])
    server = await start(a_desk(feed=feed))
    assert (await asks(server))["ROLODIAL_RULE"] == "manager"
    assert feed.waited == [(feed.waited[0][0], 0.08)]
    assert str(feed.waited[0][0]) == feed.frames[0][1]["pop"]


async def test_the_answer_does_not_wait_when_nobody_looks(start):
    feed = SilentFeed()
    await asks(await start(a_desk(feed=feed)))
    assert feed.waited == []
    assert len(feed.frames) == 2


async def test_the_hold_can_be_switched_off(start):
    feed = SilentFeed(visible=[ANNA])
    await asks(await start(a_desk(feed=feed, settings=RouteSettings(hold_ms=0))))
    assert feed.waited == []


async def test_ping(start):
    server = await start()
    got = await asks(server, "main", agi_network_script="ping")
    assert got == {"ROLODIAL_CONTRACT": str(CONTRACT), "ROLODIAL_PONG": "1"}


async def test_stopping_closes_what_is_open(start):
    server = await start(header_s=30.0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    await until(lambda: server.open)
    await server.stop()
    assert await asyncio.wait_for(reader.read(), 25) == b""
    writer.close()
