# SPDX-License-Identifier: Apache-2.0
"""`rolodial settings`: all that the settings' pages hold as one file, out and in."""

from pathlib import Path

import click

from config.command_line import database_option, with_store
from crm_core.domain.audit import Actor
from crm_core.domain.settings_file import Difference
from crm_core.ports.clock import utc_now
from crm_core.ports.store import Store

_ACTOR = Actor("rolodial settings")


@click.group()
def command() -> None:
    """Take the settings from one Rolodial to another, from test to live."""


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path), default="-")
@database_option
def export(file: Path, url: str) -> None:
    """Write the settings to FILE, or to standard output."""
    from crm_core.domain.settings_file import write_text
    from crm_core.usecases.transfer_settings import settings_now

    async def work(store: Store) -> str:
        async with store.read() as tx:
            return write_text(await settings_now(tx))

    with click.open_file(str(file), "w", encoding="utf-8") as out:
        out.write(with_store(url, work))


@command.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--yes", is_flag=True, help="Do it; without, only what would change is shown.")
@database_option
def import_(file: Path, yes: bool, url: str) -> None:  # noqa: FBT001 - click's flag
    """Show what FILE (JSON or TOML) would change, and with --yes change it: all of it, or nothing."""
    from crm_core.domain.settings_file import parse_settings, read_text
    from crm_core.usecases.trail import Trail
    from crm_core.usecases.transfer_settings import import_settings, preview_settings

    with click.open_file(str(file), encoding="utf-8") as source:
        text = source.read()

    async def work(store: Store) -> list[Difference]:
        said = parse_settings(read_text(text))
        found, version = await preview_settings(store, said, _ACTOR, utc_now())
        if yes and found:
            trail = Trail(_ACTOR, utc_now())
            async with store.begin() as tx:
                await import_settings(tx, said, trail, version)
                await trail.write(tx)
        return found

    found = with_store(url, work)
    for one in found:
        click.echo(f"{one.place}: {one.before or '-'} -> {one.after or '-'}")
    done = "changed" if yes else "would change; nothing was done, say --yes to do it"
    click.echo(
        f"{len(found)} values {done}." if found else "Everything in this file is set already.", err=True
    )
