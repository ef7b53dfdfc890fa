# SPDX-License-Identifier: Apache-2.0
"""Tags of clients: short words of one's own, the same in small and capital letters."""

from collections.abc import Iterable
from typing import Final

from crm_core.domain import clean
from crm_core.domain.errors import InvalidInputError

LONGEST: Final = 40
MOST: Final = 20  # of a client


def tag(text: str) -> str | None:
    """As it is kept; None when nothing is left. A comma parts tags, so none is in one."""
    kept = clean.line(text.replace(",", " "), 200)
    if kept and len(kept) > LONGEST:
        raise InvalidInputError("a tag is of 40 characters at most", field="tags")
    return kept.lower() if kept else None


def tags(texts: Iterable[str]) -> tuple[str, ...]:
    """In the order of the alphabet, each once."""
    found = tuple(sorted({kept for text in texts if (kept := tag(text))}))
    if len(found) > MOST:
        raise InvalidInputError("a client has 20 tags at most", field="tags")
    return found


def split(text: str) -> tuple[str, ...]:
    """Of a form or a file: 'vip, north'."""
    return tags(text.replace(";", ",").split(","))


def joined(some: Iterable[str]) -> str:
    return ", ".join(some)
