# SPDX-License-Identifier: Apache-2.0
"""Peaks of a 10-minute 8 kHz file, beside `soundfile.blocks` over the same file."""

import tempfile
from pathlib import Path

import numpy as np
import soundfile

from config.bench._rounds import alternate, cpu_s
from config.bench.figure import Figure, Limit
from recordings.audio import peaks_of
from recordings.peaks import WINDOWS

_FRAMES = 600 * 8000


def run(rounds: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "ten_minutes.wav"
        noise = np.random.default_rng(1).integers(-9000, 9000, _FRAMES, dtype=np.int16)
        soundfile.write(path, noise, 8000, subtype="PCM_16")
        peaks_of(path)  # the page cache is warm for both
        ours, blocks = alternate(
            max(rounds, 5), lambda: cpu_s(lambda: peaks_of(path)), lambda: cpu_s(lambda: _by_blocks(path))
        )
    return [
        Figure(
            name="peaks_10_minutes",
            value=1 / ours,
            unit="files/s",
            reference=1 / blocks,
            must=Limit(ratio=10, more=True),
            goal=Limit(ratio=20, more=True),
        )
    ]


def _by_blocks(path: Path) -> list[float]:
    """The obvious way: the loudest sample of each block."""
    size = _FRAMES // WINDOWS
    return [float(np.abs(block).max()) for block in soundfile.blocks(path, blocksize=size)]
