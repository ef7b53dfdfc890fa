# SPDX-License-Identifier: Apache-2.0
"""A journal is read back as it was written, up to where the process was killed."""

import gzip

import pytest

from pbx_bridge.amij import Head, JournalFormatError, Kind, Read, at_of, encode, encode_head
from pbx_bridge.segment import Segment, Trouble, is_journal

READS = [
    Read(Kind.OPENED, 1, 1_700_000_000_000_000_000, b""),
    Read(Kind.DATA, 2, 1_700_000_000_123_456_789, b"Event: A\r\n\r\n"),
    Read(Kind.DATA, 3, 1_700_000_001_000_000_000, bytes(range(256)) * 300),
]
HEAD = Head("main", "2026-11-22T15:33:27")
WHOLE = encode_head(HEAD) + b"".join(encode(*read) for read in READS)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_was_written_is_read_back(tmp_path, pack):
    path = tmp_path / "a.amij"
    path.write_bytes(pack(WHOLE))
    segment = Segment(path)
    assert (segment.head, list(segment), segment.trouble) == (HEAD, READS, None)
    assert is_journal(path)


def test_a_tail_torn_anywhere_costs_only_the_torn_read(tmp_path):
    path = tmp_path / "a.amij"
    edges = [len(encode_head(HEAD))]
    for read in READS:
        edges.append(edges[-1] + len(encode(*read)))
    for size in range(edges[0], edges[2] + 40):
        path.write_bytes(WHOLE[:size])
        segment = Segment(path)
        assert list(segment) == READS[: sum(edge <= size for edge in edges) - 1]
        assert segment.trouble == (None if size in edges else Trouble.TORN)


def test_a_cut_gz_is_read_as_far_as_it_goes(tmp_path):
    path = tmp_path / "a.amij.gz"
    path.write_bytes(gzip.compress(WHOLE)[:-20])
    segment = Segment(path)
    assert list(segment) == READS[: len(list(segment))]
    assert segment.trouble is Trouble.DAMAGED


def test_a_damaged_byte_ends_the_reading(tmp_path):
    path = tmp_path / "a.amij"
    path.write_bytes(WHOLE.replace(b"Event: A", b"Event: B"))
    segment = Segment(path)
    assert list(segment) == READS[:1]
    assert segment.trouble is Trouble.DAMAGED


def test_another_file_is_refused_by_name(tmp_path):
    for content in (
        b"",
        b"Asterisk Call Manager/11.0.0\r\n",
        b"AMIJ1 {}\n",
        b"AMIJ1 nonsense\n",
        b"AMIJ1 []\n",
    ):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(JournalFormatError, match="/x: "):
            Segment(tmp_path / "x")


def test_receive_times_are_exact_to_the_microsecond():
    assert at_of(1_700_000_000_123_456_789).isoformat() == "2023-11-14T22:13:20.123456+00:00"
