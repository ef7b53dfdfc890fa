# SPDX-License-Identifier: Apache-2.0
"""A small disk of our own under the product's home: it can be full, broken, or cut off from power."""

import contextlib
import fcntl
import os
import shutil
import struct
import subprocess
import time
from pathlib import Path

from tests.chaos.fault import CannotRunError

_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
_NOTHING_FLUSHED = struct.pack("I", 2)


class Disk:
    """ext4 in a file. Where the kernel does not let us mount, `mounted` stays False and the home is a directory."""

    def __init__(self, image: Path, at: Path, megabytes: int = 256) -> None:
        self.image, self.at = image, at
        self.mounted = self.is_broken = False
        with image.open("wb") as file:
            file.truncate(megabytes << 20)
        at.mkdir(parents=True, exist_ok=True)
        if shutil.which("mkfs.ext4") and run("mkfs.ext4", "-q", "-m", "0", str(image)):
            self.mount()

    def mount(self) -> None:
        self.is_broken = False
        self.mounted = run("mount", "-o", "loop", str(self.image), str(self.at))

    def unmount(self) -> None:
        if not self.mounted:
            return
        for _ in range(50):  # a worker of the product may outlive it by a moment
            if run("umount", str(self.at)):
                break
            time.sleep(0.1)
        else:
            run("umount", "-l", str(self.at))
        self.mounted = False

    def need(self) -> None:
        if not self.mounted:
            raise CannotRunError("a disk of its own cannot be mounted here (needs root and loop devices)")

    def sync(self) -> None:
        run("sync", "-f", str(self.at))

    @property
    def _filler(self) -> Path:
        return self.at / "filler"

    def fill(self) -> None:
        """Not one byte more."""
        with self._filler.open("ab", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError:
                    continue

    def empty(self) -> None:
        with contextlib.suppress(OSError):
            self._filler.unlink()

    def break_down(self) -> None:
        """From now on every read and write of it is an error, as of a disk that was pulled out."""
        fd = os.open(self.at, os.O_RDONLY)
        self.is_broken = True
        try:
            fcntl.ioctl(fd, _SHUTDOWN, _NOTHING_FLUSHED)
        except OSError as error:
            raise CannotRunError(f"this kernel does not break a file system for us: {error}") from error
        finally:
            os.close(fd)

    def as_a_power_cut_leaves_it(self, copy: Path) -> None:
        """What is on the platters at this moment: what was written but not synced is still in memory, and not there."""
        shutil.copyfile(self.image, copy)


def run(*argv: str) -> bool:
    return subprocess.run(argv, check=False, capture_output=True).returncode == 0
