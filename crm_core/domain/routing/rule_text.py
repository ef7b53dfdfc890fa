# SPDX-License-Identifier: Apache-2.0
"""Rules as TOML text: what a draft and a version are kept as, read into tables and written from them."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, time
from typing import Any

import orjson

from crm_core.domain.routing.reading import RuleSetError

MOST = 200_000  # characters: some thousand rules
_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def read_text(text: str) -> dict[str, Any]:
    """The tables, as JSON could keep them. Raise RuleSetError for what is not TOML."""
    if len(text) > MOST:
        raise RuleSetError((), f"the rules are longer than {MOST} characters")
    try:
        tables: dict[str, Any] = _plain(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RuleSetError((), f"not TOML: {error}") from error
    return tables


def write_text(body: Mapping[str, Any]) -> str:
    """Tables as TOML; read_text gives the same again. Comments are not in tables, so none are written."""
    lines: list[str] = []
    _table(body, "", lines)
    return "\n".join(lines).strip() + "\n"


def _table(body: Mapping[str, Any], path: str, lines: list[str]) -> None:
    inner = []
    for key, value in body.items():
        if (isinstance(value, Mapping) and not _is_small(value)) or _is_tables(value):
            inner.append((key, value))
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    for key, value in inner:
        name = f"{path}{_key(key)}"
        for one in value if isinstance(value, list) else [value]:
            if not path:
                lines.append("")
            lines.append(f"[[{name}]]" if isinstance(value, list) else f"[{name}]")
            _table(one, f"{name}.", lines)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _is_small(value: Mapping[str, Any]) -> bool:
    """What reads well on one line, as { window = "30d", at_least = 1 }."""
    return "window" in value or not value


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, float):
        return repr(value)
    # JSON writes strings, numbers and booleans as TOML reads them, but for DEL.
    return orjson.dumps(value).decode().replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value
