# SPDX-License-Identifier: Apache-2.0
"""Flows and losses that no recording has: each was told wrongly once."""

from datetime import timedelta

import pytest

from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.call_tracker import CallTracker
from pbx_bridge.call_tracker.reaper import LINGER_S, PATIENCE_S
from tests.support.damage import events_in
from tests.support.pbx_says import T0, Pbx
from tests.support.recordings_of_ami import PROFILE

TRUNK, ANNA, BORIS = "PJSIP/trunk-00000001", "PJSIP/101-00000002", "PJSIP/102-00000003"
LONG = PATIENCE_S + 30


def show(pbx, channel, uniqueid, linkedid, bridge="", **more):
    said = {"CallerIDNum": "+79160000001", "Exten": "100", "ChannelState": "6", "Duration": "00:00:10"} | more
    return pbx.say(
        "CoreShowChannel", Channel=channel, Uniqueid=uniqueid, Linkedid=linkedid, BridgeId=bridge, **said
    )


def test_two_clients_in_one_parking_lot_are_two_calls():
    pbx = Pbx(PROFILE).new(TRUNK, "1.1", Exten="100").new("PJSIP/trunk-00000002", "2.1", Exten="100")
    pbx.enter("lot", "1.1", "2.1", BridgeTechnology="holding_bridge").leave("lot", "1.1", "2.1", after=9)
    pbx.hang_up("1.1", "2.1")
    assert len(pbx.calls) == 2
    assert {call.talk_s for call in pbx.calls.values()} == {0.0}


def test_two_who_are_found_in_a_parking_lot_do_not_talk_with_each_other():
    pbx = Pbx(PROFILE).say("Banner")
    pbx.say("BridgeListItem", BridgeUniqueid="lot", BridgeTechnology="holding_bridge")
    pbx.say("BridgeListItem", BridgeUniqueid="another lot", BridgeTechnology="holding_bridge")
    show(pbx, TRUNK, "1.1", "1.1", "lot")
    show(pbx, "PJSIP/trunk-00000002", "2.1", "2.1", "lot").say("CoreShowChannelsComplete")
    assert list(pbx.tracker._state.bridges) == ["lot"]
    pbx.leave("lot", "1.1", "2.1", after=20).hang_up("1.1", "2.1")
    assert [(call.talk_s, call.answered_at) for call in pbx.calls.values()] == [(0.0, None)] * 2
    assert pbx.tracker._state.bridges == {}


def out_of_house(pbx):
    """Anna calls a client, who answers at once."""
    pbx.new(ANNA, "1.1", Exten="+79160000001", CallerIDNum="101")
    pbx.new(TRUNK, "1.2", "1.1", ChannelState="0").dial("1.1", "1.2", "1.1", "+79160000001@trunk")
    pbx.say("DialEnd", Uniqueid="1.1", DestUniqueid="1.2", DialStatus="ANSWER")
    return pbx.enter("b", "1.2", "1.1")


def test_a_client_we_called_who_is_sent_into_a_long_announcement_is_not_given_up():
    """Their channel was made by Dial, and yet goes on by itself: the transfer gave it a dialplan."""
    pbx = out_of_house(Pbx(PROFILE))
    pbx.say("BlindTransfer", 5, TransfererUniqueid="1.1", TransfererChannel=ANNA, TransfereeUniqueid="1.2",
            TransfereeChannel=TRUNK, Extension="news")  # fmt: skip
    pbx.leave("b", "1.2", "1.1").hang_up("1.1")
    pbx.new("PJSIP/trunk-00000009", "9.1", Exten="100").say("HangupRequest", LONG, Uniqueid="9.1").hang_up(
        "9.1"
    )
    pbx.new(BORIS, "1.3", "1.1", ChannelState="0").dial("1.2", "1.3", "1.1", "102")
    pbx.say("DialEnd", Uniqueid="1.2", DestUniqueid="1.3", DialStatus="ANSWER").enter("c", "1.3", "1.2")
    pbx.leave("c", "1.2", "1.3", after=7).hang_up("1.2", "1.3")
    call = next(call for call in pbx.calls.values() if "1.1" in call.linkedids)
    assert (call.talk_s, call.uncertain, call.transfers[0].completed) == (12.0, (), True)


def test_so_it_is_when_a_script_redirects_them_of_which_nothing_tells():
    pbx = out_of_house(Pbx(PROFILE)).leave("b", "1.2", "1.1", after=5).hang_up("1.1")
    pbx.new("PJSIP/trunk-00000009", "9.1", Exten="100").say("HangupRequest", LONG, Uniqueid="9.1").hang_up(
        "9.1"
    )
    pbx.enter("c", "1.2").new(BORIS, "1.3", "1.1", CallerIDNum="102").enter("c", "1.3", already=1)
    pbx.leave("c", "1.2", "1.3", after=7).hang_up("1.2", "1.3")
    call = next(call for call in pbx.calls.values() if "1.1" in call.linkedids)
    assert (call.talk_s, call.uncertain) == (12.0, ())


def test_but_not_for_ever_and_a_hangup_of_theirs_is_waited_for_no_longer_than_anybodys():
    for after, ended in ((LINGER_S + 1, 5), (PATIENCE_S + 30, None)):
        pbx = out_of_house(Pbx(PROFILE)).leave("b", "1.2", "1.1", after=5).hang_up("1.1")
        pbx.new("PJSIP/trunk-00000009", "9.1", Exten="100").say(
            "Newstate", after, Uniqueid="9.1", ChannelState="6"
        )
        call = next(call for call in pbx.calls.values() if "1.1" in call.linkedids)
        assert call.ended_at == (ended and T0 + timedelta(seconds=ended))
    pbx.say("HangupRequest", 10, Uniqueid="1.2")
    asked = pbx.at
    pbx.say("Newstate", LONG, Uniqueid="9.1", ChannelState="6")
    call = next(call for call in pbx.calls.values() if "1.1" in call.linkedids)
    assert (call.ended_at, call.uncertain) == (asked, ("lost_events",))


def test_a_client_does_not_wait_for_what_colleagues_did_before():
    """Two colleagues talk; a client calls one of them and is put through to the other into that very talk."""
    pbx = Pbx(PROFILE).new(ANNA, "1.1", Exten="102", CallerIDNum="101")
    pbx.new(BORIS, "1.2", "1.1", ChannelState="0").dial("1.1", "1.2", "1.1", "102").enter("b", "1.2", "1.1")
    pbx.new(TRUNK, "2.1", Exten="100", CallerIDNum="+79160000001", after=300)
    rang = pbx.at
    pbx.new("PJSIP/101-00000009", "2.2", "2.1", ChannelState="0").dial("2.1", "2.2", "2.1", "101")
    pbx.say("DialEnd", 3, Uniqueid="2.1", DestUniqueid="2.2", DialStatus="ANSWER").enter("c", "2.2", "2.1")
    pbx.say(
        "AttendedTransfer", 5, OrigTransfererUniqueid="2.2", OrigTransfererChannel="PJSIP/101-00000009",
        SecondTransfererUniqueid="1.1", SecondTransfererChannel=ANNA, TransfereeUniqueid="2.1",
        TransfereeChannel=TRUNK, TransferTargetUniqueid="1.2", TransferTargetChannel=BORIS,
    )  # fmt: skip
    pbx.leave("c", "2.1", "2.2").leave("b", "1.1").enter("b", "2.1", already=1).hang_up("2.2", "1.1")
    pbx.leave("b", "2.1", "1.2", after=7).hang_up("2.1", "1.2")
    call = pbx.call
    assert (call.direction, call.caller, call.started_at) == ("inbound", "+79160000001", rang)
    assert (call.wait_s, call.talk_s) == (3.0, 12.0)


def test_a_talk_found_without_its_caller_is_not_forgotten_for_a_consultation():
    """The channel that began it is gone, so nobody is its caller; then a colleague calls in and is put through."""
    pbx = Pbx(PROFILE).say("Banner")
    show(pbx, TRUNK, "1.5", "1.1", "b")
    show(pbx, ANNA, "1.6", "1.1", "b", CallerIDNum="101").say("CoreShowChannelsComplete")
    pbx.new(BORIS, "2.1", Exten="101", CallerIDNum="102", after=30).enter("b", "2.1", already=2)
    pbx.leave("b", "1.5", "1.6", "2.1", after=10).hang_up("1.5", "1.6", "2.1")
    assert pbx.call.talk_s == 40.0


def test_who_left_a_conference_while_we_were_away_talks_no_more():
    pbx = Pbx(PROFILE).new(TRUNK, "1.1", Exten="room").new(ANNA, "1.2", "1.1", CallerIDNum="101")
    pbx.new(BORIS, "1.3", "1.1", CallerIDNum="102").enter("room", "1.1", "1.2", "1.3", BridgeType="")
    pbx.say("Banner", 10)
    show(pbx, ANNA, "1.2", "1.1", "room", CallerIDNum="101")
    show(pbx, BORIS, "1.3", "1.1", "room", CallerIDNum="102").say("CoreShowChannelsComplete")
    pbx.leave("room", "1.2", "1.3", after=600).hang_up("1.2", "1.3")
    assert (pbx.call.talk_s, pbx.call.uncertain) == (10.0, ("gap",))
    assert max(one.ended_at for one in pbx.call.talks) == T0 + timedelta(seconds=10)


def test_calls_that_joined_while_we_were_away_are_joined_by_the_list_of_channels():
    pbx = Pbx(PROFILE).new(TRUNK, "1.1", Exten="100").new(ANNA, "2.1", Exten="102", CallerIDNum="101")
    pbx.say("Banner", 5)
    show(pbx, TRUNK, "1.1", "1.1", "b")
    show(pbx, ANNA, "2.1", "1.1", "b", CallerIDNum="101").say("CoreShowChannelsComplete")
    assert len(pbx.tracker.open_calls()) == 1


def test_people_in_one_conference_found_there_are_in_one_call():
    """A conference changes nobody's Linkedid."""
    pbx = Pbx(PROFILE).say("Banner")
    show(pbx, TRUNK, "1.1", "1.1", "room")
    show(pbx, ANNA, "2.1", "2.1", "room", CallerIDNum="101").say("CoreShowChannelsComplete")
    (call,) = pbx.tracker.open_calls()
    assert (call.direction, call.linkedids) == ("inbound", ("1.1", "2.1"))


def test_a_pause_in_the_parking_lot_ends_when_somebody_is_found_elsewhere():
    pbx = Pbx(PROFILE).new(TRUNK, "1.1", Exten="100").new(ANNA, "1.2", "1.1", ChannelState="0")
    pbx.dial("1.1", "1.2", "1.1", "101").enter("b", "1.2", "1.1").leave("b", "1.2", after=5).hang_up("1.2")
    pbx.leave("b", "1.1").enter("lot", "1.1", BridgeTechnology="holding_bridge").say("Banner", 10)
    show(pbx, TRUNK, "1.1", "1.1", "c")
    show(pbx, BORIS, "1.3", "1.1", "c", CallerIDNum="102").say("CoreShowChannelsComplete")
    found = pbx.at
    pbx.leave("c", "1.1", "1.3", after=60).hang_up("1.1", "1.3")
    assert [one.ended_at for one in pbx.call.pauses] == [found]


def test_a_pickup_by_a_local_half_makes_no_person_of_it():
    pbx = Pbx(PROFILE).new(TRUNK, "1.1", Exten="100").new(ANNA, "1.2", "1.1", ChannelState="5")
    pbx.dial("1.1", "1.2", "1.1", "101").new("Local/9@in-00000001;2", "2.2", "2.1", Exten="9")
    pbx.say(
        "Pickup", Uniqueid="2.2", Channel="Local/9@in-00000001;2", TargetUniqueid="1.2", TargetChannel=ANNA
    )
    pbx.hang_up("2.2", "1.2", "1.1")
    assert [leg.device for leg in pbx.call.legs] == ["PJSIP/trunk", "PJSIP/101"][1:]


def test_a_channel_without_a_linkedid_is_the_head_of_its_call():
    pbx = Pbx(PROFILE).say(
        "Newchannel", Channel=TRUNK, Uniqueid="1.1", Linkedid="", Exten="100", ChannelState="4"
    )
    assert pbx.hang_up("1.1").call.uncertain == ()


def test_a_phone_that_takes_another_ones_place_in_a_talk_talks_from_then_on():
    pbx = out_of_house(Pbx(PROFILE)).say("Rename", 4, Uniqueid="1.1", Channel=ANNA, Newname=BORIS)
    pbx.leave("b", "1.2", "1.1", after=6).hang_up("1.2", "1.1")
    talked = {leg.party: leg.talk_s for leg in pbx.call.legs}
    assert (talked["101"], talked["102"], pbx.call.talk_s) == (4.0, 6.0, 10.0)


@pytest.mark.parametrize("name", ["inbound_answered_client_hangs_up", "attended_transfer_by_refer_completed"])
def test_bridges_of_which_the_leaving_was_lost_are_forgotten(name):
    tracker = CallTracker(PROFILE, pbx="pbx")
    for event in events_in(name):
        if event.name != "BridgeLeave":
            tracker.feed(event)
    assert (tracker.channels, tracker._state.bridges) == (0, {})


def test_a_queue_that_was_left_unseen_was_left_at_the_latest_when_the_call_ended():
    pbx = Pbx(PROFILE).new(TRUNK, "1.1", Exten="100").say("QueueCallerJoin", Uniqueid="1.1", Queue="sales")
    call = pbx.say("HangupRequest", 5, Uniqueid="1.1").hang_up("1.1").call
    (queue,) = [leg for leg in call.legs if leg.party == "sales"]
    assert (queue.ended_at, queue.end_reason, call.uncertain) == (call.ended_at, "unknown", ("lost_events",))


def test_what_others_did_after_a_hangup_that_was_lost_makes_no_time_negative():
    pbx = Pbx(PROFILE).new(TRUNK, "1.1", Exten="100").new(ANNA, "1.2", "1.1", CallerIDNum="101")
    pbx.enter("b", "1.1", "1.2").say("HangupRequest", 5, Uniqueid="1.2").say("Hold", 5, Uniqueid="1.1")
    pbx.say("Newstate", LONG, Uniqueid="1.1", ChannelState="6").leave("b", "1.1").hang_up("1.1")
    assert (pbx.call.hold_s, min(leg.hold_s for leg in pbx.call.legs)) == (0.0, 0.0)


def test_words_that_come_a_blink_too_early_end_nothing_before_it_began():
    """Threads of Asterisk stamp neighbours out of order; live, a late read is dated back."""
    pbx = Pbx(PROFILE).new(TRUNK, "1.1", Exten="100").say("Hangup", -0.4, Uniqueid="1.1", Cause="16")
    assert pbx.call.ended_at == pbx.call.started_at == T0


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("Newstate", {"Duration": "99999999999:00:00"}),
        ("Newstate", {"Duration": "9" * 5000 + ":00:00"}),
        ("BridgeEnter", {"BridgeUniqueid": "b", "BridgeNumChannels": "9" * 5000}),
        (
            "MessageWaiting",
            {"New": "1", "Timestamp": "99999999999", "ChanVariable": "ROLODIAL_MESSAGE=100000000"},
        ),
        ("Hangup", {"Timestamp": "99999999999", "ChanVariable": "ROLODIAL_MESSAGE=100000000"}),
    ],
)
def test_no_number_is_too_great(name, more):
    tracker = CallTracker(PROFILE, pbx="pbx")
    fields = {"Channel": TRUNK, "Uniqueid": "1.1", "Linkedid": "1.1", "Exten": "100", "ChannelState": "4"}
    for event in ("CoreShowChannel", name):
        text = "".join(f"\r\n{key}: {value}" for key, value in (fields | more).items()) + "\r\n"
        tracker.feed(AmiEvent(event, None, T0, text))
    assert tracker.skipped == 0
