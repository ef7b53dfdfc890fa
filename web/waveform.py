# SPDX-License-Identifier: Apache-2.0
"""A recording's peaks as the drawing of its waveform: the client above the middle, the operator below."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm_core.domain.recording import Peaks

BARS = 160
HEIGHT = 40
_PITCH = 3  # a bar and the gap after it
_MIDDLE = HEIGHT / 2
_LOUDEST = 255


@dataclass(frozen=True, slots=True)
class Drawing:
    """Paths for an SVG of the given width and height."""

    width: int
    height: int
    client: str
    operator: str


def drawing(peaks: Peaks | None, bars: int = BARS) -> Drawing:
    """Without peaks a flat line: a recording that cannot be drawn can still be played."""
    client = _bars(peaks.client if peaks else (), bars)
    operator = _bars(peaks.operator if peaks else (), bars)
    if peaks and not peaks.operator:  # one channel: mirrored, so that it fills the same height
        operator = client
    return Drawing(
        width=bars * _PITCH,
        height=HEIGHT,
        client="".join(_bar(i, _MIDDLE - 0.5 - h, h) for i, h in enumerate(client)),
        operator="".join(_bar(i, _MIDDLE + 0.5, h) for i, h in enumerate(operator)),
    )


def _bars(peaks: Sequence[int], bars: int) -> list[float]:
    """The loudest of each slice, as a height; the square root lets quiet speech be seen."""
    if not peaks:
        return [0.5] * bars
    n = len(peaks)
    slices = (peaks[i * n // bars : max((i + 1) * n // bars, i * n // bars + 1)] for i in range(bars))
    tallest = _MIDDLE - 1
    return [round(max(0.5, (max(each, default=0) / _LOUDEST) ** 0.5 * tallest), 1) for each in slices]


def _bar(i: int, top: float, height: float) -> str:
    return f"M{i * _PITCH} {top:g}h2v{height:g}h-2z"
