# SPDX-License-Identifier: Apache-2.0
"""`rolodial balance`: a day's calls against CEL and the recordings. Exits with 1 while something is open."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.command_line import settings_option, with_store
from config.settings import Settings, load_settings
from crm_core.ports.store import Store

if TYPE_CHECKING:
    from crm_core.domain.balance import Finding
    from crm_core.usecases.balance_day import Balanced


@click.command()
@settings_option
@click.option("--day", help="As 2026-11-22; yesterday unless given.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(path: Path | None, day: str | None, as_json: bool) -> None:  # noqa: FBT001 - click's flag
    """Compare a day's calls with CEL and with the recordings, and name every difference."""
    settings, chosen = load_settings(path), _day(day)
    told = with_store(settings.database_url, lambda store: _balance(store, settings, chosen))
    _print_json(told) if as_json else _print(told)
    if told.open:
        raise SystemExit(1)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise click.BadParameter("a day is written as 2026-11-22", param_hint="--day") from error


async def _balance(store: Store, settings: Settings, day: date | None) -> "Balanced":
    from crm_core.usecases.balance_day import balance_day
    from recordings.local_store import LocalRecordingStore

    now = datetime.now(UTC)
    async with store.read() as tx:
        zone = (await tx.settings.house()).tzinfo
    files = await asyncio.to_thread(LocalRecordingStore, settings.recordings.storage, tidy=False)
    return await balance_day(store, files, day or now.astimezone(zone).date() - timedelta(days=1), now)


def _print(told: "Balanced") -> None:
    day = told.day
    click.echo(
        f"{day.day}: {day.calls} calls, {day.talks} talks, {day.recordings} recordings, {day.witnessed} seen by CEL"
    )
    for finding in told.findings:
        about = finding.found.call_id or finding.found.recording_id or ""
        click.echo(f"{finding.state.upper():9} {finding.found.at:%H:%M:%S}  {_sentence(finding)}  {about}")
        if finding.note:
            click.echo(f"{'':19} {finding.actor}: {finding.note}")
    click.echo(
        f"{len(told.open)} open"
        if told.open
        else "Every difference is explained."
        if told.findings
        else "Clean."
    )


def _sentence(finding: "Finding") -> str:
    from zoneinfo import ZoneInfo

    from web.balance_words import KINDS, sentence
    from web.i18n.catalogues import catalogues
    from web.i18n.l10n import L10n

    english = catalogues()["en"].translations
    l10n = L10n("en", english, ZoneInfo("UTC"), "RU", finding.found.at)
    return f"{KINDS[finding.found.kind]}: {sentence(finding.found, l10n)}"


def _print_json(told: "Balanced") -> None:
    import orjson

    from crm_core.domain.shallow import shallow

    def said(finding: "Finding") -> dict[str, Any]:
        return shallow(finding) | {"found": shallow(finding.found), "says": _sentence(finding)}

    # `default`: PostgreSQL's driver has a UUID of its own.
    body = shallow(told.day) | {"open": len(told.open), "findings": [said(one) for one in told.findings]}
    click.echo(orjson.dumps(body, default=str, option=orjson.OPT_INDENT_2).decode())
