# SPDX-License-Identifier: Apache-2.0
"""Text from outside, made fit to keep: no control characters, no blank names, nothing endless."""

import re
import unicodedata

from crm_core.domain.errors import InvalidInputError

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,}\Z")
NAME_LIMIT = 200
NOTE_LIMIT = 10_000


def line(text: str | None, limit: int = NAME_LIMIT) -> str | None:
    """One line without control and direction characters; None when nothing is left."""
    if text is None:
        return None
    kept = "".join(c if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"} else " " for c in text)
    return " ".join(kept.split())[:limit].rstrip() or None


def note(text: str | None) -> str | None:
    """Several lines."""
    if text is None:
        return None
    lines = (line(one, NOTE_LIMIT) or "" for one in text.splitlines())
    return "\n".join(lines).strip()[:NOTE_LIMIT] or None


def name(text: str | None) -> str:
    cleaned = line(text)
    if cleaned is None:
        raise InvalidInputError("a name is needed", field="name")
    return cleaned


def email(text: str | None) -> str | None:
    cleaned = line(text, 255)
    if cleaned is not None and not _EMAIL.match(cleaned):
        raise InvalidInputError(f"not an e-mail address: {cleaned!r}", field="email")
    return cleaned
