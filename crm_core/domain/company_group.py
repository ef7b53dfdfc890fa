# SPDX-License-Identifier: Apache-2.0
"""Companies that belong to companies: a tree, whose head speaks for all of it."""

from collections.abc import Iterator, Mapping
from typing import Final
from uuid import UUID

from crm_core.domain.errors import InvalidInputError

LEVELS: Final = 5  # from the head to the last, both counted
Parents = Mapping[UUID, UUID | None]  # of each company, whom it belongs to


def check_parent(child: UUID, parent: UUID, parents: Parents) -> None:
    """`parents`: of all companies of both groups, as they are before the change."""
    above = list(upwards(parent, parents))
    if child in above:
        raise InvalidInputError(
            "a company cannot belong to itself, nor to one that belongs to it", field="parent_id"
        )
    if len(above) + _height(child, parents) > LEVELS:
        raise InvalidInputError("a group has five levels at most", field="parent_id")


def upwards(company: UUID, parents: Parents) -> Iterator[UUID]:
    """The company, whom it belongs to, and so on to the head; each once, whatever the data say."""
    seen: set[UUID] = set()
    at: UUID | None = company
    while at is not None and at not in seen:
        seen.add(at)
        yield at
        at = parents.get(at)


def _height(company: UUID, parents: Parents) -> int:
    """Levels from this company down to the last that belongs to it."""
    places = (list(upwards(one, parents)) for one in parents)
    return max((path.index(company) + 1 for path in places if company in path), default=1)
