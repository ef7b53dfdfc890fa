# SPDX-License-Identifier: Apache-2.0
"""Numbers and names for strangers' eyes: masked the same everywhere in one file, their shape kept, no way back."""

import hashlib
import re
from pathlib import PurePosixPath
from typing import Any

from crm_core.domain.recording_name import parse_recording_name
from pbx_bridge.profile import LONGEST_SHORT, said_number

_HIDDEN = 9  # digits from the right; what stands before them is country, trunk prefix, kind of line
_CHANNEL_END = re.compile(r"-[0-9a-f]{8}(;[12])?$")
_NUMBER = re.compile(rf"\+?\d(?:[ ().-]{{0,2}}\d){{{LONGEST_SHORT},}}")
_PASSWORD = re.compile(r"\b(?!sips?:|tel:)(\w+):[^@:/\s]+@")


class Mask:
    """`key`: chance, of one file. Extensions and other short numbers stay: they are the house's plan, not people."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._names: dict[str, str] = {}
        self._files: dict[str, str] = {}

    def number(self, text: str) -> str:
        """Each digit is moved by what stands to its right: numbers that end alike still do, and no two become one."""
        digits = "".join(char for char in text if char.isdecimal())
        shown = max(1, len(digits) - _HIDDEN)
        if len(digits) <= LONGEST_SHORT:
            return text
        moved = digits[:shown] + "".join(self._moved(digits, at) for at in range(shown, len(digits)))
        left = iter(moved)
        return "".join(next(left) if char.isdecimal() else char for char in text)

    def text(self, text: str) -> str:
        """Every number in it, and the password of a dial string."""
        return _NUMBER.sub(lambda match: self.number(match[0]), _PASSWORD.sub(r"\1:secret@", text))

    def channel(self, name: str) -> str:
        end = _CHANNEL_END.search(name)
        at = end.start() if end else len(name)
        return self.text(name[:at]) + name[at:]

    def name(self, text: str) -> str:
        """A person's; what is a number is masked as one."""
        if not said_number(text) or _NUMBER.fullmatch(text) or text.isdecimal():
            return self.number(text)
        return self._names.setdefault(text, f"Caller {len(self._names) + 1}")

    def file(self, path: str) -> str:
        """A recording's: ours have but ids in their names, of others only the kind is told."""
        name = PurePosixPath(path).name
        if not path or parse_recording_name(name):
            return name
        return self._files.setdefault(
            path, f"recording-{len(self._files) + 1}{PurePosixPath(name).suffix[:5]}"
        )

    def profile(self, table: dict[str, Any]) -> dict[str, Any]:
        return {
            **table,
            "extensions": {self.text(device): value for device, value in table["extensions"].items()},
            "trunks": [self.text(one) for one in table["trunks"]],
            "own_numbers": [self.number(one) for one in table["own_numbers"]],
        }

    def _moved(self, digits: str, at: int) -> str:
        by = hashlib.blake2b(digits[at + 1 :].encode(), key=self._key, digest_size=4).digest()
        return str((int(digits[at]) + int.from_bytes(by)) % 10)
