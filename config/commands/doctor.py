# SPDX-License-Identifier: Apache-2.0
"""`rolodial doctor`: which link between the PBX, Rolodial and the screens is broken, and what to do about it."""

import asyncio
import logging
import os
from pathlib import Path

import click

from config.settings import SETTINGS_VARIABLE, load_settings
from config.settings_file import SettingsError


@click.command()
@click.option(
    "--settings", "path", type=click.Path(dir_okay=False, path_type=Path), help="The settings file."
)
@click.option("--quick", is_flag=True, help="No test call through the PBX.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(*, path: Path | None, quick: bool, as_json: bool) -> None:
    """Look at every link, with a test call that rings nobody; exit code 1 if one is broken.

    Beside a server that runs, or before it is started.
    """
    from config.doctor import report
    from config.doctor.examine import examine
    from config.doctor.finding import Level, worst
    from config.doctor.settings_check import unreadable
    from config.logging import set_up_logging

    set_up_logging(logging.CRITICAL)
    try:
        findings = asyncio.run(examine(load_settings(path), _read_from(path), quick=quick))
    except SettingsError as error:
        findings = [unreadable(error)]
    click.echo(report.as_json(findings) if as_json else report.as_table(findings))
    raise SystemExit(worst(findings) is Level.BROKEN)


def _read_from(path: Path | None) -> Path | None:
    """As load_settings finds it."""
    named = path or (Path(os.environ[SETTINGS_VARIABLE]) if os.environ.get(SETTINGS_VARIABLE) else None)
    usual = Path("var/rolodial.toml")
    return named or (usual if usual.exists() else None)
