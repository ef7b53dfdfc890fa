# SPDX-License-Identifier: Apache-2.0
"""Rules come into force: now, at a time to come, or an older version again; always by somebody who has a name."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import orjson
import structlog

from crm_core.domain.audit import Actor
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.routing.kept_error import error_to_text
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.version import ChangedMeanwhileError
from crm_core.ports.pbx_care import PbxCare
from crm_core.ports.rule_life import Release, ReleaseState
from crm_core.ports.store import Store, Tx
from crm_core.usecases.known_queues import known_queues
from crm_core.usecases.rule_draft import checked, current_draft, text_of
from crm_core.usecases.set_house import SETTINGS
from crm_core.usecases.trail import Trail

log = structlog.get_logger()
_FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What the trail says of a publication."""

    version: int | None
    source: str = ""
    of_version: int | None = None


async def publish_draft(
    tx: Tx, seen: int, at: datetime | None, trail: Trail, queues: Collection[str] | None = None
) -> Release:
    """`seen`: the revision that was looked at. `at`: when; now if not said. `queues`: as the PBXs tell them."""
    draft = await current_draft(tx, trail.now)
    if draft.revision != seen:
        raise ChangedMeanwhileError(current=draft)
    if at is None:
        return await _publish(tx, _release(draft.text, "draft", trail), trail, queues)
    if not trail.now < at <= trail.now + _FURTHEST:
        raise InvalidInputError("a time to come is needed, within a year", field="at")
    await checked(tx, draft.text, queues)
    release = replace(_release(draft.text, "draft", trail), state=ReleaseState.SCHEDULED, at=at)
    await tx.rule_life.save_release(release)
    trail.note("rule_release", None, replace(release, text=""), "schedule")
    return release


async def publish_text(
    tx: Tx, text: str, source: str, trail: Trail, queues: Collection[str] | None = None
) -> Release:
    return await _publish(tx, _release(text, source, trail), trail, queues)


async def roll_back(tx: Tx, version: int, trail: Trail, queues: Collection[str] | None = None) -> Release:
    """An older version is published again, as a new one."""
    if await tx.routing.rule_set(version) is None:
        raise NotFoundError("there are no such rules")
    release = replace(_release(await text_of(tx, version), "rollback", trail), of_version=version)
    return await _publish(tx, release, trail, queues)


async def cancel_release(tx: Tx, release_id: UUID, trail: Trail) -> None:
    release = await tx.rule_life.release(release_id)
    if release is None or not await tx.rule_life.claim(release_id):
        raise NotFoundError
    after = replace(release, state=ReleaseState.CANCELLED)
    await tx.rule_life.save_release(after)
    trail.note("rule_release", replace(release, text=""), replace(after, text=""), "cancel")


async def publish_due(store: Store, now: datetime, care: PbxCare | None = None) -> datetime | None:
    """Publish what was scheduled up to now, in the name of who did; give when the next is due."""
    while True:
        async with store.read() as tx:
            release = await tx.rule_life.next_scheduled()
        if release is None or release.at > now:
            return release.at if release else None
        queues = await known_queues(care)
        if queues is None:
            log.warning("scheduled rules: their queues are not checked, not every PBX could be asked")
        trail = Trail(Actor(release.actor, release.user_id), now)
        async with store.begin() as tx:
            if await tx.rule_life.claim(release.id):
                await _due(tx, release, trail, queues)
                await trail.write(tx)


async def _due(tx: Tx, release: Release, trail: Trail, queues: Collection[str] | None) -> None:
    """What fitted when it was scheduled may not fit any more: then the rules of before stay in force."""
    try:
        await _publish(tx, release, trail, queues)
    except RuleSetError as error:
        after = replace(release, state=ReleaseState.REFUSED, note=error_to_text(error))
        await tx.rule_life.save_release(after)
        trail.note("rule_release", replace(release, text=""), replace(after, text=""), "refuse")


async def _publish(tx: Tx, release: Release, trail: Trail, queues: Collection[str] | None = None) -> Release:
    body, _ = await checked(tx, release.text, queues)
    await tx.routing.serialise()
    before = await tx.routing.in_force()
    # A clock that was set back must not leave the older rules in force: the newest by this time is.
    last = before.published_at if before else None
    at = max(trail.now, last + timedelta(microseconds=1)) if last else trail.now
    digest = hashlib.sha256(orjson.dumps([body, str(release.id)], option=orjson.OPT_SORT_KEYS)).hexdigest()
    version = await tx.routing.publish(body, source=release.source, digest=digest, now=at)
    done = replace(release, state=ReleaseState.PUBLISHED, at=at, version=version)
    await tx.rule_life.save_release(done)
    was = InForce(version=before.version if before else None)
    told = InForce(version=version, source=release.source, of_version=release.of_version)
    trail.note_fields("rule_set", SETTINGS, was, told, "publish")
    return done


def _release(text: str, source: str, trail: Trail) -> Release:
    return Release(
        id=new_id(trail.now),
        state=ReleaseState.PUBLISHED,
        at=trail.now,
        made_at=trail.now,
        actor=trail.actor.name,
        user_id=trail.actor.user_id,
        text=text,
        source=source,
    )
