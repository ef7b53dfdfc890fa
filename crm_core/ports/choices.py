# SPDX-License-Identifier: Apache-2.0
"""Results of talks, reasons of pauses and stages of deals."""

from typing import Protocol

from crm_core.domain.choice import Choice, ChoiceKind


class Choices(Protocol):
    async def all(self, kind: ChoiceKind) -> list[Choice]:
        """In their order, archived ones too; the built-in ones stand as they are until somebody changes them."""
        ...

    async def save(self, *choices: Choice) -> None:
        """Add or overwrite, by id."""
        ...
