# SPDX-License-Identifier: Apache-2.0
"""What may go wrong with a PBX's directory: a file that grows, a disk that hangs, files of strangers, orphans."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from crm_core.domain.recording import RecordingState
from recordings.settings import RecordingSettings
from recordings.spool import has_writer
from tests.integration.recordings.test_ingest import bench  # noqa: F401 - a fixture
from tests.support.audio import raw
from tests.support.calls import T0, a_call

STEP = 32_768  # what MixMonitor writes at once: a second of two channels


async def test_a_file_that_grows_in_steps_is_not_taken_before_its_writer_is_gone(bench):  # noqa: F811
    """The call is over as far as we know, and the steps are further apart than the file must rest."""
    bench.ingest._writer = has_writer
    content, step = raw(60.0), STEP
    path = bench.put(b"")
    await bench.end_call()
    with path.open("ab", buffering=0) as file:
        for start in range(0, len(content), step * 8):
            file.write(content[start : start + step * 8])
            await bench.look(3)
            assert path.exists()
    bench.put(content)
    await bench.look(4)
    (recording,) = await bench.recordings()
    assert (recording.state, recording.duration_s) == (RecordingState.READY, 60.0)


async def test_where_nobody_says_who_writes_a_file_rests_longer(bench):  # noqa: F811
    bench.ingest._writer = lambda _path: None
    path = bench.put(raw(60.0))
    await bench.end_call()
    await bench.look(10, step=2.0)
    assert path.exists()
    await bench.look(10, step=2.0)
    assert not path.exists()


async def test_a_disk_that_hangs_holds_up_nobody_and_is_asked_once(bench, monkeypatch):  # noqa: F811
    monkeypatch.setattr("recordings.watched._HUNG_S", 0.05)
    answers, asked = threading.Event(), []

    def hangs(path):
        asked.append(path)
        answers.wait(30)
        return False

    bench.ingest._writer = hangs
    path = bench.put(raw(60.0))
    await bench.end_call()
    while not asked:
        await bench.look()
    await bench.look(6)
    assert bench.ingest.status()[0].error == "the directory does not answer"
    assert len(asked) == 1
    monkeypatch.setattr("recordings.watched._HUNG_S", 30)
    answers.set()
    async with asyncio.timeout(30):
        while path.exists():
            await bench.look(1)
            await asyncio.sleep(0.01)
    assert bench.ingest.status()[0].error is None
    assert [one.state for one in await bench.recordings()] == [RecordingState.READY]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (OSError(5, "Input/output error"), "Input/output error"),
    ],
)
async def test_a_directory_that_cannot_be_read_is_said(bench, monkeypatch, error, said):  # noqa: F811
    def refuse(_path):
        raise error

    monkeypatch.setattr("recordings.ingest.list_spool", refuse)
    await bench.look()
    assert bench.ingest.status()[0].error == said
    monkeypatch.undo()
    await bench.look()
    assert bench.ingest.status()[0].error is None


async def test_a_file_in_the_place_of_the_directory_is_said(bench):  # noqa: F811
    bench.spool.rmdir()
    bench.spool.write_bytes(b"")
    await bench.look()
    assert bench.ingest.status()[0].error == "Not a directory"


async def test_an_orphan_is_adopted_by_its_time_once_its_call_had_time_to_come(bench):  # noqa: F811
    """We were away when it began, so its linkedid is none of ours; CEL or the journal made the call since."""
    stranger = f"{int(T0.timestamp())}.99"
    path = bench.put(raw(60.0), f"{stranger}_{stranger}.raw")
    await bench.end_call(recordings=())
    await bench.look(5, step=2.0)
    assert bench.ingest.status()[0].unmatched == {path.name}
    await bench.look(10, step=30.0)
    (recording,) = await bench.recordings()
    assert (recording.call_id, recording.state) == (a_call().id, RecordingState.READY)
    assert bench.ingest.status()[0].adopted == 1
    assert "found by its time" in recording.detail


async def test_an_orphan_that_fits_no_call_stays_and_is_listed(bench):  # noqa: F811
    stranger = f"{int((T0 - timedelta(hours=2)).timestamp())}.99"
    path = bench.put(raw(60.0), f"{stranger}_{stranger}.raw")
    await bench.end_call()
    await bench.look(20, step=30.0)
    assert path.exists()
    async with bench.world.store.read() as tx:
        now = datetime.now(UTC)
        listed = await tx.balances.orphans(T0, now + timedelta(days=1))
    assert [one.source_name for one in listed] == [path.name]


async def test_one_side_of_the_talk_that_was_never_heard_is_known(bench):  # noqa: F811
    samples = bytearray(raw(60.0))
    for channel in (2, 3):
        samples[channel::4] = bytes(len(samples[channel::4]))
    bench.put(bytes(samples))
    await bench.end_call()
    await bench.look()
    (recording,) = await bench.recordings()
    assert (recording.state, recording.silent_side) == (RecordingState.READY, "operator")


def test_the_rest_that_a_file_needs_where_nobody_says_who_writes_is_longer_than_a_step(tmp_path):
    settings = RecordingSettings(storage=tmp_path)
    assert settings.blind_s > 2 * STEP / 16_000  # the slowest format: one channel, 16 bit, 8 kHz
