# SPDX-License-Identifier: Apache-2.0
"""Whom each of many is dealt to: evenly, or to who has the fewest clients."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from crm_core.domain.sharing import OwnedRecord, Way


class Dealer:
    """One after another; what was dealt counts for the next. The same order gives the same plan."""

    def __init__(self, way: Way, people: Sequence[UUID], clients: Mapping[UUID, int]) -> None:
        self._way = way
        self._load = dict.fromkeys(people, 0) if way is Way.EVENLY else {one: clients[one] for one in people}
        self._queue = [(count, place, one) for place, (one, count) in enumerate(self._load.items())]
        heapq.heapify(self._queue)

    def take_away(self, records: Iterable[OwnedRecord]) -> None:
        """Before anything is dealt: what is about to be dealt anew counts for nobody."""
        if self._way is Way.EVENLY:
            return
        for one in records:
            if one.manager_id in self._load:
                self._load[one.manager_id] -= 1
        self._queue = [(self._load[one], place, one) for _, place, one in self._queue]
        heapq.heapify(self._queue)

    def deal(self) -> UUID:
        count, place, one = self._queue[0]
        heapq.heapreplace(self._queue, (count + 1, place, one))
        return one
