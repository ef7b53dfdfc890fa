# SPDX-License-Identifier: Apache-2.0
"""`rolodial ami`: keep what a PBX says, and see which calls were in it."""

import asyncio
import contextlib
import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import click

from config.command_line import settings_option, with_store
from config.journal import Asked, LazyKeys, journals
from config.journal_commands import export, forget, period_options, refold
from config.settings import Settings, load_settings
from crm_core.domain.errors import CrmError
from crm_core.ports.store import Store
from pbx_bridge.capture import capture as capture_ami
from pbx_bridge.profile import PbxProfile, unknown_keys
from pbx_bridge.refold import JournalOf, refold_period
from pbx_bridge.replay import Replay
from pbx_bridge.replay import replay as replay_file
from pbx_bridge.settings import AmiSettings


@click.group()
def command() -> None:
    """Capture what a PBX says on AMI, and replay it into calls."""


@command.command()
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The .amij file to write."
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=5038, show_default=True, type=click.IntRange(1, 65535))
@click.option("--user", default="rolodial", show_default=True, help="AMI user; read=call,agent is enough.")
@click.option(
    "--secret", envvar="ROLODIAL_AMI_SECRET", help="Asked for when neither given nor in the environment."
)
@click.option("--secret-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tls", is_flag=True, help="AMI over TLS.")
@click.option(
    "--tls-ca", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A CA of your own."
)
@click.option(
    "--seconds", type=click.FloatRange(min=0), help="Stop after so long; otherwise Ctrl-C stops it."
)
@click.option("--pbx", default="pbx", show_default=True, help="The name written into the file.")
def capture(  # noqa: PLR0913 - one for each option
    *,
    out: Path,
    host: str,
    port: int,
    user: str,
    secret: str | None,
    secret_file: Path | None,
    tls: bool,
    tls_ca: Path | None,
    seconds: float | None,
    pbx: str,
) -> None:
    """Write down all that a PBX says on AMI, byte by byte with receive times, for `rolodial ami replay`.

    Names and numbers of callers are in it, passwords are not: the login is ours and is not written.
    """
    if out.exists():
        raise click.ClickException(f"{out} exists; choose another name")
    if secret_file is not None:
        secret = secret_file.read_text(encoding="utf-8").strip()
    if not secret:
        secret = click.prompt("AMI secret", hide_input=True)
    settings = AmiSettings(host=host, port=port, username=user, secret=secret, tls=tls, tls_ca=tls_ca)
    asyncio.run(_until_stopped(settings, out, pbx, seconds))


async def _until_stopped(settings: AmiSettings, out: Path, pbx: str, seconds: float | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    running = asyncio.create_task(  # noqa: TID251 - cancelled below
        capture_ami(settings, out, pbx, lambda line: click.echo(line, err=True))
    )
    stopped = asyncio.create_task(stop.wait())  # noqa: TID251 - cancelled below
    await asyncio.wait({running, stopped}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not running.done():
        running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


for journal_command in (refold, export, forget):
    command.add_command(journal_command)


@command.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--from-journal", is_flag=True, help="What our own journal tells, instead of FILES.")
@click.option(
    "--pbx",
    help="PROFILE.toml: extensions, trunks, own_numbers, outside_prefix, internal_contexts, region. "
    "With --from-journal: the name of a PBX of the settings.",
)
@period_options
@settings_option
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each file.")
def replay(
    files: tuple[Path, ...],
    path: Path | None,
    *,
    pbx: str | None,
    from_journal: bool,
    as_json: bool,
    **asked: str | None,
) -> None:
    """Say which calls were in a capture: ours (.amij), or the bare bytes that a client of AMI received."""
    if bool(files) == from_journal:
        raise click.UsageError("name FILES, or say --from-journal")
    if from_journal:
        _tell(_of_journal(path, pbx, Asked(**asked)), as_json=as_json)
    elif any(asked.values()):
        raise click.UsageError("--since and --until are of --from-journal")
    else:
        _replay_files(files, _read_profile(Path(pbx) if pbx else None), as_json=as_json)


def _of_journal(path: Path | None, pbx: str | None, asked: Asked) -> list[Replay]:
    """Of each PBX, the calls that began in the period."""
    settings = load_settings(path)
    since, until = asked.between(_zone(settings, asked), datetime.now(UTC))
    return [_of_period(journal, since, until) for journal in journals(settings, pbx)]


def _of_period(journal: JournalOf, since: datetime, until: datetime) -> Replay:
    found = refold_period(journal, since, until)
    calls = list(found.calls.values())
    still_open = sum(call.ended_at is None for call in calls)
    return Replay(
        f"journal of {journal.pbx}", calls, still_open, found.events, trouble="\n".join(found.troubles)
    )


def _zone(settings: Settings, asked: Asked) -> tzinfo:
    """The database is asked for the house's only where the answer matters."""
    if asked.has_zone:
        return UTC

    async def zone(store: Store) -> tzinfo:
        async with store.read() as tx:
            return (await tx.settings.house()).tzinfo

    return with_store(settings.database_url, zone)


def _tell(replays: list[Replay], *, as_json: bool) -> None:
    for found in replays:
        if found.trouble:
            click.echo(found.trouble, err=True)
        _show(found, as_json=as_json)
    if any(found.trouble for found in replays):
        raise SystemExit(1)


def _show(found: Replay, *, as_json: bool) -> None:
    result = found.as_json()
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else "\n".join(_table(result)))


def _replay_files(files: tuple[Path, ...], profile: PbxProfile | None, *, as_json: bool) -> None:
    failed = False
    for file in files:
        try:
            found = replay_file(file, profile, keys=LazyKeys())
        except (OSError, CrmError) as error:
            click.echo(f"{file}: {_why(error)}", err=True)
            failed = True
            continue
        if found.trouble:
            click.echo(f"{file}: {found.trouble}", err=True)
            failed = True
        _show(found, as_json=as_json)
    if failed:
        raise SystemExit(1)


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _read_profile(path: Path | None) -> PbxProfile | None:
    """None: what the file says itself, or what can be guessed."""
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path}: not UTF-8 ({error})") from error
    try:
        for key in unknown_keys(text):
            click.echo(f"{path}: nobody knows the key {key!r}; it is passed over", err=True)
        return PbxProfile.from_toml(text)
    except CrmError as error:
        raise click.ClickException(f"{path}: {error}") from error


def _table(result: dict[str, Any]) -> Iterator[str]:
    yield f"{result['file']}: {len(result['calls'])} calls, {result['open']} of them still open"
    for call in result["calls"]:
        began = _clock(call["started_at"])
        yield (
            f"{began}  {call['direction']:<8}  {call['caller'] or '?'} -> {call['dialled'] or '?'}  "
            f"{call['disposition'] or 'open'}{' by ' + call['answered_by'] if call['answered_by'] else ''}  "
            f"wait {_seconds(call['wait_s'])}  talk {_seconds(call['talk_s'])}  hold {_seconds(call['hold_s'])}"
        )
        for leg in call["legs"]:
            yield (
                f"          {leg['kind']:<9} {leg['party'] or '?':<16} rang {_clock(leg['rang_at'])}  "
                f"talk {_seconds(leg['talk_s'])}  {leg['end_reason'] or ''}"
            )
        for one in call["transfers"]:
            done = "" if one["completed"] else ", not completed"
            yield f"          {one['kind']} transfer by {one['by'] or '?'} to {one['to'] or '?'}{done}"
        if call["uncertain"]:
            yield f"          uncertain: {', '.join(call['uncertain'])}"


def _clock(iso: str | None) -> str:
    return f"{datetime.fromisoformat(iso):%H:%M:%S}" if iso else "--:--:--"


def _seconds(value: float | None) -> str:
    return "?" if value is None else f"{value:.1f} s"
