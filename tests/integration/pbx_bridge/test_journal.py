# SPDX-License-Identifier: Apache-2.0
"""What was read is on disk at once, in segments that are packed, found again and in the end deleted."""

import asyncio
import contextlib
import errno
import os
import time
from pathlib import Path

from pbx_bridge.amij import Head, Kind
from pbx_bridge.journal import Journal
from pbx_bridge.journal_files import segments, tidy
from pbx_bridge.segment import Segment
from pbx_bridge.settings import JournalSettings
from tests.support.until import until

SECOND = 1_000_000_000
T0 = 1_772_366_400 * SECOND  # 2026-03-01 12:00:00 UTC
DAY = 86400


def a_journal(tmp_path, **settings):
    return Journal(JournalSettings(directory=tmp_path, **settings), "main/1")


def reads(directory):
    return [read for path in segments(directory) for read in Segment(path)]


async def test_a_read_is_on_disk_before_append_returns(tmp_path):
    journal = a_journal(tmp_path)
    journal.opened(1, T0)
    journal.append(b"Event: A\r\n\r\n", 2, T0 + 5)
    (path,) = segments(tmp_path / "main_1")
    assert [(read.kind, read.mono_ns, read.data) for read in Segment(path)] == [
        (Kind.OPENED, 1, b""),
        (Kind.DATA, 2, b"Event: A\r\n\r\n"),
    ]
    journal.close()


async def test_the_boot_names_the_segments_of_its_connection(tmp_path):
    journal = a_journal(tmp_path, segment_mb=0.001)
    journal.opened(1, T0)
    journal.append(b"x" * 2000, 2, T0 + 1_000_000)
    journal.append(b"before", 2, T0 + 1_500_000)
    journal.boot("2026-03-01T09:00:00")
    journal.append(b"x" * 2000, 3, T0 + 2_000_000)
    journal.append(b"y", 4, T0 + 3_000_000)
    names = [path.name for path in segments(journal.directory)]
    assert names == [
        "20260301T120000.001000Z.amij",
        "20260301T120000.001500Z_20260301T090000.amij",
        "20260301T120000.003000Z_20260301T090000.amij",
    ]
    assert Segment(journal.directory / names[2]).head == Head("main/1", "2026-03-01T09:00:00")
    assert [len(read.data) for read in reads(journal.directory)] == [0, 2000, 6, 2000, 1]
    journal.close()


async def test_a_connection_where_nothing_was_said_leaves_no_file(tmp_path):
    journal = a_journal(tmp_path)
    journal.opened(1, T0)
    journal.append(b"Response: Error\r\nMessage: Authentication failed\r\n\r\n", 2, T0)
    journal.opened(3, T0 + 1)
    assert segments(journal.directory) == []


async def test_segments_that_ended_are_packed_and_read_the_same(tmp_path):
    journal = a_journal(tmp_path)
    for boot in range(3):
        journal.opened(boot, T0 + boot * SECOND)
        journal.append(b"Event: A\r\n\r\n" * 500, boot, T0 + boot * SECOND)
        journal.boot(f"2026-03-0{boot}T09:00:00")
    before = reads(journal.directory)
    tidy(journal.directory, 30, time.time())
    suffixes = [path.suffix for path in segments(journal.directory)]
    assert suffixes == [".gz", ".gz", ".amij"], "the last one is still written"
    assert reads(journal.directory) == before
    journal.close()


async def test_a_packing_that_was_killed_is_done_again(tmp_path):
    journal = a_journal(tmp_path)
    journal.opened(1, T0)
    journal.append(b"x" * 5000, 1, T0)
    journal.close()
    (path,) = segments(journal.directory)
    half = path.with_name(path.name + ".gz.tmp")
    half.write_bytes(b"half")
    before = reads(journal.directory)
    tidy(journal.directory, 30, time.time())
    assert not half.exists()
    whole = path.with_name(path.name + ".gz")
    path.write_bytes(b"killed between the two")
    assert segments(journal.directory) == [whole]
    assert reads(journal.directory) == before


async def test_old_segments_are_deleted_and_younger_ones_stay(tmp_path):
    directory = tmp_path / "pbx"
    directory.mkdir()
    now = time.time()
    for name, age in (("a.amij.gz", 31), ("b.amij", 31), ("c.amij.gz", 29)):
        (directory / name).write_bytes(b"")
        os.utime(directory / name, (now - age * DAY, now - age * DAY))
    tidy(directory, 30, now)
    assert [path.name for path in directory.iterdir()] == ["c.amij.gz"]
    assert segments(directory, since=now - DAY) == []


async def test_a_full_disk_costs_the_journal_and_never_the_stream(tmp_path, monkeypatch):
    journal = a_journal(tmp_path)
    journal.opened(1, T0)
    journal.append(b"x" * 3000, 1, T0)

    def refuse(fd, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", refuse)
        for number in range(5):
            journal.append(b"lost", 2, T0 + number)
    assert journal.lost_bytes == 20
    journal._retry_at = 0.0
    journal.append(b"again", 3, T0 + SECOND)
    assert [read.data for read in reads(journal.directory)][-1] == b"again"
    journal.close()


async def test_a_write_cut_short_by_the_disk_hides_nothing_that_follows(tmp_path, monkeypatch):
    journal = a_journal(tmp_path)
    journal.opened(1, T0)
    journal.append(b"x" * 3000, 1, T0)
    whole_write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda fd, data: whole_write(fd, data[:10]))
        journal.append(b"torn", 2, T0)
    journal._retry_at = 0.0
    journal.append(b"again", 3, T0 + SECOND)
    assert [read.data for read in reads(journal.directory)] == [b"", b"x" * 3000, b"", b"again"]
    assert journal.lost_bytes == 4
    journal.close()


async def test_where_no_more_files_may_be_opened_it_syncs_later_and_leaves_none_open(tmp_path, monkeypatch):
    journal = a_journal(tmp_path)
    for number in range(2):  # one that ended unsynced, and the present one
        journal.opened(1, T0 + number)
        journal.append(b"x" * 3000, 2, T0 + number)
    synced = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    with monkeypatch.context() as patched:
        patched.setattr(os, "dup", lambda _fd: (_ for _ in ()).throw(OSError(errno.EMFILE, "too many")))
        await journal._sync()
    assert synced == []
    await journal._sync()
    assert len(synced) == 2
    assert [fd for fd in synced if Path(f"/proc/self/fd/{fd}").exists()] == []
    journal.close()
    await journal._sync()


async def test_keeping_syncs_packs_and_closes(tmp_path, monkeypatch):
    synced = []
    sync = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda fd: (synced.append(fd), sync(fd)))
    journal = a_journal(tmp_path, sync_s=0.01)
    keeper = asyncio.create_task(journal.keep())
    journal.opened(1, T0)
    journal.append(b"x" * 3000, 1, T0)
    await until(lambda: synced)
    await asyncio.sleep(0.1)
    assert len(synced) == 1, "nothing new, nothing to sync"
    journal.opened(2, T0 + SECOND)
    journal.append(b"y" * 3000, 2, T0 + SECOND)
    await until(lambda: [path.suffix for path in segments(journal.directory)] == [".gz", ".amij"])
    keeper.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeper
    assert journal._fd == -1


async def test_a_disk_that_became_read_only_stops_neither_the_stream_nor_the_next_connection(
    tmp_path, monkeypatch
):
    journal = a_journal(tmp_path)
    journal.opened(1, T0)
    journal.append(b"refused", 1, T0)

    def refuse(self, **_more):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    journal.append(b"the next day", 2, T0 + DAY * SECOND)
    journal.opened(3, T0 + DAY * SECOND)
    journal.append(b"x" * 3000, 3, T0 + DAY * SECOND)
    journal.close()
    assert reads(journal.directory)[-1].data == b"x" * 3000


async def test_a_segment_of_which_nobody_thought_does_not_end_the_keeping(tmp_path, monkeypatch):
    seen = []

    def odd(*_):
        seen.append(1)
        raise ValueError

    monkeypatch.setattr("pbx_bridge.journal.tidy", odd)
    journal = a_journal(tmp_path, sync_s=0.01)
    keeper = asyncio.create_task(journal.keep())
    await until(lambda: seen)
    journal.opened(1, T0)
    journal.append(b"x" * 3000, 1, T0)
    journal.opened(2, T0)
    await until(lambda: len(seen) > 1)
    keeper.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeper
