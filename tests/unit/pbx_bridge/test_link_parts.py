# SPDX-License-Identifier: Apache-2.0
"""The small parts of the link: when to try again, when to read, what time it is, what a device does."""

from crm_core.ports.pbx import DeviceState
from pbx_bridge.ami_event import AmiEvent, boot_of, parse
from pbx_bridge.ami_stream import AmiStream
from pbx_bridge.back_off import BackOff
from pbx_bridge.device_states import DeviceStates
from pbx_bridge.read_pace import ReadPace
from pbx_bridge.receive_clock import ReceiveClock

S = 1_000_000_000


def test_waits_double_to_the_longest_and_start_afresh():
    wait = BackOff(1, 30, random=lambda: 0.5)
    assert [wait.next() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    wait.reset()
    assert wait.next() == 1


def test_chance_spreads_the_waits_within_bounds():
    assert BackOff(1, 30, random=lambda: 0.0).next() == 0.5
    assert BackOff(1, 30, random=lambda: 1.0).next() == 1.5
    waits = {BackOff(1, 30).next() for _ in range(50)}
    assert len(waits) > 10
    assert BackOff(1, 30, random=lambda: 0.9).next() < 1.5
    endless = BackOff(1, 30)
    assert max(endless.next() for _ in range(2000)) <= 30


def test_a_few_calls_are_read_at_once_and_a_rush_is_gathered():
    calm, rush = ReadPace(), ReadPace()
    assert not any(calm.busy(1, number * 0.02) for number in range(200))
    assert [rush.busy(1, number * 0.001) for number in range(2000)][-1000:] == [True] * 1000
    assert not rush.busy(1, 10.0)


def test_a_clock_that_is_set_bends_no_call():
    mono, wall = [100 * S], [1_772_366_400 * S]
    clock = ReceiveClock(lambda: mono[0], lambda: wall[0])
    before = clock.read()
    mono[0] += 5 * S
    wall[0] -= 3600 * S
    assert clock.read() == (105 * S, before[1] + 5 * S)
    clock.anchor()
    assert clock.read() == (105 * S, wall[0])


def test_a_clock_that_drifts_a_little_is_left_alone():
    mono, wall = [0], [S]
    clock = ReceiveClock(lambda: mono[0], lambda: wall[0])
    wall[0] += S // 2
    clock.anchor()
    assert clock.read() == (0, S)


def test_a_machine_that_stood_still_between_the_two_clocks_has_them_read_again():
    mono, stops = [100 * S], [3 * S]

    def wall():
        said = 1_772_366_400 * S + mono[0]
        mono[0] += stops.pop() if stops else 0
        return said

    clock = ReceiveClock(lambda: mono[0], wall)
    assert clock.read() == (103 * S, 1_772_366_503 * S)


def change(device, state):
    return AmiEvent("DeviceStateChange", {"Device": device, "State": state})


def test_a_device_is_what_was_last_heard_of_it():
    states = DeviceStates()
    assert states["PJSIP/101"] is DeviceState.UNKNOWN
    states.feed(change("PJSIP/101", "INUSE"))
    states.feed(change("PJSIP/102", "a word of the future"))
    assert (states["PJSIP/101"], states["PJSIP/102"]) == (DeviceState.INUSE, DeviceState.UNKNOWN)


def test_a_device_removed_while_we_were_away_is_forgotten_when_the_list_is_complete():
    states = DeviceStates()
    states.feed(change("PJSIP/101", "INUSE"))
    states.feed(AmiEvent("Banner", {}))
    states.feed(change("PJSIP/102", "RINGING"))
    assert states["PJSIP/101"] is DeviceState.INUSE
    states.feed(AmiEvent("DeviceStateListComplete", {}))
    assert (states["PJSIP/101"], states["PJSIP/102"]) == (DeviceState.UNKNOWN, DeviceState.RINGING)


def test_nobody_talks_any_more_through_a_pbx_that_began_anew():
    states = DeviceStates()
    states.booted("2026-03-01T09:00:00")
    states.feed(change("PJSIP/101", "INUSE"))
    states.feed(AmiEvent("Banner", {}))
    states.booted("2026-03-01T09:00:00")
    assert states["PJSIP/101"] is DeviceState.INUSE
    states.feed(AmiEvent("Banner", {}))
    states.feed(change("PJSIP/102", "RINGING"))
    states.booted("2026-03-01T10:00:00")
    assert (states["PJSIP/101"], states["PJSIP/102"]) == (DeviceState.UNKNOWN, DeviceState.RINGING)


def test_the_boot_is_told_only_by_the_answer_to_core_status():
    answer = b"Response: Success\r\nCoreStartupDate: 2026-03-01\r\nCoreStartupTime: 09:00:00"
    assert boot_of(parse(answer)) == "2026-03-01T09:00:00"
    assert boot_of(parse(b"Response: Success")) == ""


def test_only_wanted_events_are_parsed_and_every_frame_is_counted():
    heard = []
    stream = AmiStream({"Hangup", "Newchannel"}, heard.append)
    frames = stream.feed(
        b"Asterisk Call Manager/11\r\nResponse: Success\r\n\r\nEvent: VarSet\r\nA: 1\r\n\r\n"
        b"Event: Hangup\r\n\r\nTimestamp: 1\r\nEvent: Newchannel\r\n\r\nnonsense\r\n\r\nEvent: Han",
        None,
    )
    assert [event.name for event in heard] == ["Banner", "Response", "Hangup", "Newchannel"]
    assert (frames, stream.frames, stream.skipped) == (6, 6, 1)
    stream.opened()
    stream.feed(b"Event: Newchannel\r\n\r\n", None)
    assert heard[-1].name == "Newchannel"
