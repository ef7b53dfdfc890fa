# SPDX-License-Identifier: Apache-2.0
"""The rule file, looked at while the server runs: could its next start use it? Rules in force stay as they are."""

import asyncio
import contextlib
import time
from pathlib import Path

import structlog

from config.routing_file import RoutingFileError, read_routing_file
from crm_core.domain.house import House
from crm_core.ports.rule_life import ReleaseState
from crm_core.ports.store import Store, StoreAwayError
from web.health import Level, Reading, Trouble
from web.words import N_

log = structlog.get_logger()
_EVERY_S = 30.0
_HUNG_S = 5.0
_HANGS = "it does not answer"


class RuleFile:
    """`run` it in a task. Where somebody published rules since, the database is master: the file is not asked for."""

    def __init__(self, path: Path, store: Store) -> None:
        self._path = path
        self._store = store
        self._house: House | None = None  # None: not known yet, or the file is not master
        self._asked_at: float | None = None  # while the file system owes an answer
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """Why the file could not be used, in English; '' when it could."""
        asked_at = self._asked_at
        return _HANGS if asked_at and time.monotonic() - asked_at > _HUNG_S else self._trouble

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("the rule file could not be looked at")
            await asyncio.sleep(_EVERY_S)

    async def look(self) -> None:
        with contextlib.suppress(StoreAwayError):  # then what was known of it holds
            self._house = await self._house_of_the_file()
        trouble = await self._tried(self._house) if self._house else ""
        if trouble and trouble != self._trouble:
            log.error(
                "the rule file cannot be used; its rules stay in force", file=str(self._path), why=trouble
            )
        self._trouble = trouble

    async def _house_of_the_file(self) -> House | None:
        async with self._store.read() as tx:
            if await tx.rule_life.releases(1, ReleaseState.PUBLISHED):
                return None
            return await tx.settings.house()

    async def _tried(self, house: House) -> str:
        """One question at a time: a file system that hangs takes one thread."""
        self._asked_at = time.monotonic()
        try:
            await asyncio.to_thread(
                read_routing_file, self._path, currency=house.currency, region=house.region
            )
        except RoutingFileError as error:
            cause = error.__cause__
            return (cause.strerror if isinstance(cause, OSError) else None) or str(error)
        finally:
            self._asked_at = None
        return ""

    def reading(self) -> Reading:
        """For the health page."""
        if not self.trouble:
            return Reading(name=N_("Rule file"), value="✓", level=Level.GOOD)
        return Reading(
            name=N_("Rule file"),
            value=Trouble(self.trouble),
            level=Level.WARN,
            advice=N_("Calls go on by the rules that were read. The next start would not find them."),
        )
