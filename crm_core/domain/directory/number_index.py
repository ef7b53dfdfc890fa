# SPDX-License-Identifier: Apache-2.0
"""A million telephone numbers in 12 MB: a sorted array, and a small dict for what changed since it was loaded."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

import numpy as np

GONE = -1
SHARED = -2  # several have it: who they are stands in Clients.shared


def digits(e164: str) -> int | None:
    """The number as the index keeps it; None for what was typed and cannot be E.164."""
    bare = e164[1:]
    return int(bare) if e164[:1] == "+" and bare.isascii() and bare.isdigit() and len(bare) <= 15 else None  # noqa: PLR2004 - E.164's own limit


class NumberIndex:
    """The digits of an E.164 number -> its owner (a number of OwnerRef)."""

    def __init__(self) -> None:
        self._numbers = array("q")
        self._owners = array("i")
        self._changed: dict[int, int] = {}

    def __len__(self) -> int:
        """How many have an owner, give or take those dropped since the load."""
        return len(self._numbers) + len(self._changed)

    def load(self, numbers: "array[int]", owners: "array[int]") -> None:
        """Take all numbers at once; where one stands twice, the owner given first keeps it."""
        keys = np.frombuffer(numbers, dtype=np.int64)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first = np.ones(len(keys), dtype=bool)
        first[1:] = keys[1:] != keys[:-1]
        kept = np.frombuffer(owners, dtype=np.int32)[order][first]
        self._numbers, self._owners = array("q", keys[first].tobytes()), array("i", kept.tobytes())
        self._changed = {}

    def get(self, number: int) -> int:
        """Its owner, or GONE."""
        if self._changed:
            owner = self._changed.get(number)
            if owner is not None:
                return owner
        return self._base(number)

    def every(self) -> Iterator[int]:
        """All numbers that have an owner."""
        for position, owner in enumerate(self._owners):
            if owner != GONE:
                yield self._numbers[position]
        yield from (number for number, owner in tuple(self._changed.items()) if owner != GONE)

    def put(self, number: int, owner: int) -> None:
        position = bisect_left(self._numbers, number)
        if position < len(self._numbers) and self._numbers[position] == number:
            self._owners[position] = owner
        else:
            self._changed[number] = owner

    def drop(self, number: int) -> None:
        self.put(number, GONE)

    def numbers_of(self, owners: Iterable[int]) -> set[int]:
        """All numbers of these owners: one pass over the array, so ask for many owners at once."""
        wanted = set(owners)
        among = np.isin(np.frombuffer(self._owners, dtype=np.int32), np.array(sorted(wanted), dtype=np.int32))
        found = {self._numbers[int(position)] for position in np.flatnonzero(among)}
        return found | {number for number, owner in self._changed.items() if owner in wanted}

    def _base(self, number: int) -> int:
        position = bisect_left(self._numbers, number)
        if position < len(self._numbers) and self._numbers[position] == number:
            return self._owners[position]
        return GONE
