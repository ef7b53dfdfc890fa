# SPDX-License-Identifier: Apache-2.0
"""How long to wait before the next try: doubling, with chance in it, so that many clients never knock in step."""

from collections.abc import Callable
from random import SystemRandom

_chance = SystemRandom().random


class BackOff:
    def __init__(self, first_s: float, longest_s: float, random: Callable[[], float] = _chance) -> None:
        self._first = first_s
        self._longest = longest_s
        self._random = random
        self._tries = 0

    def reset(self) -> None:
        self._tries = 0

    def next(self) -> float:
        """Between half of and one and a half times the step; never longer than the longest."""
        step = min(self._first * 2.0 ** min(self._tries, 30), self._longest)
        self._tries += 1
        return min(step * (0.5 + self._random()), self._longest)
