# SPDX-License-Identifier: Apache-2.0
"""The process that decodes and encodes: one line of JSON in, one out. It ends when its parent does.

libsndfile reads files that others wrote, and has been seen to die of what it reads: not in the server's process.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import orjson

from recordings.audio import UnreadableAudioError, open_regular, read_audio
from recordings.peaks import loudest, scale
from recordings.sound import RefusedSoundError, make_sound
from recordings.transcode import MEDIA_TYPE, to_opus


def prepare(source: Path, suffix: str, target: Path) -> dict[str, Any]:
    """Measure a closed file and make what browsers play of it; no target is written for a file without audio."""
    with open_regular(source) as file:
        seen = os.fstat(file.fileno())
    audio = read_audio(source, suffix)
    levels = loudest(audio.samples)
    if len(audio.samples):
        to_opus(audio, target)
    return {
        "inode": seen.st_ino,
        "size": seen.st_size,
        "frames": len(audio.samples),
        "rate": audio.rate,
        "loudest": levels.max(axis=0, initial=0).tolist(),
        "peaks": scale(levels),
        "media_type": MEDIA_TYPE,
        "note": audio.note,
    }


def answer(line: bytes) -> bytes:
    asked = orjson.loads(line)
    source, target = Path(asked["source"]), Path(asked["target"])
    try:
        told = make_sound(source, target) if asked.get("sound") else prepare(source, asked["suffix"], target)
    except RefusedSoundError as error:
        told = {"refused": error.why}
    except UnreadableAudioError as error:
        told = {"unreadable": str(error)}
    except (OSError, RuntimeError, ValueError) as error:  # not the file's fault: the disk is full, it is gone
        told = {"error": f"{type(error).__name__}: {error}"}
    return orjson.dumps(told) + b"\n"


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes our input
    os.nice(10)  # telephony on the same machine comes first
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(answer(line))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
