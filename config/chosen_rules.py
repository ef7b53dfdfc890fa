# SPDX-License-Identifier: Apache-2.0
"""Which rules a command is about: those of a file it names, else those in force, else those of a first start."""

from datetime import datetime
from pathlib import Path

from config.routing_file import read_routing_file
from config.settings import Settings
from crm_core.domain.house import House
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.rule_text import read_text
from crm_core.domain.routing.rules import RuleSet
from crm_core.ports.routing import StoredRuleSet
from crm_core.ports.rule_life import ReleaseState
from crm_core.ports.store import Tx

_MANY = 1000


async def chosen_rules(tx: Tx, settings: Settings, file: Path | None) -> RuleSet:
    house = await tx.settings.house()
    if file is not None:
        return read_routing_file(file, currency=house.currency, region=house.region)[1]
    return rules_from(settings, await tx.routing.in_force(), house)


async def rules_at(tx: Tx, settings: Settings, at: datetime) -> RuleSet:
    """Those in force at that time: of the past as they were, of the future as scheduled; else the present ones."""
    house = await tx.settings.house()
    waiting = await tx.rule_life.releases(_MANY, ReleaseState.SCHEDULED)
    due = next((release for release in waiting if release.at <= at), None)  # newest first
    if due is not None:
        return parse_rules(read_text(due.text), currency=house.currency, region=house.region, version=0)
    then = await tx.routing.in_force(at) or await tx.routing.in_force()
    return rules_from(settings, then, house)


def rules_from(settings: Settings, stored: StoredRuleSet | None, house: House) -> RuleSet:
    if stored is None:
        return read_routing_file(settings.routing.file, currency=house.currency, region=house.region)[1]
    return parse_rules(stored.body, currency=house.currency, region=house.region, version=stored.version)
