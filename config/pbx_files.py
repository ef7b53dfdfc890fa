# SPDX-License-Identifier: Apache-2.0
"""Rolodial's dialplan in a PBX's directory of configuration: what would change, bringing it there, and back again."""

import difflib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.asterisk.plan import DIALPLAN
from crm_core.domain.errors import CrmError

SITE = "rolodial-site.conf"
_KEPT = "rolodial-before"  # a directory for each installation, by its time
_ABSENT = ".absent"  # lists what was not there before
_MODE = 0o644


class PbxFilesError(CrmError):
    """The files of this PBX cannot be reached."""


class NothingToBringBackError(CrmError):
    """Nothing was installed here that could be taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    name: str
    before: str | None  # None: it is not there
    after: str


def changes(to: Path, source: Path = DIALPLAN) -> list[Change]:
    """Files that differ from ours; those of a site are never among them."""
    if not to.is_dir():
        raise PbxFilesError(f"{to} is no directory")
    ours = {path.name: path.read_text(encoding="utf-8") for path in sorted(source.glob("rolodial*.conf"))}
    found = [Change(name=name, before=_text(to / name), after=text) for name, text in ours.items()]
    return [change for change in found if change.before != change.after]


def diff(found: Sequence[Change]) -> Iterator[str]:
    for change in found:
        before = (change.before or "").splitlines()
        old = f"{change.name} (now)" if change.before is not None else "/dev/null"
        yield from difflib.unified_diff(before, change.after.splitlines(), old, change.name, lineterm="")


def lacking(to: Path) -> Iterator[str]:
    """What a site has to write itself."""
    if not (to / SITE).exists():
        yield f"{to / SITE} is missing: globals and contexts of the site (docs/dialplan.md)"
    said = _text(to / "extensions.conf") or ""
    for name in (SITE, "rolodial.conf"):
        lines = (line.split(";")[0].replace('"', "").split() for line in said.splitlines())
        if ["#include", name] not in lines:
            yield f'extensions.conf has no line #include "{name}"'


def install(to: Path, now: datetime) -> list[Change]:
    """What was there is kept first; each file is replaced in one step, so that a reload never reads half of one."""
    found = changes(to)
    if not found:
        return []
    kept = to / _KEPT / now.strftime("%Y%m%dT%H%M%S.%f")
    try:
        kept.mkdir(parents=True)
        for change in found:
            if change.before is not None:
                shutil.copy2(to / change.name, kept / change.name)
        absent = [change.name for change in found if change.before is None]
        (kept / _ABSENT).write_text("\n".join(absent), encoding="utf-8")
        for change in found:
            _replace(to / change.name, change.after)
    except OSError as error:
        raise PbxFilesError(f"{error.filename}: {error.strerror}") from error
    return found


def back(to: Path) -> list[str]:
    """Undo the newest installation; again: the one before it. Give the names of the files."""
    installed = sorted((to / _KEPT).glob("*/")) if (to / _KEPT).is_dir() else []
    if not installed:
        raise NothingToBringBackError
    kept = installed[-1]
    try:
        absent = (kept / _ABSENT).read_text(encoding="utf-8").split()
        names = sorted(path.name for path in kept.iterdir() if path.name != _ABSENT)
        for name in names:
            _replace(to / name, (kept / name).read_text(encoding="utf-8"))
        for name in absent:
            (to / name).unlink(missing_ok=True)
        shutil.rmtree(kept)
    except OSError as error:
        raise PbxFilesError(f"{error.filename}: {error.strerror}") from error
    return sorted([*names, *absent])


def _replace(path: Path, text: str) -> None:
    """Whose it is and who may read it stays as it was; a new one is like its directory."""
    like = path.stat() if path.exists() else path.parent.stat()
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.chmod(like.st_mode & 0o777 if path.exists() else _MODE)
    if (like.st_uid, like.st_gid) != (new.stat().st_uid, new.stat().st_gid):
        os.chown(new, like.st_uid, like.st_gid)
    new.replace(path)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PbxFilesError(f"{path}: {error.strerror}") from error
