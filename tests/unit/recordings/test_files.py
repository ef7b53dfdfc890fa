# SPDX-License-Identifier: Apache-2.0
import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_core.domain.errors import InvalidInputError, NotFoundError
from recordings.audio_worker import AudioWorker, DamagedError, WorkerDiedError, WorkerError
from recordings.local_store import LocalRecordingStore, make_key
from recordings.spool import has_writer
from tests.support.audio import raw

KEY = make_key(UUID(int=7), datetime(2026, 11, 20, tzinfo=UTC), "ogg")


async def pieces(store, key, start, stop):
    return b"".join([piece async for piece in store.read(key, start, stop)])


async def test_put_read_range_and_delete(tmp_path):
    store = LocalRecordingStore(tmp_path / "kept")
    source = store.workspace() / "new.ogg"
    source.write_bytes(bytes(range(256)) * 4000)
    assert await store.put(KEY, source) == 1_024_000
    assert not source.exists()
    assert (await store.find(KEY)).size == 1_024_000
    assert await pieces(store, KEY, 0, 1_024_000) == bytes(range(256)) * 4000
    assert await pieces(store, KEY, 255, 258) == b"\xff\x00\x01"
    assert await pieces(store, KEY, 1_023_999, 2_000_000) == b"\xff"
    await store.delete(KEY)
    await store.delete(KEY)
    assert await store.find(KEY) is None
    with pytest.raises(NotFoundError):
        await pieces(store, KEY, 0, 1)


async def test_what_a_crash_left_in_the_workspace_goes_at_the_next_start(tmp_path):
    store = LocalRecordingStore(tmp_path)
    (store.workspace() / "half.ogg").write_bytes(b"half")
    LocalRecordingStore(tmp_path)
    assert list(store.workspace().iterdir()) == []


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "/etc/passwd", "2026/11/20/../x.ogg", KEY + "\n", KEY.replace("-", ""), ""]
)
async def test_a_key_that_is_none_of_ours(tmp_path, key):
    store = LocalRecordingStore(tmp_path)
    with pytest.raises(InvalidInputError):
        await store.find(key)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.sampled_from("0123456789abcdef/-.og\\\0"), max_size=70))
def test_no_key_leads_out_of_the_root(tmp_path, key):
    store = LocalRecordingStore(tmp_path)
    try:
        path = store._path(key)
    except InvalidInputError:
        return
    assert path.resolve().is_relative_to(tmp_path.resolve())


async def test_a_kept_file_replaced_by_a_link_is_not_read(tmp_path):
    store = LocalRecordingStore(tmp_path / "kept")
    source = store.workspace() / "new.ogg"
    source.write_bytes(b"x")
    await store.put(KEY, source)
    path = store._path(KEY)
    path.unlink()
    path.symlink_to("/etc/passwd")
    assert await store.find(KEY) is None


def test_a_writer_is_seen_until_it_closes(tmp_path):
    path = tmp_path / "a.raw"
    writer = subprocess.Popen(
        [sys.executable, "-c", f"f=open({str(path)!r},'wb'); f.write(b'x'); f.flush(); print(); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        writer.stdout.readline()
        if has_writer(path) is None:
            pytest.skip("this file system knows no leases")
        assert has_writer(path) is True
    finally:
        writer.communicate(b"\n")
    assert has_writer(path) is False
    assert has_writer(tmp_path / "gone.raw") is None


@pytest.fixture
async def worker():
    made = AudioWorker(least_s=20)
    yield made
    await made.close()


async def test_the_worker_answers_and_goes_on_after_damage(worker, tmp_path):
    good, bad = tmp_path / "a.raw", tmp_path / "b.wav"
    good.write_bytes(raw(1.0))
    bad.write_bytes(b"no audio" * 30)
    with pytest.raises(DamagedError):
        await worker.prepare(bad, "wav", tmp_path / "out.ogg", 240)
    with pytest.raises(WorkerError, match="FileNotFoundError"):
        await worker.prepare(tmp_path / "gone.raw", "raw", tmp_path / "out.ogg", 0)
    done = await worker.prepare(good, "raw", tmp_path / "out.ogg", 32000)
    assert (done.frames, done.rate, done.inode) == (8000, 8000, good.stat().st_ino)


async def test_a_worker_that_dies_is_said_so_and_replaced(worker, tmp_path):
    good = tmp_path / "a.raw"
    good.write_bytes(raw(1.0))
    await worker.prepare(good, "raw", tmp_path / "out.ogg", 32000)
    os.kill(worker._process.pid, signal.SIGKILL)
    with pytest.raises(WorkerDiedError):
        await worker.prepare(good, "raw", tmp_path / "out.ogg", 32000)
    assert (await worker.prepare(good, "raw", tmp_path / "out.ogg", 32000)).frames == 8000


async def test_a_worker_that_hangs_is_replaced(tmp_path):
    good = tmp_path / "a.raw"
    good.write_bytes(raw(1.0))
    worker = AudioWorker(least_s=20)
    await worker.prepare(good, "raw", tmp_path / "out.ogg", 32000)
    os.kill(worker._process.pid, signal.SIGSTOP)
    worker._least_s = 0.2
    with pytest.raises(WorkerDiedError):
        await worker.prepare(good, "raw", tmp_path / "out.ogg", 0)
    await worker.close()


async def test_the_worker_ends_when_its_parent_does(worker, tmp_path):
    good = tmp_path / "a.raw"
    good.write_bytes(raw(1.0))
    await worker.prepare(good, "raw", tmp_path / "out.ogg", 32000)
    process = worker._process
    process.stdin.close()  # as the kernel does when the parent is killed
    assert await asyncio.wait_for(process.wait(), 30) == 0
