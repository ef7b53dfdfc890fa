# SPDX-License-Identifier: Apache-2.0
"""A plan of all that one person has, as its page says it: how many of each kind, and who gets how many of which."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from crm_core.domain.sharing import EVERYTHING, Moved, Owned


@dataclass(frozen=True, slots=True, kw_only=True)
class Takes:
    """One person; `stays`: it is whose everything it is, and this is what nobody takes."""

    name: str
    count: int
    kinds: Mapping[Owned, int]
    stays: bool


def kinds_of(moved: Sequence[Moved]) -> dict[Owned, int]:
    counts = Counter[Owned]()
    for one in moved:
        if one.kind:
            counts[one.kind] += one.count
    return {kind: counts[kind] for kind in EVERYTHING if counts[kind]}


def takes_of(moved: Sequence[Moved], names: Mapping[UUID, str]) -> list[Takes]:
    """By name; what stays comes last."""
    people = {one.after_id: one.after_id == one.before_id for one in moved if one.after_id}
    found = []
    for person, stays in people.items():
        theirs = [one for one in moved if one.after_id == person]
        count = sum(one.count for one in theirs)
        name = names.get(person, "—")
        found.append(Takes(name=name, count=count, kinds=kinds_of(theirs), stays=stays))
    return sorted(found, key=lambda one: (one.stays, one.name))
