# SPDX-License-Identifier: Apache-2.0
"""Sounds of the house in tests: tones in any format, and who keeps them beside a spool of one PBX."""

import io

import numpy as np
import soundfile

from crm_core.ports.clock import utc_now
from crm_core.usecases.record_prompt import PromptRecorder
from recordings.prompt_shelf import LocalPromptShelf


def a_recorder(store, home, *, clock=utc_now, spools=None, tell_queues=None):
    spool = home / "prompt-spool"
    spool.mkdir(exist_ok=True)
    shelf = LocalPromptShelf(home / "prompts", {"main": spool} if spools is None else spools, tell_queues)
    return PromptRecorder(store, shelf, clock)


def tone(hertz=440.0, *, seconds=1.0, rate=44100, channels=1, loud=0.5):
    track = loud * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)
    return np.repeat(track[:, None], channels, axis=1).astype(np.float32), rate


def encoded(samples, rate, kind="WAV", subtype=None):
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=kind, subtype=subtype)
    return out.getvalue()
