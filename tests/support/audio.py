# SPDX-License-Identifier: Apache-2.0
"""Recordings as Asterisk would write them: tones, a frequency for each party."""

import struct

import numpy as np

RATE = 8000


def tone(seconds, hertz=440, level=8000):
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype("<i2")


def raw(seconds=3.0, client=440, operator=880, level=8000):
    """MixMonitor(x.raw,D): interleaved, the client left, the operator right."""
    return np.column_stack([tone(seconds, client, level), tone(seconds, operator, level)]).tobytes()


def wav(samples, *, length=None, rate=RATE, channels=1):
    """A PCM WAV; `length` is what its header says of the data (0 until Asterisk closes it)."""
    body = samples.astype("<i2").tobytes()
    said = len(body) if length is None else length
    fmt = struct.pack("<HHIIHH", 1, channels, rate, rate * 2 * channels, 2 * channels, 16)
    head = b"RIFF" + struct.pack("<I", (36 + said) % (1 << 32)) + b"WAVEfmt " + struct.pack("<I", 16) + fmt
    return head + b"data" + struct.pack("<I", said) + body


def strongest(samples, rate):
    """The loudest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(samples))
    return np.fft.rfftfreq(len(samples), 1 / rate)[int(spectrum.argmax())]
