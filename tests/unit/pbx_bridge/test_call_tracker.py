# SPDX-License-Identifier: Apache-2.0
"""What recordings of one PBX cannot show: other drivers, clocks that jump, restarts, garbage and long lives."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.domain.call import (
    CallEnded,
    CallMerged,
    CallStarted,
    Disposition,
    LegAnswered,
    LegEnded,
    LegKind,
    LegRang,
)
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker import WANTED, CallTracker, is_wanted
from pbx_bridge.replay import Calls
from tests.support.damage import changed
from tests.support.pbx_says import T0, Pbx
from tests.support.recordings_of_ami import PROFILE, WHOLE, events_of, frames_of, recording


def a_talk(pbx, caller, callee, *, string, exten, number="79160000001", callee_number="101", talk=5):
    """Somebody calls, somebody answers after two seconds, and they talk."""
    pbx.new(caller, "1.1", CallerIDNum=number, Exten=exten)
    pbx.new(callee, "1.2", "1.1", ChannelState="0", CallerIDNum=callee_number)
    pbx.dial("1.1", "1.2", "1.1", string, Exten=exten)
    pbx.say("DialEnd", 2, Uniqueid="1.1", DestUniqueid="1.2", DialStatus="ANSWER")
    pbx.enter("b", "1.2", "1.1").say("HangupRequest", talk, Uniqueid="1.1")
    return pbx.leave("b", "1.1", "1.2").hang_up("1.2", "1.1").call


@pytest.mark.parametrize(
    ("caller", "callee", "string"),
    [
        ("SIP/provider-0000001a", "SIP/101-0000001b", "101"),
        ("IAX2/office2-1234", "SIP/101-0000001b", "SIP/101"),
        ("DAHDI/i1/79160000001-3", "PJSIP/101-0000001b", "101/sip:101@10.0.0.5"),
        ("DAHDI/1-1", "DAHDI/5-1", "5"),
        ("PJSIP/msk-gateway-00000001", "PJSIP/anna-00000002", "anna"),
    ],
)
def test_a_call_from_outside_through_any_driver_reaches_an_extension(caller, callee, string):
    call = a_talk(Pbx(), caller, callee, string=string, exten="4951112233")
    assert (call.direction, call.caller, call.dialled) == ("inbound", "79160000001", "4951112233")
    assert (call.answered_by, call.disposition, call.talk_s, call.wait_s) == ("101", "answered", 5.0, 2.0)
    assert (call.hangup_by, call.missed, call.uncertain) == ("caller", False, ())


@pytest.mark.parametrize(
    ("trunk", "string"),
    [
        ("SIP/provider-0000001b", "provider/89161234567"),
        ("SIP/provider-0000001b", "89161234567@provider"),
        ("IAX2/provider-77", "provider/89161234567"),
        ("DAHDI/i1/89161234567-1", "i1/89161234567"),
        ("DAHDI/i1/89161234567-1", "g0/89161234567"),
        ("PJSIP/trunk-0000001b", "trunk/sip:89161234567@10.1.1.1:5060"),
    ],
)
def test_a_call_to_the_outside_through_any_driver_bears_the_number_that_was_sent(trunk, string):
    call = a_talk(
        Pbx(), "PJSIP/101-0000001a", trunk, string=string, exten="989161234567", number="101",
        callee_number="989161234567",
    )  # fmt: skip
    assert (call.direction, call.caller, call.dialled) == ("outbound", "101", "989161234567")
    assert (call.answered_by, call.final_party) == ("89161234567", "89161234567")


def test_a_number_that_is_marked_as_private_is_nobodys_number():
    pbx = Pbx().new("PJSIP/trunk-00000001", "1.1", CallerIDNum="+79160000001", Exten="100")
    pbx.say(
        "NewCallerid", Uniqueid="1.1", **{"CID-CallingPres": "35 (Presentation Prohibited, Network Number)"}
    )
    assert pbx.hang_up("1.1").call.caller is None


def test_who_waits_in_a_holding_bridge_talks_with_nobody():
    pbx = (
        Pbx().new("PJSIP/trunk-00000001", "1.1", Exten="100").new("PJSIP/trunk-00000002", "2.1", Exten="100")
    )
    pbx.enter("park", "1.1", "2.1", BridgeTechnology="holding_bridge").leave("park", "1.1", "2.1", after=9)
    pbx.hang_up("1.1", "2.1")
    assert {call.disposition for call in pbx.calls.values()} == {"no_answer"}


def test_the_clock_of_the_pbx_set_back_makes_no_talk_negative_and_is_told():
    pbx = Pbx(PROFILE)
    pbx.new("PJSIP/trunk-00000001", "1.1", Exten="100").new(
        "PJSIP/101-00000002", "1.2", "1.1", ChannelState="0"
    )
    pbx.dial("1.1", "1.2", "1.1", "101").enter("b", "1.2", "1.1", after=2)
    pbx.say("HangupRequest", 5 - 3600, Uniqueid="1.1").leave("b", "1.1", "1.2").hang_up("1.1", "1.2")
    assert 0 <= pbx.call.talk_s <= 5
    assert pbx.call.uncertain == ("clock",)


def test_a_leap_of_the_pbx_clock_is_told_and_a_long_talk_by_our_own_clock_is_not():
    for of_pbx, uncertain in ((True, ("clock",)), (False, ())):
        call = a_talk(Pbx(PROFILE, of_pbx=of_pbx), "PJSIP/trunk-00000001", "PJSIP/101-00000002",
                      string="101", exten="100", talk=3600)  # fmt: skip
        assert (call.talk_s, call.uncertain) == (3600.0, uncertain)


def test_a_pbx_that_was_restarted_ends_what_went_on_and_its_ids_begin_anew():
    pbx = Pbx(PROFILE, boot="2026-11-20T08:00:00")
    pbx.new("PJSIP/trunk-00000001", "1.1", Exten="100")
    first = pbx.call.id
    pbx.say("Banner", 60).say("Response", CoreStartupDate="2026-11-20", CoreStartupTime="09:00:30")
    assert (pbx.call.uncertain, pbx.call.ended_at is not None) == (("pbx_restarted",), True)
    pbx.new("PJSIP/trunk-00000001", "1.1", Exten="100")
    assert len(pbx.calls) == 2
    assert first != pbx.tracker.open_calls()[0].id
    assert pbx.tracker.boot == "2026-11-20T09:00:30"


def test_a_restart_ends_a_talk_when_the_pbx_was_last_heard_of_and_not_when_it_is_back():
    """However often it was tried meanwhile: a PBX that starts takes connections before it knows anything."""
    pbx = Pbx(PROFILE, boot="2026-11-20T08:00:00")
    pbx.new("PJSIP/trunk-00000001", "1.1", Exten="100")
    pbx.new("PJSIP/101-00000002", "1.2", "1.1").dial("1.1", "1.2", "1.1", "101")
    pbx.enter("b", "1.1", "1.2").say("Response", 7)
    heard = pbx.at
    pbx.say("Banner", 60).say("Response").say("Banner", 5)
    pbx.say("Response", 1, CoreStartupDate="2026-11-20", CoreStartupTime="09:00:30")
    assert (pbx.call.talk_s, pbx.call.ended_at, pbx.call.uncertain) == (7, heard, ("pbx_restarted",))
    after = pbx.at
    pbx.new("PJSIP/trunk-00000001", "1.1", Exten="100")
    assert pbx.tracker.open_calls()[0].started_at == after


def test_a_connection_that_broke_and_came_back_takes_nothing_from_a_talk():
    boot = {"CoreStartupDate": "2026-11-20", "CoreStartupTime": "08:00:00"}
    pbx = Pbx(PROFILE, boot="2026-11-20T08:00:00")
    pbx.new("PJSIP/trunk-00000001", "1.1", Exten="100")
    pbx.new("PJSIP/101-00000002", "1.2", "1.1").dial("1.1", "1.2", "1.1", "101")
    pbx.enter("b", "1.1", "1.2").say("Banner", 10).say("Response", **boot)
    for channel, uniqueid in (("PJSIP/trunk-00000001", "1.1"), ("PJSIP/101-00000002", "1.2")):
        pbx.say(
            "CoreShowChannel",
            Channel=channel,
            Uniqueid=uniqueid,
            Linkedid="1.1",
            ChannelState="6",
            BridgeId="b",
        )
    pbx.say("CoreShowChannelsComplete").leave("b", "1.1", "1.2", after=10).hang_up("1.1", "1.2")
    assert (pbx.call.talk_s, pbx.call.uncertain) == (20, ("gap",))


def test_a_call_that_ends_before_the_list_of_channels_says_that_nobody_knows_what_went_before():
    """They were put on hold and taken back while we were away, or spoke at all: the list would have said so."""
    pbx = Pbx(PROFILE, boot="2026-11-20T08:00:00")
    pbx.new("PJSIP/trunk-00000001", "1.1", Exten="100")
    pbx.new("PJSIP/101-00000002", "1.2", "1.1").dial("1.1", "1.2", "1.1", "101")
    pbx.enter("b", "1.1", "1.2").say("Banner", 10).leave("b", "1.1", "1.2").hang_up("1.1", "1.2")
    assert (pbx.call.disposition, pbx.call.uncertain) == ("answered", ("gap",))
    pbx.say("CoreShowChannelsComplete").new("PJSIP/trunk-00000003", "1.3", Exten="100").hang_up("1.3")
    assert [call.uncertain for call in pbx.calls.values()] == [("gap",), ()]


def test_the_first_answer_about_the_boot_ends_nothing():
    pbx = Pbx(PROFILE).new("PJSIP/trunk-00000001", "1.1", Exten="100")
    pbx.say("Response", CoreStartupDate="2026-11-20", CoreStartupTime="09:00:30")
    assert len(pbx.tracker.open_calls()) == 1


def test_a_call_found_in_the_list_of_channels_began_when_its_channel_did():
    pbx = Pbx(PROFILE)
    for uniqueid, channel in (("1.1", "PJSIP/trunk-00000001"), ("1.2", "PJSIP/101-00000002")):
        pbx.say("CoreShowChannel", Channel=channel, Uniqueid=uniqueid, Linkedid="1.1", ChannelState="6",
                CallerIDNum="79160000001", Exten="100", Duration="00:01:30", BridgeId="b")  # fmt: skip
    pbx.say("CoreShowChannelsComplete").leave("b", "1.1", "1.2", after=10).hang_up("1.1", "1.2")
    assert (pbx.call.started_at, pbx.call.talk_s, pbx.call.answered_by) == (
        T0 - timedelta(seconds=90),
        10.0,
        "101",
    )
    assert pbx.call.uncertain == ("start_unseen",)


@pytest.mark.parametrize(
    ("exten", "dialled"), [("0dial", None), ("T", None), ("+74951112233", "+74951112233"), ("*72", "*72")]
)
def test_what_the_dialplan_does_when_a_call_is_found_is_not_what_was_dialled(exten, dialled):
    pbx = Pbx(PROFILE)
    pbx.say("CoreShowChannel", Channel="PJSIP/trunk-00000001", Uniqueid="1.1", Linkedid="1.1", ChannelState="6",
            CallerIDNum="79160000001", Context="rolodial-step", Exten=exten, Duration="00:00:30")  # fmt: skip
    pbx.say("CoreShowChannelsComplete")
    assert pbx.tracker.open_calls()[0].dialled == dialled


def test_a_hangup_that_never_comes_keeps_no_call_open_for_ever():
    pbx = Pbx(PROFILE)
    pbx.new("PJSIP/trunk-00000001", "1.1", Exten="100").say("HangupRequest", 3, Uniqueid="1.1")
    pbx.new("PJSIP/trunk-00000002", "2.1", Exten="100").say("Newstate", 90, Uniqueid="2.1", ChannelState="6")
    ended = next(call for call in pbx.calls.values() if call.ended_at)
    assert (ended.ended_at, ended.uncertain) == (T0 + timedelta(seconds=3), ("lost_events",))


def test_a_transfer_made_by_a_manager_hangup_is_the_systems_doing():
    pbx = Pbx(PROFILE)
    pbx.new("PJSIP/trunk-00000001", "1.1", Exten="100").new(
        "PJSIP/101-00000002", "1.2", "1.1", ChannelState="0"
    )
    pbx.dial("1.1", "1.2", "1.1", "101").enter("b", "1.2", "1.1", after=2)
    pbx.say("SoftHangupRequest", 4, Uniqueid="1.2").leave("b", "1.2", "1.1").hang_up("1.2", "1.1")
    assert (pbx.call.hangup_by, pbx.call.disposition) == ("system", "answered")


def test_with_no_times_there_are_no_durations():
    pbx = Pbx(PROFILE)
    for event in events_of(frames_of(recording("hold_and_resume"))):
        pbx.tracker.feed(
            AmiEvent(event.name, {k: v for k, v in event.fields.items() if k != "Timestamp"}, None)
        )
    assert pbx.tracker.open_calls() == ()


def test_what_is_told_while_a_call_goes_on():
    pbx = Pbx(PROFILE)
    for event in events_of(frames_of(recording("queue_answered"))):
        pbx.told += pbx.tracker.feed(event)
    kinds = [type(event) for event in pbx.told]
    assert kinds == [CallStarted, LegRang, LegRang, LegEnded, LegAnswered, LegEnded, CallEnded]
    assert [event.leg.party for event in pbx.told if hasattr(event, "leg")] == [
        "101",
        "102",
        "101",
        "102",
        "102",
    ]


def test_calls_that_become_one_are_told():
    pbx = Pbx(PROFILE)
    for event in events_of(frames_of(recording("attended_transfer_by_refer_completed"))):
        pbx.told += pbx.tracker.feed(event)
    started = [event.call.id for event in pbx.told if isinstance(event, CallStarted)]
    merged = [event for event in pbx.told if isinstance(event, CallMerged)]
    assert [(event.call.id, event.merged) for event in merged] == [(started[0], started[1])]
    assert [event.call.id for event in pbx.told if isinstance(event, CallEnded)] == [started[0]]


def test_a_call_that_we_originate_has_the_id_we_gave_it():
    (call,) = (event.call for event in tracked("click_to_call_answered") if isinstance(event, CallEnded))
    assert str(call.id) == "01890a5d-ac96-774b-bcce-b302099a8057"


def tracked(name):
    tracker = CallTracker(PROFILE, pbx="pbx")
    for event in events_of(frames_of(recording(name))):
        yield from tracker.feed(event)


def test_only_what_matters_is_wanted():
    assert is_wanted(b"Hangup", b"Event: Hangup\r\n")
    assert not is_wanted(b"Newexten", b"Event: Newexten\r\n")
    assert not is_wanted(b"VarSet", b"Event: VarSet\r\nVariable: X\r\nValue: 1")
    assert is_wanted(b"VarSet", b"Event: VarSet\r\nVariable: MIXMONITOR_FILENAME\r\nValue: a.wav")
    assert "BridgeEnter" in WANTED


def test_the_name_of_a_recording_is_kept():
    pbx = Pbx(PROFILE).new("PJSIP/trunk-00000001", "1.1", Exten="100")
    pbx.say("VarSet", Uniqueid="1.1", Variable="MIXMONITOR_FILENAME", Value="a.wav").hang_up("1.1")
    assert pbx.call.recordings == ("a.wav",)


def test_a_long_life_leaves_nothing_behind():
    pbx = Pbx(PROFILE)
    for number in range(3000):
        uniqueid = f"{number}.1"
        pbx.new("PJSIP/trunk-00000001", uniqueid, Exten="100").say("HangupRequest", 1, Uniqueid=uniqueid)
        pbx.hang_up(uniqueid)
        pbx.calls.clear()
        pbx.told.clear()
    state = pbx.tracker._state
    assert (pbx.tracker.channels, len(state.calls), len(state.bridges)) == (0, 0, 0)
    assert len(state.closed) < 200
    assert len(state.by_linkedid) < 200
    assert len(state.dying) < 200


def test_channels_that_never_end_do_not_grow_for_ever(monkeypatch):
    monkeypatch.setattr("pbx_bridge.call_tracker.tracker.MOST_CHANNELS", 50)
    pbx = Pbx(PROFILE)
    for number in range(200):
        pbx.new("PJSIP/trunk-00000001", f"{number}.1", Exten="100")
    assert pbx.tracker.channels <= 50
    forgotten = [call for call in pbx.calls.values() if call.ended_at]
    assert {call.uncertain for call in forgotten} == {("end_unseen",)}


HEADERS = sorted(
    set(itertools.chain.from_iterable(e.fields for e in events_of(frames_of(recording(WHOLE[0])))))
)
VALUES = st.sampled_from(
    ["", "1.1", "1.2", "2.1", "Local/1@c-1;1", "Local/1@c-1;2", "PJSIP/101-1", "PJSIP/trunk-2", "6", "b"]
)
GARBAGE = st.builds(
    AmiEvent,
    st.sampled_from(sorted(WANTED)),
    st.dictionaries(st.sampled_from(HEADERS), VALUES, max_size=12),
    st.one_of(st.none(), st.integers(-10, 10_000).map(lambda s: T0 + timedelta(seconds=s))),
)


@given(st.lists(GARBAGE, max_size=40), st.sampled_from(WHOLE), st.data())
@settings(max_examples=60)
def test_garbage_among_a_call_stops_nothing(garbage, name, data):
    events = events_of(frames_of(recording(name)))
    place = data.draw(st.integers(0, len(events)))
    tracker = CallTracker(PROFILE, pbx="pbx")
    for event in [*events[:place], *garbage, *events[place:]]:
        for told in tracker.feed(event):
            call = told.call
            assert min(call.talk_s, call.hold_s, call.wait_s or 0, *(leg.talk_s for leg in call.legs), 0) == 0
    for told in tracker.close_all():
        assert told.call.uncertain
    assert tracker.channels == 0


def told_late(name, *, since, seconds):
    """A recording as we receive it, and from one event on so many seconds later; the PBX's own times stay."""
    events = [event for event in events_of(frames_of(recording(name))) if event.at]
    return [
        changed(one, timedelta(seconds=seconds if place >= since else 0)) for place, one in enumerate(events)
    ]


def live(events):
    tracker, calls = CallTracker(PROFILE, pbx="pbx"), Calls()
    for event in events:
        calls.note(tracker.feed(event))
    return calls.list()


@pytest.mark.parametrize(
    ("seconds", "doubts"), [(0.4, ()), (2.5, ("late",)), (3600.0, ()), (-2.5, ("late",))]
)
def test_a_call_whose_events_came_late_says_so(seconds, doubts):
    """A machine without a core to spare reads late. An hour is no delay: the PBX's clock was set, and ours is right."""
    events = told_late("inbound_answered_client_hangs_up", since=9, seconds=seconds)
    (call,) = live(events)
    assert tuple(one for one in call.uncertain if one != "clock") == doubts


def a_talk_read_late(*, began, answered, ended):
    """Of five seconds by the PBX's clock; each of its turns was read so much later than the PBX said it."""
    pbx, late = Pbx(PROFILE), began

    def say(name, at, **fields):
        pbx.at = T0 + timedelta(seconds=at + late)
        pbx.say(name, Timestamp=f"{T0.timestamp() + at:.6f}", **fields)

    head = {"Linkedid": "1.1", "Context": "", "CallerIDNum": "", "ChannelState": "4"}
    say("Newchannel", 0, Uniqueid="1.1", Channel="PJSIP/trunk-00000001", Exten="100", **head)
    say("Newchannel", 0, Uniqueid="1.2", Channel="PJSIP/101-00000002", Exten="", **head)
    late = answered
    for uniqueid in ("1.1", "1.2"):
        say("BridgeEnter", 2, Uniqueid=uniqueid, BridgeUniqueid="b")
    late = ended
    for uniqueid in ("1.1", "1.2"):
        say("BridgeLeave", 7, Uniqueid=uniqueid, BridgeUniqueid="b")
    pbx.hang_up("1.1", "1.2")
    return pbx.call


@pytest.mark.parametrize(
    ("began", "answered", "ended", "talk_s", "doubts"),
    [
        (0.8, 0.8, 0.8, 5.0, ()),
        (0.6, 0.0, 0.6, 5.6, ()),
        (0.6, 0.0, 1.3, 6.3, ("late",)),
        (0.6, 1.3, 0.0, 3.7, ("late",)),
        (0.9, 0.0, 0.0, 5.0, ("late",)),
    ],
)
def test_between_any_two_turns_of_a_call_times_move_by_less_than_a_second(
    began, answered, ended, talk_s, doubts
):
    """Held against its beginning alone, two turns of it could be two seconds apart, and the talk as wrong."""
    call = a_talk_read_late(began=began, answered=answered, ended=ended)
    assert (call.talk_s, call.uncertain) == (talk_s, doubts)


def test_an_event_that_counts_from_a_later_time_than_its_own_makes_the_call_late():
    """What has no time of its own came before it; seconds never run back, so the talk goes on until then."""
    pbx = Pbx(PROFILE).new("PJSIP/trunk-00000001", "1.1", Exten="100", Timestamp=f"{T0.timestamp()}")
    pbx.new("PJSIP/101-00000002", "1.2", "1.1", ChannelState="0").enter("b", "1.2", "1.1", after=1)
    pbx.say("Response", 7, Response="Success")
    for uniqueid in ("1.1", "1.2"):
        pbx.say(
            "BridgeLeave", -1.6, Uniqueid=uniqueid, BridgeUniqueid="b", Timestamp=f"{T0.timestamp() + 6.4}"
        )
        pbx.at = T0 + timedelta(seconds=8)
    call = pbx.hang_up("1.2", "1.1").call
    assert (call.talk_s, call.uncertain) == (7.0, ("late",))


class TestMessages:
    """Of a mailbox MessageWaiting tells; of Record, and of a caller who hangs up, only our mark on the channel."""

    def greeted(self):
        pbx = Pbx().new("PJSIP/trunk-1", "1.1", CallerIDNum="+79161000001", Exten="+74951112233")
        return pbx.say("Newstate", 1, Uniqueid="1.1", ChannelState="6", Channel="PJSIP/trunk-1")

    def hangs_up(self, pbx, after, **said):
        variables = "\r\n".join(f"ChanVariable: {name}={value}" for name, value in said.items())
        at = pbx.at + timedelta(seconds=after)
        text = (
            f"\r\nEvent: Hangup\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\nChannel: PJSIP/trunk-1\r\n"
            f"Timestamp: {at.timestamp() + 600}\r\nCause: 16\r\n{variables}\r\n"
        )
        for event in pbx.tracker.feed(AmiEvent("Hangup", at=at, text=text)):
            pbx.calls[event.call.id] = event.call
        return pbx.call

    def test_who_speaks_and_hangs_up_has_left_a_message_from_the_mark_on(self):
        pbx = self.greeted()
        mark = (pbx.at + timedelta(seconds=10)).timestamp() + 600  # the PBX's clock is ten minutes ahead
        call = self.hangs_up(pbx, 25, ROLODIAL_MESSAGE=f"{mark:.3f}", VMSTATUS="")
        (leg,) = [leg for leg in call.legs if leg.kind is LegKind.VOICEMAIL]
        assert call.disposition is Disposition.VOICEMAIL
        assert leg.answered_at == T0 + timedelta(seconds=11)
        assert leg.ended_at == call.ended_at == T0 + timedelta(seconds=26)

    @pytest.mark.parametrize(
        ("spoke", "status", "mark"),
        [(2, "", None), (15, "FAILED", None), (15, "USEREXIT", None), (15, "", ""), (15, "", "x" * 12)],
    )
    def test_who_says_nothing_leaves_none(self, spoke, status, mark):
        pbx = self.greeted()
        at = (pbx.at + timedelta(seconds=10)).timestamp() + 600
        said = f"{at:.3f}" if mark is None else mark
        call = self.hangs_up(pbx, 10 + spoke, ROLODIAL_MESSAGE=said, VMSTATUS=status)
        assert call.disposition is not Disposition.VOICEMAIL
