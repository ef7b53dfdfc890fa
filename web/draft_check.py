# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a text of rules, at which rule, what its rules say, and what came of its tests."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from crm_core.domain.routing.finding import Finding
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.rule_tests import RuleTestResult
from crm_core.domain.routing.rule_text import read_text
from crm_core.usecases.edit_tables import tests_of
from crm_core.usecases.rule_draft import look_at
from web import keys
from web.i18n.l10n import L10n
from web.routing_words import said_safely
from web.rule_errors import placed_words, words_there
from web.rule_findings import finding_words, flaw_words
from web.rule_tables import ASSIGN
from web.rule_words import RuleSaid
from web.table_words import TableSaid, tables_said
from web.words import N_


@dataclass(frozen=True, slots=True)
class Flaw:
    grave: bool
    table: str
    rule: str  # '': of the rule set
    words: str
    placed: str  # with the rule and the step


@dataclass(frozen=True, slots=True)
class TestSaid:
    place: int
    name: str
    passed: bool | None  # None: the rules cannot be read, so it was not run
    wanted: str
    came: str


@dataclass(frozen=True, slots=True)
class Check:
    """What is wrong with a text, at which rule, and what its rules say."""

    error: str  # it cannot be read
    here: str  # the same where one sees which rule or table it is
    at: tuple[str, int | str] | None  # its table, and its place or name there
    rules: list[RuleSaid]
    assign: list[RuleSaid]
    flaws: list[Flaw]
    tests: list[TestSaid]
    tables: Mapping[str, list[TableSaid]]  # opening hours, lists, skills
    body: Mapping[str, Any]  # what could be read

    @property
    def can_be_published(self) -> bool:
        return not (self.error or self.failed or any(one.grave for one in self.flaws))

    @property
    def failed(self) -> list[str]:
        return [one.name for one in self.tests if one.passed is False]

    @property
    def some_without(self) -> bool:
        """Whether there is somebody whom no rule gives to anybody: all but where the last rule takes everybody."""
        on = [one for one in self.assign if not one.off]
        return not on or bool(on[-1].when)

    def flaws_of(self, rule: str, table: str = "rule") -> list[Flaw]:
        return [one for one in self.flaws if (one.table, one.rule) == (table, rule)]


async def checked_draft(request: web.Request, text: str) -> Check:
    l10n, error, here, body = request[keys.L10N], "", "", {}
    at: tuple[str, int | str] | None = None
    flaws: list[Flaw] = []
    tests: list[TestSaid] = []
    try:
        body = await asyncio.to_thread(read_text, text)
        queues = await request.app[keys.CHECK_UP].queues()
        async with request.app[keys.STORE].read() as tx:
            looked = await look_at(tx, text, queues)
        flaws = [_flaw(one, l10n) for one in looked.findings]
        tests = [test_said(one, place, l10n) for place, one in enumerate(looked.tests)]
    except RuleSetError as wrong:
        tests = unrun_tests(body)
        error, here = placed_words(wrong, l10n), words_there(wrong, l10n)
        match wrong.path:
            case ("rule" | "assign" | "test" as table, int(place), *_):
                at = (table, place)
            case ("hours" | "lists" | "skills" as table, str(name), *_):
                at = (table, name)
            case _:
                pass  # of no rule
    currency = request.app[keys.IN_FORCE].house.currency
    rules, assign = said_safely(body, l10n, currency), said_safely(body, l10n, currency, ASSIGN)
    return Check(error, here, at, rules, assign, flaws, tests, tables_said(body, l10n), body)


def _flaw(one: Finding, l10n: L10n) -> Flaw:
    where = l10n.gettext(N_("step %(number)s"), number=one.step) if one.step else ""
    words = finding_words(one, l10n)
    return Flaw(
        one.grave, one.table, one.rule or "", f"{where}: {words}" if where else words, flaw_words(one, l10n)
    )


def test_said(one: RuleTestResult, place: int, l10n: L10n) -> TestSaid:
    asked = one.test
    wanted = _road(asked.rule, asked.steps, asked.assign, l10n)
    is_of_call = asked.rule is not None or asked.steps is not None
    rule, steps = (one.rule, one.steps) if is_of_call else (None, None)
    came = _road(rule, steps, one.assign if asked.assign else None, l10n)
    return TestSaid(place, asked.name, one.passed, wanted, came)


def unrun_tests(body: Mapping[str, Any]) -> list[TestSaid]:
    """Of rules that cannot be read: their tests can still be found, and mended."""
    return [
        TestSaid(place, str(one.get("name", "")), None, "", "") for place, one in enumerate(tests_of(body))
    ]


def _road(rule: str | None, steps: Sequence[str] | None, assign: str | None, l10n: L10n) -> str:
    """As tests write it: names and words of the rule file."""
    road = " → ".join([*([rule] if rule else []), *(steps or ())])
    heir = l10n.gettext(N_("manager by %(rule)s"), rule=assign) if assign else ""
    return "; ".join(one for one in (road, heir) if one)
