# SPDX-License-Identifier: Apache-2.0
"""The house's sounds as files: kept by version in the data directory, and by name in each PBX's spool."""

import asyncio
import contextlib
import hashlib
import os
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from uuid import UUID

from crm_core.domain.errors import CrmError
from crm_core.domain.ids import ORIGINATED
from crm_core.domain.prompt import (
    FOLDER,
    TAKE,
    NotASoundError,
    SilentSoundError,
    Sound,
    SoundNotReadNowError,
    SoundTooLongError,
    SoundTooShortError,
)
from crm_core.ports.prompts import Delivered
from recordings.audio_worker import AudioWorker, WorkerDiedError, WorkerError
from recordings.queue_sounds import FILE, queue_sounds

_REFUSALS = {
    "too_long": SoundTooLongError,
    "too_short": SoundTooShortError,
    "silent": SilentSoundError,
}
TellQueues = Callable[[], Awaitable[object]]
_STALE_S = 3600.0  # a take that nobody kept
_READABLE = 0o644  # by the PBX, whoever it runs as


class LocalPromptShelf:
    """Implements ports.prompts.PromptShelf. `spools`: of PBXs that are routed; None: not seen from here.

    `tell_queues`: of PBXs whose queues say the house's sounds; reads their queues.conf again.
    """

    def __init__(
        self,
        root: Path,
        spools: Mapping[str, Path | None],
        tell_queues: Mapping[str, TellQueues] | None = None,
    ) -> None:
        self._root = root
        self._spools = spools
        self._tell_queues = tell_queues or {}
        self._told: dict[str, str] = {}  # what the queues of a PBX say, as it last read it
        self._said: tuple[Delivered, ...] = ()
        self._turn = asyncio.Lock()

    async def take(self, version: UUID, source: Path) -> Sound:
        target = self.path(version)
        half = self.scratch() / f"{version}.wav"
        worker = AudioWorker()
        try:
            told = await worker.make_sound(source, half)
            if why := told.get("refused"):
                raise _REFUSALS.get(why, NotASoundError)
            return await asyncio.to_thread(_keep, half, target, float(told["seconds"]))
        except WorkerDiedError as error:
            raise NotASoundError from error
        except (WorkerError, OSError) as error:
            raise SoundNotReadNowError from error
        finally:
            half.unlink(missing_ok=True)
            await worker.close()

    def scratch(self) -> Path:
        work = self._root / "work"
        work.mkdir(parents=True, exist_ok=True, mode=0o700)
        return work

    def path(self, version: UUID) -> Path:
        return self._root / f"{version}.wav"

    def taken(self, pbx: str, call_id: UUID) -> Path | None:
        spool = self._spools.get(pbx)
        return spool / f"{TAKE}{ORIGINATED}{call_id}.wav" if spool else None

    async def remove(self, versions: Collection[UUID]) -> None:
        for version in versions:
            await asyncio.to_thread(self.path(version).unlink, missing_ok=True)

    async def deliver(self, wanted: Callable[[], Awaitable[Mapping[str, UUID]]]) -> Sequence[Delivered]:
        async with self._turn:
            files = {f"{name}.wav": self.path(version) for name, version in (await wanted()).items()}
            self._said = tuple([await self._bring(pbx, files) for pbx in self._spools])
        return self._said

    async def _bring(self, pbx: str, files: Mapping[str, Path]) -> Delivered:
        spool, tell = self._spools[pbx], self._tell_queues.get(pbx)
        if spool is None:
            return Delivered(pbx=pbx, folder=None)
        text = queue_sounds([Path(name).stem for name in files], spool / FOLDER) if tell else ""
        done = await asyncio.to_thread(_bring, pbx, spool, files, text)
        if tell and not done.trouble and self._told.get(pbx) != text:
            with contextlib.suppress(CrmError):  # off the line: the next delivery tells it
                await tell()
                self._told[pbx] = text
        return done

    def delivered(self) -> Sequence[Delivered]:
        return self._said


def _keep(half: Path, target: Path, seconds: float) -> Sound:
    content = half.read_bytes()
    with half.open("rb") as file:
        os.fsync(file.fileno())
    half.replace(target)
    return Sound(seconds=seconds, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def _bring(pbx: str, spool: Path, files: Mapping[str, Path], queues: str) -> Delivered:
    """Whatever else lies in that folder goes: it is ours alone. `queues`: what theirs say of the sounds."""
    folder = spool / FOLDER
    try:
        _forget_takes(spool)
        if not files and not folder.exists():
            return Delivered(pbx=pbx, folder=folder)
        folder.mkdir(exist_ok=True)
        contents = {name: source.read_bytes() for name, source in files.items()}
        if queues:
            contents[FILE] = queues.encode()  # last: what it names is there
        for name, content in contents.items():
            _write(content, folder / name)
        for path in folder.iterdir():
            if path.name not in contents and path.is_file():
                path.unlink()
    except OSError as error:
        return Delivered(pbx=pbx, folder=folder, trouble=f"{error.filename}: {error.strerror}")
    return Delivered(pbx=pbx, folder=folder, count=len(files))


def _write(content: bytes, target: Path) -> None:
    """In one step, so that a call hears the old one or the new one."""
    with contextlib.suppress(FileNotFoundError):
        if target.read_bytes() == content:
            return
    half = target.with_name(f".{target.name}.new")
    half.write_bytes(content)
    half.chmod(_READABLE)
    half.replace(target)


def _forget_takes(spool: Path) -> None:
    for path in spool.glob(f"{TAKE}{ORIGINATED}*.wav"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _STALE_S:
                path.unlink()
