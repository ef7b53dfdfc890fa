# SPDX-License-Identifier: Apache-2.0
"""`rolodial migrate`: bring the database to the shape this version needs."""

import click

from config.command_line import database_option, run


@click.command()
@database_option
def command(url: str) -> None:
    """Make the database, or bring it up to date. Stop the server first."""
    from crm_core.storage.open_store import migrate

    before, after = run(migrate(url))
    if before == after:
        click.echo(f"The database is up to date ({after}).")
    else:
        click.echo(f"The database went from {before or 'nothing'} to {after}.")
