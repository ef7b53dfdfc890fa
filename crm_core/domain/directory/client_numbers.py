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
    """As NumberIndex, but a number of two clients belongs to neither, until one of them has it alone."""

    def __init__(self) -> None:
        self._index = NumberIndex()
        self._shared: dict[int, set[int]] = {}  # who would be keyed in alike

    def __len__(self) -> int:
        return len(self._index)

    def load(self, numbers: "array[int]", owners: "array[int]") -> None:
        keys, of = np.frombuffer(numbers, dtype=np.int64), np.frombuffer(owners, dtype=np.int32)
        _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        several = counts[inverse] > 1
        self._shared = {}
        for number, owner in zip(keys[several].tolist(), of[several].tolist(), strict=True):
            self._shared.setdefault(number, set()).add(owner)
        marked = np.where(several, _SHARED, of)
        self._index.load(numbers, array("i", marked.astype(np.int32).tobytes()))

    def get(self, text: str) -> int:
        """Its owner, or GONE."""
        number = keyed(text)
        owner = GONE if number is None else self._index.get(number)
        return GONE if owner == _SHARED else owner

    def set(self, texts: Mapping[int, str | None]) -> None:
        """The numbers these owners have now, in place of those they had."""
        wanted = {owner: keyed(text) for owner, text in texts.items()}
        for former in self._index.numbers_of(wanted):
            if wanted[self._index.get(former)] != former:
                self._index.drop(former)
        for number, owners in tuple(self._shared.items()):
            for owner in [one for one in owners if wanted.get(one, number) != number]:
                self._leave(number, owner)
        for owner, given in wanted.items():
            if given is not None:
                self._come(given, owner)

    def _come(self, number: int, owner: int) -> None:
        other = self._index.get(number)
        if other in {GONE, owner}:
            self._index.put(number, owner)
            return
        self._shared.setdefault(number, set() if other == _SHARED else {other}).add(owner)
        self._index.put(number, _SHARED)

    def _leave(self, number: int, owner: int) -> None:
        owners = self._shared[number]
        owners.discard(owner)
        if len(owners) == 1:
            self._index.put(number, self._shared.pop(number).pop())
