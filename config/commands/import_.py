# SPDX-License-Identifier: Apache-2.0
"""`rolodial import`: contacts and orders from CSV or XLSX files."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import orjson

from config.command_line import database_option, with_store
from crm_core.domain.audit import Actor
from crm_core.domain.received import Outcome, Verdict
from crm_core.ports.clock import utc_now
from crm_core.ports.store import Store


@click.group()
def command() -> None:
    """Import contacts or orders. Every row gets a verdict; good rows are kept, and importing again changes nothing."""


def _import_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for add in (
        database_option,
        click.option(
            "--json", "as_json", is_flag=True, help="One line of JSON for each row, and one for all."
        ),
        click.option("--dry-run", "dry", is_flag=True, help="Say what would happen, and keep nothing."),
        click.option("--charset", help="Of a CSV file, when it is guessed wrong: cp1251, koi8-r ..."),
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ):
        function = add(function)
    return function


@command.command()
@_import_options
def orders(file: Path, **options: Any) -> None:
    """Import orders: number, amount, date, and whose (phone, name, company, ids)."""
    from config.importing.rows import read_orders
    from crm_core.usecases.upsert_orders import upsert_orders_in

    _import(file, lambda table, house, _: read_orders(table, house.tzinfo), upsert_orders_in, options)


@command.command()
@_import_options
def contacts(file: Path, **options: Any) -> None:
    """Import contacts and companies: name, phone, company, e-mail, ids, manager, fields of the house ..."""
    from config.importing.rows import read_clients
    from crm_core.usecases.upsert_clients import upsert_clients_in

    _import(file, lambda table, _, fields: read_clients(table, fields), upsert_clients_in, options)


def _import(file: Path, read: Any, upsert: Any, options: dict[str, Any]) -> None:
    from config.importing.run_import import run_import
    from config.importing.table_file import read_table

    as_json, dry = options["as_json"], options["dry"]

    async def work(store: Store) -> Counter[Outcome]:
        async with store.read() as tx:
            house, fields = await tx.settings.house(), await tx.client_fields.all()
        reading = read(read_table(file, charset=options["charset"]), house, fields)
        for note in reading.notes:
            click.echo(note, err=True)
        counts: Counter[Outcome] = Counter()
        actor = Actor(f"import {file.name}"[:200])
        async for row, verdict in run_import(store, reading.rows, upsert, actor, utc_now(), dry=dry):
            counts[verdict.outcome] += 1
            _tell_row(row, verdict, as_json=as_json)
        return counts

    counts = with_store(options["url"], work)
    _tell_all(counts, dry=dry, as_json=as_json)
    if counts[Outcome.REFUSED]:
        raise SystemExit(1)


def _tell_row(row: int, verdict: Verdict, *, as_json: bool) -> None:
    if as_json:
        click.echo(orjson.dumps({"row": row, "verdict": verdict.outcome, "why": verdict.why or None}))
    else:
        click.echo(f"row {row}: {verdict.outcome}" + (f": {verdict.why}" if verdict.why else ""))


def _tell_all(counts: Counter[Outcome], *, dry: bool, as_json: bool) -> None:
    totals = {outcome.value: counts[outcome] for outcome in Outcome}
    if as_json:
        click.echo(orjson.dumps({"rows": counts.total(), **totals, "dry_run": dry}))
    else:
        said = ", ".join(f"{count} {outcome}" for outcome, count in totals.items())
        click.echo(f"{counts.total()} rows: {said}." + (" Nothing was kept: a dry run." if dry else ""))
