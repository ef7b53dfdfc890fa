# SPDX-License-Identifier: Apache-2.0
"""A sound of the house gets a name, or other words on what it is for."""

from dataclasses import replace

from crm_core.domain import clean
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.prompt import MOST, NAME, Prompt
from crm_core.domain.version import check_unchanged
from crm_core.ports.store import Tx
from crm_core.usecases.trail import Trail

LONGEST_ABOUT = 200


async def put_prompt(tx: Tx, prompt: Prompt, trail: Trail, seen: str | None = None) -> None:
    """The name of one that is there stays: rules know it by nothing else."""
    listed = await tx.prompts.all()
    before = next((one for one in listed if one.id == prompt.id), None)
    check_unchanged(before, seen)
    if not NAME.fullmatch(prompt.name):
        raise InvalidInputError("a name of small Latin letters, digits, - and _ is needed", field="name")
    if any(one.name == prompt.name and one.id != prompt.id for one in listed):
        raise InvalidInputError("another sound has this name", field="name")
    if before is None and len(listed) >= MOST:
        raise InvalidInputError("there are 200 sounds already: remove one first", field="name")
    prompt = replace(prompt, about=clean.line(prompt.about, LONGEST_ABOUT) or "")
    if before:
        prompt = replace(before, about=prompt.about)
    if before != prompt:
        await tx.prompts.save(prompt)
        trail.note("prompt", before, prompt)
