# SPDX-License-Identifier: Apache-2.0
"""Why somebody was given a manager, in words."""

from collections.abc import Sequence
from typing import Final

from crm_core.domain.audit import AuditEntry
from web.i18n.l10n import L10n
from web.words import N_, Words

_BY_RULE: Final = N_("By the rule “%(rule)s”: %(why)s")


def because(entries: Sequence[AuditEntry], manager: object, l10n: L10n) -> str:
    """Why this manager was given, if it was by a rule and none was chosen since."""
    for entry in entries:
        after = entry.after or {}
        if "manager_id" not in after:
            continue
        if entry.action != "assign" or after["manager_id"] != str(manager):
            return ""
        why = "; ".join(Words(l10n).why(one) for one in after.get("because") or ())
        return l10n.gettext(_BY_RULE, rule=after.get("rule", ""), why=why)
    return ""
