# SPDX-License-Identifier: Apache-2.0
"""What has become wrong with the rules in force since they were published: a team, hours, a queue that are gone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from crm_core.domain.house import House
from crm_core.domain.routing.check import Known, check
from crm_core.domain.routing.finding import Finding
from crm_core.domain.routing.parse import parse_rules
from crm_core.ports.store import Tx
from crm_core.usecases.known_house import known_house


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesInForce:
    """All that decides about it: as long as it is the same, so is what is wrong. A draft's, as if it were in force."""

    body: Mapping[str, Any]
    house: House
    known: Known

    def flaws(self) -> tuple[Finding, ...]:
        """Takes some hundredths of a second for 200 rules: in a thread, where calls are routed meanwhile.

        Raise RuleSetError where the settings have changed so that the rules cannot be read any more.
        """
        house = self.house
        return check(parse_rules(self.body, currency=house.currency, region=house.region), self.known)


async def rules_in_force(tx: Tx, queues: Collection[str] | None = None) -> RulesInForce | None:
    """None before the first are published. `queues`: as the PBXs tell them."""
    stored = await tx.routing.in_force()
    if stored is None:
        return None
    house, known = await tx.settings.house(), await known_house(tx, queues)
    return RulesInForce(body=stored.body, house=house, known=known)
