# SPDX-License-Identifier: Apache-2.0
"""A sound of the house gets what is played from now on; what was played before is kept to go back to."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from crm_core.domain import clean
from crm_core.domain.audit import Actor
from crm_core.domain.errors import NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.prompt import PromptSource, PromptVersion, too_many
from crm_core.ports.prompts import PromptShelf
from crm_core.ports.store import Store
from crm_core.usecases.deliver_prompts import deliver_prompts
from crm_core.usecases.trail import Trail

_LONGEST_NAME = 120


async def take_sound(  # noqa: PLR0913 - the order, and the ports it goes through
    store: Store,
    shelf: PromptShelf,
    prompt_id: UUID,
    file: Path,
    actor: Actor,
    *,
    source: PromptSource,
    file_name: str = "",
    now: datetime,
) -> PromptVersion:
    """The file first, then its row: after a crash between the two a file is left over, never a row without one."""
    async with store.read() as tx:
        if await tx.prompts.get(prompt_id) is None:
            raise NotFoundError
    version_id = new_id(now)
    sound = await shelf.take(version_id, file)
    version = PromptVersion(
        id=version_id,
        prompt_id=prompt_id,
        made_at=now,
        made_by=actor.name,
        source=source,
        file_name=clean.line(file_name, _LONGEST_NAME) or "",
        seconds=sound.seconds,
        bytes=sound.bytes,
        sha256=sound.sha256,
    )
    old = await _note(store, version, actor, now)
    if old is None:  # it was removed meanwhile
        await shelf.remove([version_id])
        raise NotFoundError
    await shelf.remove(old)
    await deliver_prompts(store, shelf)
    return version


async def _note(store: Store, version: PromptVersion, actor: Actor, now: datetime) -> list[UUID] | None:
    """The versions that are kept no longer; None: there is no such sound any more."""
    trail = Trail(actor, now)
    async with store.begin() as tx:
        prompt = await tx.prompts.get(version.prompt_id)
        if prompt is None:
            return None
        played = replace(prompt, version_id=version.id)
        await tx.prompts.add_version(version)
        await tx.prompts.save(played)
        old = [one.id for one in too_many(played, await tx.prompts.versions(prompt.id))]
        await tx.prompts.remove_versions(old)
        trail.note("prompt", prompt, played, "replace")
        await trail.write(tx)
    return old
