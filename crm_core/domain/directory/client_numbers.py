# SPDX-License-Identifier: Apache-2.0
"""Numbers that clients have in other systems (`external_id`), as far as they can be keyed in on a telephone."""

import re
from array import array
from collections.abc import Mapping

import numpy as np

from crm_core.domain.directory.number_index import GONE, NumberIndex

_SHARED = -2  # two clients would be keyed in alike: it is nobody's
_KEYED = re.compile(r"[0-9]{1,15}\Z", re.ASCII)


def keyed(text: str | None) -> int | None:
    """'000123' and '123' are keyed in alike; None: nobody can key it in."""
    return int(text) if text and _KEYED.match(text) else None


class ClientNumbers:
    """As NumberIndex, but a number of two clients belongs to neither."""

    def __init__(self) -> None:
        self._index = NumberIndex()

    def __len__(self) -> int:
        return len(self._index)

    def load(self, numbers: "array[int]", owners: "array[int]") -> None:
        keys = np.frombuffer(numbers, dtype=np.int64)
        _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        marked = np.where(counts[inverse] > 1, _SHARED, np.frombuffer(owners, dtype=np.int32))
        self._index.load(numbers, array("i", marked.astype(np.int32).tobytes()))

    def get(self, text: str) -> int:
        """Its owner, or GONE."""
        number = keyed(text)
        owner = GONE if number is None else self._index.get(number)
        return GONE if owner == _SHARED else owner

    def set(self, texts: Mapping[int, str | None]) -> None:
        """The numbers these owners have now; one they had before is nobody's until a start tells whose else."""
        wanted = {owner: keyed(text) for owner, text in texts.items()}
        for former in self._index.numbers_of(wanted):
            if wanted[self._index.get(former)] != former:
                self._index.drop(former)
        for owner, number in wanted.items():
            if number is not None:
                other = self._index.get(number)
                self._index.put(number, owner if other in {GONE, owner} else _SHARED)
