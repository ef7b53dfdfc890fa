# SPDX-License-Identifier: Apache-2.0
"""A measured figure, the reference it was measured beside, and the limits it is held against."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Holds when the ratio to the reference is within `ratio`, or the value itself within `value`.

    `more` says which way is better: a rate wants at least the limit, a time or a size at most.
    """

    ratio: float | None = None
    value: float | None = None
    more: bool = False

    def holds(self, value: float, ratio: float | None) -> bool:
        pairs = ((ratio, self.ratio), (value, self.value))
        return any(self._within(have, want) for have, want in pairs if have is not None and want is not None)

    def _within(self, have: float, want: float) -> bool:
        return have >= want if self.more else have <= want

    def text(self, unit: str) -> str:
        sign = ">=" if self.more else "<="
        parts = [f"{self.ratio:g}x"] if self.ratio is not None else []
        parts += [f"{self.value:g} {unit}"] if self.value is not None else []
        return f"{sign} {' or '.join(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`reference` has the same unit as `value`; `note` says what was run."""

    name: str
    value: float
    unit: str
    must: Limit
    goal: Limit
    reference: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.reference if self.reference else None

    @property
    def holds(self) -> bool:
        return self.must.holds(self.value, self.ratio)

    @property
    def reaches_goal(self) -> bool:
        return self.goal.holds(self.value, self.ratio)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "reference": None if self.reference is None else round(self.reference, 4),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "must": self.must.text(self.unit),
            "goal": self.goal.text(self.unit),
            "holds": self.holds,
        }
