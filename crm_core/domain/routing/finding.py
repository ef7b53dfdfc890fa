# SPDX-License-Identifier: Apache-2.0
"""A flaw of a rule set, in a form screens can translate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Said = Iterator[tuple[str, bool, Mapping[str, str]]]  # code, grave and params, where the place is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`grave`: calls would go wrong, so it should not be published. Others are worth a look."""

    code: str
    grave: bool
    table: str = "rule"  # assign: of the rules of whose client somebody becomes
    rule: str | None = None  # None: of the rule set
    step: int | None = None  # from 1
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        what = ", ".join([self.code.replace("_", " "), *map(str, self.params.values())])
        return f"{self.rule or 'all rules'}: {what}"
