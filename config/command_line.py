# SPDX-License-Identifier: Apache-2.0
"""What the commands that work on the database share: which database, and errors as people read them."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from config.settings import load_settings
from crm_core.domain.errors import CrmError
from crm_core.ports.store import Store

T = TypeVar("T")


def database_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--database`, else what the settings say; the command gets `url`."""
    return click.option(
        "--database",
        "url",
        default=lambda: load_settings().database_url,
        show_default="from the settings",
        help="sqlite:///FILE or postgresql://USER@HOST/NAME",
    )(function)


def settings_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--settings`; the command gets `path`."""
    kind = click.Path(dir_okay=False, path_type=Path)
    return click.option("--settings", "path", type=kind, help="The settings file.")(function)


def with_store(url: str, work: Callable[[Store], Awaitable[T]]) -> T:
    """Beside a server that runs: it learns of the changes by itself."""

    async def main() -> T:
        from crm_core.storage.open_store import open_store

        store = await open_store(url, exclusive=False)
        try:
            return await work(store)
        finally:
            await store.close()

    return run(main())


def run(work: Awaitable[T]) -> T:
    async def main() -> T:
        return await work

    try:
        return asyncio.run(main())
    except CrmError as error:
        raise click.ClickException(str(error)) from error


def read_password(file: Path | None) -> str:
    """From a file (or - for standard input), else asked for twice."""
    if file is None:
        answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return answer
    text = sys.stdin.read() if str(file) == "-" else file.read_text()
    return text.rstrip("\r\n")
