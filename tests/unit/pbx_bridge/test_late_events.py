# SPDX-License-Identifier: Apache-2.0
"""Seconds in which we were stopped never become seconds of talk, and a clock that is set never does either."""

from datetime import UTC, datetime, timedelta

from pbx_bridge.ami_stream import AmiStream

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Pbx:
    """Tells events at times of its own clock; what is read when is the test's."""

    def __init__(self, clock_ahead_s=0.0) -> None:
        self.ahead = clock_ahead_s
        self.heard = []
        self.stream = AmiStream({"A"}, self.heard.append)

    def told(self, *at_s, padding=0):
        stamps = [f"{(NOON + timedelta(seconds=one + self.ahead)).timestamp():.6f}" for one in at_s]
        return "".join(
            f"Event: A\r\nTimestamp: {one}\r\nX: {'x' * padding}\r\n\r\n" for one in stamps
        ).encode()

    def read(self, at_s, *told_s, padding=0):
        self.stream.feed(self.told(*told_s, padding=padding), NOON + timedelta(seconds=at_s))

    def came(self):
        return [round((event.at - NOON).total_seconds(), 2) for event in self.heard]


def test_events_read_at_once_keep_their_receive_time():
    pbx = Pbx(clock_ahead_s=-7.0)
    for second in range(5):
        pbx.read(second + 0.01, second)
    assert pbx.came() == [0.01, 1.01, 2.01, 3.01, 4.01]


def test_what_came_while_we_were_stopped_gets_the_time_it_came():
    pbx = Pbx(clock_ahead_s=3600)
    pbx.read(0.0, 0.0)
    pbx.read(10.0, 2.0, 5.0, 9.9)
    pbx.read(11.0, 11.0)
    assert pbx.came() == [0.0, 2.01, 5.01, 10.0, 11.0]


def test_a_backlog_of_several_full_reads_is_put_right_as_a_whole():
    pbx = Pbx()
    pbx.read(0.0, 0.0)
    pbx.read(10.0, 2.0, padding=70_000)
    pbx.read(10.1, 3.0, padding=70_000)
    pbx.read(10.2, 4.0)
    assert pbx.came() == [0.0, 2.01, 3.01, 4.01]


def test_a_backlog_that_comes_in_pieces_is_put_right_as_a_whole():
    """The network was silent for eight seconds; its first packet is read before the others are there."""
    pbx = Pbx()
    pbx.read(1.0, 1.0)
    pbx.read(10.0, 2.0)
    pbx.read(10.003, 3.0, 6.0)
    pbx.read(10.4, 7.0, 9.9, 10.4)
    pbx.read(11.0, 11.0)
    assert pbx.came() == [1.0, 2.01, 3.01, 6.01, 7.01, 9.91, 10.4, 11.0]


def test_a_clock_set_back_while_nobody_called_is_no_backlog_for_long():
    pbx = Pbx()
    pbx.read(0.0, 0.0)
    pbx.ahead = -2.0
    for tenth in range(100, 130):
        pbx.read(tenth / 10, tenth / 10)
    late = [at for at, tenth in zip(pbx.came()[1:], range(100, 130), strict=True) if at < tenth / 10]
    assert 1 <= len(late) <= 12


def test_a_pbx_clock_set_back_bends_nothing():
    pbx = Pbx()
    pbx.read(0.0, 0.0)
    pbx.ahead = -3600
    for second in (1.0, 2.0, 3.0):
        pbx.read(second, second)
    assert pbx.came() == [0.0, 1.0, 2.0, 3.0]


def test_a_pbx_clock_set_forward_and_back_again_bends_nothing():
    pbx = Pbx()
    pbx.read(0.0, 0.0)
    pbx.ahead = 3600
    pbx.read(1.0, 1.0)
    pbx.ahead = 0
    pbx.read(2.0, 2.0)
    pbx.read(3.0, 3.0)
    assert pbx.came() == [0.0, 1.0, 2.0, 3.0]


def test_a_pbx_clock_that_runs_slow_for_days_is_not_lateness():
    pbx = Pbx()
    for hour in range(72):
        pbx.ahead = -0.36 * hour  # 100 ppm
        pbx.read(hour * 3600.0, hour * 3600.0)
    assert pbx.came() == [hour * 3600.0 for hour in range(72)]


def test_a_timestamp_that_is_no_number_is_passed_over():
    pbx = Pbx()
    pbx.stream.feed(b"Event: A\r\nTimestamp: soon\r\n\r\n", NOON)
    pbx.stream.feed(b"Event: A\r\nTimestamp: nan\r\n\r\n", NOON)
    pbx.stream.feed(b"Event: A\r\nTimestamp: inf\r\n\r\n", NOON)
    pbx.read(1.0, 1.0)
    assert pbx.came() == [0.0, 0.0, 0.0, 1.0]


def answer():
    return b"Response: Success\r\nPing: Pong\r\n\r\n"


def test_what_bears_no_time_is_as_late_as_what_stands_behind_it_or_else_before_it():
    """Else it takes the clock of the calls to the end of the read, and what came before then counts from there."""
    pbx = Pbx()
    pbx.read(0.0, 0.0)
    pbx.stream.feed(
        answer() + pbx.told(2.0) + answer() + pbx.told(5.0) + answer(), NOON + timedelta(seconds=10)
    )
    assert [event.name for event in pbx.heard[1:]] == ["Response", "A", "Response", "A", "Response"]
    assert pbx.came() == [0.0, 2.01, 2.01, 5.01, 5.01, 5.01]


def test_an_answer_alone_came_when_it_was_read():
    pbx = Pbx()
    pbx.read(0.0, 0.0)
    pbx.stream.feed(answer(), NOON + timedelta(seconds=5))
    pbx.stream.feed(pbx.told(10.0) + answer(), NOON + timedelta(seconds=10))
    assert pbx.came() == [0.0, 5.0, 10.0, 10.0]


def test_the_name_of_a_recording_is_late_as_all_else_is():
    pbx = Pbx()
    pbx.read(0.0, 0.0)
    named = (
        pbx.told(2.0).replace(b"Event: A", b"Event: VarSet").replace(b"X: ", b"Variable: MIXMONITOR_FILENAME")
    )
    pbx.stream.feed(named + pbx.told(5.0), NOON + timedelta(seconds=6))
    assert pbx.came() == [0.0, 2.01, 5.01]
