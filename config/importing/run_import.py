# SPDX-License-Identifier: Apache-2.0
"""Put what was read into the store, in batches, and tell each row's verdict."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from config.importing.rows import Read
from crm_core.domain.audit import Actor
from crm_core.domain.received import Outcome, Verdict
from crm_core.ports.store import Store, Tx

Upsert = Callable[[Tx, Sequence[Any], Actor, datetime], Awaitable[list[Verdict]]]
_BATCH = 500  # rows in a transaction: a call that is being written waits for one batch, never for the file


class _DryRun(Exception):  # noqa: N818 - no error: it undoes the transaction
    pass


async def run_import(
    store: Store, rows: Sequence[Read], upsert: Upsert, actor: Actor, now: datetime, *, dry: bool = False
) -> AsyncIterator[tuple[int, Verdict]]:
    """(row, verdict) for each row, by row. Each batch is kept before the next is tried; `dry` keeps nothing.

    A dry run undoes each batch, so it calls a client 'created' again that an earlier batch would have made.
    """
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        good = [one for one in batch if one.received is not None]
        told = iter(await _verdicts(store, [one.received for one in good], upsert, actor, now, dry=dry))
        for one in batch:
            refused = one.received is None
            yield one.row, Verdict(Outcome.REFUSED, one.refused) if refused else next(told)
    if not dry:
        await store.analyse()


async def _verdicts(
    store: Store, received: Sequence[Any], upsert: Upsert, actor: Actor, now: datetime, *, dry: bool
) -> list[Verdict]:
    verdicts: list[Verdict] = []
    with suppress(_DryRun):
        async with store.begin() as tx:
            verdicts = await upsert(tx, received, actor, now)
            _undo_if(dry)
    return verdicts


def _undo_if(dry: bool) -> None:  # noqa: FBT001 - its name says it
    if dry:
        raise _DryRun
