# SPDX-License-Identifier: Apache-2.0
"""A sound of the house that no rule plays is removed, with all its versions."""

from datetime import datetime
from uuid import UUID

from crm_core.domain.audit import Actor
from crm_core.domain.errors import ConflictError, NotFoundError
from crm_core.ports.prompts import PromptShelf
from crm_core.ports.store import Store, Tx
from crm_core.usecases.deliver_prompts import deliver_prompts
from crm_core.usecases.trail import Trail


class PlayedByRulesError(ConflictError):
    """The rules of routing in force play this sound: change them first."""


async def remove_prompt(
    store: Store, shelf: PromptShelf, prompt_id: UUID, actor: Actor, now: datetime
) -> None:
    trail = Trail(actor, now)
    async with store.begin() as tx:
        prompt = await tx.prompts.get(prompt_id)
        if prompt is None:
            raise NotFoundError
        if prompt.target in await prompts_of_rules(tx):
            raise PlayedByRulesError
        versions = [one.id for one in await tx.prompts.versions(prompt_id)]
        await tx.prompts.remove(prompt_id)
        trail.note("prompt", prompt, None)
        await trail.write(tx)
    await shelf.remove(versions)
    await deliver_prompts(store, shelf)


async def prompts_of_rules(tx: Tx) -> frozenset[str]:
    """What the rules in force play: 'rolodial/closed', 'custom/closed'."""
    stored = await tx.routing.in_force()
    rules = stored.body.get("rule", ()) if stored else ()
    steps = (step for rule in rules for step in rule.get("step", ()))
    return frozenset(str(step["prompt"]) for step in steps if "prompt" in step)
