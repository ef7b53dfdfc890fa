# SPDX-License-Identifier: Apache-2.0
"""The rule file of routing: read, checked with the line of every mistake, and published as a version."""

import asyncio
import hashlib
import tomllib
from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import structlog

from config.toml_lines import line_of
from crm_core.domain.audit import Actor
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.rules import RuleSet
from crm_core.ports.rule_life import ReleaseState
from crm_core.ports.store import Store
from crm_core.usecases.publish_rules import publish_text
from crm_core.usecases.trail import Trail

log = structlog.get_logger()
DEFAULT_FILE = Path(__file__).parent / "routing.toml"


class RoutingFileError(InvalidInputError):
    """The rule file cannot be used."""


def read_routing_file(path: Path, *, currency: str, region: str) -> tuple[dict[str, Any], RuleSet]:
    """Give the tables as they are stored, and the rules; a mistake is told as `FILE:LINE: what is wrong`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RoutingFileError(f"{path}: cannot be read: {error}") from error
    try:
        body = _plain(tomllib.loads(text))
        return body, parse_rules(body, currency=currency, region=region)
    except tomllib.TOMLDecodeError as error:
        raise RoutingFileError(f"{path}: not TOML: {error}") from error
    except RuleSetError as error:
        line = line_of(text, error.path)
        raise RoutingFileError(f"{path}:{line or 1}: {error}") from error


async def publish_routing_file(path: Path, store: Store, now: datetime) -> RuleSet:
    """At the start. The file is master until somebody publishes in the browser or by `rolodial rules publish`.

    Until then its rules are the ones in force (the same content again is the same version); from then on the database
    is master and the file is not read.
    """
    async with store.read() as tx:
        house = await tx.settings.house()
        published = await tx.rule_life.releases(1, ReleaseState.PUBLISHED)
        stored = await tx.routing.in_force() if published else None
    if stored is not None:
        log.info(
            "the rules published last are in force, not the rule file", version=stored.version, file=str(path)
        )
        return parse_rules(stored.body, currency=house.currency, region=house.region, version=stored.version)
    body, _ = read_routing_file(path, currency=house.currency, region=house.region)
    digest = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
    async with store.begin() as tx:
        version = await tx.routing.publish(body, source=path.name, digest=digest, now=now)
    return parse_rules(body, currency=house.currency, region=house.region, version=version)


async def publish_file_now(
    path: Path, store: Store, actor: Actor, now: datetime, queues: Collection[str] | None = None
) -> int:
    """Whoever is master: the file's rules, with their comments, become a new version. Give its number.

    `queues`: as the PBXs tell them; None when no PBX could be asked.
    """
    async with store.read() as tx:
        house = await tx.settings.house()
    read_routing_file(path, currency=house.currency, region=house.region)
    text = await asyncio.to_thread(path.read_text, encoding="utf-8")
    trail = Trail(actor, now)
    async with store.begin() as tx:
        release = await publish_text(tx, text, path.name, trail, queues)
        await trail.write(tx)
    return release.version or 0


def _plain(value: Any) -> Any:
    """TOML's dates become text: the tables are stored as JSON."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
