# SPDX-License-Identifier: Apache-2.0
"""`rolodial run` (`make run`): everything on this machine, from Asterisk to demo data, until Ctrl-C."""

import asyncio
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Collection

    from config.asterisk.program import AsteriskProgram
    from config.demo.site import DemoSite
    from config.demo.telephony import DemoPorts
    from pbx_bridge.bridge import Bridge

CACHE = Path(".cache")


@click.command()
@click.option("--port", default=8080, show_default=True, help="Of the pages.", type=click.IntRange(1, 65535))
@click.option("--agi-port", default=4573, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--sip-host", default="127.0.0.1", show_default=True, help="0.0.0.0 lets phones of the LAN register."
)
@click.option(
    "--home", default=Path("var"), show_default=True, type=click.Path(file_okay=False, path_type=Path)
)
@click.option("--database", default="", help="postgresql+asyncpg://...; otherwise SQLite in --home.")
def command(port: int, agi_port: int, sip_host: str, home: Path, database: str) -> None:
    """Start a private Asterisk, the demo's outside world, the database and Rolodial; Ctrl-C stops all of it."""
    import uvloop

    from config.asterisk.fetch import find_or_fetch
    from config.asterisk.ports import need_free
    from config.demo.telephony import DemoPorts
    from config.logging import set_up_logging

    began = time.monotonic()
    need_free(
        "Rolodial's pages (choose another with --port, or make run ARGS='--port 8081')",
        "127.0.0.1",
        port,
        ("tcp",),
    )
    need_free("FastAGI (choose another with --agi-port)", "127.0.0.1", agi_port, ("tcp",))
    set_up_logging(to_file=home / "rolodial.log")
    program = find_or_fetch(CACHE, click.echo)
    ports = DemoPorts(agi=agi_port, sip_host=sip_host)
    uvloop.run(_run(program, home, ports, port, database, began))


async def _run(
    program: "AsteriskProgram", home: Path, ports: "DemoPorts", port: int, database: str, began: float
) -> None:
    from config.commands.serve import until_stopped
    from config.demo.calls import place_demo_call
    from config.demo.site import demo_site
    from config.settings import load_settings
    from config.wiring import running

    click.echo(f"Starting Asterisk {program.version} and Rolodial ...")
    async with demo_site(program, home, ports, port, datetime.now(UTC), database=database) as site:
        settings = load_settings(site.settings_file, {})
        async with running(settings, partial(place_demo_call, site.telephony.control)) as parts:
            await _linked(parts.bridges.values())
            click.echo(_welcome(site, port, home, time.monotonic() - began))
            await until_stopped()
            click.echo("\nStopping ...")


async def _linked(bridges: "Collection[Bridge]") -> None:
    """Ready means that the PBX is on the line; after 10 s the pages say what is wrong."""
    from crm_core.ports.pbx import LinkState

    for _ in range(200):
        if all(bridge.status().state is LinkState.CONNECTED for bridge in bridges):
            return
        await asyncio.sleep(0.05)


def _welcome(site: "DemoSite", port: int, home: Path, seconds: float) -> str:
    from config.demo.data import PASSWORD, PEOPLE

    plan = site.telephony.plan
    logins = "\n".join(
        f"  {login:<8} {role.value:<11} {f'extension {extension}' if extension else '':<14} {team or ''}".rstrip()
        for login, _name, role, extension, team in PEOPLE
    )
    phones = ", ".join(f"{phone.extension} {phone.secret}" for phone in plan.phones)
    return f"""
Rolodial is ready: http://127.0.0.1:{port}   ({seconds:.1f} s)

Log in with the password {PASSWORD} as
{logins}

Try: log in as anna, press 'Place a demo call', or in another terminal
  .venv/bin/rolodial demo call --from +79161000001    Olga, Anna's client
  .venv/bin/rolodial demo call --from +79161000002    Ivan, buys little: retail
  .venv/bin/rolodial demo call --from +79161000003    Maria of Northern Lights, buys much: wholesale

A phone of your own: SIP server {plan.sip_host}:{plan.sip_port}, user and password: {phones}
Log: {home / "rolodial.log"}   Ctrl-C stops everything."""
