# SPDX-License-Identifier: Apache-2.0
"""How often a password may be tried: by address, by account and address, and by account.

An attack on somebody's account from elsewhere must not lock that person out, so the limit of an account as a whole
does not hold for addresses the account was used from.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

_KEPT = 50_000  # keys remembered: an attacker with many names must not fill the memory


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures, each forgotten after `forget_s`."""

    failures: int
    forget_s: float


BY_ADDRESS = Limit(40, 600)
BY_ACCOUNT_AND_ADDRESS = Limit(6, 300)
BY_ACCOUNT = Limit(30, 1800)


class LoginThrottle:
    """Counts failures in leaky buckets; time comes in as an argument."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[str, ...], tuple[float, float]] = OrderedDict()

    def wait_s(self, login: str, address: str, now: datetime, *, known_address: bool) -> float:
        """Seconds until the next try is allowed; 0 when it is allowed now."""
        waits = [
            self._wait(("address", address), BY_ADDRESS, now),
            self._wait(("both", login, address), BY_ACCOUNT_AND_ADDRESS, now),
        ]
        if not known_address:
            waits.append(self._wait(("account", login), BY_ACCOUNT, now))
        return max(waits)

    def failed(self, login: str, address: str, now: datetime) -> None:
        self._add(("address", address), BY_ADDRESS, now)
        self._add(("both", login, address), BY_ACCOUNT_AND_ADDRESS, now)
        self._add(("account", login), BY_ACCOUNT, now)

    def succeeded(self, login: str, address: str) -> None:
        self._buckets.pop(("both", login, address), None)

    def _level(self, key: tuple[str, ...], limit: Limit, now: datetime) -> float:
        level, at = self._buckets.get(key, (0.0, 0.0))
        return max(0.0, level - (now.timestamp() - at) * limit.failures / limit.forget_s)

    def _wait(self, key: tuple[str, ...], limit: Limit, now: datetime) -> float:
        over = self._level(key, limit, now) - (limit.failures - 1)
        return max(0.0, over * limit.forget_s / limit.failures)

    def _add(self, key: tuple[str, ...], limit: Limit, now: datetime) -> None:
        self._buckets[key] = (self._level(key, limit, now) + 1, now.timestamp())
        self._buckets.move_to_end(key)
        while len(self._buckets) > _KEPT:
            self._buckets.popitem(last=False)
