# SPDX-License-Identifier: Apache-2.0
"""A test for the rules, made of a call that was routed by them."""

from typing import Any
from uuid import UUID

from crm_core.domain.routing.codec import facts_from_json, steps_from_json, whys_from_json
from crm_core.domain.routing.tests_from_calls import test_of
from crm_core.ports.store import Tx


async def rule_test_of_call(tx: Tx, call_id: UUID) -> dict[str, Any] | None:
    """None: no rules decided about this call."""
    record = await tx.routing.decision(call_id)
    if record is None or any(why.code == "fallback" for why in whys_from_json(record.trace[:1])):
        return None
    facts = facts_from_json(record.facts)
    whom = facts.party_name or facts.number or facts.caller_kind
    name = f"{whom}, {record.decided_at:%Y-%m-%d %H:%M} UTC"
    return test_of(name, facts, record.rule, steps_from_json(record.steps))
