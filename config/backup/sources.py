# SPDX-License-Identifier: Apache-2.0
"""Which files of a home belong into its backup."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROMPTS = "prompts"  # of `home`: sounds of the house
SECRETS = ("secret.key", "tls")  # of `home`: what opens sealed values, and our own CA


@dataclass(frozen=True, slots=True)
class Source:
    path: Path
    name: str  # in the backup
    lasting: bool  # never changes once it is there: copied once, kept beside all archives


def recordings(home: Path, keys: Iterable[str]) -> Iterator[Source]:
    for key in sorted(keys):
        yield Source(home / "recordings" / key, f"recordings/{key}", lasting=True)


def journal(home: Path) -> Iterator[Source]:
    """A segment that is being written is taken as far as it goes: readers stop at a torn record.

    The keys of sealed days lie in the archive itself: when the last one that has it is pruned, the day is forgotten.
    """
    for path in sorted((home / "journal").glob("*.key")):
        yield Source(path, f"journal/{path.name}", lasting=False)
    for path in sorted((home / "journal").glob("*/*.amij*")):
        if path.suffix != ".tmp":
            name = f"journal/{path.parent.name}/{path.name}"
            yield Source(path, name, lasting=path.suffix == ".gz")


def prompts(home: Path) -> Iterator[Source]:
    for path in sorted((home / PROMPTS).glob("*.wav")):
        yield Source(path, f"{PROMPTS}/{path.name}", lasting=True)


def secrets(home: Path, settings_file: Path | None) -> Iterator[Source]:
    for name in SECRETS:
        found = home / name
        files = sorted(found.rglob("*")) if found.is_dir() else [found]
        for path in files:
            if path.is_file():
                yield Source(path, f"secrets/{path.relative_to(home).as_posix()}", lasting=False)
    if settings_file and settings_file.is_file():
        yield Source(settings_file, "settings.toml", lasting=False)
