# SPDX-License-Identifier: Apache-2.0
"""Rules as TOML text, as a draft and a version are kept, read into tables; `toml` writes them."""

import tomllib
from datetime import date, time
from typing import Any

from crm_core.domain.routing.reading import RuleSetError

MOST = 200_000  # characters: some thousand rules


def read_text(text: str) -> dict[str, Any]:
    """The tables, as JSON could keep them. Raise RuleSetError for what is not TOML."""
    if len(text) > MOST:
        raise RuleSetError((), "the rules are longer than %(most)s characters", most=MOST)
    try:
        tables: dict[str, Any] = _plain(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RuleSetError((), "not TOML: %(error)s", error=error) from error
    return tables


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value
