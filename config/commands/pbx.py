# SPDX-License-Identifier: Apache-2.0
"""`rolodial pbx`: what a PBX is (profile, learnt or ready-made), and our dialplan in it (diff, install, back)."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click

from config.journal import LazyKeys
from config.pbx_files import back as take_back
from config.pbx_files import changes, diff, lacking
from config.pbx_files import install as put_in

PROFILES = Path(__file__).resolve().parents[1] / "profiles"
_DIRECTORY = click.Path(file_okay=False, path_type=Path)
_to = click.option(
    "--to", default="/etc/asterisk", show_default=True, type=_DIRECTORY, help="Asterisk's configuration."
)
_reload = click.option("--reload", "reload_", is_flag=True, help="Then 'dialplan reload', on this machine.")


@click.group()
def command() -> None:
    """Learn what a PBX looks like; bring Rolodial's dialplan into it, and back."""


@command.command()
@click.argument(
    "captures",
    metavar="FILE|DIRECTORY...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
)
@click.option("--name", default="main", show_default=True, help="What the PBX is to be called.")
def learn(captures: tuple[Path, ...], name: str) -> None:
    """Propose settings for a PBX from captures (`rolodial ami capture`) or files of the journal, all together.

    Of a directory, all below it that end in .ami, .amij, or these and .gz; one of them that cannot be read is named and
    left out. Each line says why; what contradicts itself, or was not seen, is named as not known. No caller's number is
    shown.
    """
    from pbx_bridge.learn import captures_in, learn_from_all
    from pbx_bridge.learn_toml import as_toml

    files = [path for path in captures if not path.is_dir()]
    found = [path for one in captures if one.is_dir() for path in captures_in(one)]
    where = ", ".join(map(str, captures))
    if not files and not found:
        raise click.ClickException(f"{where}: no file there ends in .ami or .amij, with .gz or without")
    capture = learn_from_all(files, found, LazyKeys(), _say_of)
    if not capture.devices:
        raise click.ClickException(
            f"{where}: no channel of a device was seen in it ({capture.events} events)"
        )
    click.echo(as_toml(capture, name), nl=False)


def _say_of(path: Path, trouble: str) -> None:
    click.echo(f"{path}: {trouble}", err=True)


@command.command()
@click.argument("kind", type=click.Choice(["asterisk", "freepbx"]))
@click.option("--mode", default="observe", show_default=True, type=click.Choice(["observe", "route"]))
def profile(kind: str, mode: str) -> None:
    """Print settings to begin with, for a plain Asterisk or FreePBX that is watched or routed."""
    click.echo((PROFILES / f"{kind}.{mode}.toml").read_text(encoding="utf-8"), nl=False)


@command.command("diff")
@_to
def diff_(to: Path) -> None:
    """Show what `install` would change. Exits with 1 if anything would."""
    found = changes(to)
    for line in diff(found):
        click.echo(line)
    _say_what_is_lacking(to)
    if found:
        raise SystemExit(1)


@command.command()
@_to
@_reload
def install(*, to: Path, reload_: bool) -> None:
    """Copy Rolodial's contexts (rolodial*.conf, never rolodial-site.conf); what was there is kept for `back`."""
    done = put_in(to, datetime.now(UTC))
    for change in done:
        click.echo(f"{'new    ' if change.before is None else 'changed'}  {change.name}")
    click.echo(f"{len(done)} files; `rolodial pbx back` undoes it" if done else "nothing to do")
    _say_what_is_lacking(to)
    _after(done=bool(done), reload_=reload_)


@command.command()
@_to
@_reload
def back(*, to: Path, reload_: bool) -> None:
    """Bring back the files of before the last `install`."""
    for name in take_back(to):
        click.echo(f"as before  {name}")
    _after(done=True, reload_=reload_)


def _say_what_is_lacking(to: Path) -> None:
    for line in lacking(to):
        click.echo(line, err=True)


def _after(*, done: bool, reload_: bool) -> None:
    if done and not reload_:
        click.echo("now, on the PBX: asterisk -rx 'dialplan reload'")
    if not reload_:
        return
    program = shutil.which("asterisk")
    if program is None:
        raise click.ClickException("no program asterisk on this machine: reload the dialplan on the PBX")
    told = subprocess.run(  # noqa: S603 - nothing in it is anybody's text
        [program, "-rx", "dialplan reload"], capture_output=True, text=True, check=False, timeout=30
    )
    if told.returncode:
        raise click.ClickException(told.stderr.strip() or told.stdout.strip() or "asterisk did not answer")
    click.echo(told.stdout.strip())
