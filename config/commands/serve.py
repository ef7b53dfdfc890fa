# SPDX-License-Identifier: Apache-2.0
"""`rolodial serve`: bridge, pages and workers in one process, until it is told to stop."""

import asyncio
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import uvloop

from config.logging import set_up_logging
from config.settings import Settings, load_settings

if TYPE_CHECKING:
    from config.wiring import DemoCall


@click.command()
@click.option(
    "--settings", "path", type=click.Path(dir_okay=False, path_type=Path), help="The settings file."
)
def command(path: Path | None) -> None:
    """Serve until SIGINT or SIGTERM."""
    set_up_logging()
    uvloop.run(serve(load_settings(path)))


async def serve(settings: Settings) -> None:
    from config.garbage import settle_garbage
    from config.wiring import running

    async with running(settings, _demo_call(settings)):
        settle_garbage()
        click.echo(
            f"Rolodial is ready at {'https' if settings.web.has_tls else 'http'}://{settings.web.host}:{settings.web.port}"
        )
        await until_stopped()


async def until_stopped() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def _demo_call(settings: Settings) -> "DemoCall | None":
    from config.demo.calls import place_demo_call

    return partial(place_demo_call, settings.demo.control) if settings.demo.control else None
