# SPDX-License-Identifier: Apache-2.0
"""Values that thousands of calls a second are made of: frozen to the type checker, and to nobody at run time.

A dataclass that is frozen at run time sets each of its fields by a function: a fifth of a routing decision.
"""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def frozen(cls: type[T]) -> type[T]:
    """As `dataclass(frozen=True, slots=True, kw_only=True)`; who changes a field is found by mypy, not by Python."""
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(cls)
