# SPDX-License-Identifier: Apache-2.0
"""Rules that were scheduled come into force at their time, whoever is logged in then."""

from datetime import datetime

from config.when_due import do_when_due
from crm_core.ports.clock import Clock
from crm_core.ports.pbx_care import PbxCare
from crm_core.ports.store import Store
from crm_core.usecases.publish_rules import publish_due

_OURS = frozenset({"rule_release"})
_LOOK_EVERY_S = 20.0


async def publish_when_due(store: Store, clock: Clock, care: PbxCare | None = None) -> None:
    """Until cancelled."""

    async def work() -> datetime | None:
        return await publish_due(store, clock(), care)

    await do_when_due("scheduled rules", work, store, clock, kinds=_OURS, look_every_s=_LOOK_EVERY_S)
