# SPDX-License-Identifier: Apache-2.0
"""The keys of a sealed journal, one for each day: a day is forgotten by deleting its key."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from itertools import count
from pathlib import Path

from crm_core.domain.errors import CrmError
from crm_core.ports.secret_box import SealBrokenError, SecretBox

_BYTES = 32
_NAME = re.compile(r"\d{4}-\d{2}-\d{2}(-\d{1,4})?", re.ASCII)


class KeyMissingError(CrmError):
    """The key of this day is not there: the day was forgotten, or the key was sealed with another secret.key."""


class DayKeys:
    """Files `DAY.key` in the journal's directory, each sealed by the house's secret. Days are those of UTC."""

    def __init__(self, directory: Path, box: SecretBox) -> None:
        self._directory = directory
        self._box = box
        self._known: dict[str, bytes] = {}  # to write with

    def of_day(self, day: date) -> tuple[str, bytes]:
        """The name and the key to seal with; made at the first need.

        Beside one that our secret does not open (secret.key was replaced) another is made: the old one may come back.
        """
        for number in count():
            name = f"{day}-{number}" if number else f"{day}"
            with suppress(SealBrokenError):
                return name, self._known.get(name) or self._read_or_make(name)
        raise AssertionError

    def named(self, name: str) -> bytes:
        if _NAME.fullmatch(name) is None:
            raise KeyMissingError
        try:
            return self._read(name)  # from the disk: a day that was forgotten is so at once
        except (OSError, SealBrokenError) as error:
            raise KeyMissingError(f"the journal's key {name} is not there, or not ours") from error

    def _read_or_make(self, name: str) -> bytes:
        with suppress(FileNotFoundError):
            return self._read(name)
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o750)
        with tempfile.NamedTemporaryFile(dir=self._directory, prefix=".key.") as made:  # 0600
            made.write(self._box.seal(os.urandom(_BYTES)).encode())
            made.flush()
            os.fsync(made.fileno())
            with suppress(FileExistsError):  # two that start together share the first one's
                os.link(made.name, self._path(name))
        sync_directory(self._directory)
        return self._read(name)

    def _read(self, name: str) -> bytes:
        key = self._box.open(self._path(name).read_text("ascii").strip())
        if len(key) != _BYTES:
            raise SealBrokenError
        self._known[name] = key
        return key

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.key"


def keys_of(directory: Path) -> Iterator[tuple[date, Path]]:
    """All that there are, with their days."""
    for path in sorted(directory.glob("*.key")):
        if _NAME.fullmatch(path.stem):
            yield date.fromisoformat(path.stem[:10]), path


def sync_directory(directory: Path) -> None:
    """So that a name in it outlives a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
