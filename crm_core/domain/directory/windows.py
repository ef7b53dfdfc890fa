# SPDX-License-Identifier: Apache-2.0
"""The windows of turnover that are kept in memory for each client."""

from collections.abc import Sequence

from crm_core.domain.turnover import Window

STORED_WINDOWS = (
    Window.DAYS_30,
    Window.THIS_MONTH,
    Window.LAST_MONTH,
    Window.MONTHS_12,
    Window.ALL,
)
_THIS_MONTH, _LAST_MONTH = STORED_WINDOWS.index(Window.THIS_MONTH), STORED_WINDOWS.index(Window.LAST_MONTH)
_NAMES = tuple(window.value for window in STORED_WINDOWS)


def by_name(amounts: Sequence[int]) -> dict[str, int]:
    """And the larger of two months, which follows from these."""
    if not amounts:  # of a lead
        return {}
    larger = max(amounts[_THIS_MONTH], amounts[_LAST_MONTH])
    return {**dict(zip(_NAMES, amounts, strict=True)), Window.LARGER_MONTH.value: larger}
