# SPDX-License-Identifier: Apache-2.0
"""The PBX's own copy of where calls go while Rolodial is away: is one in force, and does it say what the rules say."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from config.doctor.ami_session import AmiSession
from config.doctor.finding import Finding, ok, warning
from crm_core.domain.directory import Directory
from crm_core.domain.routing.offline import OfflineRoutes
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.rules import RuleSet
from crm_core.ports.clock import Clock
from crm_core.storage.directory_source import DirectorySource
from crm_core.storage.store import SqlStore
from pbx_bridge.ami_errors import ActionRefusedError

_SAMPLE = 12  # numbers compared one by one
_AWAY = "While Rolodial is away, calls go "


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutesSeen:
    live: str | None  # v<rules>-<when>
    is_whole: bool  # its sum is there: nothing is being changed just now
    rules: int | None  # version in force in the database
    compared: int = 0
    differing: tuple[str, ...] = field(default_factory=tuple)


async def look_at_routes(session: AmiSession, store: SqlStore, pbx: str, clock: Clock) -> RoutesSeen:
    async with store.read() as tx:
        stored, house = await tx.routing.in_force(), await tx.settings.house()
    live = await _get(session, "rolodial", "live")
    if live is None or stored is None or not live.replace("-", "").isalnum():
        return RoutesSeen(live=live, is_whole=False, rules=stored.version if stored else None)
    rules = parse_rules(stored.body, currency=house.currency, region=house.region, version=stored.version)
    differing, numbers = [], await _some_numbers(store)
    for number in numbers:
        directory = Directory(region=house.region)
        await DirectorySource(store, directory, clock).load_one(number)
        if await _kept(session, live, number) != _meant(directory, rules, pbx, number, clock):
            differing.append(number)
    whole = await _get(session, f"rolodial/{live}", "sum") is not None
    return RoutesSeen(
        live=live,
        is_whole=whole,
        rules=stored.version,
        compared=len(numbers),
        differing=tuple(differing),
    )


def judge_routes(seen: RoutesSeen) -> Iterator[Finding]:
    if seen.rules is None:
        yield warning(
            "routes", "no rule set is in force yet", "Start Rolodial once: it reads config/routing.toml."
        )
    elif seen.live is None:
        yield warning(
            "routes",
            "the PBX has no fallback routes",
            f"{_AWAY}to the default queue. Rolodial writes them by Local/sync@rolodial-sync: is it running, and does "
            "the line 'agi' say that the PBX reaches it?",
        )
    elif not seen.live.startswith(f"v{seen.rules}-"):
        yield warning(
            "routes",
            f"the PBX's fallback routes ({seen.live}) are of older rules; in force is version {seen.rules}",
            f"{_AWAY}by the older rules. They follow while Rolodial runs and the PBX reaches it.",
        )
    elif not seen.is_whole:
        yield warning(
            "routes",
            f"the PBX's fallback routes ({seen.live}) are being changed",
            "Ask again in a minute. If it stays so, the writing breaks off: look at the server's log.",
        )
    elif seen.differing:
        yield warning(
            "routes",
            f"{len(seen.differing)} of {seen.compared} numbers compared would go elsewhere than the PBX believes",
            f"{_AWAY}by the PBX's copy. It follows each change at once, opening hours within the hour, while "
            "Rolodial runs.",
        )
    else:
        yield ok("routes", f"fallback routes {seen.live} are in force and agree with the rules")


async def _get(session: AmiSession, family: str, key: str) -> str | None:
    session.events.clear()
    try:
        await session.ask({"Action": "DBGet", "Family": family, "Key": key})
    except ActionRefusedError:
        return None
    return next((event.get("Val") for event in session.events if event.name == "DBGetResponse"), None)


async def _kept(session: AmiSession, live: str, number: str) -> str | None:
    """The steps the PBX would walk; None: as everybody."""
    name = await _get(session, f"rolodial/{live}", number)
    return await _get(session, f"rolodial/{live}/list", name) if name else None


def _meant(directory: Directory, rules: RuleSet, pbx: str, number: str, clock: Clock) -> str | None:
    routes = OfflineRoutes(directory, rules, pbx, clock())
    name = routes.of(number)
    return routes.lists[name] if name else None


async def _some_numbers(store: SqlStore) -> list[str]:
    async with store.read() as tx:
        contacts = await tx.clients.page_of_contacts(None, _SAMPLE)
        numbers = await tx.clients.phone_numbers([contact.id for contact in contacts])
    found = [number.e164 for owned in numbers.values() for number in owned if number.e164]
    return found[:_SAMPLE]
