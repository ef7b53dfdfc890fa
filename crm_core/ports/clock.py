# SPDX-License-Identifier: Apache-2.0
"""Time as an argument."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, aware, in UTC."""
        ...


def utc_now() -> datetime:
    return datetime.now(UTC)
