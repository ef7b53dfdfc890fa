# SPDX-License-Identifier: Apache-2.0
"""Where a key stands in a TOML file, so that an error can name its line."""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """The line (from 1) of the deepest part of `path` that stands in `text`; ints count an array's tables from 0.

    Made for messages about files that people write: headers and `key =` lines are found, inline tables are reached
    as far as their key.
    """
    best: tuple[int, int] | None = None
    for number, here in _keys(text):
        depth = _common(here, path)
        if depth and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None


def _keys(text: str) -> list[tuple[int, tuple[str | int, ...]]]:
    found: list[tuple[int, tuple[str | int, ...]]] = []
    prefix: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            prefix = _resolve(_split(header[2]), counts, is_array=header[1] == "[[")
            found.append((number, prefix))
        elif key := _KEY.match(line):
            found.append((number, prefix + _split(key[1])))
    return found


def _resolve(
    names: tuple[str | int, ...], counts: dict[tuple[str | int, ...], int], *, is_array: bool
) -> tuple[str | int, ...]:
    """Put the index of the array's current table behind each name that is an array of tables."""
    path: tuple[str | int, ...] = ()
    for position, name in enumerate(names):
        path += (name,)
        if is_array and position == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path


def _split(dotted: str) -> tuple[str | int, ...]:
    parts = re.findall(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""", dotted)
    return tuple(part.strip("\"'") for part in parts)


def _common(here: Sequence[str | int], path: Sequence[str | int]) -> int:
    if len(here) > len(path) or tuple(path[: len(here)]) != tuple(here):
        return 0
    return len(here)
