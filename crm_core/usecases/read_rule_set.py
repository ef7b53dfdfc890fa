# SPDX-License-Identifier: Apache-2.0
"""A rule set as it is kept becomes rules, beside the loop: of 200 rules it takes long enough for a call to wait."""

import asyncio
from collections.abc import Mapping
from typing import Any

from crm_core.domain.house import House
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.rules import RuleSet


async def read_rule_set(
    body: Mapping[str, Any], house: House, version: int = 0, currency: str = ""
) -> RuleSet:
    """Raise RuleSetError. `currency`: that of the facts, where the house may have another now."""
    said = {"currency": currency or house.currency, "region": house.region}
    return await asyncio.to_thread(parse_rules, body, **said, version=version)
