# SPDX-License-Identifier: Apache-2.0
"""Names of recorded files, read strictly: `<linkedid>_<uniqueid of the client's channel>.<format>`."""

import re
from dataclasses import dataclass

FORMATS = ("raw", "wav", "WAV", "wav16", "gsm")
# Asterisk's ids: [system name-]seconds.counter, or what an Originate gave. No leading dot, never two dots in a row.
_ID = r"[A-Za-z0-9](?:[A-Za-z0-9\-]|\.(?!\.)){0,98}"
_NAME = re.compile(rf"({_ID})_({_ID})\.({'|'.join(FORMATS)})", re.ASCII)


@dataclass(frozen=True, slots=True)
class RecordingName:
    name: str
    linkedid: str
    uniqueid: str
    format: str


def parse_recording_name(name: str) -> RecordingName | None:
    """None for anything that is not exactly such a name: a path, a hidden file, foreign letters."""
    match = _NAME.fullmatch(name)
    return RecordingName(name, match[1], match[2], match[3]) if match else None
