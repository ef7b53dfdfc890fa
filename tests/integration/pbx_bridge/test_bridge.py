# SPDX-License-Identifier: Apache-2.0
"""A PBX as the rest of Rolodial sees it, over a real socket, with the real tracker and journal."""

import asyncio
import contextlib
import dataclasses
from datetime import UTC, datetime
from uuid import UUID

import pytest

from crm_core.domain.call import CallEnded, CallStarted, Disposition, LegAnswered, LegRang
from crm_core.domain.errors import CrmError, InvalidInputError, NotFoundError
from crm_core.ports.pbx import (
    DeviceState,
    LinkState,
    OnlyWatchedError,
    OriginateUnknownError,
    Pbx,
    PbxUnavailableError,
)
from pbx_bridge.bridge import Bridge
from pbx_bridge.call_tracker import CallTracker
from pbx_bridge.journal_read import Fold, Period
from pbx_bridge.profile import PbxProfile
from pbx_bridge.settings import AmiSettings, AmiTimes, JournalSettings
from tests.integration.fake_ami_server import SECRET, FakeAmiServer, event, frame, response
from tests.support.until import until

QUICK = AmiTimes(
    connect_timeout_s=30, action_timeout_s=30, ping_after_s=60, retry_first_s=0.05, retry_longest_s=0.2
)
PROFILE = PbxProfile(extensions={"PJSIP/101": "101"}, trunks=("PJSIP/trunk",), region="RU")
CALL = UUID("0198c7a0-0000-7000-8000-000000000001")


def channel(prefix, device, uniqueid, linkedid, state, number):
    return {
        f"{prefix}Channel": f"{device}-{uniqueid.rpartition('.')[2].zfill(8)}",
        f"{prefix}ChannelState": str(state),
        f"{prefix}CallerIDNum": number,
        f"{prefix}CallerIDName": "Olga",
        f"{prefix}ConnectedLineNum": "<unknown>",
        f"{prefix}Context": "inbound",
        f"{prefix}Exten": "74951112233",
        f"{prefix}Uniqueid": uniqueid,
        f"{prefix}Linkedid": linkedid,
    }


def bridge(channels):
    return {"BridgeUniqueid": "b1", "BridgeType": "basic", "BridgeNumChannels": str(channels)}


class Story:
    """An inbound call to 101, event by event, as Asterisk tells it."""

    def __init__(self, number=1) -> None:
        self.caller_id, self.phone_id = (
            f"177236640{number}.{number * 2}",
            f"177236640{number}.{number * 2 + 1}",
        )

    def caller(self, state, prefix=""):
        return channel(prefix, "PJSIP/trunk", self.caller_id, self.caller_id, state, "+79161000001")

    def phone(self, state, prefix=""):
        return channel(prefix, "PJSIP/101", self.phone_id, self.caller_id, state, "101")

    def rings(self):
        return [
            event("Newchannel", **self.caller(4)),
            event("Newchannel", **self.phone(0)),
            event("DialBegin", **self.caller(4), **self.phone(0, "Dest"), DialString="101"),
            event("Newstate", **self.phone(5)),
        ]

    def is_answered(self):
        return [
            event("Newstate", **self.phone(6)),
            event("DialEnd", **self.caller(4), **self.phone(6, "Dest"), DialStatus="ANSWER"),
            event("Newstate", **self.caller(6)),
            event("BridgeEnter", **bridge(1), **self.caller(6)),
            event("BridgeEnter", **bridge(2), **self.phone(6)),
        ]

    def ends(self):
        return [
            event("BridgeLeave", **bridge(1), **self.caller(6)),
            event("BridgeLeave", **bridge(0), **self.phone(6)),
            event("Hangup", **self.phone(6), Cause="16"),
            event("Hangup", **self.caller(6), Cause="16"),
        ]

    def goes_on(self):
        more = {"BridgeId": "b1", "Duration": "00:00:05"}
        return [
            event("CoreShowChannel", **self.caller(6), **more),
            event("CoreShowChannel", **self.phone(6), **more),
        ]


class Watched:
    def __init__(self, server, directory, *, watched=False) -> None:
        self.events, self.states, self.fail = [], [], None
        self.bridge = Bridge(
            "main",
            AmiSettings(port=server.port, secret=SECRET, times=QUICK),
            PROFILE,
            JournalSettings(directory=directory),
            on_call_event=self._record,
            on_state=self.states.append,
            watched=watched,
        )

    async def _record(self, one):
        await asyncio.sleep(0)
        if self.fail and isinstance(one, CallStarted):
            raise self.fail
        self.events.append(one)

    @contextlib.contextmanager
    def impatient(self):
        """For an answer that must not come. Otherwise patience outlasts a machine that stands still for a while."""
        link, usual = self.bridge.link, self.bridge.link._settings
        link._settings = dataclasses.replace(usual, times=dataclasses.replace(QUICK, action_timeout_s=0.1))
        try:
            yield
        finally:
            link._settings = usual

    async def connected(self, times=1):
        await until(lambda: sum(one.state is LinkState.CONNECTED for one in self.states) >= times)

    def told(self, kind):
        return [one for one in self.events if isinstance(one, kind)]

    async def heard(self, kind, times=1):
        await until(lambda: len(self.told(kind)) >= times)
        return self.told(kind)[-1].call


@contextlib.asynccontextmanager
async def watching(server, directory, **more):
    watched = Watched(server, directory, **more)
    task = asyncio.create_task(watched.bridge.run())
    try:
        yield watched
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_call_is_told_in_order_and_ends_with_the_whole_story(tmp_path):
    story = Story()
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        await server.send(*story.rings(), *story.is_answered())
        await watched.heard(LegAnswered)
        assert [call.caller for call in watched.bridge.open_calls()] == ["+79161000001"]
        await server.send(*story.ends())
        call = await watched.heard(CallEnded)
        kinds = [type(one) for one in watched.events]
        assert kinds.index(CallStarted) < kinds.index(LegRang) < kinds.index(LegAnswered)
        assert kinds[-1] is CallEnded
        assert (call.disposition, call.answered_by, call.uncertain) == (Disposition.ANSWERED, "101", ())
        assert watched.bridge.open_calls() == ()
        assert watched.bridge.counters.recorded == len(watched.events)


async def test_replaying_the_journal_tells_the_same_call(tmp_path):
    story = Story()
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        for part in (story.rings(), story.is_answered(), story.ends()):
            await server.send(*part)
            await asyncio.sleep(0.05)
        live = await watched.heard(CallEnded)
    tracker, told = CallTracker(PROFILE, pbx="main"), []
    for _ in Period(tmp_path / "main", None).into(Fold(tracker, told.extend)):
        pass
    assert [one.call for one in told if isinstance(one, CallEnded)] == [live]


async def test_a_call_event_that_cannot_be_recorded_stops_nothing(tmp_path):
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        for number, failure in enumerate((CrmError("no such team"), RuntimeError("a bug"), None), 1):
            watched.fail = failure
            await server.send(*Story(number).rings(), *Story(number).is_answered(), *Story(number).ends())
            await watched.heard(CallEnded, number)
        counters = watched.bridge.counters
        assert (counters.refused, counters.callback_errors) == (1, 1)
        assert len(watched.told(CallStarted)) == 1


async def test_a_call_goes_on_over_a_broken_connection(tmp_path):
    story = Story()
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        await server.send(*story.rings(), *story.is_answered())
        started = await watched.heard(LegAnswered)
        server.lists["CoreShowChannels"] = story.goes_on()
        server.peers[-1].reset()
        await watched.connected(2)
        assert [one.id for one in watched.bridge.open_calls()] == [started.id]
        await server.send(*story.ends())
        call = await watched.heard(CallEnded)
        assert (call.id, call.disposition) == (started.id, Disposition.ANSWERED)
        assert len(watched.told(CallEnded)) == 1


async def test_a_call_that_ended_while_we_were_away_is_closed_and_marked(tmp_path):
    story = Story()
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        await server.send(*story.rings(), *story.is_answered())
        await watched.heard(LegAnswered)
        server.peers[-1].reset()
        call = await watched.heard(CallEnded)
        assert call.uncertain


async def test_a_bridge_that_was_killed_takes_the_call_up_where_it_was(tmp_path):
    story = Story()
    async with FakeAmiServer() as server:
        async with watching(server, tmp_path) as watched:
            await watched.connected()
            await server.send(*story.rings(), *story.is_answered())
            before = await watched.heard(LegAnswered)
        server.lists["CoreShowChannels"] = story.goes_on()
        async with watching(server, tmp_path) as again:
            await again.connected()
            (taken_up,) = again.bridge.open_calls()
            assert (taken_up.id, taken_up.answered_at) == (before.id, before.answered_at)
            await server.send(*story.ends())
            call = await again.heard(CallEnded)
            assert (call.id, call.answered_at, call.answered_by) == (before.id, before.answered_at, "101")


async def test_an_end_read_but_not_recorded_before_the_kill_is_told_again(tmp_path):
    story = Story()
    async with FakeAmiServer() as server:
        async with watching(server, tmp_path) as watched:
            await watched.connected()
            await server.send(*story.rings(), *story.is_answered(), *story.ends())
            before = await watched.heard(CallEnded)
        async with watching(server, tmp_path) as again:
            assert await again.heard(CallEnded) == before


async def test_a_pbx_that_is_away_at_our_start_is_in_the_life_that_the_journal_tells_of(tmp_path):
    """What CEL tells then is of the same calls: under another boot they would be made twice."""
    async with FakeAmiServer() as server:
        async with watching(server, tmp_path) as watched:
            await watched.connected()
            await server.send(*Story().rings())
            await watched.heard(CallStarted)
            boot = watched.bridge.boot
        await server.stop()
        away = Watched(server, tmp_path)
        assert (away.bridge.boot, away.bridge.taken_up) == ("", False)
        async with watching(server, tmp_path) as away:
            await until(lambda: away.bridge.taken_up)
            assert boot
            assert away.bridge.boot == boot


async def test_a_restarted_pbx_closes_the_calls_of_its_former_life(tmp_path):
    story = Story()
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        await server.send(*story.rings(), *story.is_answered())
        first = await watched.heard(LegAnswered)
        server.boot = ("2026-03-01", "10:00:00")
        server.peers[-1].reset()
        closed = await watched.heard(CallEnded)
        assert closed.id == first.id
        await watched.connected(2)
        assert watched.bridge.boot_at(datetime(2026, 2, 27, tzinfo=UTC)) == first.boot
        assert watched.bridge.boot_at(datetime(2026, 3, 3, tzinfo=UTC)) == "2026-03-01T10:00:00"
        assert watched.bridge.status().boot == "2026-03-01T10:00:00"
        await server.send(*story.rings())
        assert (await watched.heard(CallStarted, 2)).id != first.id


async def test_garbage_in_a_stream_of_calls_costs_only_itself(tmp_path):
    story = Story()
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        await server.send(
            *story.rings(),
            b"\xff\xfe\0\r\n\r\n",
            event("Newchannel"),
            event("Hangup", Uniqueid=""),
            event("BridgeEnter", X="y" * 1_000_000),
            *(one * 2 for one in story.is_answered()),
            frame("Event: Newstate", "Event: Hangup", "ChannelState: six"),
            *story.ends(),
        )
        call = await watched.heard(CallEnded)
        assert (call.disposition, call.answered_by) == (Disposition.ANSWERED, "101")
        assert watched.bridge.status().skipped >= 3
        assert watched.bridge.counters.tracker_faults == 0


async def test_status_tells_what_an_admin_wants_to_know(tmp_path):
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        pbx: Pbx = watched.bridge
        status = pbx.status()
        assert (status.name, status.state, status.version) == ("main", LinkState.CONNECTED, "22.10.1")
        assert status.boot == "2026-03-01T09:00:00"
        assert status.events > 5
        assert status.last_event_at is not None
        server.secret = "changed"
        server.peers[-1].reset()
        await until(lambda: pbx.status().state is LinkState.REFUSED)
        assert pbx.status().detail == "login refused: Authentication failed"


async def test_devices_are_known_from_the_first_second_on(tmp_path):
    async with FakeAmiServer() as server:
        server.lists["DeviceStateList"] = [event("DeviceStateChange", Device="PJSIP/101", State="NOT_INUSE")]
        async with watching(server, tmp_path) as watched:
            await watched.connected()
            assert watched.bridge.device_state("PJSIP/101") is DeviceState.NOT_INUSE
            assert watched.bridge.device_state("PJSIP/999") is DeviceState.UNKNOWN
            await server.send(event("DeviceStateChange", Device="PJSIP/101", State="RINGING"))
            await until(lambda: watched.bridge.device_state("PJSIP/101") is DeviceState.RINGING)


async def test_a_pbx_that_says_nothing_is_behind_but_not_of_a_call_it_has_told_of(tmp_path, monkeypatch):
    monkeypatch.setattr("pbx_bridge.ami_link._QUIET_S", 0.2)
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        assert watched.bridge.is_behind("1.7"), "there is no connection"
        await watched.connected()
        trunk = {"Channel": "PJSIP/trunk-00000007", "Uniqueid": "1.7", "Linkedid": "1.7"}
        await server.send(event("Newchannel", **trunk))
        await until(lambda: not watched.bridge.is_behind("1.7"))
        await until(lambda: watched.bridge.is_behind("1.8"))
        assert not watched.bridge.is_behind("1.7")

        async def is_heard():
            await server.send(event("DeviceStateChange", Device="PJSIP/101", State="RINGING"))
            return not watched.bridge.is_behind("1.8")

        await until(is_heard)  # what was said a moment ago counts; a busy machine may look too late


async def call_somebody(bridge, number="+79161000001", device="PJSIP/101"):
    await bridge.originate(call_id=CALL, device=device, extension="101", number=number)


async def test_click_to_call_asks_for_the_operators_phone_and_returns_when_accepted(tmp_path):
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        await call_somebody(watched.bridge)
        (asked,) = server.seen("Originate")
        del asked["ActionID"]
        assert asked == {
            "Action": "Originate",
            "Channel": "PJSIP/101",
            "Context": "rolodial-click",
            "Exten": "+79161000001",
            "Priority": "1",
            "CallerID": "<+79161000001>",
            "Timeout": "30000",
            "ChannelId": f"rolodial-{CALL}",
            "Variable": f"ROLODIAL_CALL={CALL}",
            "Async": "true",
        }


async def test_a_click_that_may_or_may_not_have_been_done_says_so_and_is_never_repeated(tmp_path):
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        server.answers["Originate"] = lambda action: None
        with watched.impatient(), pytest.raises(OriginateUnknownError):
            await call_somebody(watched.bridge)
        await server.saw("Originate")
        server.answers["Originate"] = lambda action: server.peers[-1].reset()
        with pytest.raises(OriginateUnknownError):
            await call_somebody(watched.bridge)
        await watched.connected(2)
        server.peers[-1].close()
        await watched.connected(3)
        await asyncio.sleep(0.1)
        assert len(server.seen("Originate")) == 2


async def test_a_click_that_was_never_sent_says_so(tmp_path):
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        for number, device in (
            ("500&PJSIP/trunk/900", "PJSIP/101"),
            ("112", "Local/1@x"),
            ("1\n", "PJSIP/101"),
        ):
            with pytest.raises(InvalidInputError):
                await call_somebody(watched.bridge, number, device)
        await server.stop()
        await until(lambda: watched.bridge.status().state is not LinkState.CONNECTED)
        with pytest.raises(PbxUnavailableError) as caught:
            await call_somebody(watched.bridge)
        assert not isinstance(caught.value, OriginateUnknownError)
        assert server.seen("Originate") == []


async def test_a_refused_click_says_why(tmp_path):
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        server.answers["Originate"] = lambda action: response(action, "Error", "Message: Permission denied")
        with pytest.raises(PbxUnavailableError, match="Permission denied"):
            await call_somebody(watched.bridge)


async def test_hanging_up_ends_every_channel_of_the_call(tmp_path):
    story = Story()
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        await server.send(*story.rings(), *story.is_answered())
        call = await watched.heard(LegAnswered)
        await watched.bridge.hang_up(call.id)
        assert {action["Channel"] for action in server.seen("Hangup")} == {story.caller_id, story.phone_id}


async def test_hanging_up_before_the_first_event_of_a_click_works_and_a_stranger_is_not_found(tmp_path):
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        await watched.bridge.hang_up(CALL)
        assert [action["Channel"] for action in server.seen("Hangup")] == [f"rolodial-{CALL}"]
        server.answers["Hangup"] = lambda action: response(action, "Error", "Message: No such channel")
        with pytest.raises(NotFoundError):
            await watched.bridge.hang_up(CALL)


async def test_an_operator_who_goes_away_is_not_rung_by_the_dialplan(tmp_path):
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        await watched.bridge.set_operator_available("101", available=False)
        (asked,) = server.seen("Setvar")
        assert (asked["Variable"], asked["Value"]) == ("DEVICE_STATE(Custom:rolodial-101)", "BUSY")


async def test_a_pbx_that_is_only_watched_is_told_nothing_of_people(tmp_path):
    async with FakeAmiServer() as server, watching(server, tmp_path, watched=True) as watched:
        await watched.connected()
        await watched.bridge.set_operator_available("101", available=False)
        await watched.bridge.set_operator_available("101", available=True)
        for change in (watched.bridge.join_queue, watched.bridge.leave_queue):
            with pytest.raises(OnlyWatchedError):
                await change("retail", "101")
        assert not {action["Action"] for action in server.actions} & {
            "Setvar", "QueuePause", "QueueAdd", "QueueRemove", "Originate"
        }  # fmt: skip


async def test_a_meeting_pauses_in_all_queues_with_its_reason(tmp_path):
    async with FakeAmiServer() as server, watching(server, tmp_path) as watched:
        await watched.connected()
        await watched.bridge.set_operator_available("101", available=False, reason="meeting")
        await watched.bridge.set_operator_available(
            "101", available=False, reason="lunch\tbreak " + "x" * 200
        )
        await watched.bridge.set_operator_available("101", available=False)
        assert [asked["Value"] for asked in server.seen("Setvar")] == ["INUSE", "BUSY", "BUSY"]
        first, second = server.seen("QueuePause")
        assert (first["Interface"], first["Paused"], first["Reason"]) == ("PJSIP/101", "true", "meeting")
        assert second["Reason"] == ("lunch break " + "x" * 200)[:70]
