# SPDX-License-Identifier: Apache-2.0
"""A key pressed while we were away becomes the request that it would have been, or nothing, if they were answered."""

from dataclasses import replace
from datetime import datetime, timedelta

from crm_core.domain.audit import Actor
from crm_core.domain.call_history import KeptCall
from crm_core.domain.callback import CallbackRequest
from crm_core.domain.differences import is_doubted
from crm_core.domain.directory import Directory
from crm_core.domain.missed import is_talk
from crm_core.ports.store import Store, Tx
from crm_core.usecases.request_callback import request_callback

_SAME_CALL_WITHIN = timedelta(days=2)  # a linkedid of an older run of the PBX is another call


async def take_up_callback(
    store: Store,
    directory: Directory,
    wanted: CallbackRequest,
    linkedid: tuple[str, str],
    *,
    patient: bool,
    now: datetime,
) -> bool:
    """Whether that is settled; False: their call goes on, or (only when `patient`) is not told yet for sure.

    It may have been answered, by the time we know of it. `linkedid`: with its PBX.
    Told any number of times it is one request, also when the live way has made it: it is the call's.
    """
    async with store.read() as tx:
        kept = await _call(tx, wanted, linkedid)
    if patient and (kept is None or is_doubted(kept.call)):
        return False
    if kept is None:
        await request_callback(store, directory, wanted, Actor("PBX"), now)
        return True
    if kept.call.ended_at is None:
        return False
    if not is_talk(kept):
        await request_callback(store, directory, replace(wanted, id=kept.call.id), Actor("PBX"), now)
    return True


async def _call(tx: Tx, wanted: CallbackRequest, linkedid: tuple[str, str]) -> KeptCall | None:
    kept = await tx.calls.get(wanted.id) or await tx.calls.by_linkedid(*linkedid)
    began = kept.call.started_at if kept else None
    return None if began and abs(began - wanted.made_at) > _SAME_CALL_WITHIN else kept
