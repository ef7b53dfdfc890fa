# SPDX-License-Identifier: Apache-2.0
"""How often a token may ask: a bucket of requests that fills up again steadily."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

_KEPT = 10_000
WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """`wait_s` is 0 when the request may go on."""

    quota: int
    left: int
    wait_s: int

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers writes them."""
        said = {
            "RateLimit-Policy": f'"token";q={self.quota};w={WINDOW_S}',
            "RateLimit": f'"token";r={self.left};t={self.wait_s}',
        }
        return said | ({"Retry-After": str(self.wait_s)} if self.wait_s else {})


class RateLimit:
    def __init__(self, a_minute: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._quota = a_minute
        self._monotonic = monotonic
        self._left: OrderedDict[UUID, tuple[float, float]] = OrderedDict()  # requests, and when that was

    def take(self, token: UUID) -> Allowance:
        now = self._monotonic()
        left, at = self._left.pop(token, (float(self._quota), now))
        left = min(float(self._quota), left + (now - at) * self._quota / WINDOW_S)
        allowed = left >= 1
        self._left[token] = (left - 1 if allowed else left, now)
        while len(self._left) > _KEPT:
            self._left.popitem(last=False)
        wait = 0 if allowed else math.ceil((1 - left) * WINDOW_S / self._quota)
        return Allowance(self._quota, int(left - 1) if allowed else 0, wait)
