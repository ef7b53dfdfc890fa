# SPDX-License-Identifier: Apache-2.0
"""A database with a million contacts and two million calls, made once and kept: a file, or one on a server."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from config.bench._million import CACHE
from config.demo.many import AlreadyThereError, load_many
from config.demo.site import fill
from crm_core.storage.open_store import head, open_store

CONTACTS, CALLS = 1_000_000, 2_000_000


async def many(contacts: int = CONTACTS, calls: int = CALLS, cache: Path = CACHE) -> Path:
    """Its file; some minutes when it is not there yet, or of another schema."""
    path = cache / f"lists_{contacts}_{calls}_{head()}.db"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    new, now = path.with_suffix(".new"), datetime.now(UTC)
    for half in path.parent.glob(f"{new.name}*"):
        half.unlink()
    await _load(f"sqlite+aiosqlite:///{new.absolute()}", contacts, calls, now)
    return new.rename(path)


async def many_on_a_server(url: str, contacts: int = CONTACTS, calls: int = CALLS) -> None:
    """Put them into a database of the tester's, unless they are there."""
    with suppress(AlreadyThereError):
        await _load(url, contacts, calls, datetime.now(UTC))


async def _load(url: str, contacts: int, calls: int, now: datetime) -> None:
    await fill(url, now)
    store = await open_store(url)
    try:
        await load_many(store, contacts, calls, now)
    finally:
        await store.close()
