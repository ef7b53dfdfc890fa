# SPDX-License-Identifier: Apache-2.0
"""`rolodial demo`: the demo's people and history, and real calls by its clients."""

import asyncio
import importlib
from datetime import UTC, datetime
from pathlib import Path

import click

from config.demo.calls import OUR_NUMBER, place_demo_call


@click.group()
def command() -> None:
    """Demo data and demo calls."""


@command.command()
@click.option(
    "--settings", "path", type=click.Path(dir_okay=False, path_type=Path), help="The settings file."
)
@click.option(
    "--contacts", default=0, type=click.IntRange(0), help="Beside them, so many clients for measuring."
)
@click.option("--communications", default=0, type=click.IntRange(0), help="And so many calls with those.")
def load(path: Path | None, contacts: int, communications: int) -> None:
    """Write the demo's people, clients and history into the database; nothing is doubled by a second run."""
    if communications and not contacts:
        raise click.UsageError("--communications needs --contacts to have them with")
    asyncio.run(_load(path, contacts, communications))


async def _load(path: Path | None, contacts: int, communications: int) -> None:
    from config.settings import load_settings
    from crm_core.storage.open_store import migrate, open_store

    url = load_settings(path).database_url
    await migrate(url)
    store = await open_store(url)
    try:
        data, history = (importlib.import_module(f"config.demo.{name}") for name in ("data", "history"))
        await data.load_demo(store, datetime.now(UTC))
        await history.load_demo_history(store, datetime.now(UTC))
        if contacts:
            many = importlib.import_module("config.demo.many")
            await many.load_many(store, contacts, communications, datetime.now(UTC))
    finally:
        await store.close()
    click.echo("The demo data is loaded.")


@command.command()
@click.option("--from", "number", required=True, help="Who calls, e.g. +79161000001.")
@click.option("--did", default=OUR_NUMBER, show_default=True, help="Our number that is called.")
@click.option(
    "--talk", default=18, show_default=True, type=click.IntRange(1, 600), help="Seconds the client talks."
)
@click.option(
    "--settings", "path", type=click.Path(dir_okay=False, path_type=Path), help="The settings file."
)
def call(number: str, did: str, talk: int, path: Path | None) -> None:
    """Place a real call through the running system, with recorded speech as the client's voice."""
    from config.settings import load_settings

    control = load_settings(path).demo.control
    if control is None:
        raise click.ClickException("The outside world of the demo is not running. `make run` starts it.")
    asyncio.run(place_demo_call(control, number, did=did, talk_s=talk))
    click.echo(f"{number} is calling {did}.")
