# SPDX-License-Identifier: Apache-2.0
"""How things are timed: the rounds of the thing and of its reference alternate, and their medians are compared."""

import statistics
import time
from collections.abc import Callable

from crm_core.domain.errors import CrmError


class BenchError(CrmError):
    """A measurement did not do what it should measure."""


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of this thread; what the neighbours do does not count."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def alternate(rounds: int, one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float]:
    """The medians of `one` and `other`, measured by turns so that both see the same weather."""
    pairs = [(one(), other()) for _ in range(rounds)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)
