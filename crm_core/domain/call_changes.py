# SPDX-License-Identifier: Apache-2.0
"""In what two tellings of one call differ, field by field. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from crm_core.domain.call import Call
from crm_core.domain.shallow import shallow

# The id is the same; files are the recordings' business, and are kept with their names only.
_NOT_TOLD = frozenset({"id", "pbx", "boot", "recordings"})
_UNORDERED = frozenset({"linkedids", "uncertain"})


@dataclass(frozen=True, slots=True)
class FieldChange:
    before: Any
    after: Any


def call_changes(before: Call, after: Call) -> Mapping[str, FieldChange]:
    """By field; values as JSON has them, seconds to the millisecond."""
    old, new = shallow(before), shallow(after)
    told = {name: FieldChange(_plain(name, old[name]), _plain(name, new[name])) for name in old}
    return {name: one for name, one in told.items() if name not in _NOT_TOLD and one.before != one.after}


def is_less_sure(before: Call, after: Call) -> bool:
    """Whether the second one has a doubt that the first has not."""
    return bool(set(after.uncertain) - set(before.uncertain))


def _plain(name: str, value: Any) -> Any:
    if name in _UNORDERED:
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain("", one) for one in value]
    if is_dataclass(value):
        return {field: _plain("", one) for field, one in shallow(value).items()}
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, Enum):
        return value.value
    return round(value, 3) if isinstance(value, float) else value
