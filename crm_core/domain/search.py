# SPDX-License-Identifier: Apache-2.0
"""How text is folded for searching, alike for what is stored and for what is asked."""

from collections.abc import Iterable

SHORTEST = 3  # characters: shorter parts are in too many names to be worth looking for


def fold(text: str) -> str:
    """One case, one ё, single blanks; without the signs that mean something to LIKE."""
    plain = text.casefold().replace("ё", "е").replace("%", " ").replace("_", " ").replace("\x00", " ")
    return " ".join(plain.split())


def document(texts: Iterable[str | None], numbers: Iterable[str]) -> str:
    """All that somebody is found by. A bar stands between the parts, so that no hit runs across two of them."""
    parts = [fold(text) for text in texts if text]
    return "|".join([*parts, *(digits(number) for number in numbers)])


def digits(text: str) -> str:
    return "".join(filter(_ASCII_DIGITS.__contains__, text))


def is_number(text: str) -> bool:
    """Whether somebody typed (part of) a phone number rather than a name."""
    return bool(digits(text)) and not any(c.isalpha() for c in text)


_ASCII_DIGITS = frozenset("0123456789")
