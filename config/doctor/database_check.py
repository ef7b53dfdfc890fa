# SPDX-License-Identifier: Apache-2.0
"""Is the database there, and of the shape this version needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from config.doctor.finding import Finding, broken, ok
from crm_core.domain.errors import CrmError
from crm_core.storage.open_store import SchemaError, head, open_store
from crm_core.storage.store import SqlStore


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[tuple[SqlStore | None, Finding]]:
    """Beside a server that runs; only read from."""
    try:
        store = await open_store(url, exclusive=False)
    except SchemaError as error:
        yield None, broken("database", str(error), "Run 'rolodial migrate' while Rolodial is stopped.")
        return
    except CrmError as error:
        advice = "Start the database, or correct 'database' (or 'home', for SQLite) in the settings."
        yield None, broken("database", str(error), advice)
        return
    kind = "SQLite" if url.startswith("sqlite") else "PostgreSQL"
    try:
        yield store, ok("database", f"{kind} answers, at revision {head()}")
    finally:
        await store.close()
