# SPDX-License-Identifier: Apache-2.0
"""One running Asterisk with a directory of its own: written, started, waited for, stopped without orphans."""

import asyncio
import contextlib
import ctypes
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Self

from config.asterisk.hold_music import write_hold_music
from config.asterisk.program import AsteriskProgram
from crm_core.domain.errors import CrmError
from pbx_bridge.cel.rows import FILE as CEL_FILE

_LONGEST_SOCKET = 100  # the kernel allows 108 characters for the path of a control socket
_PR_SET_PDEATHSIG = 1
_TAKEN = re.compile(r"unable to bind|binding failed|already in use|unable to create transport", re.IGNORECASE)
_AGI = Path(__file__).resolve().parents[2] / "dialplan/agi-bin"
_libc = ctypes.CDLL(None, use_errno=True)


class AsteriskStartError(CrmError):
    """Asterisk did not start."""


Files = Callable[
    [AsteriskProgram, Path, Path], dict[str, str]
]  # program, home, run directory -> files of etc/


class AsteriskInstance:
    """`async with AsteriskInstance(program, home, files) as pbx:` a private Asterisk; the host's own is never touched.

    `files` gives the content of the configuration directory. The instance dies with the thread that started it, even
    if that is killed with SIGKILL.
    """

    def __init__(self, program: AsteriskProgram, home: Path, files: Files) -> None:
        self.program = program
        self.home = home.resolve()
        self._files = files
        self._process: asyncio.subprocess.Process | None = None
        self._run = _run_directory(self.home)

    @property
    def pid(self) -> int:
        if self._process is None:
            raise AsteriskStartError("Asterisk is not running.")
        return self._process.pid

    @property
    def recordings(self) -> Path:
        return self.home / "spool/recordings"

    @property
    def cel_file(self) -> Path:
        return self.home / "log/cel-custom" / CEL_FILE

    @property
    def log_file(self) -> Path:
        return self.home / "log/messages.log"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.stop()

    async def start(self, *, timeout: float = 30) -> None:  # noqa: ASYNC109 - the time a slow machine may take
        """Write the files, start, wait until every module is up."""
        await asyncio.to_thread(self._write)
        before = _size(self.log_file)
        output = (self.home / "log/console.log").open("ab")
        with output:
            self._process = await asyncio.create_subprocess_exec(
                *self.program.argv, "-f", "-C", str(self.home / "etc/asterisk.conf"),
                stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, preexec_fn=_die_with_parent, cwd=self.home,
            )  # fmt: skip
        try:
            async with asyncio.timeout(timeout):
                await self._booted()
            self._check_ports(before)
        except BaseException as error:
            await self.kill()
            if isinstance(error, TimeoutError):
                raise AsteriskStartError(
                    f"Asterisk is not ready after {timeout:.0f} s: {self._why()}"
                ) from error
            raise

    async def stop(self) -> None:
        """As `core stop now`; after 5 s by force."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            pass
        await self.kill()

    async def kill(self) -> None:
        """What a power cut does to it, and to whatever it started."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self._process = None
        if self._run != self.home / "run":
            shutil.rmtree(self._run, ignore_errors=True)

    async def cli(self, command: str) -> str:
        """What Asterisk's own console answers."""
        process = await asyncio.create_subprocess_exec(
            *self.program.argv, "-C", str(self.home / "etc/asterisk.conf"), "-rx", command,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            said, _ = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode:
            raise CrmError(said.decode(errors="replace").strip())
        return said.decode(errors="replace")

    async def _booted(self) -> None:
        while True:
            if self._process is None or self._process.returncode is not None:
                raise AsteriskStartError(f"Asterisk stopped at once: {self._why()}")
            if (self._run / "asterisk.ctl").exists():
                with contextlib.suppress(CrmError):
                    if "fully booted" in await self.cli("core waitfullybooted"):
                        return
            await asyncio.sleep(0.03)

    def _check_ports(self, log_from: int) -> None:
        """With a port taken Asterisk runs on, deaf, and only writes an error."""
        with self.log_file.open(errors="replace") as log:
            log.seek(log_from)
            deaf = [
                line.split(": ", 1)[-1].strip() for line in log if "ERROR" in line and _TAKEN.search(line)
            ]
        if deaf:
            raise AsteriskStartError(f"Another program uses a port of this Asterisk: {'; '.join(deaf)}")

    def _why(self) -> str:
        lines = [line for path in (self.log_file, self.home / "log/console.log") for line in _tail(path)]
        errors = [line for line in lines if "ERROR" in line or "Unable" in line] or lines
        return "; ".join(errors[-3:]) or "it said nothing"

    def _write(self) -> None:
        for name in (
            "etc",
            "lib/keys",
            "spool/recordings",
            "spool/voicemail",
            "spool/tmp",
            "log/cel-custom",
            "agi-bin",
        ):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        self._run.mkdir(parents=True, exist_ok=True)
        (self._run / "asterisk.ctl").unlink(missing_ok=True)
        self._link_data()
        write_hold_music(self.home / "moh/rolodial.wav")
        self._copy_agi()
        for name, text in self._files(self.program, self.home, self._run).items():
            path = self.home / "etc" / name
            path.touch(mode=0o600)
            path.write_text(text)

    def _copy_agi(self) -> None:
        """AGI programs run with this Python, which has what they import."""
        for program in _AGI.glob("*.py"):
            path = self.home / "agi-bin" / program.name
            path.write_text(f"#!{sys.executable}\n{program.read_text().partition(chr(10))[2]}")
            path.chmod(0o755)

    def _link_data(self) -> None:
        (self.home / "data/sounds").mkdir(parents=True, exist_ok=True)
        for link, target in (
            ("documentation", self.program.data / "documentation"),
            ("sounds/en", self.program.sounds),
        ):
            path = self.home / "data" / link
            path.unlink(missing_ok=True)
            path.symlink_to(target)


def _run_directory(home: Path) -> Path:
    if len(str(home / "run/asterisk.ctl")) < _LONGEST_SOCKET:
        return home / "run"
    return Path(tempfile.mkdtemp(prefix="rolodial-"))


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _tail(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()[-40:]
    except OSError:
        return []


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
