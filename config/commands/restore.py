# SPDX-License-Identifier: Apache-2.0
"""`rolodial restore`: what `rolodial backup` made, checked before anything is touched."""

from pathlib import Path

import click

from config.command_line import run, settings_option


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@settings_option
@click.option(
    "--force", is_flag=True, help="Replace what is there; its files are put aside, the database is not."
)
@click.option("--check", is_flag=True, help="Only read and check the backup.")
def command(file: Path, path: Path | None, *, force: bool, check: bool) -> None:
    """Restore FILE into the home and database of the settings. Stop the server first.

    An older backup is brought to this version's shape; a newer one is refused.
    """
    from config.backup.restore import check_backup, restore_backup
    from config.settings import load_settings
    from crm_core.ports.clock import utc_now

    if check:
        manifest = run(check_backup(file))
        click.echo(f"{file} is whole: {manifest.made_at:%Y-%m-%d %H:%M} UTC, Rolodial {manifest.version}.")
        return
    settings = load_settings(path)
    restored = run(restore_backup(file, settings, utc_now(), force=force))
    manifest = restored.manifest
    click.echo(f"Restored into {settings.home}: as it was on {manifest.made_at:%Y-%m-%d %H:%M} UTC.")
    if manifest.revision != restored.revision:
        click.echo(f"The database went from {manifest.revision} to {restored.revision}.")
    if restored.aside:
        click.echo(f"What was there before lies in {restored.aside}; delete it when all is well.")
    if not manifest.secrets:
        click.echo("The backup has no secrets: put secret.key back before you start the server.")
