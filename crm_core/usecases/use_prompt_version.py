# SPDX-License-Identifier: Apache-2.0
"""An earlier version of a sound is played again."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.errors import NotFoundError
from crm_core.domain.prompt import before
from crm_core.ports.prompts import PromptShelf
from crm_core.ports.store import Store
from crm_core.usecases.deliver_prompts import deliver_prompts
from crm_core.usecases.trail import Trail


async def use_prompt_version(
    store: Store,
    shelf: PromptShelf,
    prompt_id: UUID,
    actor: Actor,
    now: datetime,
    *,
    version_id: UUID | None = None,
) -> None:
    """`version_id`: which; none: the one before the present one."""
    trail = Trail(actor, now)
    async with store.begin() as tx:
        prompt = await tx.prompts.get(prompt_id)
        versions = await tx.prompts.versions(prompt_id)
        if prompt is None:
            raise NotFoundError
        last = before(prompt, versions)
        wanted = version_id or (last.id if last else None)
        if wanted not in {one.id for one in versions}:
            raise NotFoundError
        if wanted == prompt.version_id:
            return
        played = replace(prompt, version_id=wanted)
        await tx.prompts.save(played)
        trail.note("prompt", prompt, played, "bring back")
        await trail.write(tx)
    await deliver_prompts(store, shelf)
