# SPDX-License-Identifier: Apache-2.0
"""`rolodial route`: where a call would go, and why; from the database, no server needed."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
import orjson

from config.settings import Settings, load_settings
from crm_core.domain.routing.decision import Decision, Why

if TYPE_CHECKING:
    from crm_core.domain.routing.live import RouteRequest
    from crm_core.usecases.decide_route import RouteDesk

_TOLD = ("did", "trunk", "language", "menu", "order_number", "client_number")


@click.command()
@click.option("--from", "caller", required=True, help="The caller's number, in any shape; '' is withheld.")
@click.option("--did", default="", help="Our number that is called.")
@click.option(
    "--at", "at_text", help="The time, as 2026-12-01T00:05 (in the house's zone); now, if not said."
)
@click.option("--pbx", help="The PBX it comes in on; the first in the settings, if not said.")
@click.option("--trunk", default="", help="The device it comes in by, as PJSIP/trunk.")
@click.option("--language", default="", help="What the caller has chosen, as uk.")
@click.option("--menu", default="", help="What they chose in a menu.")
@click.option("--order", "order_number", default="", help="The order number they keyed in.")
@click.option("--client-number", default="", help="The client number they keyed in.")
@click.option("--json", "as_json", is_flag=True, help="Decision, facts and trace as one line of JSON.")
@click.option(
    "--agi",
    is_flag=True,
    help="What Asterisk and the CRM would say to each other: the running server, else this process.",
)
@click.option(
    "--settings", "path", type=click.Path(dir_okay=False, path_type=Path), help="The settings file."
)
def command(*, as_json: bool, agi: bool, path: Path | None, **asked: str | None) -> None:
    """Show where a call would go, and why, with the rules in force; nothing rings and nothing is kept.

    With --at the rules, hours and operators' states are those of that time. What their phones do is the PBX's to say:
    here they count as reachable, unless a running server is asked.
    """
    from crm_core.domain.errors import CrmError

    settings = load_settings(path)
    try:
        if agi:
            click.echo("\n".join(asyncio.run(_dialogue(settings, asked))))
            return
        decision = asyncio.run(_decide(settings, asked))
    except CrmError as error:
        raise click.ClickException(str(error)) from error
    click.echo(orjson.dumps(_as_json(decision)).decode() if as_json else _as_text(decision))


async def _decide(settings: Settings, asked: Mapping[str, str | None]) -> Decision:
    from crm_core.usecases.decide_route import explain

    ask, desk = await _trial(settings, asked)
    return explain(ask, desk)


async def _dialogue(settings: Settings, asked: Mapping[str, str | None]) -> list[str]:
    """The server answers by its own clock: at another time only this process can."""
    from config.agi_dialogue import environment, in_process, with_server
    from pbx_bridge.route_agi import ROUTE, RouteAgi

    ask, desk = await _trial(settings, asked)
    server = settings.fastagi
    lines = environment(ask, ROUTE, f"{server.host}:{server.port}")
    told = None if asked["at_text"] else await with_server(lines, server)
    by = f"# answered by the server at {server.host}:{server.port}"
    if told is None:
        told, by = in_process(lines, RouteAgi(desk, lambda: ask.at)), "# answered by this process"
    return [*map(str, told), by]


async def _trial(settings: Settings, asked: Mapping[str, str | None]) -> "tuple[RouteRequest, RouteDesk]":
    """The question, and a desk that knows of this caller at that time."""
    from config.chosen_rules import rules_at
    from crm_core.domain.directory import Directory
    from crm_core.domain.routing.live import RouteRequest
    from crm_core.feed.in_process import InProcessFeed
    from crm_core.storage.directory_source import DirectorySource
    from crm_core.storage.open_store import open_store
    from crm_core.usecases.decide_route import RouteDesk

    store = await open_store(settings.database_url, exclusive=False)
    try:
        async with store.read() as tx:
            house = await tx.settings.house()
            at, caller = _time(asked["at_text"], house.tzinfo), asked["caller"] or ""
            rules = await rules_at(tx, settings, at)
        directory = Directory(region=house.region)
        keyed = asked["client_number"] or ""
        await DirectorySource(store, directory, lambda: at).load_one(directory.normalise(caller), keyed)
    finally:
        await store.close()
    name = asked["pbx"] or (settings.pbx[0].name if settings.pbx else "main")
    more: dict[str, Any] = {key: asked[key] or "" for key in _TOLD}
    ask = RouteRequest(pbx=name, linkedid="", caller=caller, at=at, **more)
    feed, route = InProcessFeed(), settings.routing.route()
    desk = RouteDesk(
        directory=directory, feed=feed, pbxs={}, keep=lambda *_: None, rules=rules, settings=route
    )
    return ask, desk


def _time(text: str | None, zone: ZoneInfo) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"not a time (as 2026-12-01T00:05): {text!r}", param_hint="--at") from error
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _as_json(decision: Decision) -> dict[str, Any]:
    from crm_core.domain.routing.codec import facts_to_json, trace_to_json

    return {
        "rule_set": decision.rule_set_version,
        "rule": decision.rule,
        "priority": decision.priority,
        "why": decision.why,
        "steps": decision.steps,
        "trace": trace_to_json(decision),
        "facts": facts_to_json(decision.facts),
    }


def _as_text(decision: Decision) -> str:
    facts = decision.facts
    whom = ", ".join(filter(None, [facts.party_name, facts.company_name])) or facts.caller_kind
    lines = [f"{facts.number or 'no number'}: {whom} ({facts.caller_kind})"]
    lines.append(f"rule {decision.rule} (rule set {decision.rule_set_version or 'not published yet'})")
    lines += [f"  because {_said(why)}" for why in decision.why]
    for number, step in enumerate(decision.steps, 1):
        lines.append(f"{number}. {step.kind.value} {step.target} for {step.seconds} s: {_said(step.why)}")
    lines.append("trace:")
    lines += [f"  {_said(line)}" for line in decision.trace]
    return "\n".join(lines)


def _said(why: Why) -> str:
    params = ", ".join(f"{key}={value}" for key, value in why.params.items() if value not in {None, ""})
    return why.code.replace("_", " ") + (f" ({params})" if params else "")
