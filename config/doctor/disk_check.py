# SPDX-License-Identifier: Apache-2.0
"""Is there room for the journal, recordings and the database."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from config.doctor.finding import Finding, broken, ok, warning

_GIB = 1024**3
_LITTLE, _NONE = 2 * _GIB, _GIB // 5


def check_disks(paths: Sequence[Path]) -> Iterator[Finding]:
    """One line for each file system."""
    seen: dict[int, Path] = {}
    for path in paths:
        there = next((one for one in (path, *path.absolute().parents) if one.exists()), None)
        if there is not None:
            seen.setdefault(there.stat().st_dev, there)
    for there in seen.values():
        usage = shutil.disk_usage(there)
        yield judge_space(there, usage.free, usage.total)


def judge_space(path: Path, free: int, total: int) -> Finding:
    says = f"{free / _GIB:.1f} of {total / _GIB:.0f} GiB are free at {path}"
    advice = (
        "A minute of talk takes 1.9 MB until it is transcoded. Make room, or move 'home' in the settings."
    )
    if free < _NONE:
        return broken("disk", says, advice)
    if free < _LITTLE:
        return warning("disk", says, advice)
    return ok("disk", says)
