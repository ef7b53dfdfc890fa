# SPDX-License-Identifier: Apache-2.0
"""A voice of our own making for the demo's messages: vowels one after another, so that nobody's words are needed."""

import random
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 8000
_VOWELS: Final = (  # two formants each, in Hz: a, e, i, o, u
    (730, 1090),
    (530, 1840),
    (270, 2290),
    (570, 840),
    (300, 870),
)
_LOUDNESS: Final = 9000
_SYLLABLE_S: Final = (0.12, 0.28)
_REST_S: Final = (0.02, 0.06)
_PAUSE_S: Final = 0.45  # between sentences
_SENTENCE: Final = 8  # syllables


def spoken(seconds: float, seed: int) -> NDArray[np.int16]:
    """Somebody talks so long; another seed is another voice. Mono, 8 kHz."""
    dice = random.Random(seed)  # noqa: S311 - a voice, not a secret
    pitch = dice.uniform(105, 215)
    parts: list[NDArray[np.float64]] = []
    told, number = 0.0, 0
    while told < seconds:
        length, rest = dice.uniform(*_SYLLABLE_S), dice.uniform(*_REST_S)
        number += 1
        if number % _SENTENCE == 0:
            rest = _PAUSE_S
        parts += [
            _syllable(pitch * dice.uniform(0.9, 1.15), dice.choice(_VOWELS), length),
            np.zeros(int(rest * RATE)),
        ]
        told += length + rest
    samples = np.concatenate(parts)[: int(seconds * RATE)]
    return np.asarray(samples / np.abs(samples).max() * _LOUDNESS, dtype=np.int16)


def two_sided(caller: NDArray[np.int16]) -> bytes:
    """As MixMonitor writes a call: the caller left, silence right."""
    return np.column_stack([caller, np.zeros_like(caller)]).astype("<i2").tobytes()


def _syllable(pitch: float, formants: tuple[int, int], seconds: float) -> NDArray[np.float64]:
    """Overtones of the pitch, loud where the vowel has its formants; it swells, sinks a little and fades."""
    count = int(seconds * RATE)
    time = np.arange(count) / RATE
    glide = 2 * np.pi * pitch * (time - 0.25 * time**2)
    tone = np.zeros(count)
    for overtone in range(1, int(3400 / pitch) + 1):
        heard = sum(np.exp(-(((overtone * pitch - one) / 160) ** 2)) for one in formants)
        tone += (heard + 0.3 / overtone**2) * np.sin(overtone * glide)
    swell = np.minimum(1, np.minimum(time, time[::-1]) * 25)
    return np.asarray(tone * swell)
