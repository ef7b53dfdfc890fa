# SPDX-License-Identifier: Apache-2.0
"""`rolodial route`: where a call would go, and why; from the database, no server needed."""

import asyncio
import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import orjson

from config.settings import Settings, load_settings
from crm_core.domain.routing.decision import Decision, Why


@click.command()
@click.option("--from", "caller", help="The caller's number, in any shape; '' is withheld.")
@click.option("--did", default="", help="Our number that is called.")
@click.option(
    "--at", "at_text", help="The time, as 2026-12-01T00:05 (in the house's zone); now, if not said."
)
@click.option("--pbx", help="The PBX it comes in on; the first in the settings, if not said.")
@click.option("--json", "as_json", is_flag=True, help="Decision, facts and trace as one line of JSON.")
@click.option(
    "--publish",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Bring the rules of this file into force, as a new version, and ask nothing.",
)
@click.option(
    "--settings", "path", type=click.Path(dir_okay=False, path_type=Path), help="The settings file."
)
def command(  # noqa: PLR0913 - one for each option
    *,
    caller: str | None,
    did: str,
    at_text: str | None,
    pbx: str | None,
    as_json: bool,
    file: Path | None,
    path: Path | None,
) -> None:
    """Show where a call would go, and why, with the rules in force.

    Operators' states are those of that time. What their phones do is the PBX's to say: here they count as reachable.
    """
    from crm_core.domain.errors import CrmError

    if (caller is None) is (file is None):
        raise click.UsageError("say either --from NUMBER or --publish FILE")
    try:
        if file is not None:
            version = asyncio.run(_publish(load_settings(path), file))
            click.echo(f"{file}: in force as version {version}; a running server has it within a second")
            return
        decision = asyncio.run(_decide(load_settings(path), caller or "", did, at_text, pbx))
    except CrmError as error:
        raise click.ClickException(str(error)) from error
    click.echo(orjson.dumps(_as_json(decision)).decode() if as_json else _as_text(decision))


async def _publish(settings: Settings, file: Path) -> int:
    from config.routing_file import publish_file_now
    from crm_core.domain.audit import Actor
    from crm_core.storage.open_store import open_store

    store = await open_store(settings.database_url, exclusive=False)
    try:
        return await publish_file_now(
            file, store, Actor(f"{getpass.getuser()} (terminal)"), datetime.now(UTC)
        )
    finally:
        await store.close()


async def _decide(
    settings: Settings, caller: str, did: str, at_text: str | None, pbx: str | None
) -> Decision:
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
        at = _time(at_text, house.tzinfo)
        directory = Directory(region=house.region)
        await DirectorySource(store, directory, lambda: at).load_one(directory.normalise(caller))
        rules = _rules(settings, stored, house)
        name = pbx or (settings.pbx[0].name if settings.pbx else "main")
        ask = RouteRequest(pbx=name, linkedid="", did=did, caller=caller, at=at)
        return evaluate(live_facts(ask, directory, lambda _: "UNKNOWN", rules.no_answer_s), rules)
    finally:
        await store.close()


def _rules(settings: Settings, stored: Any, house: Any) -> Any:
    """Those in force; before the first start, those of the rule file."""
    from config.routing_file import read_routing_file
    from crm_core.domain.routing.parse import parse_rules

    if stored is None:
        _, rules = read_routing_file(settings.routing.file, currency=house.currency, region=house.region)
        return rules
    return parse_rules(stored.body, currency=house.currency, region=house.region, version=stored.version)


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
