# SPDX-License-Identifier: Apache-2.0
"""Rules that were published, and a new currency or region of the house, are read while calls go on."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence

import structlog

from crm_core.domain.audit import Change
from crm_core.domain.errors import CrmError
from crm_core.domain.routing.field_conditions import fields_named
from crm_core.ports.store import Store, StoreAwayError
from crm_core.usecases.decide_route import RouteDesk
from crm_core.usecases.read_rule_set import read_rule_set

log = structlog.get_logger()
_RETRY_S = 1.0
Want = Callable[[Collection[str]], Awaitable[None]]  # has fields of clients in memory (DirectorySource.want)


async def _nothing(_fields: Collection[str]) -> None:
    pass


async def follow_house(
    store: Store,
    desk: RouteDesk,
    nudge: asyncio.Event,
    on_rules: Callable[[], None] = lambda: None,
    want: Want = _nothing,
) -> None:
    """`nudge` is set when people, settings or rules changed; `on_rules` is told when others came into force.

    Rules that we publish ourselves are read at once, however many other changes the directory has to follow first.
    """
    stop = store.on_commit(lambda changes: nudge.set() if _publish(changes) else None)
    read_for = (desk.directory.currency, desk.directory.region)
    try:
        while True:
            await nudge.wait()
            nudge.clear()
            now = (desk.directory.currency, desk.directory.region)
            before = desk.rules
            done = await _read_safely(store, desk, want, anew=now != read_for)
            if done:
                read_for = now
            elif done is None:
                nudge.set()
            if desk.rules is not before:
                on_rules()
    finally:
        stop()


def _publish(changes: Sequence[Change]) -> bool:
    return any(change.kind == "rule_set" for change in changes)


async def _read_safely(store: Store, desk: RouteDesk, want: Want, *, anew: bool) -> bool | None:
    """False: they do not fit, and those of before stay in force. None, a moment later: it has to be tried again."""
    try:
        await read_rules(store, desk, want, anew=anew)
    except CrmError as error:
        log.error("the rules do not fit the new settings", error=str(error))  # noqa: TRY400 - said in words
        return False
    except Exception as error:
        log.warning(
            "the rules cannot be read yet", error=str(error), exc_info=not isinstance(error, StoreAwayError)
        )
        await asyncio.sleep(_RETRY_S)
        return None
    return True


async def read_rules(store: Store, desk: RouteDesk, want: Want = _nothing, *, anew: bool = True) -> None:
    """`anew`: even if the version is the one that is used already. The fields they ask of are there before they are."""
    async with store.read() as tx:
        stored, house = await tx.routing.in_force(), await tx.settings.house()
    if stored is not None and (anew or desk.rules is None or desk.rules.version != stored.version):
        rules = await read_rule_set(stored.body, house, stored.version)
        await want(fields_named(stored.body))
        desk.rules = rules
