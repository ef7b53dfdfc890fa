# SPDX-License-Identifier: Apache-2.0
"""A database with a million clients, made once and kept; a measurement works on a copy."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from config.asterisk.ports import free_port
from config.bench._house import hire
from config.bench._processes import Serve
from config.demo.generate import generate_clients
from config.demo.site import fill
from crm_core.storage.open_store import head, open_store

CLIENTS = 1_000_000
CACHE = Path(".cache/bench")


async def million(cache: Path = CACHE, clients: int = CLIENTS, extensions: Sequence[str] = ()) -> Path:
    """Its file; the demo's people work there, and operators of these extensions.

    A minute when it is not there yet, or of another schema.
    """
    path = cache / f"clients_{clients}_{len(extensions)}_{head()}.db"
    if not _is_new(path):
        return path
    new, now = path.with_suffix(".new"), datetime.now(UTC)
    url = f"sqlite+aiosqlite:///{new.absolute()}"
    await fill(url, now)
    store = await open_store(url)
    try:
        await hire(store, extensions, now)
        await generate_clients(store, clients, now, searchable=False)
    finally:
        await store.close()
    new.rename(path)
    return path


def _is_new(path: Path) -> bool:
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    for half in path.parent.glob(f"{path.stem}.new*"):
        half.unlink()
    return True


@asynccontextmanager
async def serving(
    home: Path, database: Path | str | None, rules: str = ""
) -> AsyncIterator[tuple[Serve, int]]:
    """`rolodial serve` without a PBX, and its FastAGI port.

    On a copy of a file, on the database of a URL itself, or (None) on the demo's data.
    """
    web_port, agi_port = free_port(), free_port()
    url = database if isinstance(database, str) else ""
    serve = Serve(_settings(home, web_port, agi_port, url, rules), web_port)
    copy = home / "rolodial.db"
    if database is None:
        await fill(f"sqlite+aiosqlite:///{copy}", datetime.now(UTC))
    elif isinstance(database, Path):
        await asyncio.to_thread(shutil.copyfile, database, copy)
    try:
        await serve.start(within_s=300)  # ready: the million clients are loaded
        yield serve, agi_port
    finally:
        await serve.stop()


def _settings(home: Path, web_port: int, agi_port: int, url: str, rules: str) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    path = home / "rolodial.toml"
    if rules:
        (home / "routing.toml").write_text(rules)
    path.write_text(f"""
home = "{home}"
database = "{url}"
[web]
port = {web_port}
[fastagi]
port = {agi_port}
[routing]
hold_ms = 0
{f'file = "{home / "routing.toml"}"' if rules else ""}
""")
    return path
