# SPDX-License-Identifier: Apache-2.0
"""What has become wrong with the rules in force since they were published: a team, hours, a queue that are gone."""

from collections.abc import Collection

from crm_core.domain.routing.check import check
from crm_core.domain.routing.finding import Finding
from crm_core.domain.routing.parse import parse_rules
from crm_core.ports.store import Tx
from crm_core.usecases.known_house import known_house


async def check_in_force(tx: Tx, queues: Collection[str] | None = None) -> tuple[Finding, ...]:
    """Raise RuleSetError where the settings have changed so that the rules cannot be read any more."""
    stored = await tx.routing.in_force()
    if stored is None:
        return ()
    house = await tx.settings.house()
    rules = parse_rules(stored.body, currency=house.currency, region=house.region, version=stored.version)
    return check(rules, await known_house(tx, queues))
