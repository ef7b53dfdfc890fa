# SPDX-License-Identifier: Apache-2.0
"""Writes all that one PBX says into one .amij file, for support and for tests."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from crm_core.domain.errors import CrmError
from crm_core.ports.pbx import LinkState
from pbx_bridge.ami_link import AmiLink
from pbx_bridge.amij import Head, Kind, encode, encode_head
from pbx_bridge.settings import AmiSettings


class CaptureFailedError(CrmError):
    """The capture could not be made."""


class _File:
    """The link's tape; what cannot be written ends the capture."""

    def __init__(self, out: Path, pbx: str) -> None:
        self._out = out
        self._file = out.open("xb", buffering=0)
        self._file.write(encode_head(Head(pbx, "")))
        self.bytes = 0

    def opened(self, mono_ns: int, wall_ns: int) -> None:
        self._file.write(encode(Kind.OPENED, mono_ns, wall_ns))

    def append(self, data: bytes, mono_ns: int, wall_ns: int) -> None:
        self._file.write(encode(Kind.DATA, mono_ns, wall_ns, data))
        self.bytes += len(data)

    def close(self, *, keep: bool) -> None:
        self._file.close()
        if not keep:
            self._out.unlink()


async def capture(settings: AmiSettings, out: Path, pbx: str, say: Callable[[str], None]) -> None:
    """Until cancelled; reconnects as the bridge does. A refused login ends it, since someone is there to read why."""
    try:
        tape = _File(out, pbx)
    except OSError as error:
        raise CaptureFailedError(f"{out} cannot be written: {error.strerror}") from error
    refused: list[str] = []

    def on_state(state: LinkState, detail: str) -> None:
        say(f"{settings.host}:{settings.port} {state.value}{': ' if detail else ''}{detail}")
        if state is LinkState.REFUSED:
            refused.append(detail)

    async def pause(seconds: float) -> None:
        if refused:
            raise CaptureFailedError(refused[-1])
        await asyncio.sleep(seconds)

    link = AmiLink(
        settings, wanted=(), on_event=lambda _event: None, on_state=on_state, tape=tape, sleep=pause
    )
    try:
        await link.run()
    finally:
        tape.close(keep=link.connects > 0)
        say(f"{link.stream.frames} frames, {tape.bytes} bytes")
