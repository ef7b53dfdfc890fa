# SPDX-License-Identifier: Apache-2.0
"""Settings from a TOML file and ROLODIAL_* variables into frozen dataclasses; a wrong key is named with its line."""

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from config.toml_lines import line_of
from crm_core.domain.errors import CrmError

T = TypeVar("T")

PREFIX = "ROLODIAL_"
RESERVED = frozenset(
    {"ROLODIAL_SETTINGS", "ROLODIAL_CACHE"}
)  # read elsewhere: where the file is, where we cache


class SettingsError(CrmError):
    """The settings are not valid."""


def read_settings(cls: type[T], path: Path | None, environ: Mapping[str, str]) -> T:
    """Read the settings of dataclass `cls`, whose pydantic config forbids extra keys.

    Raises SettingsError that names file, line, key and what is wrong.

    A variable ROLODIAL_<SECTION>_<KEY> wins over the file (ROLODIAL_<SECTION>_<NAME>_<KEY> for a table that repeats
    and has names), and ROLODIAL_..._FILE names a file that holds the value, for secrets.
    """
    text = _read(path) if path else ""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}") from error
    _overlay(cls, data, environ)
    try:
        return TypeAdapter(cls).validate_python(data)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(item, text, path) for item in error.errors())) from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error


def _explain(item: Mapping[str, Any], text: str, path: Path | None) -> str:
    where = [part for part in item["loc"] if isinstance(part, int) or part.isidentifier()]
    line = line_of(text, where)
    place = f"{path}:{line}" if path and line else str(path or "settings")
    key = ".".join(str(part) for part in where)
    if item["type"] == "unexpected_keyword_argument":
        return f"{place}: there is no setting {key!r}"
    if item["type"] in {"missing", "missing_argument"}:
        return f"{place}: {key!r} is needed"
    return f"{place}: {key}: {item['msg']}{_instead(where, item['input'])}"


def _instead(where: list[Any], given: object) -> str:
    """What stood there, but for a password and for a table that may hold one."""
    is_secret = bool(where) and where[-1] in {"secret", "database", "metrics_token"}
    return "" if is_secret or not isinstance(given, str | int | float) else f", not {given!r}"


def _overlay(cls: type, data: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Put the variables into `data`; an unknown ROLODIAL_* is a mistake someone would look for a long time."""
    known = dict(_variables(cls, data))
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name in RESERVED:
            continue
        target = known.get(name) or known.get(name.removesuffix("_FILE"))
        if target is None:
            raise SettingsError(f"the variable {name} names no setting")
        table, key = target
        table[key] = value if name in known else _read(Path(value)).strip()


def _variables(
    cls: Any, data: dict[str, Any], prefix: str = PREFIX
) -> list[tuple[str, tuple[dict[str, Any], str]]]:
    """Every variable that may be set, with the table and key it goes to."""
    found: list[tuple[str, tuple[dict[str, Any], str]]] = []
    for name, kind in get_type_hints(cls).items():
        variable = f"{prefix}{name.upper()}"
        repeated = [arg for arg in get_args(kind) if dataclasses.is_dataclass(arg)]
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            found += _variables(kind, data.setdefault(name, {}), f"{variable}_")
        elif get_origin(kind) is tuple and repeated:
            for table in data.get(name, []):
                found += _variables(repeated[0], table, f"{variable}_{str(table.get('name', '')).upper()}_")
        else:
            found.append((variable, (data, name)))
    return found
