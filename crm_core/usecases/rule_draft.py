# SPDX-License-Identifier: Apache-2.0
"""The one draft that all admins share: whoever saves over another's change is told, and nothing of either is lost."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.house import House
from crm_core.domain.routing.check import Known, check
from crm_core.domain.routing.finding import Finding
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.rule_tests import RuleTestResult, run_tests
from crm_core.domain.routing.rule_text import MOST, read_text
from crm_core.domain.routing.rules import RuleSet
from crm_core.domain.routing.toml import to_toml
from crm_core.domain.version import ChangedMeanwhileError
from crm_core.ports.rule_life import Draft
from crm_core.ports.store import Tx
from crm_core.usecases.known_house import known_house
from crm_core.usecases.set_house import SETTINGS
from crm_core.usecases.trail import Trail


async def current_draft(tx: Tx, now: datetime) -> Draft:
    """Before the first edit: the rules in force, as revision 0."""
    return await tx.rule_life.draft() or Draft(revision=0, before=0, text=await text_of(tx), actor="", at=now)


async def text_of(tx: Tx, version: int | None = None) -> str:
    """The TOML of a version, with its comments where it was published as text; of the one in force if not said."""
    stored = await (tx.routing.in_force() if version is None else tx.routing.rule_set(version))
    if stored is None:
        return ""
    release = await tx.rule_life.of_version(stored.version)
    return release.text if release else await asyncio.to_thread(to_toml, stored.body)


async def body_of(text: str) -> dict[str, Any]:
    """Raise RuleSetError. Beside the loop, as `save_body`: of 200 rules either takes long enough for a call to wait."""
    return await asyncio.to_thread(read_text, text)


async def save_body(tx: Tx, body: Mapping[str, Any], seen: int, trail: Trail) -> Draft:
    return await save_draft(tx, await asyncio.to_thread(to_toml, body), seen, trail)


async def save_draft(tx: Tx, text: str, seen: int, trail: Trail) -> Draft:
    """A draft may be wrong; it is refused only when it is published."""
    if len(text) > MOST:
        raise InvalidInputError("a text is too long or has control characters", field="text")
    now = await current_draft(tx, trail.now)
    if now.revision == seen and now.text == text:
        return now
    return await _add(tx, text, now, seen, now.revision, trail)


async def undo_draft(tx: Tx, seen: int, trail: Trail) -> Draft:
    now = await current_draft(tx, trail.now)
    if now.before == 0:
        return await _add(tx, await text_of(tx), now, seen, 0, trail)
    before = await tx.rule_life.draft(now.before)
    if before is None:
        raise InvalidInputError("there is nothing to take back")
    return await _add(tx, before.text, now, seen, before.before, trail)


async def _add(tx: Tx, text: str, now: Draft, seen: int, before: int, trail: Trail) -> Draft:
    if now.revision != seen:
        raise ChangedMeanwhileError(current=now)
    draft = Draft(revision=seen + 1, before=before, text=text, actor=trail.actor.name, at=trail.now)
    if not await tx.rule_life.add_draft(draft):
        raise ChangedMeanwhileError(current=await tx.rule_life.draft())
    # The texts stand in rule_draft; the trail says who changed which revision into which.
    trail.note_fields("rule_draft", SETTINGS, replace(now, text=""), replace(draft, text=""))
    return draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A text that can be read: what its rules lack, and what came of their own tests."""

    body: dict[str, Any]
    rules: RuleSet
    findings: tuple[Finding, ...]
    tests: tuple[RuleTestResult, ...]

    @property
    def failed(self) -> tuple[RuleTestResult, ...]:
        return tuple(result for result in self.tests if not result.passed)


async def look_at(tx: Tx, text: str, queues: Collection[str] | None = None) -> Looked:
    """Raise RuleSetError for a text that cannot be read. `queues`: as the PBXs tell them; None: nobody could say."""
    house, known = await tx.settings.house(), await known_house(tx, queues)
    return await asyncio.to_thread(_looked, text, house, known)  # calls are routed meanwhile


def _looked(text: str, house: House, known: Known) -> Looked:
    body = read_text(text)
    rules = parse_rules(body, currency=house.currency, region=house.region)
    return Looked(body=body, rules=rules, findings=check(rules, known), tests=run_tests(rules))


async def checked(tx: Tx, text: str, queues: Collection[str] | None = None) -> tuple[dict[str, Any], RuleSet]:
    """Raise RuleSetError for what may not be published: a text that cannot be read, a grave flaw, a test that fails."""
    looked = await look_at(tx, text, queues)
    places = {
        (table, rule.get("id")): place
        for table in ("rule", "assign")
        for place, rule in enumerate(looked.body.get(table, ()))
    }
    for flaw in (one for one in looked.findings if one.grave):
        place = places.get((flaw.table, flaw.rule or ""))
        path = () if place is None else (flaw.table, place)
        raise RuleSetError(path, "%(finding)s", finding=flaw)
    for result in looked.failed:
        raise RuleSetError(("test",), "the test %(name)r fails", name=result.test.name)
    return looked.body, looked.rules
