# SPDX-License-Identifier: Apache-2.0
"""Hold music of our own making: soft broken chords, so that no licence and no download is needed."""

import wave
from pathlib import Path

import numpy as np

_RATE = 8000
_BEAT = 0.4
_BARS = (  # C, Am, F, G as broken chords, in Hz
    (261.63, 329.63, 392.00, 523.25, 392.00, 329.63),
    (220.00, 261.63, 329.63, 440.00, 329.63, 261.63),
    (174.61, 220.00, 261.63, 349.23, 261.63, 220.00),
    (196.00, 246.94, 293.66, 392.00, 293.66, 246.94),
)


def write_hold_music(path: Path) -> None:
    """Twenty seconds, mono, 8 kHz; left alone if it is there."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    notes = [note for bar in _BARS * 2 for note in bar]
    step = int(_RATE * _BEAT)
    ring = np.arange(step * 4) / _RATE
    song = np.zeros(step * len(notes) + len(ring))
    for place, note in enumerate(notes):
        tone = np.sin(2 * np.pi * note * ring) + 0.3 * np.sin(4 * np.pi * note * ring)
        song[place * step : place * step + len(ring)] += tone * np.exp(-ring * 2.5) * np.minimum(1, ring * 80)
    samples = (song / np.abs(song).max() * 9000).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(_RATE)
        out.writeframes(samples.tobytes())
