# SPDX-License-Identifier: Apache-2.0
"""`rolodial route`: where a call would go, and why; from the database, no server needed."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import orjson

from config.settings import Settings, load_settings
from crm_core.domain.routing.decision import Decision, Why


@click.command()
@click.option("--from", "caller", required=True, help="The caller's number, in any shape; '' is withheld.")
@click.option("--did", default="", help="Our number that is called.")
@click.option(
    "--at", "at_text", help="The time, as 2026-12-01T00:05 (in the house's zone); now, if not said."
)
@click.option("--pbx", help="The PBX it comes in on; the first in the settings, if not said.")
@click.option("--trunk", default="", help="The device it comes in by, as PJSIP/trunk.")
@click.option("--language", default="", help="What the caller has chosen, as uk.")
@click.option("--json", "as_json", is_flag=True, help="Decision, facts and trace as one line of JSON.")
@click.option(
    "--settings", "path", type=click.Path(dir_okay=False, path_type=Path), help="The settings file."
)
def command(*, as_json: bool, path: Path | None, **asked: str | None) -> None:
    """Show where a call would go, and why, with the rules in force.

    Operators' states are those of that time. What their phones do is the PBX's to say: here they count as reachable.
    """
    from crm_core.domain.errors import CrmError

    try:
        decision = asyncio.run(_decide(load_settings(path), asked))
    except CrmError as error:
        raise click.ClickException(str(error)) from error
    click.echo(orjson.dumps(_as_json(decision)).decode() if as_json else _as_text(decision))


async def _decide(settings: Settings, asked: Mapping[str, str | None]) -> Decision:
    from config.chosen_rules import rules_from
    from crm_core.domain.directory import Directory
    from crm_core.domain.routing.evaluate import evaluate
    from crm_core.domain.routing.live import RouteRequest, live_facts
    from crm_core.storage.directory_source import DirectorySource
    from crm_core.storage.open_store import open_store

    store = await open_store(settings.database_url, exclusive=False)
    try:
        async with store.read() as tx:
            house = await tx.settings.house()
            stored = await tx.routing.in_force()
        at, caller = _time(asked["at_text"], house.tzinfo), asked["caller"] or ""
        directory = Directory(region=house.region)
        await DirectorySource(store, directory, lambda: at).load_one(directory.normalise(caller))
        rules = rules_from(settings, stored, house)
        name = asked["pbx"] or (settings.pbx[0].name if settings.pbx else "main")
        more = {key: asked[key] or "" for key in ("did", "trunk", "language")}
        ask = RouteRequest(pbx=name, linkedid="", caller=caller, at=at, **more)
        return evaluate(live_facts(ask, directory, lambda _: "UNKNOWN", rules.no_answer_s), rules)
    finally:
        await store.close()


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
