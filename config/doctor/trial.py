# SPDX-License-Identifier: Apache-2.0
"""The test call: rings nobody, and shows what of it arrives by AMI, in CEL, as a file, and over FastAGI."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from config.doctor.ami_session import AmiSession, token
from crm_core.domain.errors import CrmError
from pbx_bridge.ami_errors import ActionRefusedError
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.cel.rows import cel_row

_LONGEST_S = 6.0  # the probe itself gives up after 2 s; Python starts slowly on a busy PBX
_AFTER_S = 1.0  # from the call's end: what is not here by then will not come
_LOOK_S = 0.02
_CHANNEL = "Local/doctor@rolodial-sync/n"
PROBE = "ROLODIAL_PROBE"


@dataclass(slots=True)
class Trial:
    """What was seen of one test call. Seconds count from the PBX's 'queued'."""

    linkedid: str
    refused: str = ""  # why there was no call
    events: list[AmiEvent] = field(default_factory=list)
    cel: list[dict[str, str]] = field(default_factory=list)
    cel_strange: str = ""  # a line about our call that is not of our shape
    cel_after_s: float | None = None
    file_after_s: float | None = None
    file_left: str = ""  # why the file could not be removed again
    probe: str = ""
    began: float = field(default_factory=time.monotonic)

    @property
    def file(self) -> str:
        return f"{self.linkedid}.raw"

    @property
    def ended_at(self) -> datetime | None:
        """When we heard of its end."""
        ends = (
            one.at for one in self.events if one.name == "Hangup" and one.get("Uniqueid") == self.linkedid
        )
        return next(ends, None)


async def place_trial(session: AmiSession, spool: Path | None, cel_file: Path | None) -> Trial:
    """About a second; longer when something is silent."""
    trial = Trial(f"doctor-{token()}")
    tail = CelTail(cel_file)
    await _forget_last_probe(session)
    async with _listening(session, trial):
        try:
            await session.ask(_originate(trial.linkedid))
        except ActionRefusedError as error:
            trial.refused = str(error)
            return trial
        trial.began = time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_S):
                while not (_is_complete(trial, spool, cel_file) or _is_over(session, trial)):
                    await _look(session, trial, spool, tail)
                    await asyncio.sleep(_LOOK_S)
        await _end(session, trial, spool)
    return trial


def _originate(linkedid: str) -> dict[str, str | list[str]]:
    return {
        "Action": "Originate", "Channel": _CHANNEL, "Context": "rolodial-sync", "Exten": "idle", "Priority": "1",
        "ChannelId": linkedid, "OtherChannelId": f"{linkedid}-2", "Async": "true",
    }  # fmt: skip


async def _look(session: AmiSession, trial: Trial, spool: Path | None, tail: "CelTail") -> None:
    since_s = time.monotonic() - trial.began
    for line in tail.lines():
        _take_cel(trial, line, since_s)
    if spool and trial.file_after_s is None and (spool / trial.file).is_file():
        trial.file_after_s = since_s
    if not trial.probe:
        with suppress(ActionRefusedError):
            said = await session.get(PROBE)
            trial.probe = said if said.startswith(("ok|", "failed|")) else ""


def _take_cel(trial: Trial, line: str, since_s: float) -> None:
    if trial.linkedid not in line:
        return
    row = cel_row(line)
    if row is None or row["linkedid"] != trial.linkedid:
        trial.cel_strange = trial.cel_strange or line.strip()
        return
    if trial.cel_after_s is None:
        trial.cel_after_s = since_s
    trial.cel.append(row)


def _is_complete(trial: Trial, spool: Path | None, cel_file: Path | None) -> bool:
    """All that was to be seen has been; the event filter has had a second to show what it lets through."""
    rows = {row["eventtype"] for row in trial.cel}
    seen = trial.probe and (trial.file_after_s is not None or not spool)
    return bool(
        seen
        and trial.ended_at
        and ("LINKEDID_END" in rows or not cel_file or trial.cel_strange)
        and time.monotonic() - trial.began >= 1
    )


def _is_over(session: AmiSession, trial: Trial) -> bool:
    return trial.ended_at is not None and (session.clock() - trial.ended_at).total_seconds() > _AFTER_S


async def _forget_last_probe(session: AmiSession) -> None:
    with suppress(ActionRefusedError):  # then an older answer may be believed; the rights are complained of
        await session.ask({"Action": "Setvar", "Variable": PROBE, "Value": "none"})


@asynccontextmanager
async def _listening(session: AmiSession, trial: Trial) -> AsyncIterator[None]:
    session.events = trial.events
    await session.ask({"Action": "Events", "EventMask": "on"})
    try:
        yield
    finally:
        with suppress(CrmError):
            await session.ask({"Action": "Events", "EventMask": "off"})
        session.events = []


async def _end(session: AmiSession, trial: Trial, spool: Path | None) -> None:
    """Leave neither a channel nor a file behind."""
    if not trial.ended_at:
        with suppress(CrmError):
            await session.ask({"Action": "Hangup", "Channel": trial.linkedid})
    if spool and trial.file_after_s is not None:
        try:
            (spool / trial.file).unlink(missing_ok=True)
        except OSError as error:
            trial.file_left = error.strerror or str(error)


class CelTail:
    """Whole lines that come to a file from now on; it may be made, or put aside for a new one, meanwhile."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._rest = b""
        self._inode, self._at = self._stat()

    def lines(self) -> list[str]:
        inode, size = self._stat()
        if inode != self._inode:
            self._inode, self._at, self._rest = inode, 0, b""
        if self._path is None or size <= self._at:
            return []
        with self._path.open("rb") as file:
            file.seek(self._at)
            data = file.read()
        self._at += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def _stat(self) -> tuple[int, int]:
        try:
            found = self._path.stat() if self._path else None
        except OSError:
            found = None
        return (found.st_ino, found.st_size) if found else (0, 0)
