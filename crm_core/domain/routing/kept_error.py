# SPDX-License-Identifier: Apache-2.0
"""What is wrong with rules, as it is kept: not the sentence, but what every reader's language makes one of."""

from typing import Any

import orjson

from crm_core.domain.routing.finding import Finding
from crm_core.domain.routing.reading import RuleSetError

_PLAIN = (str, int, float, bool, type(None))


def error_to_text(error: RuleSetError) -> str:
    params = {key: _kept(value) for key, value in error.params.items()}
    return orjson.dumps({"path": error.path, "text": error.text, "params": params}).decode()


def error_from_text(kept: str) -> RuleSetError | None:
    """None for a sentence, as they were kept before."""
    try:
        said = orjson.loads(kept)
        params = {key: _read(value) for key, value in said["params"].items()}
        return RuleSetError(tuple(said["path"]), said["text"], **params)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _kept(value: object) -> Any:
    if isinstance(value, Finding):
        return {
            "code": value.code,
            "grave": value.grave,
            "table": value.table,
            "rule": value.rule,
            "step": value.step,
            "params": {key: _kept(one) for key, one in value.params.items()},
        }
    return value if isinstance(value, _PLAIN) else str(value)


def _read(value: Any) -> object:
    return Finding(**value) if isinstance(value, dict) else value
