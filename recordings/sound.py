# SPDX-License-Identifier: Apache-2.0
"""Any sound file as what every PBX plays: mono, 8 kHz, 16 bit; too long, silent or broken is refused by name."""

import wave
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from crm_core.domain.prompt import LONGEST_S, RATE, SHORTEST_S
from crm_core.domain.recording import SILENCE
from recordings.audio import open_regular

_BLOCK = 1 << 16
_MOST_CHANNELS = 8
_RATES = range(4000, 192001)
_EDGE_S = 0.05  # silence at both ends while it is filtered, so that they do not meet
_TAPER = 0.05  # of the band below the cut: a filter that ends at once rings
_FULL = 32767
Track = NDArray[np.float32]


class RefusedSoundError(Exception):
    """`why`: too_long | too_short | silent | no_sound."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def make_sound(source: Path, target: Path) -> dict[str, Any]:
    """Write the WAV file. RefusedSoundError; OSError when it cannot be read or written now."""
    track, rate = read_track(source)
    samples = as_telephony(track, rate)
    if len(samples) < SHORTEST_S * RATE:
        raise RefusedSoundError("too_short")
    if np.abs(samples.astype(np.int32)).max(initial=0) <= SILENCE:
        raise RefusedSoundError("silent")
    with wave.open(str(target), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return {"seconds": len(samples) / RATE}


def read_track(source: Path) -> tuple[Track, int]:
    """All channels as one, -1..1. A small file can hold hours: no more is decoded than may be kept."""
    with open_regular(source) as file:
        try:
            with soundfile.SoundFile(file) as sound:
                rate, channels = sound.samplerate, sound.channels
                if channels > _MOST_CHANNELS or rate not in _RATES:
                    raise RefusedSoundError("no_sound")
                blocks, frames = [], 0
                while len(block := sound.read(_BLOCK, dtype="float32", always_2d=True)):
                    frames += len(block)
                    if frames > LONGEST_S * rate:
                        raise RefusedSoundError("too_long")
                    blocks.append(block.mean(axis=1))
        except (soundfile.LibsndfileError, RuntimeError, ValueError) as error:
            raise RefusedSoundError("no_sound") from error
    track = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    return np.nan_to_num(track, nan=0.0, posinf=0.0, neginf=0.0), rate


def as_telephony(track: Track, rate: int) -> NDArray[np.int16]:
    """At 8 kHz, without what lies above 4 kHz; 16-bit, little end first."""
    if rate != RATE and len(track):
        track = _resampled(track, rate)
    limited = np.clip(np.rint(track * _FULL), -_FULL, _FULL)
    return limited.astype("<i2")


def _resampled(track: Track, rate: int) -> Track:
    """By its spectrum: cut or filled up to the new rate's half, and back."""
    edge = int(_EDGE_S * rate)
    padded = np.pad(track, edge)
    length = round(len(padded) * RATE / rate)
    spectrum = np.fft.rfft(padded)
    kept = np.zeros(length // 2 + 1, dtype=spectrum.dtype)
    both = min(len(kept), len(spectrum))
    kept[:both] = spectrum[:both]
    if rate > RATE:
        fade = max(1, int(both * _TAPER))
        kept[both - fade : both] *= np.linspace(1.0, 0.0, fade)
    out = np.fft.irfft(kept, length) * (length / len(padded))
    start = round(edge * RATE / rate)
    wanted = round(len(track) * RATE / rate)
    return out[start : start + wanted].astype(np.float32)
