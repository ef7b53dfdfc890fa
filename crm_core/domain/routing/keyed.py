# SPDX-License-Identifier: Apache-2.0
"""What a caller keyed in before the rules were asked, in a plan of the site's own; and what a rule asks of it."""

import re
from dataclasses import dataclass

from crm_core.domain.routing.decision import Why
from crm_core.domain.routing.facts import Facts

ORDER, CLIENT_NUMBER, NOTHING = "order", "client_number", "nothing"
KEYED = (ORDER, CLIENT_NUMBER, NOTHING)
MENU = r"[A-Za-z0-9_*#-]{1,40}"
_MENU = re.compile(rf"{MENU}\Z", re.ASCII)
_NUMBER = re.compile(r"[A-Za-z0-9_/-]{1,40}\Z", re.ASCII)


def chosen_in_menu(text: str) -> str | None:
    """A key, or the name the plan gives it; anything else was not chosen."""
    return text if _MENU.match(text) else None


def number_keyed(text: str) -> str | None:
    """Of an order or a client: digits from the keypad, or what the plan made of speech."""
    return text if _NUMBER.match(text) else None


@dataclass(frozen=True, slots=True)
class MenuIs:
    choices: frozenset[str]
    name = "menu"

    def holds(self, facts: Facts) -> bool:
        return facts.menu in self.choices

    def saw(self, facts: Facts) -> Why:
        if facts.menu is None:
            return Why(code="menu_none")
        return Why(code="menu", params={"menu": facts.menu})


@dataclass(frozen=True, slots=True)
class KeyedIs:
    kinds: frozenset[str]  # of KEYED
    name = "keyed"

    def holds(self, facts: Facts) -> bool:
        return not self.kinds.isdisjoint(_keyed(facts))

    def saw(self, facts: Facts) -> Why:
        keyed = _keyed(facts)
        seen = next((kind for kind in keyed if kind in self.kinds), next(iter(keyed)))
        return Why(code=f"keyed_{seen}", params={"number": keyed[seen]} if keyed[seen] else {})


def _keyed(facts: Facts) -> dict[str, str]:
    given = {ORDER: facts.order_number, CLIENT_NUMBER: facts.client_number}
    return {kind: number for kind, number in given.items() if number} or {NOTHING: ""}
