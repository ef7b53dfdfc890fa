# SPDX-License-Identifier: Apache-2.0
"""`rolodial backup`: everything that cannot be made again, checked by opening it."""

from pathlib import Path

import click

from config.command_line import run, settings_option


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@settings_option
@click.option(
    "--with-secrets",
    is_flag=True,
    help="Also secret.key, our own CA's key and the settings file: keep it safe.",
)
@click.option(
    "--keep", type=click.IntRange(1), help="Of a directory: delete all but so many backups afterwards."
)
@click.option("--deep", is_flag=True, help="Read every recording again, those of earlier nights too.")
def command(target: Path, path: Path | None, *, with_secrets: bool, keep: int | None, deep: bool) -> None:
    """Back up into TARGET, a file (NAME.zip) or a directory, while the server runs.

    Into a directory, recordings are copied once and kept beside all archives: for every night.
    """
    from config.backup.prune import prune
    from config.backup.take import Wanted, take_backup
    from config.settings import load_settings, settings_file
    from crm_core.ports.clock import utc_now

    wanted = Wanted(
        settings=load_settings(path),
        settings_file=settings_file(path),
        target=target,
        secrets=with_secrets,
        deep=deep,
    )
    if keep and not wanted.is_folder:
        raise click.UsageError("--keep is for a directory")
    taken = run(take_backup(wanted, utc_now()))
    rows, kept = sum(taken.manifest.rows.values()), len(taken.manifest.entries) - 1
    click.echo(
        f"{taken.path}: {rows} rows, {kept} files ({taken.new_files} newly copied beside it). Checked by opening it."
    )
    if not with_secrets:
        click.echo("Without secrets: keep a copy of secret.key and of the settings elsewhere.")
    if taken.manifest.missing:
        click.echo(f"{len(taken.manifest.missing)} recordings have no file here any more.", err=True)
    if keep:
        gone, files = prune(target, keep)
        click.echo(f"{gone} older backups and {files} files deleted.")
