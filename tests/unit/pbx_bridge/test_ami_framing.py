# SPDX-License-Identifier: Apache-2.0
"""However TCP cuts the stream, the frames are the same; endless ones cost neither memory nor time."""

import itertools
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from pbx_bridge.ami_framing import AmiFraming

BANNER = b"Asterisk Call Manager/11.0.0\r\n"

PIECES = st.sampled_from(
    [
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b"Asterisk Call Manager/",
        BANNER,
        b"Event: A",
        b"Ev",
        b"x" * 40,
        b"\xff",
    ]
)
STREAMS = st.lists(PIECES, max_size=30).map(b"".join)


def cut(data: bytes, at: list[int], max_frame: int) -> tuple[list[bytes], int]:
    framing = AmiFraming(max_frame)
    edges = [0, *sorted(min(edge, len(data)) for edge in at), len(data)]
    frames = [frame for a, b in itertools.pairwise(edges) for frame in framing.feed(data[a:b])]
    return frames, framing.skipped


@settings(max_examples=300)
@given(STREAMS, st.lists(st.integers(0, 400), max_size=20), st.sampled_from([64, 100, 1000]))
def test_any_cut_of_the_bytes_gives_the_same_frames(data, at, max_frame):
    whole = cut(data, [], max_frame)
    assert cut(data, at, max_frame) == whole
    assert cut(data, list(range(len(data))), max_frame) == whole


def test_the_banner_is_a_frame_at_once():
    framing = AmiFraming()
    assert framing.feed(BANNER) == [BANNER.strip()]
    assert framing.feed(b"Response: Success\r\n\r\n") == [b"Response: Success"]


def test_the_banner_of_a_second_connection_in_one_file():
    assert AmiFraming().feed(BANNER + b"Event: A\r\n\r\n" + BANNER + b"Event: B\r\n\r\n") == [
        BANNER.strip(),
        b"Event: A",
        BANNER.strip(),
        b"Event: B",
    ]


def test_an_empty_last_header_is_kept():
    assert AmiFraming().feed(b"Event: A\r\nOldAccountCode: \r\n\r\n") == [b"Event: A\r\nOldAccountCode: "]


def test_an_endless_frame_is_skipped_counted_and_the_next_one_is_read():
    framing = AmiFraming(1000)
    for _ in range(300):
        assert framing.feed(b"x" * 50) == []
        assert len(framing._pending) <= 1003 + 50
    assert framing.feed(b"\r\n\r") == []
    assert framing.feed(b"\nEvent: B\r\n\r\n") == [b"Event: B"]
    assert framing.skipped == 1


def test_long_frames_cost_linear_time():
    def seconds(size: int) -> float:
        framing, data = AmiFraming(1 << 30), b"x" * 100
        started = time.process_time()
        for _ in range(size // 100):
            framing.feed(data)
        return time.process_time() - started

    small = min(seconds(400_000) for _ in range(3))
    assert min(seconds(3_200_000) for _ in range(3)) < 8 * small * 4
