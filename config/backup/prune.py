# SPDX-License-Identifier: Apache-2.0
"""Drop old backups: archives beyond a number, then files that no archive names any more."""

from pathlib import Path

from config.backup.archive import FILES, open_archive
from config.backup.manifest import archives


def prune(folder: Path, keep: int) -> tuple[int, int]:
    """How many archives and files went. When one archive cannot be read, files stay: it might need them."""
    old = archives(folder)[:-keep]
    for path in old:
        path.unlink()
    needed: set[Path] = set()
    for path in archives(folder):
        with open_archive(path) as archive:
            entries = archive.manifest.entries
        needed |= {folder / FILES / entry.path for entry in entries if entry.beside}
    gone = [path for path in (folder / FILES).rglob("*") if path.is_file() and path not in needed]
    for path in gone:
        path.unlink()
    return len(old), len(gone)
