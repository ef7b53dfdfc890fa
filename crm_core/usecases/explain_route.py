# SPDX-License-Identifier: Apache-2.0
"""Where a call would go, and why: nothing is reserved, sent or kept."""

from collections.abc import Sequence

from crm_core.domain.directory import Directory
from crm_core.domain.errors import NotFoundError
from crm_core.domain.routing.decision import Decision
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.live import RouteRequest, live_facts
from crm_core.domain.routing.trace import explained
from crm_core.ports.pbx import DeviceState, Pbx
from crm_core.ports.store import Store
from crm_core.usecases.read_rule_set import read_rule_set


async def explain_route(
    store: Store, directory: Directory, pbxs: Sequence[Pbx], ask: RouteRequest, version: int | None = None
) -> Decision:
    """By the rules in force, or those of a version, with people's states and phones as they are now."""
    async with store.read() as tx:
        stored = await (tx.routing.in_force() if version is None else tx.routing.rule_set(version))
        house = await tx.settings.house()
    if stored is None:
        raise NotFoundError("there are no such rules")
    rules = await read_rule_set(stored.body, house, stored.version)
    pbx = next((each for each in pbxs if each.name == ask.pbx), None)
    states = pbx.device_state if pbx else _unknown
    return explained(evaluate(live_facts(ask, directory, states, rules.no_answer_s), rules), rules)


def _unknown(_device: str) -> DeviceState:
    return DeviceState.UNKNOWN
