# SPDX-License-Identifier: Apache-2.0
"""Who changed what in the draft of the rules: each of its states beside the one before."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm_core.domain.errors import NotFoundError
from crm_core.ports.rule_life import Draft
from crm_core.ports.store import Tx
from crm_core.usecases.rule_draft import save_draft, text_of
from crm_core.usecases.trail import Trail


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChange:
    draft: Draft
    text_before: str

    @property
    def is_undo(self) -> bool:
        """It led back to an older state."""
        return self.draft.before != self.draft.revision - 1


async def draft_changes(tx: Tx, before: int | None, limit: int) -> Sequence[DraftChange]:
    """Newest first."""
    drafts = await tx.rule_life.drafts(before, limit + 1)
    older = {one.revision: one.text for one in drafts}
    return [
        DraftChange(draft=one, text_before=older.get(one.revision - 1) or await _text_before(tx, one))
        for one in drafts[:limit]
    ]


async def draft_change(tx: Tx, revision: int) -> DraftChange:
    draft = await tx.rule_life.draft(revision)
    if draft is None:
        raise NotFoundError("this state of the draft is not kept any more")
    return DraftChange(draft=draft, text_before=await _text_before(tx, draft))


async def take_state_back(tx: Tx, revision: int, seen: int, trail: Trail) -> Draft:
    """Its text becomes the newest state: whatever came between is still there to be taken back."""
    change = await draft_change(tx, revision)
    return await save_draft(tx, change.draft.text, seen, trail)


async def _text_before(tx: Tx, draft: Draft) -> str:
    """Of the first state, and of one whose predecessor is forgotten: the rules that were in force then."""
    before = await tx.rule_life.draft(draft.revision - 1) if draft.revision > 1 else None
    if before is not None:
        return before.text
    stored = await tx.routing.in_force(draft.at)
    return await text_of(tx, stored.version) if stored else ""
