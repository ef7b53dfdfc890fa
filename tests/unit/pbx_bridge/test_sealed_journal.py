# SPDX-License-Identifier: Apache-2.0
"""A sealed journal is read with its keys, growing or killed, and not without; damage costs only what it hit."""

import gzip
import os
import random
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from crm_core.storage.secret_box import FernetBox
from pbx_bridge.amij import Head, JournalFormatError, Kind, Read, encode, encode_head
from pbx_bridge.journal import Journal
from pbx_bridge.journal_files import forget, repack, retain, segments, survey
from pbx_bridge.journal_keys import DayKeys, KeyMissingError
from pbx_bridge.sealed import Sealer
from pbx_bridge.segment import Segment, SegmentLockedError, Trouble
from pbx_bridge.settings import JournalSettings

DAY = date(2026, 11, 22)
SECOND = 10**9
T0 = int(datetime(2026, 11, 22, 23, 59, 58, tzinfo=UTC).timestamp()) * SECOND
READS = [Read(Kind.OPENED, 0, T0, b"")] + [
    Read(
        Kind.DATA,
        n,
        T0 + n,
        b"Event: Newchannel\r\nCallerIDNum: +7916%07d\r\n\r\n" % (n * 7919) * (n % 5 + 1),
    )
    for n in range(1, 40)
]
HEAD = Head("main", "2026-11-22T15:33:27")


@pytest.fixture
def keys(tmp_path):
    return DayKeys(tmp_path, FernetBox(Fernet.generate_key()))


def journal_of(tmp_path, keys):
    return Journal(JournalSettings(directory=tmp_path, sealed=True), "main", keys)


def written(tmp_path, keys, reads=READS):
    journal = journal_of(tmp_path, keys)
    journal.opened(reads[0].mono_ns, reads[0].wall_ns)
    journal.boot(HEAD.boot)
    for read in reads[1:]:
        journal.append(read.data, read.mono_ns, read.wall_ns)
    return journal


def test_it_is_read_while_it_grows_and_says_nothing_to_others(tmp_path, keys):
    journal = written(tmp_path, keys)
    (path,) = segments(journal.directory)
    assert b"CallerIDNum" not in path.read_bytes()
    assert (Segment(path, keys).head, list(Segment(path, keys))) == (HEAD, READS)
    with pytest.raises(SegmentLockedError):
        Segment(path)
    with pytest.raises(SegmentLockedError):
        Segment(path, DayKeys(tmp_path, FernetBox(Fernet.generate_key())))
    journal.close()


def test_packed_it_is_still_sealed_and_small(tmp_path, keys):
    journal = written(tmp_path, keys)
    journal.close()
    (path,) = segments(journal.directory)
    size = path.stat().st_size
    repack(path, keys)
    (packed,) = segments(journal.directory)
    assert packed.suffix == ".gz"
    assert packed.stat().st_size < size / 2
    assert b"CallerIDNum" not in packed.read_bytes()
    assert list(Segment(packed, keys)) == READS


def test_each_day_has_its_own_segment_and_key_and_is_forgotten_alone(tmp_path, keys):
    tomorrow = Read(Kind.DATA, 99, T0 + 3 * SECOND, b"Event: Hangup\r\n\r\n")
    journal = written(tmp_path, keys, [*READS, tomorrow])
    journal.close()
    first, second = segments(journal.directory)
    copy = first.read_bytes()
    assert list(Segment(second, keys)) == [tomorrow]
    assert forget(tmp_path, DAY) == 1
    assert segments(journal.directory) == [second]
    first.write_bytes(copy)
    with pytest.raises(SegmentLockedError):
        Segment(first, keys)
    assert survey(journal.directory, keys).locked == 1
    repack(first, keys)
    assert first.exists(), "a key may be given back"


def test_keys_go_with_their_days(tmp_path, keys):
    for day in (1, 20, 21, 22):
        keys.of_day(date(2026, 11, day))
    retain(tmp_path, 1, datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
    assert sorted(path.name for path in tmp_path.glob("*.key")) == ["2026-11-21.key", "2026-11-22.key"]


def test_another_secret_key_hides_the_old_days_and_stops_nothing(tmp_path, keys):
    name, old = keys.of_day(DAY)
    others = DayKeys(tmp_path, FernetBox(Fernet.generate_key()))
    other, new = others.of_day(DAY)
    assert (name, other) == ("2026-11-22", "2026-11-22-1")
    assert old != new
    assert keys.named(name) == old
    with pytest.raises(KeyMissingError):
        others.named(name)
    with pytest.raises(KeyMissingError):
        keys.named("../secret")


def forms(keys):
    """The same reads in all forms that lie on a disk, with where each read ends; of packed ones nobody can say."""
    plain = [encode_head(HEAD), *(encode(*read) for read in READS)]
    sealer, packer = Sealer(*keys.of_day(DAY)), Sealer(*keys.of_day(DAY))
    packed = gzip.compress(b"".join(plain))
    return {
        "plain": plain,
        "packed": [packed],
        "sealed": [sealer.line + sealer.seal(plain[0]), *(sealer.seal(one) for one in plain[1:])],
        "sealed and packed": [
            packer.line,
            *(packer.seal(packed[at : at + 100]) for at in range(0, len(packed), 100)),
        ],
    }


def good_before(pieces, at):
    """How many reads end at or before byte `at`."""
    if len(pieces) <= len(READS):
        return 0
    ends, size = [], 0
    for piece in pieces:
        size += len(piece)
        ends.append(size)
    return sum(end <= at for end in ends[1:])


@pytest.mark.parametrize("form", ["plain", "packed", "sealed", "sealed and packed"])
@pytest.mark.parametrize("harm", ["flip", "cut", "insert", "garbage"])
def test_no_damage_raises_or_costs_what_stands_before_it(tmp_path, keys, form, harm):
    pieces = forms(keys)[form]
    whole, path = b"".join(pieces), tmp_path / "main" / "20261122T235958.000000Z.amij"
    path.parent.mkdir()
    chance = random.Random(f"{form} {harm}")
    for at in [0, 1, 7, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(120))]:
        harmed = {
            "flip": whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :],
            "cut": whole[:at],
            "insert": whole[:at] + chance.randbytes(3) + whole[at:],
            "garbage": whole[:at] + chance.randbytes(50) + whole[at + 50 :],
        }[harm]
        path.write_bytes(harmed)
        try:
            segment = Segment(path, keys)
            reads = list(segment)
        except JournalFormatError:
            reads = []
            assert good_before(pieces, at) == 0
        assert reads == READS[: len(reads)], "what is read is what was written"
        assert len(reads) >= good_before(pieces, at)
        assert harmed == whole or len(reads) == len(READS) or not reads or segment.trouble


@pytest.mark.parametrize("form", ["plain", "packed", "sealed"])
def test_a_damaged_segment_is_set_aside_and_what_stands_before_stays(tmp_path, keys, form):
    pieces = forms(keys)[form]
    whole = bytearray(b"".join(pieces))
    whole[len(whole) * 2 // 3] ^= 4
    directory = tmp_path / "main"
    directory.mkdir()
    name = "20261122T235958.000000Z.amij" + (".gz" if form == "packed" else "")
    path = directory / name
    path.write_bytes(whole)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    before = list(Segment(path, keys))
    repack(path, keys)
    (packed,) = segments(directory)
    segment = Segment(packed, keys)
    *reads, last = segment
    assert (reads, last.kind, segment.trouble) == (before, Kind.LOST, None)
    assert len(before) > 10
    assert (directory / f"{name}.bad").read_bytes() == whole
    assert packed.stat().st_mtime == 1_700_000_000
    assert (survey(directory, keys).segments, survey(directory, keys).quarantined) == (1, 1)


def test_what_is_no_segment_at_all_is_set_aside(tmp_path):
    path = tmp_path / "20261122T235958.000000Z.amij"
    path.write_bytes(b"\0" * 5000)
    repack(path)
    (stand_in,) = segments(tmp_path)
    assert [read.kind for read in Segment(stand_in)] == [Kind.LOST]
    assert (tmp_path / f"{path.name}.bad").exists()


def test_a_torn_end_is_cut_and_not_set_aside(tmp_path, keys):
    path = tmp_path / "20261122T235958.000000Z.amij"
    path.write_bytes(b"".join(forms(keys)["sealed"])[:-5])
    segment = Segment(path, keys)
    assert (list(segment), segment.trouble) == (READS[:-1], Trouble.TORN)
    repack(path, keys)
    (packed,) = segments(tmp_path)
    assert list(Segment(packed, keys)) == READS[:-1]
    assert not list(tmp_path.glob("*.bad"))


def test_nothing_is_removed_before_what_takes_its_place_is_on_the_disk(tmp_path, monkeypatch):
    """What a power cut may leave is decided by the order in which the disk is told."""
    journal = Journal(JournalSettings(directory=tmp_path), "main")
    journal.opened(0, time.time_ns())
    journal.append(b"x" * 5000, 1, time.time_ns())
    journal.close()
    (path,) = segments(journal.directory)
    order = []

    def watched(name, real, what):
        def call(*args, **kwargs):
            order.append((name, what(*args)))
            return real(*args, **kwargs)

        return call

    def of_file(fd, *_):
        return Path(f"/proc/self/fd/{fd}").readlink().name

    monkeypatch.setattr(os, "fsync", watched("sync", os.fsync, of_file))
    monkeypatch.setattr(os, "replace", watched("replace", os.replace, lambda one, *_: Path(one).name))
    monkeypatch.setattr(os, "unlink", watched("unlink", os.unlink, lambda one, *_: Path(one).name))
    repack(path)
    half = f"{path.name}.tmp"
    assert order == [("sync", half), ("replace", half), ("sync", "main"), ("unlink", path.name)]
