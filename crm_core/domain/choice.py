# SPDX-License-Identifier: Apache-2.0
"""What people choose from: what a talk came to, why somebody pauses, how far a deal has come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

_OURS: Final = UUID("6f1d0c8e-51a4-5b0f-9a70-3f6d3f1f7a10")


class ChoiceKind(StrEnum):
    RESULT = "result"
    PAUSE = "pause"
    STAGE = "stage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the list. `text` is None for the built-in words, which every reader sees in their language."""

    id: UUID
    kind: ChoiceKind
    code: str  # what is kept with a talk or a deal; it never changes
    text: str | None = None
    position: int
    needs_note: bool = False
    in_statistics: bool = True
    archived_at: datetime | None = None

    @property
    def is_built_in(self) -> bool:
        return self.id == _id(self.kind, self.code)


def _id(kind: ChoiceKind, code: str) -> UUID:
    return uuid5(_OURS, f"{kind}:{code}")


def _built_in(kind: ChoiceKind, codes: str, *, needs_note: str = "", not_counted: str = "") -> list[Choice]:
    return [
        Choice(
            id=_id(kind, code),
            kind=kind,
            code=code,
            position=10 * place,
            needs_note=code in needs_note.split(),
            in_statistics=code not in not_counted.split(),
        )
        for place, code in enumerate(codes.split(), 1)
    ]


BUILT_IN: Final[tuple[Choice, ...]] = (
    *_built_in(
        ChoiceKind.RESULT,
        "settled order interest call_back complaint refused other",
    ),
    *_built_in(ChoiceKind.PAUSE, "lunch break training other_work"),
    *_built_in(ChoiceKind.STAGE, "new offer negotiation contract"),
)
