# SPDX-License-Identifier: Apache-2.0
"""The rules that decisions were taken by, and their traces in words."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from crm_core.domain.errors import CrmError
from crm_core.domain.routing.codec import facts_from_json, whys_from_json, whys_to_json
from crm_core.domain.routing.rules import RuleSet
from crm_core.domain.routing.trace import spelled
from crm_core.ports.routing import DecisionRecord
from crm_core.ports.store import Tx
from crm_core.usecases.read_rule_set import read_rule_set


class RuleVersions:
    """Rule sets by version and by the currency of the facts: the house may have another now."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], RuleSet | None] = {}

    async def read(self, tx: Tx, records: Iterable[DecisionRecord]) -> None:
        for key in {_key(record) for record in records} - self._known.keys():
            self._known[key] = await _read(tx, *key)

    def of(self, record: DecisionRecord) -> RuleSet | None:
        """None: there is none, or it is of a format or for a currency that is not read any more."""
        return self._known[_key(record)]


async def decision_spelled(tx: Tx, record: DecisionRecord | None) -> DecisionRecord | None:
    """With its trace as people read it: a line for each rule that was passed over."""
    if record is None:
        return None
    versions = RuleVersions()
    await versions.read(tx, [record])
    rules = versions.of(record)
    return _spelled(record, rules) if rules else record


def _spelled(record: DecisionRecord, rules: RuleSet) -> DecisionRecord:
    try:
        facts = facts_from_json(record.facts)
        return replace(record, trace=whys_to_json(spelled(whys_from_json(record.trace), facts, rules)))
    except (LookupError, TypeError, ValueError):  # kept by an older version: it is shown as it was kept
        return record


async def _read(tx: Tx, version: int, currency: str) -> RuleSet | None:
    stored, house = await tx.routing.rule_set(version), await tx.settings.house()
    if stored is not None:
        with suppress(CrmError):
            return await read_rule_set(stored.body, house, version, currency)
    return None


def _key(record: DecisionRecord) -> tuple[int, str]:
    return record.rule_set_version, str(record.facts.get("currency") or "")
