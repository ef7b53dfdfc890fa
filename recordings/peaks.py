# SPDX-License-Identifier: Apache-2.0
"""The waveform of a recording: for each of about a thousand windows the loudest sample, 0..255, each channel apart."""

import numpy as np
from numpy.typing import NDArray

WINDOWS = 1000
Samples = NDArray[np.int16]  # (frames, channels)


def loudest(samples: Samples, windows: int = WINDOWS) -> NDArray[np.int32]:
    """The greatest |sample| of each window: (windows, channels). Fewer windows when there are fewer frames."""
    frames, channels = samples.shape
    windows = min(windows, frames)
    if not windows:
        return np.zeros((0, channels), dtype=np.int32)
    width = frames // windows
    even = width * windows
    out = np.empty((windows, channels), dtype=np.int32)
    for channel in range(channels):
        # One contiguous copy of the channel: strided maxima over interleaved samples are 20 times slower.
        track = np.ascontiguousarray(samples[:, channel])
        out[:, channel] = _maxima(track[:even].reshape(windows, width))
        if even < frames:
            out[-1, channel] = max(out[-1, channel], _maxima(track[even:].reshape(1, -1))[0])
    return out


def scale(levels: NDArray[np.int32]) -> list[list[int]]:
    """Each channel's windows as 0..255; 255 is full scale, so that quiet calls look quiet."""
    scaled = np.minimum(levels * 255 // 32767, 255)
    return [scaled[:, channel].tolist() for channel in range(scaled.shape[1])]


def _maxima(rows: Samples) -> NDArray[np.int32]:
    # abs(-32768) overflows int16, so the two ends are compared in int32
    high: NDArray[np.int32] = rows.max(axis=1).astype(np.int32)
    low: NDArray[np.int32] = rows.min(axis=1).astype(np.int32)
    out: NDArray[np.int32] = np.maximum(high, -low)
    return out
