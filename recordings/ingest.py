# SPDX-License-Identifier: Apache-2.0
"""From a PBX's spool to the client's timeline: notice that a file is closed, match, measure, store, then delete it.

A file is closed when nobody is seen to have it open for writing, it has not changed for `settle_s`, and its call has
ended; of a call whose end we never heard, when it has not changed for `quiet_s`; where the system does not say who
writes (another user's file, a network file system), when it has not changed for `blind_s`. (Asterisk sends no
MixMonitorStop at an ordinary hangup.) A file without a call is adopted, or stays and is tried again. The spool's file
goes last, after the commit: killed at any step, the next look does that step again under the same id.
"""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from crm_core.domain.recording import Peaks, Recording, RecordingState
from crm_core.ports.clock import Clock
from crm_core.ports.feed import Feed
from crm_core.ports.recording_store import RecordingStore
from crm_core.ports.store import Store
from crm_core.usecases.adopt_recording import adopt_by_itself
from crm_core.usecases.ingest_recording import (
    Matched,
    add_another,
    keep_recording,
    mark_missing,
    match_recording,
)
from recordings.audio import open_regular
from recordings.audio_worker import AudioWorker, DamagedError, Prepared, WorkerDiedError, WorkerError
from recordings.local_store import make_key
from recordings.probe import judge, place
from recordings.settings import RecordingSettings
from recordings.spool import Listing, SpoolFile, has_writer, list_spool
from recordings.watched import HangsError, Spool, SpoolStatus, Watched

log = structlog.get_logger()
_ATTEMPTS = 3  # a file that kills the worker so often is kept as it came
_IDLE = timedelta(seconds=60)


class Ingest:
    """Run it as one task; `look` is one pass, for tests and for `rolodial` on demand."""

    def __init__(  # noqa: PLR0913 - the ports it joins
        self,
        settings: RecordingSettings,
        store: Store,
        files: RecordingStore,
        feed: Feed,
        clock: Clock,
        *,
        worker: AudioWorker | None = None,
        writer: Callable[[Path], bool | None] = has_writer,
    ) -> None:
        self._settings = settings
        self._store, self._files, self._feed, self._clock = store, files, feed, clock
        self._worker = worker or AudioWorker()
        self._writer = writer
        self._worked_at: datetime | None = None
        self._spools = {pbx: Spool(path, SpoolStatus(pbx)) for pbx, path in settings.spools.items()}

    def status(self) -> tuple[SpoolStatus, ...]:
        return tuple(spool.status for spool in self._spools.values())

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for pbx in self._spools:
                    group.create_task(self._watch(pbx))
        finally:
            await self._worker.close()

    async def _watch(self, pbx: str) -> None:
        while True:
            try:
                await self.look(pbx)
            except Exception:  # a database that is away, a bug: the files are still there at the next look
                self._spools[pbx].status.failed += 1
                log.exception("recordings not looked through", pbx=pbx)
            await asyncio.sleep(self._settings.poll_s)

    async def look(self, pbx: str) -> None:
        """One pass over a spool."""
        spool = self._spools[pbx]
        spool.begin_look(self._clock())
        listing = await self._list(spool)
        if listing is None:
            return
        self._forget_gone(spool, listing)
        unmatched = set()
        for file in listing.files:
            try:
                if not await self._take(pbx, spool, file):
                    unmatched.add(file.name.name)
            except HangsError as error:
                spool.status.error = str(error)
                return
        spool.status.unmatched = frozenset(unmatched)
        await self._find_missing(pbx, spool)
        if self._worked_at and self._clock() - self._worked_at > _IDLE:
            self._worked_at = None
            await self._worker.close()

    async def _list(self, spool: Spool) -> Listing | None:
        """None while the directory cannot be read."""
        try:
            listing = await spool.ask(list_spool, spool.path)
        except OSError as error:
            spool.status.error = error.strerror or str(error)
            return None
        for name in listing.refused - spool.status.refused:
            log.warning("not a recording, left alone", pbx=spool.status.pbx, name=name)
        spool.status.error, spool.status.refused = None, listing.refused
        spool.status.waiting = len(listing.files)
        return listing

    def _forget_gone(self, spool: Spool, listing: Listing) -> None:
        there = {file.name.name for file in listing.files}
        for name in set(spool.files) - there:
            del spool.files[name]

    async def _take(self, pbx: str, spool: Spool, file: SpoolFile) -> bool:
        """Work on a file if it is time; False when no call is known for it."""
        now, name = self._clock(), file.name.name
        watched = spool.files.get(name)
        if watched is None:
            spool.files[name] = Watched.at_first(file.size, file.last_write, now)
            return True
        if watched.has_changed(file.size, file.last_write):
            spool.files[name] = watched.changed(file.size, file.last_write, now)
            return True
        still = now - watched.since
        if still < timedelta(seconds=self._settings.settle_s):
            return True
        if watched.not_before and now < watched.not_before:
            return name not in spool.status.unmatched
        if not await self._is_closed(spool, file, watched, still):
            return True
        matched = await match_recording(self._store, pbx, file.name, now)
        if matched.call is None and still >= timedelta(seconds=self._settings.adopt_after_s):
            matched = await self._adopted(spool, file, matched)
        over = matched.call is not None and matched.call.call.ended_at is not None
        quiet = still >= timedelta(seconds=self._settings.quiet_s)
        if over or (matched.call and quiet):
            await self._work(spool, file, matched, watched)
        else:
            watched.later(now)
        return matched.call is not None

    async def _is_closed(self, spool: Spool, file: SpoolFile, watched: Watched, still: timedelta) -> bool:
        """MixMonitor writes in steps of 32 KB, a second of two channels: where none says who writes, wait longer."""
        written = await spool.ask(self._writer, file.path)
        if written:
            watched.since = self._clock()
        return written is False or (written is None and still >= timedelta(seconds=self._settings.blind_s))

    async def _adopted(self, spool: Spool, file: SpoolFile, matched: Matched) -> Matched:
        """Of a call whose name we never heard: by its channel or its time, if only one fits."""
        recording, now = matched.recording, self._clock()
        kept = await adopt_by_itself(self._store, recording, file.name, file.last_write, now)
        if kept is None:
            return matched
        spool.status.adopted += 1
        log.info("recording adopted", pbx=spool.status.pbx, name=file.name.name, call=str(kept.call.id))
        return await match_recording(self._store, spool.status.pbx, file.name, now)

    async def _work(self, spool: Spool, file: SpoolFile, matched: Matched, watched: Watched) -> None:
        self._worked_at = self._clock()
        target = self._files.workspace() / f"{matched.recording.id}.ogg"
        try:
            done = await self._prepare(file, target, matched, watched)
            if done is not None:
                await keep_recording(self._store, self._feed, done, self._clock())
                await spool.ask(_remove, file.path)
                spool.status.kept += 1
        except (
            WorkerError,
            OSError,
        ) as error:  # our disk is full, it vanished: the file stays and is tried again
            spool.status.failed += 1
            watched.later(self._clock())
            log.warning("recording not taken in", pbx=spool.status.pbx, name=file.name.name, why=str(error))
        finally:
            target.unlink(missing_ok=True)

    async def _prepare(
        self, file: SpoolFile, target: Path, matched: Matched, watched: Watched
    ) -> Recording | None:
        """What the recording's row shall say, its audio already in the store; None: look again later."""
        try:
            prepared = await self._worker.prepare(file.path, file.name.format, target, file.size)
        except DamagedError as error:
            return await self._as_it_came(file, matched.recording, str(error))
        except WorkerDiedError as error:
            watched.deaths += 1
            log.warning(
                "the worker died of a recording", name=file.name.name, times=watched.deaths, why=str(error)
            )
            if watched.deaths >= _ATTEMPTS:
                return await self._as_it_came(file, matched.recording, "the decoder died of it")
            watched.later(self._clock())
            return None
        if (prepared.inode, prepared.size) != (file.inode, file.size):
            return None
        return await self._measured(watched.grew_at, target, matched, prepared)

    async def _measured(
        self, closed_at: datetime, target: Path, matched: Matched, prepared: Prepared
    ) -> Recording:
        kept = matched.call
        duration = prepared.frames / prepared.rate
        span = place(duration, closed_at, kept.call.ended_at if kept else None)
        verdict = judge(
            prepared.frames, max(prepared.loudest, default=0), span, kept.call.talks if kept else ()
        )
        recording = await self._row_for(matched.recording, duration)
        key = make_key(recording.id, recording.created_at, "ogg")
        tracks = [*prepared.peaks, [], []]
        told = replace(
            recording,
            state=verdict.state,
            detail="; ".join(filter(None, (_adoption(recording), verdict.detail, prepared.note))) or None,
            duration_s=duration,
            started_at=span.started_at,
            ended_at=span.ended_at,
            loudest=tuple(prepared.loudest),
        )
        if not prepared.frames:
            return told
        size = await self._files.put(key, target)
        peaks = Peaks(client=tracks[0], operator=tracks[1])
        return replace(told, storage_key=key, media_type=prepared.media_type, bytes=size, peaks=peaks)

    async def _row_for(self, recording: Recording, duration: float) -> Recording:
        """The row to fill. One that is full of other audio keeps it: a new row is for the new file."""
        same = recording.duration_s is None or abs(recording.duration_s - duration) < 0.001  # noqa: PLR2004 - under 1 ms
        return recording if same else await add_another(self._store, recording, self._clock())

    async def _as_it_came(self, file: SpoolFile, recording: Recording, why: str) -> Recording:
        """Nothing is thrown away because we cannot read it."""
        copy = self._files.workspace() / f"{recording.id}.{file.name.format}"
        await asyncio.to_thread(_copy, file.path, copy)
        key = make_key(recording.id, recording.created_at, file.name.format)
        size = await self._files.put(key, copy)
        state, kind = RecordingState.DAMAGED, "application/octet-stream"
        return replace(recording, state=state, detail=why, storage_key=key, media_type=kind, bytes=size)

    async def _find_missing(self, pbx: str, spool: Spool) -> None:
        now = self._clock()
        deadline = now - timedelta(seconds=self._settings.missing_after_s)
        async with self._store.read() as tx:
            overdue = await tx.recordings.overdue(pbx, deadline)
        for recording in overdue:
            if recording.source_name not in spool.files:
                log.warning("recording missing", pbx=pbx, name=recording.source_name)
                await mark_missing(self._store, self._feed, recording, now)


def _adoption(recording: Recording) -> str | None:
    """How a file that waits found its call, where its name did not say it."""
    return recording.detail if recording.state is RecordingState.WAITING else None


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    with open_regular(source) as file, target.open("wb") as out:
        shutil.copyfileobj(file, out)
