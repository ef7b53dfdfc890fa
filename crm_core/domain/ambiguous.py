# SPDX-License-Identifier: Apache-2.0
"""A row of a file, or an order, speaks of a number that several clients have: nobody guesses which of them."""

from collections.abc import Sequence
from typing import Final

from crm_core.domain import clean
from crm_core.domain.client import Company, Contact
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.search import fold

_NAMED: Final = 3


def called(some: Sequence[Contact], name: str | None) -> list[Contact]:
    """Of several who have a number, whom the name says too."""
    said = fold(clean.line(name) or "")
    return [one for one in some if said and fold(one.name) == said]


def ambiguous(number: str, some: Sequence[Contact | Company]) -> InvalidInputError:
    names = ", ".join(sorted(one.name for one in some)[:_NAMED]) + (", ..." if len(some) > _NAMED else "")
    return InvalidInputError(
        f"{number} is a number of several: {names}. "
        "Say which of them by their external id, or by their name as it is here"
    )
