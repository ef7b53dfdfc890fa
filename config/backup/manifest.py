# SPDX-License-Identifier: Apache-2.0
"""What is in a backup: every file with its size and SHA-256, every table with its rows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
from pydantic import TypeAdapter, ValidationError

from crm_core.domain.errors import CrmError

FORMAT = 1
MEMBER = "manifest.json"
_PATH = re.compile(
    r"(database\.(sqlite|dump)|settings\.toml|(recordings|journal|prompts|secrets)(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+)",
    re.ASCII,
)


class DamagedBackupError(CrmError):
    """The backup is damaged. Nothing was restored; take an older one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    path: str  # 'recordings/2026/11/22/ID.ogg', 'journal/main/TIME.amij.gz', 'database.sqlite'
    bytes: int
    sha256: str
    beside: bool = False  # not in the archive, but in the folder `files` beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    made_at: datetime
    version: str  # of Rolodial
    revision: str  # of the database's schema
    database: str  # sqlite | postgresql
    secrets: bool
    rows: Mapping[str, int]
    entries: tuple[Entry, ...]
    missing: tuple[str, ...] = ()  # recordings whose rows were there and whose files were not
    format: int = FORMAT

    def entry(self, path: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.path == path), None)

    @property
    def dump(self) -> Entry:
        """The database's."""
        found = self.entry(database_member(self.database))
        if found is None:
            raise DamagedBackupError("the backup is damaged: its manifest names no database")
        return found

    def encode(self) -> bytes:
        return orjson.dumps(self, option=orjson.OPT_INDENT_2)


def database_member(kind: str) -> str:
    return "database.sqlite" if kind == "sqlite" else "database.dump"


def read_manifest(raw: bytes) -> Manifest:
    try:
        data = orjson.loads(raw)
        if isinstance(data, dict) and data.get("format", FORMAT) != FORMAT:
            raise DamagedBackupError(
                f"the backup has format {data['format']}, this Rolodial reads {FORMAT}: use the version that made it"
            )
        found = TypeAdapter(Manifest).validate_python(data)
    except (ValueError, ValidationError) as error:
        raise DamagedBackupError("the backup is damaged: its manifest cannot be read") from error
    for entry in found.entries:
        if not _PATH.fullmatch(entry.path):
            raise DamagedBackupError(f"the backup is damaged: it names a file {entry.path!r}")
    return found


def archive_name(now: datetime) -> str:
    return f"rolodial-{now.astimezone(ZoneInfo('UTC')):%Y%m%dT%H%M%SZ}.zip"


def archives(folder: Path) -> list[Path]:
    """Oldest first."""
    return sorted(folder.glob("rolodial-*Z.zip"))
