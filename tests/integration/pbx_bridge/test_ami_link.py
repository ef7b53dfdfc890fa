# SPDX-License-Identifier: Apache-2.0
"""The link against a PBX that misbehaves in every way seen in the field."""

import asyncio
import contextlib
import dataclasses
from types import SimpleNamespace

import pytest

from crm_core.domain.errors import InvalidInputError
from crm_core.ports.pbx import LinkState
from pbx_bridge.ami_errors import ActionRefusedError, LinkBrokenError, NoAnswerInTimeError
from pbx_bridge.ami_link import AmiLink
from pbx_bridge.read_pace import ReadPace
from pbx_bridge.receive_clock import ReceiveClock
from pbx_bridge.settings import AmiSettings, AmiTimes
from tests.integration.fake_ami_server import SECRET, FakeAmiServer, event, frame, response
from tests.support.until import until

QUICK = AmiTimes(
    connect_timeout_s=30,
    action_timeout_s=30,
    ping_after_s=60,
    ping_timeout_s=30,
    retry_first_s=0.05,
    retry_longest_s=0.2,
    refused_first_s=0.05,
)
WATCHFUL = dataclasses.replace(QUICK, ping_after_s=0.3, ping_timeout_s=0.3)


class Tape:
    def __init__(self) -> None:
        self.data = bytearray()
        self.connections = 0

    def opened(self, mono_ns, wall_ns):
        self.connections += 1

    def append(self, data, mono_ns, wall_ns):
        self.data += data


class Listener:
    """A running link, what it told, and ways to wait for it."""

    def __init__(self, server, *, times=QUICK, secret=SECRET, sleep=asyncio.sleep) -> None:
        self.events = []
        self.states = []
        self.tape = Tape()
        self.fail_on = ""
        self.link = AmiLink(
            AmiSettings(port=server.port, secret=secret, times=times),
            wanted={"Newchannel", "Hangup", "DialBegin"},
            on_event=self._event,
            on_state=self._state,
            tape=self.tape,
            sleep=sleep,
        )

    def _event(self, one):
        if one.name == self.fail_on:
            raise RuntimeError("a bug")
        self.events.append(one)

    def _state(self, state, detail):
        self.states.append((state, detail))

    def ids(self):
        return [one["Uniqueid"] for one in self.events if one.name == "Newchannel"]

    async def connected(self, times=1):
        await until(lambda: sum(s is LinkState.CONNECTED for s, _ in self.states) >= times)

    async def heard(self, *ids):
        await until(lambda: self.ids() == list(ids))


@contextlib.asynccontextmanager
async def listening(server, **options):
    listener = Listener(server, **options)
    task = asyncio.create_task(listener.link.run())
    try:
        yield listener
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def new_channel(uniqueid, **more):
    return event("Newchannel", Uniqueid=uniqueid, **more)


async def test_login_takes_a_snapshot_and_needs_no_fully_booted():
    async with FakeAmiServer() as server, listening(server) as listener:
        server.lists["CoreShowChannels"] = []
        await listener.connected()
        names = [action["Action"] for action in server.actions]
        assert names[:4] == ["Login", "CoreStatus", "CoreSettings", "Events"]
        assert {"CoreShowChannels", "BridgeList", "QueueStatus", "DeviceStateList"} <= set(names)
        assert (listener.link.boot, listener.link.version) == ("2026-03-01T09:00:00", "22.10.1")
        assert [one.name for one in listener.events[:3]] == ["Banner", "Response", "Response"]
        assert server.actions[0]["Events"] == "off"


async def test_a_pbx_that_is_starting_is_asked_again_for_what_it_did_not_know(monkeypatch):
    monkeypatch.setattr("pbx_bridge.ami_link._STARTING_S", (0.01, 0.01, 0.01))
    tries = []

    def starting(action):
        tries.append(action["Action"])
        if len(tries) < 3:
            return response(action, "Error", "Message: Invalid/unknown command: QueueStatus.")
        return response(action, "Success")

    async with FakeAmiServer() as server, listening(server) as listener:
        server.answers["QueueStatus"] = starting
        await listener.connected()
        await until(lambda: len(tries) == 3)
        await asyncio.sleep(0.05)
        assert len(tries) == 3
        assert [one["Action"] for one in server.actions].count("CoreShowChannels") == 1


async def test_one_byte_a_segment_loses_no_letter():
    async with FakeAmiServer(segment=1) as server, listening(server) as listener:
        await listener.connected()
        await server.send(new_channel("1", CallerIDName="Иванов Пётр", AccountCode=""))
        await listener.heard("1")
        assert listener.events[-1]["CallerIDName"] == "Иванов Пётр"
        assert listener.events[-1]["AccountCode"] == ""


async def test_what_was_read_is_on_tape_before_it_is_used():
    async with FakeAmiServer() as server, listening(server) as listener:
        await listener.connected()
        seen = []
        listener.link._on_event = lambda one: seen.append(bytes(listener.tape.data).count(b"Newchannel"))
        await server.send(new_channel("1"))
        await until(lambda: seen == [1])


async def test_a_closed_connection_comes_back_and_takes_the_snapshot_again():
    async with FakeAmiServer() as server, listening(server) as listener:
        await listener.connected()
        server.peers[-1].close()
        await listener.connected(2)
        await server.send(new_channel("2"))
        await listener.heard("2")
        assert len(server.seen("CoreShowChannels")) == 2
        assert (LinkState.DISCONNECTED, "connection lost: the PBX closed it") in listener.states


async def test_a_half_closed_connection_comes_back():
    async with FakeAmiServer() as server, listening(server) as listener:
        await listener.connected()
        server.peers[-1].half_close()
        await listener.connected(2)


async def test_half_a_frame_before_a_reset_is_thrown_away():
    async with FakeAmiServer() as server, listening(server) as listener:
        await listener.connected()
        await server.send(new_channel("1"), new_channel("half")[:20])
        await listener.heard("1")
        server.peers[-1].reset()
        await listener.connected(2)
        await server.send(new_channel("2"))
        await listener.heard("1", "2")


async def test_a_reset_at_any_byte_of_the_login_is_survived():
    async with FakeAmiServer() as server, listening(server) as listener:
        await listener.connected()
        for cut in range(1, 60, 7):
            before = len([s for s, _ in listener.states if s is LinkState.CONNECTED])
            answers = iter(
                [lambda a, cut=cut: response(a, "Success", "Message: Authentication accepted")[:cut]]
            )

            def login(action, answers=answers):
                one = next(answers, None)
                if one is None:
                    return response(action, "Success", "Message: Authentication accepted")
                asyncio.get_running_loop().call_later(0.01, server.peers[-1].reset)
                return one(action)

            server.answers["Login"] = login
            server.peers[-1].reset()
            await listener.connected(before + 1)


async def test_a_silent_pbx_is_noticed():
    async with FakeAmiServer() as server, listening(server, times=WATCHFUL) as listener:
        await listener.connected()
        server.silent = True
        await until(lambda: (LinkState.DISCONNECTED, "the PBX fell silent") in listener.states)
        server.silent = False
        await listener.connected(2)


def test_as_shipped_silence_is_noticed_in_15_s_and_the_first_retry_comes_in_3_s():
    times = AmiTimes()
    assert times.ping_after_s + times.ping_timeout_s <= 15
    assert times.retry_first_s * 1.5 <= 3


async def test_a_pbx_that_only_sends_events_is_not_silent():
    async with FakeAmiServer() as server, listening(server, times=WATCHFUL):
        server.answers["Ping"] = lambda action: new_channel("no answer, but a sign of life")
        await server.saw("Ping", 3)
        assert len(server.peers) == 1


@pytest.mark.parametrize(
    ("late_s", "asked"),
    [([0], 1), ([5, 0], 2), ([5, 5], 2), ([5, None, 5, 0], 4)],
    ids=["did not", "did once", "did twice", "did again after an answer"],
)
async def test_where_the_machine_stood_still_the_pbx_is_asked_again_once(late_s, asked):
    """None: it answers; otherwise so much later than wanted the wait for its answer ends."""
    mono, pings = [0], []
    clock = ReceiveClock(lambda: mono[0], lambda: 0)
    told = {"wanted": (), "on_event": lambda _: None, "on_state": lambda *_: None, "tape": Tape()}
    link = AmiLink(AmiSettings(secret=SECRET, times=WATCHFUL), **told, clock=clock)

    async def ask(headers, within_s):
        pings.append(headers)
        if (late := late_s[len(pings) - 1]) is None:
            return {}
        mono[0] += int((within_s + late) * 1e9)
        raise NoAnswerInTimeError(action="Ping")

    connection = SimpleNamespace(protocol=SimpleNamespace(last_read_s=-1e9), ask=ask)
    assert await link._watch(connection) == "the PBX fell silent"
    assert pings == [{"Action": "Ping"}] * asked


async def test_a_stall_shorter_than_the_limit_breaks_nothing():
    times = dataclasses.replace(QUICK, ping_after_s=0.1)
    async with FakeAmiServer() as server, listening(server, times=times) as listener:
        await listener.connected()
        await server.send(new_channel("1"))
        server.silent = True
        await server.saw("Ping")
        await server.send(new_channel("2"))
        server.silent = False
        await listener.heard("1", "2")
        assert len(server.peers) == 1


async def test_a_wrong_secret_is_named_and_tried_ever_more_seldom():
    waits = []

    async def sleep(seconds):
        waits.append(seconds)
        await asyncio.sleep(0)

    times = dataclasses.replace(AmiTimes(), action_timeout_s=30)
    async with (
        FakeAmiServer() as server,
        listening(server, times=times, secret="wrong", sleep=sleep) as listener,
    ):
        await until(lambda: len(waits) >= 12)
        assert (LinkState.REFUSED, "login refused: Authentication failed") in listener.states
        assert listener.link.state is not LinkState.CONNECTED
        assert waits[0] >= 2.5
        assert all(wait >= 30 for wait in waits[5:])
        assert len(server.seen("Login")) <= len(waits) + 1
        assert not server.seen("CoreStatus")


async def test_a_port_where_nobody_listens_is_tried_until_somebody_does():
    server = FakeAmiServer()
    await server.listen()
    await server.stop()
    async with listening(server) as listener:
        await until(lambda: len(listener.states) >= 6)
        await server.listen()
        await listener.connected()
    await server.stop()


async def test_a_port_that_is_no_ami_is_given_up_and_tried_again():
    async with FakeAmiServer() as server:
        server.banner = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" + b"\x00\xff" * 1000
        server.silent = True
        async with listening(server, times=dataclasses.replace(QUICK, action_timeout_s=0.5)) as listener:
            await until(lambda: (LinkState.DISCONNECTED, NoAnswerInTimeError().args[0]) in listener.states)
            server.banner, server.silent = b"Asterisk Call Manager/11.0.0\r\n", False
            await listener.connected()


async def test_an_action_nobody_answers_ends_in_time_and_is_never_sent_again():
    async with FakeAmiServer() as server, listening(server) as listener:
        late = []
        server.answers["Originate"] = late.append
        await listener.connected()
        with pytest.raises(NoAnswerInTimeError):
            await listener.link.ask({"Action": "Originate", "Channel": "PJSIP/101"}, 0.1)
        await server.saw("Originate")
        await server.send(response(late[0], "Success", "Message: late"))
        server.peers[-1].close()
        await listener.connected(2)
        server.peers[-1].close()
        await listener.connected(3)
        assert len(server.seen("Originate")) == 1
        assert not listener.link._connection.protocol.responses


async def test_an_action_cut_off_before_its_answer_fails_at_once_and_is_never_sent_again():
    """panoramisk's own way is to send it again after every reconnect: a client would be called repeatedly."""
    async with FakeAmiServer() as server, listening(server) as listener:
        server.answers["Originate"] = lambda action: server.peers[-1].reset()
        await listener.connected()
        with pytest.raises(LinkBrokenError):
            await listener.link.ask({"Action": "Originate", "Channel": "PJSIP/101"})
        for times in (2, 3, 4):
            await listener.connected(times)
            server.peers[-1].reset()
        assert len(server.seen("Originate")) == 1


async def test_without_a_connection_nothing_is_sent():
    async with FakeAmiServer() as server:
        listener = Listener(server)
        with pytest.raises(LinkBrokenError) as caught:
            await listener.link.ask({"Action": "Ping"})
        assert caught.value.details == {"sent": False}
        assert server.actions == []


async def test_a_refused_action_says_why():
    async with FakeAmiServer() as server, listening(server) as listener:
        await listener.connected()
        with pytest.raises(ActionRefusedError, match="refused DBPut: Invalid/unknown command"):
            await listener.link.ask({"Action": "DBPut"})


async def test_a_right_that_lacks_for_the_snapshot_does_not_stop_the_link():
    async with FakeAmiServer() as server, listening(server) as listener:
        server.answers["CoreStatus"] = lambda action: response(action, "Error", "Message: Permission denied")
        await listener.connected()


@pytest.mark.parametrize(
    "value",
    [
        "1\nActionID: x",
        "1\n\nAction: Ping\n",
        "1\r\n\r\nAction: Ping\r\n",
        "1\r",
        "1\0X",
        "я" * 513,
        "\ud800",
    ],
)
async def test_no_value_adds_a_header_or_an_action(value):
    async with FakeAmiServer() as server, listening(server) as listener:
        await listener.connected()
        before = len(server.actions)
        for headers in (
            {"Action": "Originate", "Exten": value},
            {"Action": "Originate", "Variable": ["A=1", value]},
            {"Action": "Originate", value: "x"},
            {"Action": value},
        ):
            with pytest.raises(InvalidInputError):
                await listener.link.ask(headers)
        await listener.link.ask({"Action": "Ping"})
        assert [action["Action"] for action in server.actions[before:]] == ["Ping"]


async def test_garbage_giants_and_bytes_of_no_charset_disturb_only_themselves():
    async with FakeAmiServer() as server, listening(server) as listener:
        await listener.connected()
        await server.send(
            b"\x00\xff\xfe garbage \r\n\r\n",
            new_channel("1"),
            new_channel("giant", AppData="x" * 1_000_000),
            b"Event: Newchannel\r\nUniqueid: 2\r\nCallerIDName: " + "Пётр".encode("cp1251") + b"\r\n\r\n",
            frame("Event: Newchannel", "Event: Newchannel", "Uniqueid: 3", "Uniqueid: 4", "no colon"),
            frame("", "", "Event: Newchannel", "Uniqueid: 5"),
        )
        await listener.heard("1", "2", "3", "5")
        assert next(e for e in listener.events if e.get("Uniqueid") == "2")["CallerIDName"] == "Пётр"
        assert listener.link.stream.skipped == 2
        assert len(server.peers) == 1


async def test_doubled_frames_and_doubled_answers_are_harmless():
    async with FakeAmiServer() as server, listening(server) as listener:
        server.answers["Ping"] = lambda action: response(action, "Success", "Ping: Pong") * 3
        await listener.connected()
        await listener.link.ask({"Action": "Ping"})
        await server.send(new_channel("1") * 2)
        await listener.heard("1", "1")


async def test_a_listener_that_fails_costs_one_event_and_no_connection():
    async with FakeAmiServer() as server, listening(server) as listener:
        await listener.connected()
        listener.fail_on = "Hangup"
        await server.send(new_channel("1"), event("Hangup", Uniqueid="1"), new_channel("2"))
        await listener.heard("1", "2")
        assert (listener.link.faults, len(server.peers)) == (1, 1)


async def test_a_flood_is_read_whole_in_order_and_in_gathered_reads():
    async with FakeAmiServer() as server, listening(server) as listener:
        await listener.connected()
        reads = []
        append = listener.tape.append
        listener.tape.append = lambda data, *times: (reads.append(len(data)), append(data, *times))
        for number in range(5000):
            await server.send(event("VarSet", Variable="A", Value="x" * 300), new_channel(str(number)))
        await until(lambda: len(listener.ids()) == 5000)
        assert listener.ids() == [str(number) for number in range(5000)]
        assert len(reads) < 1000
        assert len(server.peers) == 1


async def test_a_few_events_are_not_held_back():
    async with FakeAmiServer() as server, listening(server) as listener:
        await listener.connected()
        listener.link._connection.protocol._pace = ReadPace()  # as if the login's burst were long ago
        paused = []
        transport = listener.link._connection.protocol.transport
        listener.link._connection.protocol.transport = type(
            "T",
            (),
            {
                "pause_reading": lambda _: paused.append(1),
                "is_closing": lambda _: False,
                "resume_reading": lambda _: None,
                "abort": lambda _: transport.abort(),
            },
        )()
        for number in range(20):
            await server.send(new_channel(str(number)))
            await asyncio.sleep(0.02)
        assert not paused


async def test_what_nobody_thought_of_costs_a_connection_and_not_the_link(tmp_path):
    """As a CA that is being replaced, a disk that refuses the journal, a host that is no name."""
    async with FakeAmiServer() as server, listening(server) as listener:
        usual = listener.link._settings
        await listener.connected()
        odd = (
            ({"tls": True, "tls_ca": tmp_path / "not-there.pem"}, "No such file"),
            ({"host": "a" * 64}, "label"),
        )
        for settings, why in odd:
            listener.link._settings = dataclasses.replace(usual, **settings)
            server.peers[-1].close()
            await until(lambda why=why: any(why in detail for _, detail in listener.states))
        listener.link._settings = usual
        await listener.connected(times=2)
