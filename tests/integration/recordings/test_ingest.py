# SPDX-License-Identifier: Apache-2.0
import os
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
import soundfile

from crm_core.domain.call import CallEnded
from crm_core.domain.recording import RecordingState
from crm_core.usecases.record_call import record_call
from recordings.audio_worker import AudioWorker, WorkerDiedError, WorkerError
from recordings.ingest import Ingest
from recordings.local_store import LocalRecordingStore
from recordings.settings import RecordingSettings
from tests.support.audio import raw, strongest, tone, wav
from tests.support.calls import PBX, a_call, a_world, add_contact, at, ended, talking

LINKEDID = "1795165200.1"
NAME = f"{LINKEDID}_{LINKEDID}.raw"


@dataclass
class Bench:
    world: object
    spool: Path
    files: LocalRecordingStore
    ingest: Ingest
    worker: AudioWorker
    seconds: float = 70.0
    writers: set = field(default_factory=set)

    async def look(self, times=2, step=2.0):
        for _ in range(times):
            await self.ingest.look(PBX)
            self.seconds += step

    async def recordings(self):
        async with self.world.store.read() as tx:
            found = await tx.recordings.of_calls([a_call().id])
        return found.get(a_call().id, [])

    def put(self, content, name=NAME, closed_after=65.0):
        path = self.spool / name
        path.write_bytes(content)
        os.utime(path, (at(closed_after).timestamp(),) * 2)
        return path

    async def end_call(self, talk=60.0, recordings=(NAME,)):
        call = ended(talking(replace(a_call(), recordings=recordings)), talk=talk)
        await record_call(
            CallEnded(call=call, at=at(65)), self.world.store, self.world.feed, self.world.directory
        )


def an_ingest(bench):
    settings = RecordingSettings(storage=Path("unused"), spools={PBX: bench.spool}, missing_after_s=120)
    return Ingest(
        settings,
        bench.world.store,
        bench.files,
        bench.world.feed,
        lambda: at(bench.seconds),
        worker=bench.worker,
        writer=lambda path: path.name in bench.writers,
    )


@pytest.fixture
async def bench(store, tmp_path):
    spool = tmp_path / "spool"
    spool.mkdir()
    made = Bench(await a_world(store), spool, LocalRecordingStore(tmp_path / "kept"), None, AudioWorker())
    await add_contact(store)
    made.ingest = an_ingest(made)
    yield made
    await made.worker.close()


async def read_all(bench, key):
    kept = await bench.files.find(key)
    return b"".join([piece async for piece in bench.files.read(key, 0, kept.size)])


async def test_a_recording_is_stored_with_its_peaks_and_leaves_the_spool(bench, tmp_path):
    path = bench.put(raw(60.0))
    await bench.end_call()
    await bench.look()
    (recording,) = await bench.recordings()
    assert recording.state is RecordingState.READY
    assert recording.duration_s == 60.0
    assert (recording.started_at, recording.ended_at) == (at(5), at(65))
    assert len(recording.peaks.client) == len(recording.peaks.operator) == 1000
    assert not path.exists()
    played = tmp_path / "played.ogg"
    played.write_bytes(await read_all(bench, recording.storage_key))
    assert recording.bytes == played.stat().st_size
    samples, rate = soundfile.read(played)
    assert samples.shape[1] == 2
    middle = samples[rate : 3 * rate]
    assert strongest(middle[:, 0], rate) == pytest.approx(440, abs=5)  # left: the client
    assert strongest(middle[:, 1], rate) == pytest.approx(880, abs=5)
    assert bench.world.feed.data("recording")[-1]["state"] == "ready"


async def test_a_file_before_its_call_is_known_is_kept_and_found_later(bench):
    path = bench.put(raw(60.0))
    await bench.look(5, step=30)
    assert path.exists()
    assert bench.ingest.status()[0].unmatched == {NAME}
    await bench.end_call()
    await bench.look(3, step=70)
    assert [one.state for one in await bench.recordings()] == [RecordingState.READY]
    assert bench.ingest.status()[0].unmatched == frozenset()


async def test_a_consultation_taken_in_first_is_not_too_short_for_the_clients_talk(bench):
    """It ends at the transfer, a moment after the next talk began; the client's own file goes on."""
    consult = f"{LINKEDID}_1795165200.9.raw"
    bench.put(raw(10.0), consult, closed_after=27.0)
    await bench.end_call(recordings=(consult, NAME))
    await bench.look()
    assert [one.state for one in await bench.recordings()].count(RecordingState.TRUNCATED) == 1
    bench.put(raw(60.0))
    await bench.look()
    assert {one.state for one in await bench.recordings()} == {RecordingState.READY}


async def test_a_file_that_comes_a_minute_late(bench):
    await bench.end_call()
    await bench.look(3, step=20)
    bench.put(raw(60.0), closed_after=130.0)  # copied, so its time is that of the copy
    await bench.look()
    (recording,) = await bench.recordings()
    assert recording.state is RecordingState.READY
    assert recording.ended_at == at(65)


async def test_a_file_that_never_comes_is_missing_until_it_does(bench):
    await bench.end_call()
    await bench.look(2, step=10)
    assert (await bench.recordings())[0].state is RecordingState.WAITING
    bench.seconds = 65 + 121
    await bench.look(1)
    assert (await bench.recordings())[0].state is RecordingState.MISSING
    bench.put(raw(60.0), closed_after=300)
    await bench.look()
    (recording,) = await bench.recordings()
    assert recording.state is RecordingState.READY


async def test_a_file_still_written_is_left_alone(bench):
    path = bench.put(raw(30.0))
    await bench.end_call()
    bench.writers.add(NAME)
    await bench.look(5)
    assert path.exists()
    bench.writers.clear()
    await bench.look(3)
    assert not path.exists()


async def test_the_spool_of_a_call_going_on_is_left_alone(bench):
    call = replace(talking(a_call()), recordings=(NAME,))
    path = bench.put(raw(3.0), closed_after=10)
    async with bench.world.store.begin() as tx:
        from crm_core.usecases.keep_call import keep_call

        await keep_call(tx, call, bench.world.directory)
    await bench.look(4)
    assert path.exists()


@pytest.mark.parametrize(
    ("content", "closed", "state"),
    [
        (b"", 65, RecordingState.EMPTY),
        (raw(60.0, level=0), 65, RecordingState.SILENT),
        (raw(20.0), 27, RecordingState.TRUNCATED),  # the disk was full after 22 s of talk
        (raw(60.0) + b"\x01", 65, RecordingState.READY),  # an odd byte at the end
        (raw(50.0), 64, RecordingState.READY),  # first audio came late: not a loss
    ],
)
async def test_what_a_recording_is_worth(bench, content, closed, state):
    path = bench.put(content, closed_after=closed)
    await bench.end_call()
    await bench.look()
    (recording,) = await bench.recordings()
    assert recording.state is state
    assert (recording.storage_key is None) == (state is RecordingState.EMPTY)
    assert not path.exists()


async def test_a_full_disk_moves_the_files_time_on_but_not_its_audio(bench):
    """Each refused write sets the time of the file anew, up to the end of the call."""
    bench.seconds = 26.0
    path = bench.put(raw(20.0), closed_after=25)
    bench.writers.add(NAME)
    await bench.look(1)
    for refused_at in (30, 45, 65):
        os.utime(path, (at(refused_at).timestamp(),) * 2)
        bench.seconds = refused_at + 1
        await bench.look(1)
    bench.writers.clear()
    await bench.end_call()
    await bench.look(2)
    (recording,) = await bench.recordings()
    assert recording.state is RecordingState.TRUNCATED
    assert (recording.started_at, recording.ended_at) == (at(5), at(25))


async def test_a_clock_set_back_an_hour_does_not_keep_a_file_waiting_for_an_hour(bench):
    bench.put(raw(60.0))
    await bench.end_call()
    await bench.look(1)
    bench.seconds -= 3600
    await bench.look(2)
    assert [one.state for one in await bench.recordings()] == [RecordingState.READY]


async def test_a_wav_whose_header_says_nothing_is_read_by_its_size(bench):
    name = f"{LINKEDID}_{LINKEDID}.wav"
    bench.put(wav(tone(60.0), length=0), name)
    await bench.end_call(recordings=(name,))
    await bench.look()
    (recording,) = await bench.recordings()
    assert (recording.state, recording.duration_s) == (RecordingState.READY, 60.0)
    assert "size" in recording.detail
    assert (len(recording.peaks.client), len(recording.peaks.operator)) == (1000, 0)


async def test_44_bytes_of_a_call_without_audio(bench):
    name = f"{LINKEDID}_{LINKEDID}.wav"
    bench.put(wav(tone(0), length=0), name)
    await bench.end_call(recordings=(name,))
    await bench.look()
    assert [one.state for one in await bench.recordings()] == [RecordingState.EMPTY]


async def test_garbage_is_kept_as_it_came(bench):
    name = f"{LINKEDID}_{LINKEDID}.wav"
    path = bench.put(b"not audio at all" * 100, name)
    await bench.end_call(recordings=(name,))
    await bench.look()
    (recording,) = await bench.recordings()
    assert recording.state is RecordingState.DAMAGED
    assert await read_all(bench, recording.storage_key) == b"not audio at all" * 100
    assert not path.exists()


async def test_links_fifos_and_odd_names_are_refused_and_left(bench, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(raw(60.0))
    (bench.spool / NAME).symlink_to(secret)
    os.mkfifo(bench.spool / f"{LINKEDID}_2.raw")
    (bench.spool / f"{LINKEDID}_3.raw").mkdir()
    odd = [".hidden_1.raw", "a..b_1.raw", "x.raw", "1_2.exe", "имя_1.raw", "1_2.raw\n"]
    for name in odd:
        (bench.spool / name).write_bytes(b"x")
    await bench.end_call()
    await bench.look(3)
    assert bench.ingest.status()[0].refused == {NAME, f"{LINKEDID}_2.raw", f"{LINKEDID}_3.raw", *odd}
    assert secret.exists()
    assert len(list(bench.spool.iterdir())) == len(odd) + 3
    assert (await bench.recordings())[0].state is RecordingState.WAITING


async def test_a_spool_that_is_not_there_is_said_and_nothing_is_called_missing(bench):
    await bench.end_call()
    bench.spool.rmdir()
    bench.seconds = 1000
    await bench.look()
    assert bench.ingest.status()[0].error == "No such file or directory"
    assert (await bench.recordings())[0].state is RecordingState.WAITING


class Killed(BaseException):
    """kill -9: nothing after it runs."""


@pytest.mark.parametrize("step", ["match", "prepare", "put", "commit", "unlink"])
async def test_killed_at_any_step_nothing_is_lost_or_doubled(bench, step, monkeypatch):
    path = bench.put(raw(60.0))
    await bench.end_call()

    def die(*_args, **_kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        if step == "match":
            patch.setattr("recordings.ingest.match_recording", die)
        elif step == "prepare":
            patch.setattr(bench.worker, "prepare", die)
        elif step == "put":
            patch.setattr(bench.files, "put", die)
        elif step == "commit":
            patch.setattr("recordings.ingest.keep_recording", die)
        else:
            patch.setattr(Path, "unlink", lambda self, **_: die() if self == path else None)
        with pytest.raises(Killed):
            await bench.look()
    assert path.exists()
    bench.ingest = an_ingest(bench)  # a new process
    await bench.look(3)
    (recording,) = await bench.recordings()
    assert recording.state is RecordingState.READY
    assert not path.exists()
    assert len(list(bench.files.workspace().parent.rglob("*.ogg"))) == 1


async def test_a_second_file_of_the_same_name_does_not_overwrite_the_first(bench):
    bench.put(raw(60.0))
    await bench.end_call()
    await bench.look()
    bench.put(raw(61.0))
    await bench.look()
    first, second = await bench.recordings()
    assert (first.duration_s, second.duration_s) == (60.0, 61.0)
    assert first.storage_key != second.storage_key


async def test_a_file_that_kills_the_decoder_is_kept_as_it_came(bench, monkeypatch):
    async def die(*_args):
        raise WorkerDiedError("exit -11")

    monkeypatch.setattr(bench.worker, "prepare", die)
    bench.put(raw(60.0))
    await bench.end_call()
    await bench.look(8, step=10)
    (recording,) = await bench.recordings()
    assert (recording.state, recording.detail) == (RecordingState.DAMAGED, "the decoder died of it")


async def test_no_space_here_keeps_the_file_in_the_spool(bench, monkeypatch):
    async def full(*_args):
        raise WorkerError("OSError: [Errno 28] No space left on device")

    path = bench.put(raw(60.0))
    await bench.end_call()
    with monkeypatch.context() as patch:
        patch.setattr(bench.worker, "prepare", full)
        await bench.look(4)
    assert path.exists()
    assert bench.ingest.status()[0].failed >= 1
    bench.seconds += timedelta(minutes=2).total_seconds()
    await bench.look()
    assert not path.exists()
    assert [one.state for one in await bench.recordings()] == [RecordingState.READY]
