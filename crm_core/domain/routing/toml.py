# SPDX-License-Identifier: Apache-2.0
"""Rules as a TOML file: what tomllib reads from it is what was written."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from crm_core.domain.routing.parse import FORMAT

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z", re.ASCII)
_INLINE: Final = frozenset(
    {
        "turnover",
        "debt",
        "deal",
        "deals",
        "field",
        "fields",
        "special",
        "people",
        "teams",
        "logins",
        "open",
        "expect",
    }
)  # short tables: on one line
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_SPECIAL = re.compile(r'["\\\x00-\x1f\x7f]')


def to_toml(body: Mapping[str, Any]) -> str:
    """`body` as it is kept; comments of the file it came from are not."""
    lines = _table({"format": FORMAT, **body}, ())
    return "\n".join(lines).strip() + "\n"


def tests_to_toml(tests: Sequence[Mapping[str, Any]]) -> str:
    """Tables [[test]] to be put at the end of a rule file."""
    return "\n".join(_table({"test": tests}, ())).strip() + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Values first, then the tables below: a key behind a header would be another table's."""
    for key, value in table.items():
        if not _is_below(key, value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        if not _is_below(key, value):
            continue
        here = (*path, key)
        name = ".".join(map(_key, here))
        if isinstance(value, Mapping):
            if not value or any(not _is_below(*item) for item in value.items()):
                yield f"\n[{name}]"
            yield from _table(value, here)
        else:
            for item in value:
                yield f"\n[[{name}]]"
                yield from _table(item, here)


def _is_below(key: str, value: Any) -> bool:
    if isinstance(value, Mapping):
        return key not in _INLINE
    is_list = isinstance(value, Sequence) and not isinstance(value, str) and key not in _INLINE
    return is_list and bool(value) and all(isinstance(item, Mapping) for item in value)


def _key(key: str) -> str:
    return key if _BARE.match(key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)


def _text(text: str) -> str:
    return f'"{_SPECIAL.sub(_escaped, text)}"'


def _escaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0], f"\\u{ord(match[0]):04x}")
