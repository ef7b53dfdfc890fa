# SPDX-License-Identifier: Apache-2.0
"""The conditions of a rule as its form offers them: under what they are about, so that one of thirty is found."""

from collections.abc import Mapping
from typing import Final

from web.i18n.l10n import L10n
from web.rule_registry import Entry
from web.words import N_

CLIENT: Final = N_("The client")  # and what stands in no group
GROUPS: Final = {
    N_("Who calls"): ("caller", "source", "lead_status"),
    CLIENT: ("turnover", "band", "debt", "deal", "task", "tag", "field", "missed_today"),
    N_("Our people"): ("manager", "deputy", "last_operator_days"),
    N_("The time"): ("open", "closed"),
    N_("The way they came"): ("did", "menu", "keyed", "trunk", "language"),
    N_("Their number"): ("number_begins", "country", "number_kind", "on_list"),
}


def grouped(entries: Mapping[str, Entry], l10n: L10n) -> dict[str, dict[str, str]]:
    """Heading -> condition -> what it is called. A heading without conditions is left out."""
    placed = {key: group for group, members in GROUPS.items() for key in members}
    found: dict[str, dict[str, str]] = {group: {} for group in GROUPS}
    order = [key for members in GROUPS.values() for key in members if key in entries]
    for key in dict.fromkeys([*order, *entries]):
        found[placed.get(key, CLIENT)][key] = l10n.gettext(entries[key].label)
    return {l10n.gettext(group): members for group, members in found.items() if members}
