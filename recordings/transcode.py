# SPDX-License-Identifier: Apache-2.0
"""16-bit samples to Ogg/Opus, in chunks: libsndfile dies of ten minutes in one call."""

from pathlib import Path

import soundfile

from recordings.audio import Audio

MEDIA_TYPE = "audio/ogg"
_RATES = (8000, 12000, 16000, 24000, 48000)  # what Opus knows
_BLOCK = 1 << 15


def to_opus(audio: Audio, target: Path) -> None:
    """Write the samples to `target`; at a rate that Opus does not know, as Vorbis in the same container."""
    subtype = "OPUS" if audio.rate in _RATES else "VORBIS"
    frames, channels = audio.samples.shape
    with soundfile.SoundFile(target, "w", audio.rate, channels, format="OGG", subtype=subtype) as out:
        for start in range(0, frames, _BLOCK):
            out.write(audio.samples[start : start + _BLOCK])
