# SPDX-License-Identifier: Apache-2.0
"""A recorded file as 16-bit samples: raw and PCM WAV mapped as they lie, anything else decoded in chunks beside it."""

import os
import stat
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from recordings.peaks import WINDOWS, Samples, loudest, scale

RAW_RATE = 8000  # MixMonitor(x.raw,D): interleaved, 8 kHz, left from the recorded channel, right to it
_BLOCK = 1 << 16
_PCM = 1
_EXTENSIBLE = 0xFFFE
_FMT = struct.Struct("<HHIIHH")
_CHUNK = struct.Struct("<4sI")
_HEADER_ONLY = 60  # what Asterisk leaves of a call without audio: 44 bytes for PCM, 60 for GSM
_BITS = 16
_RATES = range(4000, 192001)
_STEREO = 2


class UnreadableAudioError(Exception):
    """The file is not audio that we can read."""


@dataclass(frozen=True, slots=True)
class Audio:
    rate: int
    samples: Samples
    note: str = ""  # what was repaired

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate


def open_regular(path: Path) -> BinaryIO:
    """Open for reading without following a link or waiting for a FIFO; OSError if it is not a plain file."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(f"not a plain file: {path.name}")
    return os.fdopen(fd, "rb")


def read_audio(path: Path, suffix: str = "") -> Audio:
    """The samples of a closed file. Raises UnreadableAudioError."""
    suffix = suffix or path.suffix.removeprefix(".")
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if suffix == "raw":
            return Audio(RAW_RATE, _mapped(file, 0, size, 2), "odd bytes cut" if size % 4 else "")
        if size == 0:
            return Audio(RAW_RATE, np.zeros((0, 1), np.int16))
        if suffix == "gsm":
            return _decoded(
                file, size, {"format": "RAW", "subtype": "GSM610", "samplerate": RAW_RATE, "channels": 1}
            )
        return _pcm_wav(file, size) or _decoded(file, size, {})


def peaks_of(path: Path, windows: int = WINDOWS) -> list[list[int]]:
    """The waveform of a file, each channel apart."""
    return scale(loudest(read_audio(path).samples, windows))


def _mapped(file: BinaryIO, offset: int, size: int, channels: int) -> Samples:
    frames = size // (2 * channels)
    if not frames:
        return np.zeros((0, channels), np.int16)
    return np.memmap(file, dtype="<i2", mode="r", offset=offset, shape=(frames, channels))


def _pcm_wav(file: BinaryIO, size: int) -> Audio | None:
    """PCM16 by its chunks; None if it is not. Asterisk writes the length only when it closes: 0 means the rest."""
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise UnreadableAudioError("no RIFF/WAVE header")
    fmt = b""
    while len(chunk := file.read(_CHUNK.size)) == _CHUNK.size:
        name, length = _CHUNK.unpack(chunk)
        if name == b"data" and len(fmt) >= _FMT.size:
            return _pcm_data(file, size, length, fmt)
        body = file.read(min(length, 4096)) if name == b"fmt " else b""
        fmt = body or fmt
        file.seek(length + length % 2 - len(body), os.SEEK_CUR)
    if size <= _HEADER_ONLY:
        return Audio(RAW_RATE, np.zeros((0, 1), np.int16))
    raise UnreadableAudioError("no data in the WAV file")


def _pcm_data(file: BinaryIO, size: int, length: int, fmt: bytes) -> Audio | None:
    tag, channels, rate, _, _, bits = _FMT.unpack_from(fmt)
    if tag not in (_PCM, _EXTENSIBLE) or bits != _BITS:
        return None
    if not 1 <= channels <= _STEREO or rate not in _RATES:
        raise UnreadableAudioError(f"{channels} channels at {rate} Hz")
    offset = file.tell()
    there = size - offset
    repaired = length > there or (length == 0 and there > 0)
    samples = _mapped(file, offset, there if repaired else length, channels)
    return Audio(rate, samples, "length taken from the file's size" if repaired else "")


def _decoded(file: BinaryIO, size: int, how: dict[str, object]) -> Audio:
    """Decode in chunks into a nameless file: hours of audio never stand in memory."""
    file.seek(0)
    try:
        with soundfile.SoundFile(file, **how) as source, tempfile.TemporaryFile() as out:
            rate, channels = source.samplerate, source.channels
            while len(block := source.read(_BLOCK, dtype="int16", always_2d=True)):
                out.write(block.tobytes())
            out.flush()
            samples = _mapped(out, 0, out.tell(), channels)
    except (soundfile.LibsndfileError, RuntimeError, ValueError, OSError) as error:
        raise UnreadableAudioError(str(error)) from error
    if channels > _STEREO or (not len(samples) and size > _HEADER_ONLY):
        raise UnreadableAudioError(f"{channels} channels, {len(samples)} frames in {size} bytes")
    return Audio(rate, samples)
