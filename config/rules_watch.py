# SPDX-License-Identifier: Apache-2.0
"""The rules in force, looked at each minute: do they name what is gone, or can settings no more read them."""

import asyncio
from dataclasses import dataclass

import structlog

from crm_core.domain.routing.reading import RuleSetError
from crm_core.ports.store import Store
from crm_core.usecases.rules_in_force import RulesInForce, rules_in_force
from web.health import Level, Reading, Trouble
from web.words import N_

log = structlog.get_logger()


@dataclass(slots=True)
class RulesWatch:
    store: Store
    grave: int = 0
    unreadable: str = ""
    _asked: RulesInForce | None = None  # last

    async def look(self) -> None:
        async with self.store.read() as tx:
            asked = await rules_in_force(tx)
        if asked == self._asked:
            return
        try:
            found = await asyncio.to_thread(asked.flaws) if asked else ()
        except RuleSetError as error:
            self._tell(0, str(error))
        else:
            self._tell(sum(one.grave for one in found), "")
        self._asked = asked

    def _tell(self, grave: int, unreadable: str) -> None:
        """In the log when it begins."""
        if (grave, unreadable) != (self.grave, self.unreadable) and (grave or unreadable):
            log.warning("the rules in force name what is gone", grave=grave, unreadable=unreadable)
        self.grave, self.unreadable = grave, unreadable

    def reading(self) -> Reading:
        """For the health page."""
        name = N_("Rules in force")
        if self.unreadable:
            advice = N_(
                "They do not fit the settings of the company any more. Calls go on by the rules of before."
            )
            return Reading(name=name, value=Trouble(self.unreadable), level=Level.BAD, advice=advice)
        if self.grave:
            advice = N_(
                "So many places name what is gone, or are never reached. Settings, Routing says which."
            )
            return Reading(name=name, value=self.grave, level=Level.WARN, advice=advice)
        return Reading(name=name, value="✓", level=Level.GOOD)
