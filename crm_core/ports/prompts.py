# SPDX-License-Identifier: Apache-2.0
"""Sounds of the house: their rows, their files, and the PBXs that play them."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from crm_core.domain.prompt import Prompt, PromptVersion, Sound


class Prompts(Protocol):
    async def all(self) -> Sequence[Prompt]:
        """By name."""
        ...

    async def get(self, prompt_id: UUID) -> Prompt | None: ...

    async def save(self, prompt: Prompt) -> None: ...

    async def remove(self, prompt_id: UUID) -> None:
        """With its versions."""
        ...

    async def versions(self, prompt_id: UUID) -> Sequence[PromptVersion]:
        """Newest first."""
        ...

    async def played(self) -> Mapping[UUID, PromptVersion]:
        """The present version of each that has one, by prompt."""
        ...

    async def add_version(self, version: PromptVersion) -> None: ...

    async def remove_versions(self, ids: Collection[UUID]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How it went at one PBX. `trouble`: why not, in the system's words."""

    pbx: str
    folder: Path | None  # None: its spool is not seen from here
    count: int = 0
    trouble: str = ""


class PromptShelf(Protocol):
    """The files, here and where PBXs play them."""

    async def take(self, version: UUID, source: Path) -> Sound:
        """Make what a PBX plays of any sound file. NotASoundError and its kin; `source` is left alone."""
        ...

    def scratch(self) -> Path:
        """A directory for files on their way, on the same disk."""
        ...

    def path(self, version: UUID) -> Path: ...

    def taken(self, pbx: str, call_id: UUID) -> Path | None:
        """What was spoken in this call, where that PBX writes; None: its spool is not seen from here."""
        ...

    async def remove(self, versions: Collection[UUID]) -> None: ...

    async def deliver(self, wanted: Callable[[], Awaitable[Mapping[str, UUID]]]) -> Sequence[Delivered]:
        """Bring the version of each name to every PBX that is routed, and nothing else.

        One at a time; `wanted` is asked when its turn has come, so the last one brings what holds.
        """
        ...

    def delivered(self) -> Sequence[Delivered]:
        """How it went the last time."""
        ...
