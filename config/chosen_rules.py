# SPDX-License-Identifier: Apache-2.0
"""Which rules a command is about: those of a file it names, else those in force, else those of a first start."""

from pathlib import Path

from config.routing_file import read_routing_file
from config.settings import Settings
from crm_core.domain.house import House
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.rules import RuleSet
from crm_core.ports.routing import StoredRuleSet
from crm_core.ports.store import Tx


async def chosen_rules(tx: Tx, settings: Settings, file: Path | None) -> RuleSet:
    house = await tx.settings.house()
    if file is not None:
        return read_routing_file(file, currency=house.currency, region=house.region)[1]
    return rules_from(settings, await tx.routing.in_force(), house)


def rules_from(settings: Settings, stored: StoredRuleSet | None, house: House) -> RuleSet:
    if stored is None:
        return read_routing_file(settings.routing.file, currency=house.currency, region=house.region)[1]
    return parse_rules(stored.body, currency=house.currency, region=house.region, version=stored.version)
