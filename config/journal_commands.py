# SPDX-License-Identifier: Apache-2.0
"""`rolodial ami refold | export | forget`: what the journal is asked for."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click
import orjson

from config.command_line import settings_option, with_store
from config.settings import load_settings

if TYPE_CHECKING:
    from config.journal import Asked
    from config.settings import Settings
    from crm_core.ports.store import Store
    from crm_core.storage.store import SqlStore
    from crm_core.usecases.refold_call import Refolded

_LONGEST = 300  # of a value that is shown


def period_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for name, says in (
        ("--until", "Before this time."),
        ("--since", "As 2026-11-22T09:30, in the house's zone unless it names one."),
    ):
        function = click.option(name, help=says)(function)
    return function


@click.command()
@settings_option
@click.option("--dry-run", "dry", is_flag=True, help="Say what would change, and write nothing.")
@click.option("--pbx", help="Only of this one.")
@click.option("--day", help="As 2026-11-22, in the house's zone. Without any period: the last 24 hours.")
@period_options
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each call that differs.")
def refold(path: Path | None, *, dry: bool, pbx: str | None, as_json: bool, **asked: str | None) -> None:
    """Derive a period's calls from the journal anew, compare them with the database, and write what differs.

    May run beside a server: calls that still go on are left to it.
    """
    from config.journal import Asked

    settings = load_settings(path)
    told = with_store(
        settings.database_url,
        lambda store: _refold(settings, store, Asked(**asked), pbx, dry=dry, as_json=as_json),
    )
    if told:
        raise SystemExit(1)


async def _refold(
    settings: "Settings", store: "Store", asked: "Asked", pbx: str | None, *, dry: bool, as_json: bool
) -> list[str]:
    """What of the journal could not be read."""
    from config.refold import Refolding

    async with store.read() as tx:
        zone = (await tx.settings.house()).tzinfo
    now = datetime.now(UTC)
    refolding = Refolding(settings, sql_store(store), dry=dry)
    counts: Counter[str] = Counter()
    async for one in refolding.run(*asked.between(zone, now), now, pbx):
        counts[one.verdict.value] += 1
        if one.verdict != "same":
            click.echo(_as_json(one) if as_json else _sentence(one))
    for trouble in refolding.troubles:
        click.echo(trouble, err=True)
    said = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    rest = (
        f"; the journal does not tell of {refolding.untold} that the database has" if refolding.untold else ""
    )
    end = " Nothing was written: a dry run." if dry else ""
    click.echo(f"{counts.total()} calls{': ' if said else ''}{said}{rest}.{end}", err=as_json)
    return refolding.troubles


def sql_store(store: "Store") -> "SqlStore":
    from crm_core.storage.store import SqlStore

    if not isinstance(store, SqlStore):
        raise TypeError
    return store


def _as_json(one: "Refolded") -> bytes:
    return orjson.dumps({"call_id": one.call.id, "verdict": one.verdict, "changes": one.changes})


def _sentence(one: "Refolded") -> str:
    call = one.call
    began = f"{call.started_at:%Y-%m-%d %H:%M:%S}" if call.started_at else "?"
    lines = [f"{one.verdict.upper():9} {began}  {call.caller or '?'} -> {call.dialled or '?'}  {call.id}"]
    for name, change in sorted(one.changes.items()):
        lines.append(f"{'':10}{name}: {_short(change.before)} -> {_short(change.after)}")
    return "\n".join(lines)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


@click.command()
@settings_option
@click.argument("call", type=click.UUID)
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CALL.amij")
def export(path: Path | None, call: UUID, out: Path) -> None:
    """Write what the PBX said of one call, numbers and names masked, as `rolodial ami replay` reads it."""
    if out.exists():
        raise click.ClickException(f"{out} exists; choose another name")
    settings = load_settings(path)
    told = with_store(settings.database_url, lambda store: _export(settings, store, call))
    out.write_bytes(told)
    click.echo(f"{out}: {len(told)} bytes")


async def _export(settings: "Settings", store: "Store", call_id: UUID) -> bytes:
    from config.journal import JournalCallEvents
    from crm_core.domain.errors import NotFoundError

    async with store.read() as tx:
        kept = await tx.calls.get(call_id)
    if kept is None:
        raise NotFoundError("There is no such call.", call=str(call_id))
    return await JournalCallEvents(settings).masked(kept.call)


@click.command()
@settings_option
@click.argument("day")
@click.confirmation_option(prompt="What PBXs said on that day is gone for good then. Go on?")
def forget(path: Path | None, day: str) -> None:
    """Delete the journal of one day (UTC) and its key. Backups that have the key still know it."""
    from pbx_bridge.journal_files import forget as forget_day

    try:
        chosen = date.fromisoformat(day)
    except ValueError as error:
        raise click.BadParameter("a day is written as 2026-11-22") from error
    if chosen >= datetime.now(UTC).date():
        raise click.ClickException(
            "today is still being written; a day can be forgotten when it is over (UTC)"
        )
    gone = asyncio.run(asyncio.to_thread(forget_day, load_settings(path).journal.directory, chosen))
    click.echo(f"{day}: {gone} segments deleted, and the day's key")
